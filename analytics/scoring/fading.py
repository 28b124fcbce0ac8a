"""How fast what was seen fades, and how customers pay lately beside what that says: both from the book's own past.

Customers change, so an old invoice tells less than a new one: each counts half as much for every half-life that has
passed. Which half-life is told by the last months before the day: for each of them the chances to be late that the
months before it give are held against what came of it, and the half-life with the best logarithmic score is taken.
Where even that is steadily too slow or too quick, all spreads of the legal entity are quickened or slowed by one
factor, in proportion of their hazards.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, inf, log

# Months are of thirty days back from the day: 1 is the last, 0 what is not known to be late or in time yet.
MONTH = 30
HALF_LIVES = (None, 360, 180, 90)
# How many of the last months are foretold from those before them, and the least invoices in them that can tell.
FORETOLD = 6
LEAST_TOLD = 200
# Paces are near 1: the standard deviation of their logarithm before anything was seen.
USUAL_PACE = 0.5
SLOWEST, QUICKEST = 0.25, 4.0


def weight(month: int, half_life: int | None) -> float:
    """What an invoice of a month counts beside one of the last."""
    return 1.0 if half_life is None or month <= 1 else 0.5 ** (MONTH * (month - 1) / half_life)


@dataclass(frozen=True)
class Fading:
    """The half-life in days, None where nothing fades; and by legal entity how many times as quick they pay lately."""

    half_life: int | None = None
    paces: Mapping[int, float] = field(default_factory=dict)

    def weight(self, month: int) -> float:
        return weight(month, self.half_life)


class Past:
    """Of each customer and month how many invoices were due and how many of them late, in as little room as it takes.

    Only of months in which that is known of all: an invoice is of the month in which it was to be paid at the latest.
    """

    def __init__(self) -> None:
        self.customers: list[tuple[int, int]] = []
        self.months, self.late, self.judged = array("i"), array("i"), array("i")

    def add(self, entity_id: int, counts: Mapping[int, tuple[int, int]]) -> None:
        """A customer's (late, judged) by month."""
        for month in sorted(counts, reverse=True):
            late, judged = counts[month]
            self.months.append(month)
            self.late.append(late)
            self.judged.append(judged)
        self.customers.append((entity_id, len(self.months)))

    def rows(self) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """The legal entity and (month, late, judged), the oldest month first, of each customer."""
        begin = 0
        for entity_id, end in self.customers:
            yield (
                entity_id,
                list(zip(self.months[begin:end], self.late[begin:end], self.judged[begin:end], strict=True)),
            )
            begin = end

    def totals(self) -> list[tuple[int, int, int]]:
        """Of all customers together, the oldest month first."""
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for month, late, judged in zip(self.months, self.late, self.judged, strict=True):
            sums[month][0] += late
            sums[month][1] += judged
        return [(month, *sums[month]) for month in sorted(sums, reverse=True)]


@dataclass(frozen=True, slots=True)
class Told:
    """With which chance of being late each of `judged` invoices was foretold, of which `late` were."""

    entity_id: int
    chance: float
    late: int
    judged: int

    @property
    def score(self) -> float:
        return self.late * log(self.chance) + (self.judged - self.late) * log(1 - self.chance)


def foretold(past: Past, half_life: int | None, strength: float) -> Iterator[Told]:
    """What the months before each of the last ones would have said of it: the customer's own share of late invoices,
    drawn to that of all customers as if that were `strength` further invoices."""
    shares = {
        month: (late + 0.5) / (judged + 1) for month, late, judged, _, _ in _before(past.totals(), half_life) if judged
    }
    for entity_id, counts in past.rows():
        for month, late_before, before, late, judged in _before(counts, half_life):
            if month in shares and judged:
                chance = (late_before + strength * shares[month]) / (before + strength)
                yield Told(entity_id, chance, late, judged)


def _before(
    counts: Iterable[tuple[int, int, int]], half_life: int | None
) -> Iterator[tuple[int, float, float, int, int]]:
    """For each of the last months: what was seen before it, faded as it was then, and what came of it."""
    late_before = before = 0.0
    last, last_late, last_judged = 0, 0, 0
    for month, late, judged in counts:
        older, newest = weight(last - month + 1, half_life), weight(last - month, half_life)
        late_before, before = late_before * older + last_late * newest, before * older + last_judged * newest
        if month <= FORETOLD:
            yield month, late_before, before, late, judged
        last, last_late, last_judged = month, late, judged


def choose(past: Past, strength: float) -> Fading:
    """The half-life by which the last months would have been foretold best, the longest of equal ones, and the paces.

    Where too few invoices are there to tell, nothing fades, and everybody pays as they did.
    """
    told = {half_life: list(foretold(past, half_life, strength)) for half_life in HALF_LIVES}
    if sum(each.judged for each in told[None]) < LEAST_TOLD:
        return Fading()
    best, score = None, -inf
    for half_life, those in told.items():
        # equal but for rounding is equal
        if (found := sum(each.score for each in those)) > score + 1e-9:
            best, score = half_life, found
    by_entity: dict[int, list[Told]] = defaultdict(list)
    for each in told[best]:
        by_entity[each.entity_id].append(each)
    paces = {
        entity_id: pace(those)
        for entity_id, those in by_entity.items()
        if sum(each.judged for each in those) >= LEAST_TOLD
    }
    return Fading(best, paces)


def pace(told: Iterable[Told]) -> float:
    """How many times as quick as foretold they paid: the power of the chances to be late that fits best what came.

    The most likely one, if its logarithm is normally distributed around 0 before anything was seen.
    """
    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for each in told:
        # as exact as any share of so few, and few enough to be gone through often
        those = counts[min(max(round(each.chance, 3), 0.001), 0.999)]
        those[0] += each.late
        those[1] += each.judged - each.late
    known = [(log(chance), late, in_time) for chance, (late, in_time) in counts.items()]

    def slope(logarithm: float) -> float:
        power = exp(logarithm)
        gain = sum(p * (late - in_time / (exp(-power * p) - 1)) for p, late, in_time in known)
        return power * gain - logarithm / USUAL_PACE**2

    low, high = log(SLOWEST), log(QUICKEST)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return exp((low + high) / 2)
