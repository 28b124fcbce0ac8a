"""Document numbers: without gaps, whatever fails or runs beside."""

import threading

import pytest
from django.db import connection, transaction

from o2c.core import numbering
from o2c.core.models import NumberSeries

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
