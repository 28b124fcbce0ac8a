"""Which of many amounts make up a sum: solved, none, or more than one way (then nobody can tell).

Amounts are whole numbers of the currency's minor unit; credits are negative. Up to 26 amounts are halved and met in the
middle; more are solved by a table of reachable sums kept in the bits of one integer each. Where that table would be too
large the number of ways is beyond telling anyway, and the answer is that it is ambiguous.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import gcd

HALVED = 26
# Bits of all rows of the table together: 60 rows of two million sums fit, and take some twenty milliseconds.
TABLE_BITS = 120_000_000
# Looking back through the table for choices costs as much as some rows of it.
LOOK_EVERY = 6


class Ambiguous(Exception):
    """More than one choice makes the sum, or it cannot be told."""


def choose(amounts: Sequence[int], target: int) -> tuple[int, ...] | None:
    """The places of the one choice of amounts that makes the target; None where none does. Raises Ambiguous.

    Amounts of nothing are left out. The choice of nothing does not count.
    """
    found = _ways([(place, amount) for place, amount in enumerate(amounts) if amount], target)
    if len(found) > 1:
        raise Ambiguous
    return found[0] if found else None


def choose_few(amounts: Sequence[int], target: int, count: int) -> list[tuple[int, ...]]:
    """At most two choices of exactly `count` amounts, one or two, that make the target."""
    if count == 1:
        return [(place,) for place, amount in enumerate(amounts) if amount == target][:2]
    places: dict[int, list[int]] = {}
    found = []
    for place, amount in enumerate(amounts):
        for other in places.get(target - amount, ()):
            found.append((other, place))
            if len(found) == 2:
                return found
        places.setdefault(amount, []).append(place)
    return found


def coincidences(count: int, chosen: int, total: int) -> float:
    """How many choices of so many amounts would make a sum by chance alone, sums being spread over the total."""
    ways = 1.0
    for step in range(min(chosen, count - chosen)):
        ways *= (count - step) / (step + 1)
    return ways / max(total, 1)


def _ways(amounts: list[tuple[int, int]], target: int) -> list[tuple[int, ...]]:
    """At most two of the choices that make the target."""
    # A credit that is chosen is as a debit that is left out, so all may be looked at as positive.
    turned = {place for place, amount in amounts if amount < 0}
    sizes = [abs(amount) for _, amount in amounts]
    wanted = target - sum(amount for _, amount in amounts if amount < 0)
    total = sum(sizes)
    if not 0 <= wanted <= total:
        return []
    # What is left out is a choice as well; the smaller of the two is looked for.
    complement = wanted > total - wanted
    search = _halves if len(sizes) <= HALVED else _table
    ways = search(sizes, total - wanted if complement else wanted)
    found = []
    for way in ways:
        chosen = {amounts[index][0] for index in way}
        if complement:
            chosen = {place for place, _ in amounts} - chosen
        places = tuple(sorted(chosen ^ turned))
        if places:
            found.append(places)
    return found[:2]


def _halves(sizes: list[int], wanted: int) -> list[tuple[int, ...]]:
    half = len(sizes) // 2
    left = _sums(sizes[:half], 0, wanted)
    right = sorted(_sums(sizes[half:], half, wanted))
    keys = [key for key, _ in right]
    found = []
    for key, chosen in left:
        low, high = bisect_left(keys, wanted - key), bisect_right(keys, wanted - key)
        for _, others in right[low:high]:
            found.append(_places(chosen | others))
            if len(found) == 3:  # one of them may be the choice of nothing
                return found
    return found


def _sums(sizes: list[int], start: int, most: int) -> list[tuple[int, int]]:
    """Every sum up to `most` with its choice as bits."""
    sums = [(0, 0)]
    for offset, size in enumerate(sizes, start):
        sums += [(key + size, chosen | 1 << offset) for key, chosen in sums if key + size <= most]
    return sums


def _places(chosen: int) -> tuple[int, ...]:
    return tuple(place for place in range(chosen.bit_length()) if chosen >> place & 1)


def _table(sizes: list[int], wanted: int) -> list[tuple[int, ...]]:
    """At most three of the choices. The smallest are taken first, so that rows stay short for long."""
    if (wanted + 1) * len(sizes) > TABLE_BITS:
        raise Ambiguous
    unit = gcd(*sizes) or 1
    if wanted % unit:
        return []
    wanted //= unit
    usable = sorted((size // unit, place) for place, size in enumerate(sizes) if size // unit <= wanted)
    mask = (1 << wanted + 1) - 1
    rows, reach, looked = [1], 0, -LOOK_EVERY
    for count, (size, _) in enumerate(usable, 1):
        reach += size
        row = rows[-1] | rows[-1] << size
        rows.append(row & mask if reach > wanted else row)
        # Who has three choices among the first need not look at the others.
        if reach > wanted and count - looked >= LOOK_EVERY and count < len(usable) and rows[-1] >> wanted:
            looked = count
            found = _back(usable, rows, wanted)
            if len(found) == 3:
                return found
    return _back(usable, rows, wanted)


def _back(usable: list[tuple[int, int]], rows: list[int], wanted: int) -> list[tuple[int, ...]]:
    """Backwards through the rows: only choices that reach the sum are followed."""
    found: list[tuple[int, ...]] = []
    waiting = [(len(rows) - 1, wanted, ())] if rows[-1] >> wanted & 1 else []
    while waiting and len(found) < 3:
        index, rest, chosen = waiting.pop()
        # once nothing is left to make, all that is not chosen yet is left out
        if not rest:
            found.append(tuple(sorted(chosen)))
            continue
        (size, place), row = usable[index - 1], rows[index - 1]
        if row >> rest & 1:
            waiting.append((index - 1, rest, chosen))
        if size <= rest and row >> (rest - size) & 1:
            waiting.append((index - 1, rest - size, (*chosen, place)))
    return found


def all_but_one(amounts: Sequence[int], target: int) -> list[tuple[int, ...]]:
    """At most two choices of all amounts but one that make the target."""
    rest = sum(amounts) - target
    everything = range(len(amounts))
    return [
        tuple(place for place in everything if place != out)
        for out in [place for place, amount in enumerate(amounts) if amount == rest][:2]
    ]
