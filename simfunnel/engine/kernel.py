"""Who is served when? The leads of one future after the other walk through queues, event by event.

One scalar loop that is handed every clock and adds, compares and looks up, so that it gives the same bits compiled by
numba and run plainly. It follows a lead from its first visit to a team until nothing can bring it to one any more, and
writes down when the work of each visit to a team began, and which cards were lacking. All else follows in the waves.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from simfunnel.compiled import compiled, helper
from simfunnel.engine.plan import EXPIRY, FIRST_COME, NEWEST

# What stands on a card, in `engine.decks`: numbers ...
N_NUMBERS = 16
(
    WAIT, LASTS, SERVICE, LUCK, LOG_ODDS, SD, TAKES, REJECTED_TAKES, REJECTED_AFTER, NEGLECTED_AFTER, LATE_AFTER,
    PER_RECYCLE, RANK, NURTURED, GAINED, SEARCH_TAKES,
) = range(N_NUMBERS)  # fmt: skip
# ... and whole ones
N_SIGNS = 9
NEXT, IS_NEGLECTED, PASSES, REJECTED_TO, NEGLECTED_TO, LATE_TO, TEAM, LIMIT, SEARCH = range(N_SIGNS)
NOWHERE = -1
FOUND, NOT_FOUND = 1, 2  # what a search comes to, where the lead lacks a fact

NEVER = np.inf  # the visit goes cold before its work begins
NOT_YET = -np.inf  # it still waits when its contact leaves, or at the end

_EXPIRE, _FREE, _WAKE, _JOIN = range(4)  # kinds of events; of those at the same moment the first comes first
_ENTER, _GO_COLD, _DECIDE, _QUEUE, _START = range(5)  # what a lead does next
_KIND = 1 << 40  # an event's number: its kind times this, plus the lead or team
_WHO = _KIND - 1


@helper
def _after(opens: Any, closes: Any, at: int, last: int, time: float, work: float) -> float:
    """The moment at which so much working time has passed; ``at`` is the first interval that ends after ``time``."""
    if at >= last:
        return np.inf
    start = max(time, opens[at])
    room = closes[at] - start
    while work > room:
        work -= room
        at += 1
        if at >= last:
            return np.inf
        start = opens[at]
        room = closes[at] - start
    return start + work


@helper
def _first_ending_after(closes: Any, low: int, high: int, time: float) -> int:
    """The first of the intervals ``low`` to ``high - 1`` that ends after a time; ``high`` where none does."""
    while low < high:
        middle = (low + high) // 2
        if closes[middle] > time:
            high = middle
        else:
            low = middle + 1
    return low


def _live(  # one loop on purpose: a call with so many arrays would cost more than what it does
    bounds: Any, stage_of: Any, time_of: Any, leaves: Any, recycles: Any, effects: Any,
    visit_at: Any, attempt_at: Any, advance_at: Any, reject_at: Any, cold_at: Any,
    is_known: Any, card_of: Any, ticket: Any, deadline: Any, entered: Any,
    numbers: Any, signs: Any, shocks: Any, shocks_from: Any, periods: Any, every: Any,
    discipline: Any, opens: Any, closes: Any, hours_from: Any, changes: Any, changes_from: Any, people: Any,
    n_stages: int, end: float, reps: Any, lacking: Any, begin: Any,
) -> None:  # fmt: skip
    n_slots, n_teams, n_changes = len(stage_of), len(discipline), len(changes)
    for k in range(len(reps)):
        rep = reps[k]
        events = [(0.0, 0)]
        events.pop()
        queues = [[(0.0, 0, 0)] for _ in range(n_teams)]
        for queue in queues:
            queue.pop()
        busy, wake = [0 for _ in range(n_teams)], [np.inf for _ in range(n_teams)]
        hour, change = [hours_from[t] for t in range(n_teams)], [changes_from[t] for t in range(n_teams)]
        most = [0 for _ in range(n_teams)]  # people there ever are
        for t in range(n_teams):
            for j in range(changes_from[t], changes_from[t + 1]):
                most[t] = max(most[t], people[rep * n_changes + j])
        coming, last = bounds[rep], bounds[rep + 1]
        joined, now, cause = 0, 0.0, 0
        slot, do, stage, time = -1, _ENTER, 0, 0.0
        team, starting = 0, [0]  # teams of which somebody may be free: a lead that one starts with may come to another
        starting.pop()
        while True:
            if slot < 0:
                if len(starting) > 0:
                    team, do = starting.pop(), _START
                else:
                    if coming < last and (len(events) == 0 or time_of[coming] < events[0][0]):
                        slot, now, do = coming, time_of[coming], _ENTER
                        stage, time, coming = stage_of[slot], now, coming + 1
                        continue
                    if len(events) == 0:
                        break
                    now, event = heappop(events)
                    if now > end:
                        break
                    kind, who = event // _KIND, event & _WHO
                    if kind == _FREE:
                        busy[who] -= 1
                        starting.append(who)
                    elif kind == _WAKE:
                        if wake[who] == now:
                            wake[who] = np.inf
                            starting.append(who)
                    elif kind == _JOIN:
                        slot, do = who, _QUEUE
                    elif ticket[who] >= 0 and deadline[who] == now:
                        ticket[who] = -1
                        if leaves[who] > now:
                            begin[card_of[who]] = np.inf
                            slot, do, stage, time, cause = who, _GO_COLD, stage_of[who], now, 1
                    continue
            if do == _ENTER:
                place = stage * n_slots + slot
                card = visit_at[place]
                if card < 0:  # nobody thought that it would come here again: ask, and see what else is lacking
                    lacking[place] = 1
                    slot = -1
                    continue
                visit_at[place] = signs[card * N_SIGNS + NEXT]
                stage_of[slot], entered[slot] = stage, time
                wait, expires = numbers[card * N_NUMBERS + WAIT], time + numbers[card * N_NUMBERS + LASTS]
                team = signs[card * N_SIGNS + TEAM]
                if signs[card * N_SIGNS + IS_NEGLECTED] > 0:
                    do, time, cause = _GO_COLD, expires, 0
                elif team < 0:
                    if wait < 0.0:
                        do = _DECIDE
                    elif wait < numbers[card * N_NUMBERS + LASTS]:
                        do, time = _DECIDE, time + wait
                        if time > end or leaves[slot] <= time:
                            slot = -1
                    else:
                        do, time, cause = _GO_COLD, expires, 1
                else:
                    if wait > 0.0:
                        first, beyond = hours_from[team], hours_from[team + 1]
                        if first == beyond:
                            time += wait
                        else:
                            at = _first_ending_after(closes, first, beyond, time)
                            time = _after(opens, closes, at, beyond, time, wait)
                    if not time < expires:
                        do, time, cause = _GO_COLD, expires, 1
                        continue
                    begin[card] = -np.inf
                    if time > end or leaves[slot] <= time:
                        slot = -1
                        continue
                    card_of[slot], deadline[slot] = card, min(expires, leaves[slot])
                    if time > now:
                        heappush(events, (time, _JOIN * _KIND + slot))
                        slot = -1
                    else:
                        do = _QUEUE
            elif do == _GO_COLD:
                place = stage * n_slots + slot
                card = cold_at[place]
                if time > end or leaves[slot] <= time:
                    slot = -1
                    continue
                cold_at[place] = signs[card * N_SIGNS + NEXT]
                to, rest = signs[card * N_SIGNS + LATE_TO], numbers[card * N_NUMBERS + LATE_AFTER]
                if cause == 0:
                    to, rest = signs[card * N_SIGNS + NEGLECTED_TO], numbers[card * N_NUMBERS + NEGLECTED_AFTER]
                time += rest
                if to < 0 or recycles[slot] >= signs[card * N_SIGNS + LIMIT] or time > end or leaves[slot] <= time:
                    slot = -1
                    continue
                recycles[slot] += 1
                effects[slot] += numbers[card * N_NUMBERS + PER_RECYCLE]
                do, stage = _ENTER, to
            elif do == _DECIDE:
                place = stage * n_slots + slot
                card = attempt_at[place]
                attempt_at[place] = signs[card * N_SIGNS + NEXT]
                if shocks_from[stage] >= 0:
                    period = rep * periods[stage] + int(entered[slot] / every[stage])
                    odds = (
                        numbers[card * N_NUMBERS + LOG_ODDS]
                        + numbers[card * N_NUMBERS + SD] * shocks[shocks_from[stage] + period]
                    )
                    passes = numbers[card * N_NUMBERS + LUCK] < odds + effects[slot]
                elif effects[slot] == 0.0:
                    passes = signs[card * N_SIGNS + PASSES] > 0
                else:
                    passes = numbers[card * N_NUMBERS + LUCK] < numbers[card * N_NUMBERS + LOG_ODDS] + effects[slot]
                time += numbers[card * N_NUMBERS + NURTURED]
                effects[slot] += numbers[card * N_NUMBERS + GAINED]
                if time > end or leaves[slot] <= time:
                    slot = -1
                    continue
                if passes and signs[card * N_SIGNS + SEARCH] > 0 and is_known[place] == 0:
                    time += numbers[card * N_NUMBERS + SEARCH_TAKES]
                    passes = signs[card * N_SIGNS + SEARCH] == FOUND
                if passes:
                    is_known[place] = 1  # what was found, or never lacked
                    card = advance_at[place]
                    advance_at[place] = signs[card * N_SIGNS + NEXT]
                    time += numbers[card * N_NUMBERS + TAKES]
                    do, stage = _ENTER, stage + 1
                    if stage == n_stages - 1 or time > end or leaves[slot] <= time:
                        slot = -1
                    continue
                card = reject_at[place]
                reject_at[place] = signs[card * N_SIGNS + NEXT]
                time += numbers[card * N_NUMBERS + REJECTED_TAKES]
                to = signs[card * N_SIGNS + REJECTED_TO]
                if to < 0 or recycles[slot] >= signs[card * N_SIGNS + LIMIT] or time > end or leaves[slot] <= time:
                    slot = -1
                    continue
                time += numbers[card * N_NUMBERS + REJECTED_AFTER]
                if time > end or leaves[slot] <= time:
                    slot = -1
                    continue
                recycles[slot] += 1
                effects[slot] += numbers[card * N_NUMBERS + PER_RECYCLE]
                do, stage = _ENTER, to
            elif do == _QUEUE:
                card = card_of[slot]
                team = signs[card * N_SIGNS + TEAM]
                joined += 1
                ticket[slot] = joined
                how = discipline[team]
                rank = 0.0
                if how == NEWEST:
                    rank = -float(joined)
                elif how == EXPIRY:
                    rank = entered[slot] + numbers[card * N_NUMBERS + LASTS]  # when contacts leave, nobody knows
                elif how != FIRST_COME:
                    rank = numbers[card * N_NUMBERS + RANK]
                heappush(queues[team], (rank, joined, slot))
                if deadline[slot] <= end:
                    heappush(events, (deadline[slot], _EXPIRE * _KIND + slot))
                slot = -1
                starting.append(team)
            else:
                queue = queues[team]
                while len(queue) > 0:
                    slot = queue[0][2]
                    if ticket[slot] == queue[0][1] and deadline[slot] > now:  # else it goes cold at this very moment
                        break
                    heappop(queue)
                slot = -1
                if len(queue) == 0:
                    continue
                j, beyond = change[team], changes_from[team + 1]
                while j + 1 < beyond and changes[j + 1] <= now:
                    j += 1
                change[team] = j
                at, closed_for_good = hour[team], hours_from[team + 1]
                while at < closed_for_good and closes[at] <= now:
                    at += 1
                hour[team] = at
                again = np.inf
                is_open = closed_for_good == hours_from[team] or (at < closed_for_good and opens[at] <= now)
                if not is_open:
                    if at < closed_for_good:
                        again = opens[at]
                elif people[rep * n_changes + j] <= busy[team]:
                    j = j + 1 if busy[team] < most[team] else beyond
                    while j < beyond and people[rep * n_changes + j] <= busy[team]:
                        j += 1
                    if j < beyond:
                        again = changes[j]
                else:
                    slot = heappop(queue)[2]
                    card = card_of[slot]
                    begin[card], ticket[slot], busy[team] = now, -1, busy[team] + 1
                    starting.append(team)
                    service = numbers[card * N_NUMBERS + SERVICE]
                    done = now + service
                    if closed_for_good > hours_from[team]:
                        done = _after(opens, closes, at, closed_for_good, now, service)
                    if done <= end:
                        heappush(events, (done, _FREE * _KIND + team))
                    do, stage, time = _DECIDE, stage_of[slot], now
                    continue
                if again < wake[team]:
                    wake[team] = again
                    heappush(events, (again, _WAKE * _KIND + team))


_loop: Callable[..., None] = _live


def _live_plainly(*args: Any) -> None:
    """The same loop over views and lists, in which Python looks up twice and four times as fast as in arrays."""
    numbers, signs = args[_CARDS : _CARDS + 2]
    given = [each.tolist() if isinstance(each, np.ndarray) else each for each in args[:_CARDS]]
    rest = [each.tolist() if isinstance(each, np.ndarray) else each for each in args[_CARDS + 2 : -2]]
    _loop(*given, memoryview(numbers), memoryview(signs), *rest, memoryview(args[-2]), memoryview(args[-1]))


_CARDS = 16  # the place of the cards, which are many, among what is handed over
live: Callable[..., None] = compiled(_loop, plain=_live_plainly)
"""See `simfunnel.engine.queues`, which hands everything over."""
