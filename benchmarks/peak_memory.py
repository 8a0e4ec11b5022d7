"""How much memory does a run of the reference year with few leads need at its peak?

Run by `run.py` in a process of its own, because a peak never comes down again.
"""

import json
import resource
import sys
from pathlib import Path

import simfunnel as sf

REFERENCE_YEAR = Path(__file__).parent / "reference_year.yaml"
LEADS = 20


def peak_bytes() -> int:
    """Return the largest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage of a child on Linux starts at its parent's peak
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(n_sims: int) -> None:
    """Print the peaks after loading, after the run and after its summary, in bytes, as JSON."""
    small_year = sf.load(REFERENCE_YEAR).change({"sources.marketing.leads": f"poisson({LEADS})"})
    peaks = [peak_bytes()]
    result = sf.simulate(small_year, n_sims=n_sims, seed=1, workers=1)
    peaks.append(peak_bytes())
    result.summary()
    peaks.append(peak_bytes())
    print(json.dumps(peaks))


if __name__ == "__main__":
    main(int(sys.argv[1]))
