"""How fast are queues, against SimPy, and what does a team cost that never has a queue?

    python benchmarks/capacity.py            # a minute or two; prints its section of results.md
    python benchmarks/capacity.py --quick

Compiled is what the extra `speed` gives, plain the same loops without it.
"""

import sys
import time
from functools import partial
from pathlib import Path

import agreement
import baseline_simpy_capacity

import simfunnel as sf
from simfunnel.compiled import compiling

HERE = Path(__file__).parent
SIMS = 10_000
COMPILED, PLAIN, SIMPY = "simfunnel, compiled", "simfunnel, plain", "SimPy"
IDLE, NO_TEAM = "an idle team", "no team"
MODES = {COMPILED: "always", PLAIN: "never"}


def section(rounds: int, n_sims: int, simpy_sims: int) -> tuple[str, bool]:
    """Measure in turns; the Markdown of the section, and whether the programs agree."""
    capacity, year = sf.load(HERE / "reference_capacity.yaml"), sf.load(HERE / "reference_year.yaml")
    alone = year.change({"stages.sql.response": "0 days"})
    idle = capacity.change({"teams.sales.people": 1000})
    seconds: dict[str, list[float]] = {}
    samples: dict[str, list[agreement.Sample]] = {}
    for mode in MODES.values():  # compiling is not counted
        with compiling(mode):
            sf.simulate(capacity, n_sims=50, workers=1, progress=False)
            sf.simulate(alone, n_sims=50, workers=1, progress=False)
    for seed in range(rounds):
        for name, mode in MODES.items():
            with compiling(mode):
                for scenario, what in ((capacity, ""), (idle, IDLE), (alone, NO_TEAM)):
                    run = partial(sf.simulate, scenario, n_sims=n_sims, seed=seed, workers=1, progress=False)
                    start = time.process_time()
                    found = run()
                    spent = (time.process_time() - start) * SIMS / n_sims
                    seconds.setdefault(f"{name}{', ' + what if what else ''}", []).append(spent)
                    if not what:
                        samples.setdefault(name, []).append(agreement.sample_of_result(found))
        start = time.process_time()
        years = baseline_simpy_capacity.simulate(simpy_sims, seed=seed)
        seconds.setdefault(SIMPY, []).append((time.process_time() - start) * SIMS / simpy_sims)
        samples.setdefault(SIMPY, []).append(agreement.sample_of_years(years))
    differences = agreement.differences({
        name: agreement.merged(parts)
        for name, parts in samples.items()
        if name != PLAIN  # the same bits as compiled
    })  # fmt: skip
    return _told(seconds, differences), all(each.agrees for each in differences)


def _told(seconds: dict[str, list[float]], differences: list[agreement.Difference]) -> str:
    best = {name: min(each) for name, each in seconds.items()}
    aims = {COMPILED: "at least 100", PLAIN: "at least 15"}
    lines = [
        "\n## Queues\n",
        "`reference_capacity.yaml`: the same year with 3 people, exponential service of 2 days, first come.\n",
        "| program | 10,000 replications | SimPy takes times as long | aim | idle team over no team |",
        "| :-- | --: | --: | --: | --: |",
    ]
    for name in MODES:
        over = best[f"{name}, {IDLE}"] / best[f"{name}, {NO_TEAM}"]
        lines.append(
            f"| {name} | {best[name]:.2f} s | **{best[SIMPY] / best[name]:.1f}** | {aims[name]} | {over:.2f} |"
        )
    lines.append(f"| {SIMPY} | {best[SIMPY]:.2f} s | 1 | | |")
    lines += [
        "",
        "| means, compiled against SimPy | difference | standard error | agree |",
        "| :-- | --: | --: | --: |",
    ]
    for each in differences:
        said = "yes" if each.agrees else "**no**"
        lines.append(f"| {each.measure} | {each.share:+.2%} | {each.standard_error:.2%} | {said} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the section; 1 if the programs disagree."""
    quick = "--quick" in sys.argv
    text, agrees = section(rounds=3, n_sims=2_000 if quick else SIMS, simpy_sims=100 if quick else 500)
    print(text)
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
