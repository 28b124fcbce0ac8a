"""How fast what was seen fades and how quick customers are lately, with the numbers worked out."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.analytics.scoring import fading
from o2c.analytics.scoring.cohorts import Cell, Cohorts, History, Learning, Tally, shrunk
from o2c.analytics.scoring.fading import QUICKEST, SLOWEST, Fading, Past, Told, choose, foretold, pace, weight
from o2c.analytics.scoring.spreads import BINS, FIRST, Spread, bin_of

MONTHS = range(24, 0, -1)


def past(*customers: dict[int, tuple[int, int]], entity_id: int = 1) -> Past:
    """Customers by their (late, judged) of each month."""
    found = Past()
    for counts in customers:
        found.add(entity_id, counts)
    return found


def turned(many: int = 40) -> dict[int, tuple[int, int]]:
    """Half late until six months ago, a tenth since."""
    return {month: (many // 2 if month > fading.FORETOLD else many // 10, many) for month in MONTHS}


@pytest.mark.parametrize(
    ("month", "half_life", "counts"),
    [(24, None, 1), (0, 180, 1), (1, 180, 1), (7, 180, 0.5), (13, 180, 0.25), (13, 360, 0.5), (2, 30, 0.5)],
)
def test_an_invoice_counts_half_as_much_for_every_half_life(month, half_life, counts):
    assert weight(month, half_life) == counts


def test_a_month_is_foretold_from_those_before_it():
    """Two late ones of two in the third month back, and one of the last is foretold; a month halves what was seen.

    Two months on they are 1 of 1 (the month right before counts whole): of all (1 + 0.5) / (1 + 1) = 0.75 are late, of
    the customer, drawn to that as if it were one invoice, (1 + 0.75) / 2. Not faded: 2.5 / 3, and (2 + 2.5 / 3) / 3.
    """
    book = past({3: (2, 2), 1: (0, 1)})
    assert list(foretold(book, 30, 1.0)) == [Told(1, 0.875, 0, 1)]
    (told,) = foretold(book, None, 1.0)
    assert told.chance == pytest.approx((2 + 2.5 / 3) / 3)


def test_older_months_have_faded_more():
    """Half-life one month: 4 of 4 late in the third month back, 0 of 4 in the second: (2 + 0) of (2 + 4) for the last.

    Of two customers alike, drawn to the share of both, (4 + 0.5) / (12 + 1), as if it were 3 invoices.
    """
    counts = {3: (4, 4), 2: (0, 4), 1: (1, 1)}
    told = [each.chance for each in foretold(past(counts, counts), 30, 3.0) if each.judged == 1]
    assert told == pytest.approx([(2 + 3 * 4.5 / 13) / 9] * 2)


@drawn(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=24, max_size=24), st.sampled_from([None, 90]))
def test_what_is_foretold_of_a_month_does_not_hang_on_it_or_on_later_ones(counts, half_life):
    seen = {24 - place: (late, late + in_time) for place, (late, in_time) in enumerate(counts)}
    known = {month: seen[month] for month in seen if month > 3}
    before = list(foretold(past(known | {3: (1, 2)}), half_life, 2.0))[-1:]
    after = list(foretold(past(known | {3: (0, 2), 2: (5, 5), 1: (0, 7)}), half_life, 2.0))
    assert [each.chance for each in before] == [each.chance for each in after[-3:-2]]


def test_where_customers_have_turned_what_is_old_fades_fast():
    found = choose(past(*[turned()] * 5), 5.0)
    assert found.half_life == 90


def test_where_nothing_changes_nothing_fades_and_nobody_is_quicker():
    """A quarter of twenty is late each month, and so foretold but for the half invoice of nobody: as good as 1."""
    found = choose(past(*[dict.fromkeys(MONTHS, (5, 20))] * 5), 5.0)
    assert found.half_life is None
    assert found.paces == {1: pytest.approx(1, abs=0.01)}


def test_a_small_book_tells_nothing_of_it():
    """Six months of 33 are 198, fewer than the least; of 34 they are 204."""
    assert choose(past(turned(33)), 5.0) == Fading()
    assert choose(past(turned(34)), 5.0) != Fading()


def test_a_legal_entity_with_too_few_is_left_at_its_pace():
    book = past(turned(100))
    book.add(2, turned(10))
    assert set(choose(book, 5.0).paces) == {1}


def test_a_pace_is_the_power_that_makes_the_chances_true():
    """Half foretold late and half late: 1. A quarter of them late: 0.5 to the power of 2, less what is thought before
    (its logarithm is normal with deviation 0.5; among ten thousand that is next to nothing)."""
    assert pace([Told(1, 0.5, 500, 1000)]) == pytest.approx(1)
    assert pace([Told(1, 0.5, 2_500, 10_000)]) == pytest.approx(2, abs=0.005)
    assert pace([Told(1, 0.25, 5_000, 10_000)]) == pytest.approx(0.5, abs=0.005)
    assert 1 < pace([Told(1, 0.5, 2, 8)]) < 1.7
    assert pace([Told(1, 0.9, 0, 10**9)]) == pytest.approx(QUICKEST)
    assert pace([Told(1, 0.1, 10**9, 10**9)]) == pytest.approx(SLOWEST)
    assert pace([]) == pytest.approx(1)


def spread() -> Spread:
    """A quarter is paid on the due date, half of the rest ten days later."""
    hazards = [0.0] * BINS
    hazards[bin_of(0)], hazards[bin_of(10)] = 0.25, 0.5
    return Spread.of(hazards)


def test_who_pays_twice_as_quick_leaves_the_square_unpaid():
    quick = spread().quickened(2)
    assert quick.unpaid(0, given=FIRST) == pytest.approx(0.75**2)
    assert quick.unpaid(10, given=FIRST) == pytest.approx(0.375**2)
    assert quick.day(0.5, given=FIRST) == 10
    assert quick.day(0.4, given=FIRST) == 0
    assert list(quick.piled) == pytest.approx(list(Spread.of(quick.hazards).piled))
    same = spread()
    assert same.quickened(1) is same


def test_faded_invoices_count_less_beside_the_level_above():
    """Four of its own paid ten days late, each a half: two beside four, of which a quarter is paid on the due date."""
    weights = tuple(weight(month, 360) for month in range(27))
    seen = Tally().add([Cell(1, 10, 4, 0, 4, 4, month=13)], weights)
    assert shrunk(spread(), seen, 4).unpaid(0, given=FIRST) == pytest.approx((2 + 4 * 0.75) / 6)


def test_a_book_that_has_turned_is_told_by_its_last_months():
    """Ten days late until six months ago, in time since: late is less likely than in a book that did not turn."""
    chances = []
    for since in (fading.FORETOLD, 0):
        learning = Learning()
        for customer_id in range(20):
            cells = tuple(Cell(1, 10 if month > since else 0, 5, 0, 5 * (month > since), 5, month) for month in MONTHS)
            learning.take(History(1, customer_id, "", cells))
        cohorts = Cohorts.of(learning)
        whole = cohorts.paced(cohorts.customer(History(1, 1, "", cells)), 1)
        chances.append((cohorts.fading.half_life, whole.unpaid(9, given=FIRST)))
    (turned_by, turned_late), (steady_by, steady_late) = chances
    assert (turned_by, steady_by) == (90, None)
    assert turned_late < 0.2 < 0.9 < steady_late
