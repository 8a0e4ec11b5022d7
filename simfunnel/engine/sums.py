"""What is kept of a block's counts by stage, source and sector: exact sums, squares and products over its
replications."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simfunnel.engine.plan import Ints
from simfunnel.engine.tally import INDEX, PROGRAMME_FIELDS

Exact = NDArray[
    np.object_
]  # Python integers: sums of squared cents outgrow 64 bits, and exact sums do not depend on the block


def exact_products(x: Ints, y: Ints) -> Exact:
    """Sum over axis 0 of x * y, exactly; shape is that of the other axes, of Python integers.

    Examples
    --------
    >>> int(exact_products(np.full((3, 1), 10**15), np.full((3, 1), 10**15))[0]) == 3 * 10**30
    True
    """
    bits_x, bits_y = _bits(x), _bits(y)
    if bits_x + bits_y + x.shape[0].bit_length() < 63:
        return _dots(x, y).astype(object)
    if bits_x > bits_y:
        x, y, bits_y = y, x, bits_x
    half = bits_y // 2
    return exact_products(x, y >> half) * (1 << half) + exact_products(x, y & ((1 << half) - 1))


def _bits(x: Ints) -> int:
    return max(int(x.max(initial=0)), -int(x.min(initial=0))).bit_length()


def _dots(x: Ints, y: Ints) -> Ints:
    return np.einsum("r...,r...->...", x, y)


@dataclass(eq=False)
class Sums:
    """Additive over blocks; every array holds Python integers.

    The last two axes are sources and sectors, each with one more index at the end: all of them together.
    """

    total: Exact  # (n_measures, n_stages, n_sources + 1, n_sectors + 1)
    square: Exact
    with_deals: Exact
    with_entered: Exact
    advanced_with_worked: Exact  # (n_stages, n_sources + 1, n_sectors + 1)
    stay_with_ended: Exact  # the same shape: seconds stayed x (entered - open)
    revenue_total: Exact  # (n_sources + 1, n_sectors + 1)
    revenue_square: Exact
    source_total: Exact  # (4, n_sources): leads, cost, deals, revenue
    source_product: Exact  # (4, 4, n_sources)
    period_total: Exact  # (n_period_measures, n_stages, n_periods)
    period_square: Exact
    ledger_total: Exact  # (n_stages, n_causes, 4): lost deals, lost revenue, recovered deals, recovered revenue
    ledger_square: Exact
    team_total: Exact  # (n_team_measures, n_teams)
    team_product: Exact  # (n_team_measures, n_team_measures, n_teams)
    ledger_net_square: Exact  # (n_stages, n_causes, 2): of lost - recovered, in deals and in revenue
    promises: Exact  # (n_sums, n_cells), see `engine.promises`
    scores: Exact  # (n_sums, n_periods or 0), see `engine.score_profile`
    programme_total: Exact  # (n_fields, n_stages, n_sources + 1, n_sectors + 1): `PROGRAMME_FIELDS`
    programme_product: Exact  # (n_fields, n_fields, n_stages, n_sources + 1, n_sectors + 1)

    def add(self, other: Sums) -> Sums:
        """The sums of both."""
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def with_margins(x: Ints) -> Ints:
    """Append to the last axis (sectors) and the third last (sources) their sum; replications are the second last."""
    x = np.concatenate([x, x.sum(axis=-1, keepdims=True)], axis=-1)
    return np.concatenate([x, x.sum(axis=-3, keepdims=True)], axis=-3)


def sums_of(
    counts: Ints,
    revenue: Ints,
    by_source: Ints,
    by_period: Ints,
    ledger: Ints,
    by_team: Ints,
    promises: Exact,
    scores: Exact,
    programmes: Ints | None = None,
) -> Sums:
    """Sum a block over its replications.

    Parameters
    ----------
    counts
        Shape (n_measures, n_stages, n_sources, n_reps, n_sectors).
    revenue
        Cents of all deals, shape (n_sources, n_reps, n_sectors).
    by_source
        Leads, cost, deals and revenue (cents), shape (4, n_sources, n_reps).
    by_period
        Shape (n_period_measures, n_stages, n_reps, n_periods).
    ledger
        Shape (n_stages, n_causes, 4, n_reps).
    by_team
        Shape (n_team_measures, n_teams, n_reps).
    promises
        Summed already, shape (n_sums, n_cells).
    scores
        The same, shape (n_sums, n_periods or 0).
    programmes
        Shape (n_fields, n_stages, n_sources, n_reps, n_sectors), None where no stage has a programme.
    """
    alone = counts.shape[2] == counts.shape[4] == 1  # one source, one sector: the margins are the cell itself
    cells = np.moveaxis(counts if alone else with_margins(counts), -2, 0)  # replications first
    entered = np.broadcast_to(cells[:, INDEX["entered"]][:, None], cells.shape)
    deals = np.broadcast_to(cells[:, INDEX["entered"], -1][:, None, None], cells.shape)
    money = np.moveaxis(revenue if alone else with_margins(revenue), -2, 0)
    each, periods = np.moveaxis(by_source, -1, 0), np.moveaxis(by_period, -2, 0)
    teams = np.moveaxis(by_team, -1, 0)
    booked = np.moveaxis(ledger, -1, 0)
    net = booked[..., :2] - booked[..., 2:]
    ended = cells[:, INDEX["entered"]] - cells[:, INDEX["open"]]
    spread = _twice if alone else _as_is
    nurture = _of_programmes(programmes, (counts.shape[1], counts.shape[2] + 1, counts.shape[4] + 1))
    return Sums(
        total=spread(_total(cells)),
        square=spread(_products(cells, cells)),
        with_deals=spread(_products(cells, deals)),
        with_entered=spread(_products(cells, entered)),
        advanced_with_worked=spread(_small(cells[:, INDEX["advanced"]], cells[:, INDEX["worked"]])),
        stay_with_ended=spread(exact_products(cells[:, INDEX["stay_seconds"]], ended)),
        revenue_total=spread(_total(money)),
        revenue_square=spread(exact_products(money, money)),
        source_total=_total(each),
        source_product=_all_products(each),
        period_total=_total(periods),
        period_square=_small(periods, periods),
        ledger_total=_total(booked),
        ledger_square=exact_products(booked, booked),
        team_total=_total(teams),
        team_product=_all_products(teams),
        ledger_net_square=exact_products(net, net),
        promises=promises,
        scores=scores,
        programme_total=nurture[0],
        programme_product=nurture[1],
    )


def _of_programmes(programmes: Ints | None, cells: tuple[int, ...]) -> tuple[Exact, Exact]:
    """Sums and products of what programmes do."""
    n = len(PROGRAMME_FIELDS)
    if programmes is None:
        return np.zeros((n, *cells), object), np.zeros((n, n, *cells), object)
    each = np.moveaxis(with_margins(programmes), -2, 0)
    products = [[_small(each[:, one], each[:, other]) for other in range(n)] for one in range(n)]
    return _total(each), np.array(products, object)


def _twice(x: Exact) -> Exact:
    """Each of the last two axes twice: the only source or sector, and all of them."""
    return x.repeat(2, axis=-1).repeat(2, axis=-2)


def _as_is(x: Exact) -> Exact:
    return x


def _total(x: Ints) -> Exact:
    """Sum over axis 0; `sum` is several times slower where that axis is not the last in memory."""
    return np.einsum("r...->...", x).astype(object)


def _all_products(x: Ints) -> Exact:
    """Sum over axis 0 of the product of each two along axis 1."""
    pairs = (x.shape[0], x.shape[1], *x.shape[1:])
    return exact_products(np.broadcast_to(x[:, :, None], pairs), np.broadcast_to(x[:, None], pairs))


def _small(x: Ints, y: Ints) -> Exact:
    """Sum over axis 0 of products of counts, which stay within 63 bits."""
    return _dots(x, y).astype(object)


def _products(x: Ints, y: Ints) -> Exact:
    """The same for all measures: exact limbs for the seconds stayed, plain sums for counts."""
    out = _small(x, y)
    stay = INDEX["stay_seconds"]
    out[stay] = exact_products(x[:, stay], y[:, stay])
    return out
