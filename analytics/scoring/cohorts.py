"""Spreads of payment days by cohort: a customer's invoices due on a weekday, shrunk to all of the customer, those to
its segment, that to the legal entity, that to everything.

Each level is the posterior mean of a Dirichlet process whose prior is the level above and whose data may be censored:
an invoice that is unpaid counts for the days that it has waited (Susarla and Van Ryzin, "Nonparametric Bayesian
estimation of survival curves from incomplete observations", JASA 71, 1976). With n invoices, all paid, that is n parts
what was seen and `strength` parts the level above. The strengths come from the book itself: from how much the shares of
late invoices differ between the cohorts of a level beyond what chance makes (the intraclass correlation by analysis of
variance). Old invoices count less, and spreads are quickened or slowed, as `fading` has found.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from o2c.analytics.scoring.fading import Fading, Past, choose
from o2c.analytics.scoring.spreads import BINS, MOST_CERTAIN, WIDTHS, Spread, bin_of, last_whole_bin

# Where too few cohorts are there to tell, so many invoices of its own count as much as the level above.
USUAL_STRENGTH = 5.0
LEAST_STRENGTH, MOST_STRENGTH = 1.0, 1_000.0
# Two years of thirty days each, and what is still to come.
MOST_MONTHS = 27


class Cell(NamedTuple):
    """Invoices of a customer that fell due on a weekday (1: Monday) and were paid, or are unpaid still, after so many
    days. `judged` of them are known to be late or in time, `late` are late. All are of one month (`fading`)."""

    weekday: int
    day: int
    paid: int
    unpaid: int
    late: int
    judged: int
    month: int = 1


@dataclass(frozen=True, slots=True)
class History:
    """A customer with a legal entity; `segment` is empty where none was known."""

    entity_id: int
    customer_id: int
    segment: str
    cells: tuple[Cell, ...]

    @property
    def paid(self) -> int:
        return sum(cell.paid for cell in self.cells)


class Tally:
    """Per bin: how many were paid in it, and for how many it was the last in which they were seen, faded ones less."""

    __slots__ = ("ended", "paid")

    def __init__(self) -> None:
        self.paid: dict[int, float] = defaultdict(float)
        self.ended: dict[int, float] = defaultdict(float)

    def add(self, cells: Iterable[Cell], weights: Sequence[float] | None = None) -> "Tally":
        """`weights` are those of the months; without them each counts as much."""
        for cell in cells:
            weight = 1.0 if weights is None else weights[cell.month]
            if cell.paid:
                place = bin_of(cell.day)
                self.paid[place] += cell.paid * weight
                self.ended[place] += cell.paid * weight
            if cell.unpaid and (place := last_whole_bin(cell.day)) >= 0:
                self.ended[place] += cell.unpaid * weight
        return self

    def join(self, other: "Tally", weight: float) -> None:
        for place, many in other.paid.items():
            self.paid[place] += many * weight
        for place, many in other.ended.items():
            self.ended[place] += many * weight

    def at_risk(self) -> list[float]:
        """For each bin up to the last in which anybody was seen, how many were seen in it or later."""
        left, many = [], 0.0
        for place in range(max(self.ended, default=-1), -1, -1):
            many += self.ended.get(place, 0.0)
            left.append(many)
        return left[::-1]


def everything(tally: Tally) -> Spread | None:
    """The spread of all invoices together; None where not one was paid.

    In each bin it is as if one more invoice had waited, and been paid at the rate of the whole: so no day is
    impossible, and what nobody has waited for yet goes on at that rate.
    """
    payments = sum(tally.paid.values())
    if not payments:
        return None
    at_risk = tally.at_risk()
    at_risk += [0.0] * (BINS - len(at_risk))
    rate = payments / sum(many * width for many, width in zip(at_risk, WIDTHS, strict=True))
    return Spread.of(
        [
            min((tally.paid.get(place, 0) + 1 - (1 - rate) ** width) / (many + 1), MOST_CERTAIN)
            for place, (many, width) in enumerate(zip(at_risk, WIDTHS, strict=True))
        ]
    )


def shrunk(above: Spread, tally: Tally, strength: float) -> Spread:
    """What was seen, drawn to the level above as if that were `strength` further invoices."""
    if not tally.ended:
        return above
    hazards = list(above.hazards)
    prior, paid = strength, tally.paid
    for place, at_risk in enumerate(tally.at_risk()):
        expected = prior * hazards[place]
        hazards[place] = min((paid.get(place, 0.0) + expected) / (at_risk + prior), MOST_CERTAIN)
        prior -= expected
    return Spread.of(hazards)


@dataclass
class Between:
    """Sums for the strength of a level: of groups in parents, each with so many judged invoices, of them late."""

    groups: int = 0
    parents: int = 0
    judged: float = 0.0
    spread_within: float = 0.0
    spread_between: float = 0.0
    effective: float = 0.0

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """The groups of one parent as (late, judged); those without a judged invoice say nothing."""
        found = [(late, judged) for late, judged in counts if judged]
        if not found:
            return
        judged, late = sum(n for _, n in found), sum(k for k, _ in found)
        share = late / judged
        self.parents += 1
        self.groups += len(found)
        self.judged += judged
        self.spread_within += sum(k * (n - k) / n for k, n in found)
        self.spread_between += sum(n * (k / n - share) ** 2 for k, n in found)
        self.effective += judged - sum(n * n for _, n in found) / judged

    def strength(self) -> float:
        """How many invoices of its own count as much as the level above: (1 - r) / r, r the intraclass correlation."""
        between, within = self.groups - self.parents, self.judged - self.groups
        if between <= 0 or within <= 0:
            return USUAL_STRENGTH
        squares, inner = self.spread_between / between, self.spread_within / within
        size = self.effective / between
        excess = (squares - inner) / size
        if excess <= 0:
            return MOST_STRENGTH
        return min(max(inner / excess, LEAST_STRENGTH), MOST_STRENGTH)


@dataclass(frozen=True)
class Strengths:
    entity: float = USUAL_STRENGTH
    segment: float = USUAL_STRENGTH
    customer: float = USUAL_STRENGTH
    weekday: float = USUAL_STRENGTH


@dataclass
class Learning:
    """Takes histories one at a time and keeps only what the levels above a customer need."""

    past: Past = field(default_factory=Past)
    _months: dict[tuple[int, str], dict[int, Tally]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Tally))
    )
    _weekdays: Between = field(default_factory=Between)
    _customers: dict[tuple[int, str], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, history: History) -> None:
        months = self._months[history.entity_id, history.segment]
        by_weekday: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        by_month: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for cell in history.cells:
            months[cell.month].add((cell,))
            counts = by_weekday[cell.weekday]
            counts[0] += cell.late
            counts[1] += cell.judged
            if cell.month:
                counts = by_month[cell.month]
                counts[0] += cell.late
                counts[1] += cell.judged
        self.past.add(history.entity_id, by_month)
        self._weekdays.add((late, judged) for late, judged in by_weekday.values())
        whole = tuple(map(sum, zip(*by_weekday.values(), strict=True))) or (0, 0)
        self._customers[history.entity_id, history.segment].append(whole)

    def tallies(self, fading: Fading) -> dict[tuple[int, str], Tally]:
        """Of each segment of each legal entity, faded."""
        found: dict[tuple[int, str], Tally] = {}
        for key, months in self._months.items():
            tally = found[key] = Tally()
            for month, seen in sorted(months.items()):
                tally.join(seen, fading.weight(month))
        return found

    def strengths(self) -> Strengths:
        customers, segments, entities = Between(), Between(), Between()
        of_entity: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (entity_id, _), counts in self._customers.items():
            customers.add(counts)
            of_entity[entity_id].append((sum(late for late, _ in counts), sum(judged for _, judged in counts)))
        for counts in of_entity.values():
            segments.add(counts)
        entities.add([tuple(map(sum, zip(*counts, strict=True))) for counts in of_entity.values()])
        return Strengths(entities.strength(), segments.strength(), customers.strength(), self._weekdays.strength())


@dataclass(frozen=True)
class Cohorts:
    """The levels above the customers, and how strongly each level is drawn to the one above."""

    everything: Spread
    entities: Mapping[int, Spread]
    segments: Mapping[tuple[int, str], Spread]
    strengths: Strengths
    fading: Fading
    weights: Sequence[float]

    @classmethod
    def of(cls, learning: Learning) -> "Cohorts | None":
        """None where nobody has ever paid anything: then there is nothing to tell from."""
        strengths = learning.strengths()
        fading = choose(learning.past, strengths.customer)
        by_segment = learning.tallies(fading)
        all_of_them, of_entity = Tally(), defaultdict(Tally)
        for (entity_id, _), tally in by_segment.items():
            all_of_them.join(tally, 1.0)
            of_entity[entity_id].join(tally, 1.0)
        top = everything(all_of_them)
        if top is None:
            return None
        entities = {key: shrunk(top, tally, strengths.entity) for key, tally in of_entity.items()}
        segments = {
            key: shrunk(entities[key[0]], tally, strengths.segment) for key, tally in by_segment.items() if key[1]
        }
        weights = tuple(fading.weight(month) for month in range(MOST_MONTHS))
        return cls(top, entities, segments, strengths, fading, weights)

    def above(self, entity_id: int, segment: str) -> Spread:
        """What is known of a customer of whom nothing is known."""
        return self.segments.get((entity_id, segment)) or self.entities.get(entity_id) or self.everything

    def customer(self, history: History) -> Spread:
        """Of all invoices of a customer, as they were paid."""
        above = self.above(history.entity_id, history.segment)
        return shrunk(above, Tally().add(history.cells, self.weights), self.strengths.customer)

    def weekday(self, history: History, weekday: int, whole: Spread) -> Spread:
        """Of the customer's invoices due on a weekday; `whole` is that of all of them."""
        of_day = Tally().add((cell for cell in history.cells if cell.weekday == weekday), self.weights)
        return shrunk(whole, of_day, self.strengths.weekday)

    def paced(self, spread: Spread, entity_id: int) -> Spread:
        """As it is to be expected of a legal entity's customers now: as quick as they pay lately."""
        return spread.quickened(self.fading.paces.get(entity_id, 1.0))
