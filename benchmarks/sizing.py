"""How many runs of the engine does a sizing take, against a plain grid, and how long?

    python benchmarks/sizing.py            # some minutes; prints its section of results.md
    python benchmarks/sizing.py --quick    # the article alone

Each row is the command as people type it, in a process of its own: the start of Python and of the package, reading the
file and writing the answer are all in it. Counted are CPU seconds, those of its own processes too: on a machine that
does nothing else the clock on the wall shows no more.
"""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CONFIGS = Path(__file__).parent.parent / "configs"
WIDEST = 0.01  # half-width of the 95 % interval of the chance: to one point in a hundred


@dataclass(frozen=True)
class Case:
    """A question put to `simfunnel size`, with the seconds in which it is to be answered."""

    config: str
    lever: str
    target: str
    chance: str
    n_sims: int
    aim: float


CASES = (
    Case("cold_leads.yaml", "sources.inbound.leads", "deals >= 10", "90%", 10_000, 2.0),
    Case("industrial_year.yaml", "sources.social campaign.budget", "deals >= 10", "90%", 4_000, 60.0),
    Case("industrial_year.yaml", "sources.search.visits", "deals >= 16", "90%", 4_000, 60.0),
)


@dataclass(frozen=True)
class Answer:
    """What came of it."""

    case: Case
    seconds: float
    found: dict

    @property
    def half_width(self) -> float:
        """Of the 95 % interval of the chance that is reached."""
        return (self.found["reached"]["high"] - self.found["reached"]["low"]) / 2

    @property
    def is_good(self) -> bool:
        """Whether it is known to a point, confirmed by fresh futures, and read from one run."""
        is_read = self.found["read_from"] is not None and self.found["runs"] < self.found["grid_runs"]
        return self.half_width <= WIDEST and self.found["agrees"] and is_read


def ask(case: Case) -> Answer:
    """Run the command."""
    command = [sys.executable, "-m", "simfunnel", "size", str(CONFIGS / case.config), "--lever", case.lever]
    command += ["--target", case.target, "--chance", case.chance, "--sims", str(case.n_sims), "--seed", "7", "--json"]
    begun = _spent()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Answer(case, _spent() - begun, json.loads(said))


def _spent() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def section(rounds: int, cases: tuple[Case, ...] = CASES) -> tuple[str, bool]:
    """Ask in turns; the Markdown of the section, and whether every answer is good."""
    answers = [[ask(case) for case in cases] for _ in range(rounds)]
    best = [min(each, key=lambda answer: answer.seconds) for each in zip(*answers, strict=True)]
    return told(best), all(each.is_good for each in best)


def told(best: list[Answer]) -> str:
    """Write what was asked and how long it took."""
    lines = [
        "\n## Sizing\n",
        "`simfunnel size`, the whole command with its start, in CPU seconds of all its processes, the best round.\n",
        "| question | answer | chance, 95 % CI | futures | runs | a plain grid | CPU | aim |",
        "| :-- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for each in best:
        case, found = each.case, each.found
        chance = f"{found['reached']['value']:.1%} ± {100 * each.half_width:.1f}"
        question = f"{case.config}: `{case.lever}` for {case.target} at {case.chance}"
        runs = f"{found['runs']} | {found['grid_runs']:,}"
        answer = f"{found['value']:,.0f}" if found["unit"] == "money" else str(found["written"])
        lines.append(
            f"| {question} | {answer} | {chance} | {case.n_sims:,} | {runs} | **{each.seconds:.1f} s** "
            f"| below {case.aim:.0f} s |"
        )
    lines += [
        "",
        "Values are read from one run, whose first leads are any run of fewer. Of the runs one to five are pilots of",
        "1,000 futures, and one is that of the fresh futures. A plain grid is as fine, over the same range; the answer",
        "comes with the price of 50, 80, 91 and 95 % beside.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the section; 1 if an answer is not good."""
    is_quick = "--quick" in sys.argv
    text, is_good = section(1 if is_quick else 3, CASES[:1] if is_quick else CASES)
    print(text)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
