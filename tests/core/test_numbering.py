"""Document numbers: without gaps, whatever fails or runs beside."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from o2c.core import numbering
from o2c.core.actors import SYSTEM
from o2c.core.models import NumberSeries
from o2c.core.numbering import NumberingRefused, Pattern

THREADS, EACH = 8, 25


@pytest.mark.django_db
def test_numbers_begin_at_one_in_every_series_and_year():
    with transaction.atomic():
        assert [numbering.take("DE1", "receipt", 2026) for _ in range(3)] == [1, 2, 3]
        assert numbering.take("DE1", "receipt", 2027) == 1
        assert numbering.take("DE1", "invoice", 2026) == 1
        assert numbering.take("UK1", "receipt", 2026) == 1
        assert numbering.take("DE1", "receipt", 2026, count=10) == 4
        assert numbering.take("DE1", "receipt", 2026) == 14


@pytest.mark.django_db
def test_a_rollback_gives_its_numbers_back():
    with transaction.atomic():
        assert numbering.take("DE1", "receipt", 2026) == 1
    with transaction.atomic():
        assert numbering.take("DE1", "receipt", 2026, count=5) == 2
        transaction.set_rollback(True)
    with transaction.atomic():
        assert numbering.take("DE1", "receipt", 2026) == 2


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_taken():
    with pytest.raises(RuntimeError):
        numbering.take("DE1", "receipt", 2026)
    assert not NumberSeries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_threads_take_numbers_without_gap_or_double():
    """Every third transaction fails after it took its numbers; what is kept is gapless all the same."""
    kept: list[int] = []
    failures: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def work(seat: int) -> None:
        try:
            start.wait(timeout=30)
            for turn in range(EACH):
                count = 1 + turn % 3
                with transaction.atomic():
                    first = numbering.take("DE1", "receipt", 2026, count)
                    if (seat + turn) % 3 == 0:
                        transaction.set_rollback(True)
                    else:
                        taken = list(range(first, first + count))
                if (seat + turn) % 3:
                    kept.extend(taken)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seat,)) for seat in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    assert len(kept) > THREADS * EACH
    assert sorted(kept) == list(range(1, len(kept) + 1))
    assert NumberSeries.objects.get().next == len(kept) + 1


# --- How numbers are written


@pytest.mark.django_db
def test_the_standard_numbers_are_as_they_always_were():
    with transaction.atomic():
        assert numbering.draw("DE1", "receipt", date(2026, 3, 2)) == "R2026-000001"
        assert numbering.draw("DE1", "invoice", date(2026, 3, 2)) == "INV2026-000001"
        assert numbering.reserve("DE1", "receipt", date(2026, 3, 2), 3).texts() == [
            "R2026-000002", "R2026-000003", "R2026-000004",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (Pattern("RE-", 4, "-", 5), "RE-2026-00017"),
        (Pattern("", 2, "/", 4), "26/0017"),
        (Pattern("A", 0, "", 3), "A017"),
        (Pattern("A", 0, "-", 1), "A-17"),
    ],
)
def test_a_number_is_written_by_its_pattern(pattern, text):
    assert pattern.text(2026, 17) == text


@pytest.mark.django_db
def test_a_series_of_ones_own_begins_where_it_is_to_and_then_each_year_at_one():
    day, next_year = date(2026, 3, 2), date(2027, 1, 2)
    numbering.arrange("DE1", "invoice", Pattern("RE", 2, "-", 4), first=4711, on=day, actor=SYSTEM)
    with transaction.atomic():
        assert [numbering.draw("DE1", "invoice", day) for _ in range(2)] == ["RE26-4711", "RE26-4712"]
        assert numbering.draw("DE1", "invoice", next_year) == "RE27-0001"
        assert numbering.draw("UK1", "invoice", day) == "INV2026-000001"


@pytest.mark.django_db
def test_a_series_without_the_year_runs_on():
    day = date(2026, 12, 31)
    numbering.arrange("DE1", "invoice", Pattern("RE", 0, "-", 4), first=10, on=day, actor=SYSTEM)
    with transaction.atomic():
        assert numbering.draw("DE1", "invoice", day) == "RE-0010"
        assert numbering.draw("DE1", "invoice", date(2027, 1, 1)) == "RE-0011"


@pytest.mark.django_db
def test_a_series_that_is_used_is_not_changed_and_the_same_again_is_no_change():
    day = date(2026, 3, 2)
    pattern = Pattern("RE", 4, "-", 5)
    for _ in range(2):
        numbering.arrange("DE1", "receipt", pattern, first=7, on=day, actor=SYSTEM)
    with transaction.atomic():
        numbering.draw("DE1", "receipt", day)
    numbering.arrange("DE1", "receipt", pattern, first=8, on=day, actor=SYSTEM)
    for other, first in [(Pattern("RX"), 8), (pattern, 9)]:
        with pytest.raises(NumberingRefused, match="RE2026-00008 is the next"):
            numbering.arrange("DE1", "receipt", other, first=first, on=day, actor=SYSTEM)
    assert numbering.pattern("DE1", "receipt") == pattern


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        (Pattern("R%"), 1), (Pattern("R_"), 1), (Pattern("R", 3), 1), (Pattern("R", 4, "+"), 1),
        (Pattern("R", 4, "-", 0), 1), (Pattern("R", 4, "-", 13), 1), (Pattern("", 0), 1), (Pattern("R"), 0),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_written_so_are_refused(pattern, first):
    with pytest.raises(NumberingRefused):
        numbering.check(pattern, first)


@pytest.mark.django_db(transaction=True)
def test_a_pattern_that_changes_while_numbers_are_drawn_never_mixes():
    """Whoever draws first makes the change refused; whoever changes first is followed by every number."""
    drawn, refused = [], []
    start = threading.Barrier(5)

    def work(seat: int) -> None:
        try:
            start.wait(timeout=30)
            if seat == 0:
                try:
                    numbering.arrange("DE1", "receipt", Pattern("X", 0), first=5, on=date(2026, 1, 1), actor=SYSTEM)
                except NumberingRefused:
                    refused.append(seat)
            else:
                with transaction.atomic():
                    drawn.append(numbering.draw("DE1", "receipt", date(2026, 1, 1)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seat,)) for seat in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    wanted = [f"R2026-{n:06}" for n in range(1, 5)] if refused else [f"X-{n:06}" for n in range(5, 9)]
    assert sorted(drawn) == wanted
