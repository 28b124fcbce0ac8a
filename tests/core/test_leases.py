"""Leases: each part is done by one worker, a dead worker's part by another."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psutil
import pytest
from django.db import connections, transaction

from o2c.core import clock, leases
from o2c.core.models import Partition

WORK = "test.work"


def parts(count: int) -> None:
    leases.cut(WORK, 1, [(number, number) for number in range(count)])


@pytest.mark.django_db
def test_parts_are_taken_in_order_and_each_once():
    parts(3)
    parts(3)
    taken = [leases.take(WORK, subject_id=1) for _ in range(4)]
    assert [lease and lease.number for lease in taken] == [1, 2, 3, None]


@pytest.mark.django_db
def test_a_part_that_is_done_is_not_taken_again():
    parts(1)
    leases.done(leases.take(WORK), {"made": 5})
    assert leases.take(WORK) is None
    assert leases.unfinished(WORK, 1) == {}
    assert Partition.objects.get().result == {"made": 5}


@pytest.mark.django_db
def test_whose_lease_ran_out_cannot_mark_done_what_another_has_taken():
    parts(1)
    late = leases.take(WORK, lease=timedelta(seconds=-1))
    taken_over = leases.take(WORK)
    assert taken_over.id == late.id
    for act in (lambda: leases.done(late, {}), lambda: leases.hold(late), lambda: leases.renew(late)):
        with pytest.raises(leases.LeaseLost), transaction.atomic():
            act()
    leases.renew(taken_over)
    leases.done(taken_over, {})


@pytest.mark.django_db
def test_a_part_that_fails_again_and_again_is_left_and_can_be_retried():
    parts(1)
    for _ in range(leases.MOST_ATTEMPTS):
        leases.failed(leases.take(WORK), ValueError("no"))
    assert leases.take(WORK) is None
    assert leases.unfinished(WORK, 1) == {"failed": 1}
    assert leases.errors(WORK, 1) == ["ValueError: no"]
    assert leases.retry(WORK, 1) == 1
    leases.done(leases.take(WORK), {})


@pytest.mark.django_db
def test_the_sweeper_frees_what_has_run_out_and_what_the_dead_hold():
    parts(4)
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = leases._holder(gone.pid)
    gone.kill()
    gone.wait()
    assert leases.is_dead(holder)
    ours, old, dead, elsewhere = [leases.take(WORK) for _ in range(4)]
    Partition.objects.filter(pk=old.id).update(leased_until=clock.now() - timedelta(seconds=1))
    Partition.objects.filter(pk=dead.id).update(holder=holder)
    Partition.objects.filter(pk=elsewhere.id).update(holder="other-machine:1:0.00")
    assert leases.sweep() == 2
    states = dict(Partition.objects.values_list("id", "state"))
    assert states == {ours.id: "leased", old.id: "waiting", dead.id: "waiting", elsewhere.id: "leased"}


def test_a_process_that_got_a_dead_ones_number_is_another():
    assert not leases.is_dead(leases.holder())
    host, pid, started = leases.holder().rsplit(":", 2)
    assert leases.is_dead(f"{host}:{pid}:{float(started) - 5:.2f}")
    assert not leases.is_dead("")
    assert psutil.pid_exists(int(pid))


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_parts():
    parts(40)

    def work(_):
        try:
            taken = []
            while lease := leases.take(WORK):
                with transaction.atomic():
                    leases.hold(lease)
                    taken.append(lease.number)
                    leases.done(lease, {})
            return taken
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        taken = [number for numbers in pool.map(work, range(8)) for number in numbers]
    assert sorted(taken) == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_a_part_is_ours_while_our_transaction_lives_even_past_its_lease():
    parts(1)
    lease = leases.take(WORK, lease=timedelta(seconds=-1))
    holds, over = threading.Event(), threading.Event()

    def work():
        try:
            with transaction.atomic():
                leases.hold(lease)
                holds.set()
                over.wait(10)
                leases.done(lease, {})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        holds.wait(10)
        assert leases.take(WORK) is None
        assert leases.sweep() == 0
        over.set()
        working.result()
    assert leases.unfinished(WORK, 1) == {}
