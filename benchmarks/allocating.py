"""How many runs of the engine does an allocation take, how long, and how many would a plain grid as fine?

    python benchmarks/allocating.py [--quick]

The same media budget as it is, where all splits are read off one run, and with a team that leads queue for, where each
is a run; then with people among what moves.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import simfunnel as sf

MEDIA = Path(__file__).parents[1] / "configs" / "media_budget.yaml"
TEAM = {
    "teams": {"sales": {"people": 2, "cost": "60_000 per year", "hours": "9:00 to 17:00", "days": "mon to fri"}},
    "stages.sql.team": "sales",
    "stages.sql.service": "6 hours",
    "stages.sql.response": None,
    "stages.sql.conversion_of_entered": None,
    "stages.sql.conversion": "55%",
}
SHARES = [f"sources.{name}.share" for name in ("search", "social", "webinars", "review sites")]


def cases() -> dict[str, tuple[sf.Scenario, list[str] | None]]:
    """Scenario and what moves, by what is said of it."""
    media = sf.load(str(MEDIA))
    team = media.change(TEAM, name="With a team")
    return {
        "leads that meet in no queue": (media, None),
        "leads that queue": (team, None),
        "and people": (team, [*SHARES, "teams.sales.people"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the futures")
    n_sims = 2_000 if parser.parse_args().quick else 10_000
    print("| what moves | looks | runs | futures / n_sims | grid runs | seconds | gain in fresh futures |")
    print("|---|---|---|---|---|---|---|")
    for what, (scenario, over) in cases().items():
        begun = time.perf_counter()
        found = sf.allocate(scenario, over=over, maximise="deals >= 12", n_sims=n_sims, seed=7, progress=False)
        taken, gain = time.perf_counter() - begun, found.fresh
        known = f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        row = (
            what,
            found.looks,
            found.runs,
            f"{found.futures / n_sims:.1f}",
            f"{found.grid_runs:,}",
            f"{taken:.0f}",
            known,
        )
        print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
