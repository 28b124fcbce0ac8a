"""Spreads of payment days and how they are drawn to the level above, with the numbers worked out."""

from datetime import date, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from o2c.analytics.scoring.cohorts import (
    LEAST_STRENGTH,
    MOST_STRENGTH,
    USUAL_STRENGTH,
    Between,
    Cell,
    Cohorts,
    History,
    Learning,
    Tally,
    everything,
    shrunk,
)
from o2c.analytics.scoring.items import outlook
from o2c.analytics.scoring.spreads import BINS, END, FIRST, STARTS, WIDTHS, Spread, bin_of, last_whole_bin

AS_OF = date(2026, 3, 2)


def paid(day: int, many: int = 1, weekday: int = 1) -> Cell:
    return Cell(weekday, day, many, 0, many if day > 0 else 0, many)


def unpaid(day: int, many: int = 1, weekday: int = 1) -> Cell:
    return Cell(weekday, day, 0, many, many if day > 0 else 0, many if day > 0 else 0)


def half_and_half() -> Spread:
    """Half is paid on the due date, half ten days after."""
    hazards = [0.0] * BINS
    hazards[bin_of(0)], hazards[bin_of(10)] = 0.5, 1 - 1e-9
    return Spread.of(hazards)


def test_bins_follow_each_other_without_a_gap():
    assert list(STARTS) == sorted(set(STARTS))
    assert sum(WIDTHS) == END - FIRST
    for place, start in enumerate(STARTS):
        assert bin_of(start) == bin_of(start + WIDTHS[place] - 1) == place
        assert last_whole_bin(start + WIDTHS[place] - 1) == place
        assert last_whole_bin(start + WIDTHS[place] - 2) == place - 1
    assert (bin_of(-5_000), bin_of(5_000), last_whole_bin(-5_000), last_whole_bin(5_000)) == (0, BINS - 1, -1, BINS - 1)


def test_a_spread_answers_what_it_is_asked():
    spread = half_and_half()
    assert spread.unpaid(-1, given=-30) == 1
    assert spread.unpaid(0, given=-30) == pytest.approx(0.5)
    assert spread.unpaid(9, given=0) == 1
    assert spread.unpaid(10, given=0) == pytest.approx(0, abs=1e-6)
    assert (spread.day(0.1, given=-30), spread.day(0.5, given=-30), spread.day(0.9, given=-30)) == (0, 0, 10)
    assert (spread.day(0.1, given=0), spread.day(0.9, given=0)) == (10, 10)


def test_within_a_wide_bin_every_day_has_the_same_chance():
    """A bin of ten days from day 60 that lets a quarter through: after k days 0.25 to the power of k/10 are unpaid."""
    hazards = [0.0] * BINS
    hazards[bin_of(60)], hazards[-1] = 0.75, 0.5
    spread = Spread.of(hazards)
    assert spread.unpaid(64, given=59) == pytest.approx(0.25**0.5)
    assert spread.unpaid(69, given=64) == pytest.approx(0.25**0.5)
    # 0.25 ** (k / 10) is at most a half from k = 5 on
    assert spread.day(0.5, given=59) == 64


def test_after_the_last_bin_it_goes_on_as_in_it():
    """The last bin of 30 days lets half through, so every 30 days after it half of what is left is paid."""
    hazards = [0.0] * BINS
    hazards[-1] = 0.5
    spread = Spread.of(hazards)
    assert spread.unpaid(END + 299, given=END - 1) == pytest.approx(0.5**10)
    assert spread.day(0.5, given=END + 999) == END + 1_029


def test_one_paid_invoice_in_all():
    """One invoice, paid on its due date, waited 60 + 30 days before and that day: 1 of 91 days, so the rate is 1/91.

    As if one more had waited in each bin: on the due date (1 + 1/91) / 2 = 46/91 are paid, on a day before (1/91) / 2 =
    1/182, in ten days before (1 - (90/91)^10) / 2; on a day after, which nobody has waited for, 1/91.
    """
    spread = everything(Tally().add([paid(0)]))
    assert spread.hazards[bin_of(0)] == pytest.approx(46 / 91)
    assert spread.hazards[bin_of(-1)] == pytest.approx(1 / 182)
    assert spread.hazards[bin_of(-90)] == pytest.approx((1 - (90 / 91) ** 10) / 2)
    assert spread.hazards[bin_of(1)] == pytest.approx(1 / 91)
    assert spread.unpaid(0, given=-1) == pytest.approx(45 / 91)


def test_nobody_has_paid():
    assert everything(Tally()) is None
    assert everything(Tally().add([unpaid(20, 7)])) is None
    learning = Learning()
    learning.take(History(1, 1, "", (unpaid(20),)))
    assert Cohorts.of(learning) is None


def test_own_invoices_count_beside_as_many_of_the_level_above_as_its_strength():
    """Four of its own paid ten days late, beside four of which half are: (0 + 4 x 0.5) / 8 on the due date."""
    spread = shrunk(half_and_half(), Tally().add([paid(10, 4)]), 4)
    assert spread.unpaid(0, given=-30) == pytest.approx(0.75)
    assert spread.unpaid(10, given=-30) == pytest.approx(0, abs=1e-6)


def test_an_unpaid_invoice_counts_for_the_days_it_has_waited():
    """Three paid on the due date, one has waited three days: (3 + 4 x 0.5) / (4 + 4) = 0.625 on the due date.

    Of what is left then, the one is not looked at from day 4 on: it goes on as above.
    """
    spread = shrunk(half_and_half(), Tally().add([paid(0, 3), unpaid(3)]), 4)
    assert spread.unpaid(0, given=-30) == pytest.approx(0.375)
    assert spread.unpaid(9, given=0) == 1
    assert spread.unpaid(10, given=0) == pytest.approx(0, abs=1e-6)


def test_nothing_seen_is_the_level_above():
    above = half_and_half()
    assert shrunk(above, Tally(), 5) is above
    assert shrunk(above, Tally().add([unpaid(-400)]), 5) is above


@pytest.mark.parametrize(
    ("counts", "strength"),
    [
        # within 0, so its own invoices tell everything
        ([(0, 10), (10, 10)], LEAST_STRENGTH),
        # no difference: its own tell nothing
        ([(5, 10), (5, 10)], MOST_STRENGTH),
        # within (1.6 + 1.6) / 18, between 1.8, ten each: 10 x 3.2 / 18 / (1.8 - 3.2 / 18) = 80/73
        ([(2, 10), (8, 10)], 80 / 73),
        ([(3, 10)], USUAL_STRENGTH),
        ([(1, 1), (0, 1)], USUAL_STRENGTH),
        ([(0, 0), (0, 0)], USUAL_STRENGTH),
    ],
)
def test_the_strength_comes_from_how_much_cohorts_differ(counts, strength):
    between = Between()
    between.add(counts)
    assert between.strength() == pytest.approx(strength)


def test_a_segment_stands_between_entity_and_customer():
    """The slow segment's newcomer is taken for slow; of a segment nobody knows, the legal entity is what is known."""
    learning = Learning()
    for customer_id in range(10):
        learning.take(History(1, customer_id, "slow", (paid(20, 20),)))
        learning.take(History(1, 100 + customer_id, "quick", (paid(0, 20),)))
    cohorts = Cohorts.of(learning)
    late = {
        segment: cohorts.customer(History(1, 999, segment, ())).unpaid(0, given=-30)
        for segment in ("slow", "quick", "unheard of", "")
    }
    assert late["slow"] > 0.95
    assert late["quick"] < 0.05
    assert late["unheard of"] == late[""] == cohorts.entities[1].unpaid(0, given=-30)
    assert 0.4 < late[""] < 0.6
    assert cohorts.customer(History(2, 999, "", ())) is cohorts.everything


def test_invoices_due_on_a_weekday_are_told_apart():
    """Paid on the due date when that is a Monday, two days later when it is a Saturday."""
    learning, history = Learning(), History(1, 1, "", (paid(0, 30, weekday=1), paid(2, 30, weekday=6)))
    learning.take(history)
    cohorts = Cohorts.of(learning)
    whole = cohorts.customer(history)
    assert cohorts.weekday(history, 1, whole).day(0.5, given=-10) == 0
    assert cohorts.weekday(history, 6, whole).day(0.5, given=-10) == 2
    assert cohorts.weekday(history, 3, whole) is whole


cells = st.lists(
    st.tuples(st.sampled_from([1, 3, 6]), st.integers(-2_000, 2_000), st.integers(0, 9), st.integers(0, 9)).map(
        lambda drawn: Cell(*drawn, late=drawn[2] // 2, judged=drawn[2])
    ),
    max_size=4,
)
books = st.lists(st.tuples(st.integers(1, 2), st.sampled_from(["", "A", "B"]), cells), min_size=1, max_size=4)


@settings(deadline=None)
@drawn(books, st.integers(-800, 1_500), st.integers(0, 60))
def test_what_is_said_of_an_item_never_contradicts_itself(book, overdue, late_after):
    learning = Learning()
    histories = [History(entity, number, segment, tuple(own)) for number, (entity, segment, own) in enumerate(book)]
    # one at least has paid
    histories.append(History(1, 99, "A", (paid(5),)))
    for history in histories:
        learning.take(history)
    cohorts = Cohorts.of(learning)
    for history in histories:
        whole = cohorts.customer(history)
        for weekday in (1, 6):
            due_on = AS_OF - timedelta(days=overdue)
            spread = cohorts.weekday(history, weekday, whole)
            told = outlook(spread, due_on=due_on, late_after=late_after, as_of=AS_OF)
            assert 0 <= told.p_late_30 <= told.p_late <= 1
            assert AS_OF < told.p10 <= told.p50 <= told.p90
            given = (AS_OF - due_on).days
            for share, day in ((0.1, told.p10), (0.5, told.p50), (0.9, told.p90)):
                after = (day - due_on).days
                assert 1 - spread.unpaid(after, given=given) >= share - 1e-6
                assert 1 - spread.unpaid(after - 1, given=given) <= share + 1e-6
            if overdue > late_after:
                assert told.p_late == 1


def test_the_last_day_there_is():
    told = outlook(half_and_half(), due_on=date.max, late_after=0, as_of=AS_OF)
    assert (told.p10, told.p50, told.p90) == (date.max, date.max, date.max)
