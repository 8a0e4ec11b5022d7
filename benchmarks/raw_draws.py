"""How long does it take merely to draw as many random numbers as a run rolled?

NumPy's fastest generator, float64 uniforms, into one buffer that stays in the cache: a floor that no simulation with
so many rolls gets under.
"""

import numpy as np

BUFFER = 2**16


def draw(n_draws: int, *, seed: int) -> None:
    """Draw `n_draws` uniforms and throw them away."""
    rng = np.random.Generator(np.random.SFC64(seed))
    buffer = np.empty(BUFFER)
    for _ in range(n_draws // BUFFER):
        rng.random(out=buffer)
    rng.random(out=buffer[: n_draws % BUFFER])
