"""Events are handled at least until it worked once, and never twice by work that was kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from o2c.core import outbox
from o2c.core.models import NumberSeries, OutboxEvent

HOUR_AGO = "UPDATE core_outboxevent SET next_attempt_at = now() - interval '1 hour'"


def let_the_wait_pass():
    with connection.cursor() as cursor:
        cursor.execute(HOUR_AGO)


def count_in_database(payloads):
    """A handler whose work can be lost or doubled: it counts each event in a row of its own."""
    for payload in payloads:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO core_numberseries (owner, series, year, next) VALUES (%s, 'seen', 1, 1)
                ON CONFLICT (owner, series, year) DO UPDATE SET next = core_numberseries.next + 1
                """,
                [payload["name"]],
            )


def counted() -> dict[str, int]:
    return dict(NumberSeries.objects.filter(series="seen").values_list("owner", "next"))


@pytest.mark.django_db
def test_events_of_kinds_with_the_same_handler_are_handled_together_in_order():
    seen = []
    for number in range(3):
        outbox.emit("a", number=number)
        outbox.emit("b", number=number)
    result = outbox.dispatch({"a": (seen.append,), "b": (seen.append,)})
    assert seen == [[{"number": 0}, {"number": 0}, {"number": 1}, {"number": 1}, {"number": 2}, {"number": 2}]]
    assert (result.done, result.failed) == (6, 0)
    assert outbox.dispatch({"a": (seen.append,), "b": (seen.append,)}).done == 0
    assert list(OutboxEvent.objects.order_by("id").values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_an_event_of_a_rolled_back_act_never_was():
    with transaction.atomic():
        outbox.emit("a", number=1)
        transaction.set_rollback(True)
    assert outbox.dispatch({"a": (pytest.fail,)}).done == 0


@pytest.mark.django_db
def test_a_kind_without_handlers_is_done_and_an_unknown_kind_waits():
    outbox.emit("listed")
    outbox.emit("unknown")
    assert outbox.dispatch({"listed": ()}).done == 1
    assert OutboxEvent.objects.get(done_at=None).kind == "unknown"


@pytest.mark.django_db
def test_one_bad_event_does_not_hold_up_the_others_and_is_tried_again():
    def refuses_7(payloads):
        count_in_database(payloads)
        if any(payload["name"] == "7" for payload in payloads) and not mended:
            raise ValueError("seven")

    mended = False
    for name in range(10):
        outbox.emit("a", name=str(name))
    result = outbox.dispatch({"a": (refuses_7,)})
    assert (result.done, result.failed) == (9, 1)
    assert counted() == {str(name): 1 for name in range(10) if name != 7}
    bad = OutboxEvent.objects.get(done_at=None)
    assert (bad.attempts, bad.last_error) == (1, "ValueError: seven")
    assert outbox.dispatch({"a": (refuses_7,)}).failed == 0, "it must wait before it is tried again"
    let_the_wait_pass()
    mended = True
    assert outbox.dispatch({"a": (refuses_7,)}).done == 1
    assert counted() == {str(name): 1 for name in range(10)}


@pytest.mark.django_db
def test_an_event_that_fails_too_often_stays_and_is_seen():
    def fails(payloads):
        raise ValueError("never")

    outbox.emit("a", name="x")
    for _ in range(outbox.MOST_ATTEMPTS):
        let_the_wait_pass()
        assert outbox.dispatch({"a": (fails,)}).failed == 1
    let_the_wait_pass()
    assert outbox.dispatch({"a": (fails,)}).failed == 0
    (dead,) = outbox.dead()
    assert dead.last_error == "ValueError: never"
    assert outbox.revive([dead.pk]) == 1
    assert outbox.dispatch({"a": (count_in_database,)}).done == 1
    assert counted() == {"x": 1}
    assert list(outbox.dead()) == []


@pytest.mark.django_db
def test_a_second_handler_that_fails_takes_the_first_ones_work_back():
    def fails(payloads):
        raise ValueError("no")

    outbox.emit("a", name="x")
    outbox.dispatch({"a": (count_in_database, fails)})
    assert counted() == {}


def in_threads(count, work):
    """Run `work(number)` at once in so many threads, each with its own connection."""
    barrier = threading.Barrier(count)

    def one(number):
        try:
            barrier.wait(timeout=60)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(one, number) for number in range(count)]]


@pytest.mark.django_db(transaction=True)
def test_events_are_neither_lost_nor_doubled_by_dispatchers_and_writers_at_once():
    failures = iter(range(3))

    def fails_at_first(payloads):
        count_in_database(payloads)
        if next(failures, None) is not None:
            raise ValueError("the first few calls fail after their work")

    handlers = {"a": (fails_at_first,)}

    def work(number):
        if number < 4:
            for step in range(25):
                with transaction.atomic():
                    outbox.emit("a", name=f"{number}-{step}")
        else:
            for _ in range(10):
                outbox.dispatch(handlers, batch=7)

    in_threads(8, work)
    let_the_wait_pass()
    outbox.dispatch(handlers)
    assert counted() == {f"{number}-{step}": 1 for number in range(4) for step in range(25)}
    assert OutboxEvent.objects.filter(done_at=None).count() == 0
    positions = sorted(OutboxEvent.objects.values_list("position", flat=True))
    assert positions == list(range(1, 101))


@pytest.mark.django_db(transaction=True)
def test_a_position_follows_the_commit_not_the_beginning():
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                outbox.emit("a", name="slow")
                begun.set()
                go_on.wait(timeout=60)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(timeout=60)
    outbox.emit("a", name="quick")
    outbox.give_positions()
    go_on.set()
    thread.join()
    outbox.give_positions()
    assert [event.payload["name"] for event in OutboxEvent.objects.order_by("position")] == ["quick", "slow"]
    assert [event.payload["name"] for event in OutboxEvent.objects.order_by("id")] == ["slow", "quick"]


@pytest.mark.django_db(transaction=True)
def test_what_a_dispatcher_did_is_undone_when_its_connection_is_killed():
    """The server ends the dispatcher's session after the handler has worked and before it is kept."""
    outbox.emit("a", name="x")

    def works_then_dies(payloads):
        count_in_database(payloads)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        in_threads(1, lambda _: kill(pid))

    def kill(pid):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    def dispatcher(_):
        return outbox.dispatch({"a": (works_then_dies,)})

    (result,) = in_threads(1, dispatcher)
    assert (result.done, result.failed) == (0, 1)
    assert counted() == {}
    assert OutboxEvent.objects.get().attempts == 1
    let_the_wait_pass()
    assert outbox.dispatch({"a": (count_in_database,)}).done == 1
    assert counted() == {"x": 1}


@pytest.mark.django_db
def test_events_done_long_ago_are_let_go_and_undone_ones_stay():
    outbox.emit("a", name="x")
    outbox.emit("b", name="y")
    outbox.dispatch({"a": (count_in_database,)})
    assert outbox.forget() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxevent SET done_at = done_at - interval '31 days', created_at = '2020-01-01'")
    assert outbox.forget() == 1
    assert OutboxEvent.objects.get().kind == "b"
