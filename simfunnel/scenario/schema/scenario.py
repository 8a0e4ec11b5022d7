"""What may a scenario say as a whole?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PrivateAttr

from simfunnel.scenario.schema.exits import exits_of
from simfunnel.scenario.schema.scores import Score
from simfunnel.scenario.schema.sectors import Expansion, Sector
from simfunnel.scenario.schema.slas import Lever, Sla
from simfunnel.scenario.schema.sources import Source
from simfunnel.scenario.schema.stages import Stage
from simfunnel.scenario.schema.teams import Team
from simfunnel.scenario.schema.values import MAX_LEADS, DealValue, Model, Number, Rate, fields_of
from simfunnel.scenario.written import Written, choice, duration, money, number, rate, share, text

if TYPE_CHECKING:
    from simfunnel.scenario.reading import Levels
    from simfunnel.scenario.tree import Node

__all__ = ["DEFAULT_PROCESS", "LONGEST_RUN_DAYS", "Correlation", "Plan", "Scenario"]

Correlation = tuple[str, str, float]

DEFAULT_PROCESS = ("lead", "mql", "sal", "sql", "opportunity", "customer")
LONGEST_RUN_DAYS = 50 * 365.0
NO_RULES = Stage()


class Plan(Model):
    """What the spreadsheet promised."""

    customers: Annotated[
        float | None, number(high=MAX_LEADS, uncertain=False), Field(description="Customers planned.")
    ] = None
    revenue: Annotated[float | None, money(uncertain=False), Field(description="Revenue planned.")] = None
    budget: Annotated[float | None, money(uncertain=False), Field(description="Money planned to be spent.")] = None


class Scenario(Model):
    """A funnel as its owner describes it: durations in days, shares of one, money in currency units.

    Made by `load` and `loads`, which check it; changed by `change`, which makes a checked copy. A value that was not
    given is None (or an empty map); `resolve` fills in what that means.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> base = loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%, neglect: 12.5%}}
    ... ''')
    >>> base.stages["sql"].neglect
    0.125
    >>> base.change({"stages.sql.neglect": "2%"}).stages["sql"].neglect
    0.02
    """

    name: Annotated[str, text(), Field(description="What the scenario is called.")] = "Scenario"
    description: Annotated[str, text(length=5_000), Field(description="What it is about.")] = ""
    currency: Annotated[str, text(length=8), Field(description="Sign put before money.")] = "$"
    start: Annotated[date, Written("date"), Field(description="First day (default 2027-01-04, a Monday).")] = date(
        2027, 1, 4
    )
    horizon: Annotated[
        float,
        duration(low_open=True, high=LONGEST_RUN_DAYS, uncertain=False),
        Field(description="How long leads arrive."),
    ]
    run_off: Annotated[
        float,
        duration(high=LONGEST_RUN_DAYS, uncertain=False),
        Field(description="How long the leads live on after the horizon (default 0 days)."),
    ] = 0.0
    process: Annotated[
        tuple[str, ...], Written("names"), Field(description="The stages in order; the last is won.")
    ] = DEFAULT_PROCESS
    period: Annotated[
        Literal["day", "week", "month", "quarter"],
        choice("day", "week", "month", "quarter"),
        Field(description="Reporting period (default month)."),
    ] = "month"
    plan: Annotated[Plan, Field(description="What the spreadsheet promised.")] = Plan()
    deal_value: Annotated[DealValue, Field(description="Worth of a deal.")] = None
    expansion: Annotated[Expansion | None, Field(description="Further sales to customers.")] = None
    margin: Annotated[Number, share(), Field(description="Share of revenue that is kept (default 100%).")] = 1.0
    attrition: Annotated[
        Rate | None,
        rate("share", high=1.0, high_open=True),
        Field(description="Chance that the contact leaves the company, per period: 2.1% per month."),
    ] = None
    score: Annotated[Score | None, Field(description="How good leads are, and what their scores say of it.")] = None
    budget: Annotated[
        Number | None, money(), Field(description="Money that the sources with a `share` spend together.")
    ] = None
    sources: Annotated[dict[str, Source], Field(description="Where leads come from.")]
    stages: Annotated[dict[str, Stage], Field(description="The rules of each stage.")]
    teams: Annotated[dict[str, Team], Field(description="People who work the leads.")] = {}
    sectors: Annotated[
        dict[str, Sector], Field(description="Market segments; without them there is one, named `all`.")
    ] = {}
    slas: Annotated[dict[str, Sla], Field(description="Promises about stages, counted in every future.")] = {}
    costs: Annotated[
        dict[str, Annotated[Rate, rate("money", per="optional")]],
        Field(description="Named fixed costs: money once, or money per period."),
    ] = {}
    correlate: Annotated[
        tuple[Correlation, ...],
        Written("correlations"),
        Field(description="Uncertain inputs that move together: pairs of their key paths with a rank correlation."),
    ] = ()

    # How it was written, the folder that its files lie in, and what the tree's parts were read as: for `change` and
    # `origin`.
    _tree: Node | None = PrivateAttr(default=None)
    _root: Path | None = PrivateAttr(default=None)
    _levels: Levels | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        # Where a value was written is not part of what it says.
        return fields_of(self) == fields_of(other) if isinstance(other, Scenario) else NotImplemented

    def __repr__(self) -> str:
        shown = self.name if self.name.isprintable() else ascii(self.name)
        return f"Scenario({shown!r}: {' > '.join(self.process)}; sources {', '.join(self.sources)}; see explain())"

    def stage(self, name: str, sector: str | None = None) -> Stage:
        """The rules of a stage, those of a sector, then of active levers, in their place where there are such.

        Raises
        ------
        KeyError
            The process has no such stage.
        """
        if name not in self.process:
            raise KeyError(f"{name!r} is not a stage; the process is {', '.join(self.process)}")
        base = self.stages.get(name, NO_RULES)
        own = self.sectors[sector].stages.get(name) if sector in self.sectors else None
        rules = base if own is None else base.overridden_by(own)
        for _, lever in self._pulled(name, sector):
            rules = rules.overridden_by(Stage(neglect=lever.neglect, response=lever.response))
        return rules if not rules.reasons else rules.model_copy(update={"rejected": exits_of(rules.reasons)})

    def levers(self, name: str, sector: str | None = None) -> dict[str, str]:
        """The rules of a stage that an active lever says, with the key path at which it says them."""
        return {
            rule: f"slas.{sla}.lever.{rule}"
            for sla, lever in self._pulled(name, sector)
            for rule in ("neglect", "response")
            if getattr(lever, rule) is not None
        }

    def _pulled(self, name: str, sector: str | None) -> list[tuple[str, Lever]]:
        return [
            (key, sla.lever)
            for key, sla in self.slas.items()
            if sla.active and sla.lever and sla.stage == name and (sla.sectors is None or sector in sla.sectors)
        ]

    def change(self, overrides: Mapping[str, object], name: str | None = None) -> Scenario:
        """A copy with other values at the given key paths, checked as a file would be.

        Parameters
        ----------
        overrides : mapping of str to object
            Dotted key path to the new value, written as in a file (``{"stages.sql.neglect": "2%"}``); a mapping is
            merged into what is there, None takes a value back to its default.
        name : str, optional
            Name of the copy; without it the name says what was changed.

        Raises
        ------
        ScenarioError
            The changed scenario has faults; all are listed.
        """
        from simfunnel.scenario.loading import changed  # loading reads this schema

        return changed(self, overrides, name=name)

    def to_yaml(self) -> str:
        """The scenario as a file that loads to an equal one, bases and overrides merged in."""
        from simfunnel.scenario.emitting import to_yaml  # emitting reads this schema

        return to_yaml(self)

    def origin(self, path: str) -> str:
        """Where the value at a key path came from: ``q3.yaml:9``, ``preset industrial``, ``set by --set``, ``default``.

        A rule that a sector does not write is the stage's, and so is its origin.

        Raises
        ------
        KeyError
            No such key path.
        """
        from simfunnel.scenario.origins import origin  # reads this schema

        return origin(self, self._tree, path)
