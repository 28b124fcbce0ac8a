"""Promises to pay: given, superseded, and judged by what was settled."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.collections import chores, promises, worklist
from o2c.collections.models import Activity, DunningPolicy, PromiseToPay, Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.core.money import MoneyError
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, OpenItem
from tests.given import DAY

PAY_BY = DAY + timedelta(days=7)
GRACE = PAY_BY + timedelta(days=1)  # the standard policy's one day
AFTER = GRACE + timedelta(days=1)


@pytest.fixture
def item(given):
    return given.open_item("1000.00 EUR", due=DAY - timedelta(days=20))


def promise_of(item: OpenItem, amount="1000.00", *, on=DAY, pay_by=PAY_BY, **details) -> PromiseToPay:
    return promises.record(
        customer=item.customer,
        entity=item.entity,
        items=[(item, Decimal(amount))],
        pay_by=pay_by,
        promised_on=on,
        actor=SYSTEM,
        **details,
    )


def judged(promise: PromiseToPay, as_of: date) -> tuple[str, Decimal]:
    promises.recompute(as_of)
    promise.refresh_from_db()
    return promise.state, promise.paid


def test_a_promise_is_open_until_its_day_and_the_grace_have_passed_then_broken(item):
    promise = promise_of(item)
    assert judged(promise, DAY) == ("open", 0)
    assert judged(promise, PAY_BY) == ("open", 0)
    assert judged(promise, GRACE) == ("open", 0)
    assert judged(promise, AFTER) == ("broken", 0)


def test_a_promise_paid_in_time_is_kept(given, item):
    promise = promise_of(item)
    given.pay(item, on=PAY_BY)
    assert judged(promise, PAY_BY) == ("kept", Decimal(1000))
    assert judged(promise, AFTER) == ("kept", Decimal(1000))
    assert Task.objects.count() == 0


def test_a_day_late_within_the_grace_is_kept_and_a_day_later_is_not(given, item):
    other = given.open_item("1000.00 EUR", customer=item.customer)
    within, beyond = promise_of(item), promise_of(other)
    given.pay(item, on=GRACE)
    given.pay(other, on=AFTER)
    assert judged(within, AFTER) == ("kept", Decimal(1000))
    assert judged(beyond, AFTER) == ("broken", 0)


def test_the_grace_is_that_of_the_accounts_policy(given):
    DunningPolicy.objects.create(code="patient", name="Patient", effective_on=date(2000, 1, 1), promise_grace_days=5)
    patient = given.open_item("10.00 EUR", customer=given.customer(policy="patient"))
    promise = promise_of(patient, "10.00")
    assert judged(promise, PAY_BY + timedelta(days=5)) == ("open", 0)
    assert judged(promise, PAY_BY + timedelta(days=6)) == ("broken", 0)


def test_part_of_the_promised_money_keeps_it_in_part(given, item):
    promise = promise_of(item)
    given.pay(item, "400.00 EUR", on=DAY + timedelta(days=2))
    assert judged(promise, GRACE) == ("open", Decimal(400))
    assert judged(promise, AFTER) == ("partly_kept", Decimal(400))
    assert Task.objects.get().why == f"Promised 1000.00 EUR by {PAY_BY}, paid 400.00"


def test_money_for_one_item_does_not_count_for_another(given, item):
    other = given.open_item("50.00 EUR", customer=item.customer)
    promise = promises.record(
        customer=item.customer,
        entity=item.entity,
        items=[(item, Decimal(100)), (other, Decimal(50))],
        pay_by=PAY_BY,
        promised_on=DAY,
        actor=SYSTEM,
    )
    given.pay(item, "1000.00 EUR", on=PAY_BY)
    assert judged(promise, AFTER) == ("partly_kept", Decimal(100))


def test_money_that_came_before_the_promise_does_not_count(given, item):
    given.pay(item, "400.00 EUR", on=DAY)
    promise = promise_of(item, "600.00")
    assert judged(promise, AFTER) == ("broken", 0)


def test_a_returned_payment_breaks_a_kept_promise(given, item):
    promise = promise_of(item)
    receipt = given.pay(item, on=PAY_BY)
    assert judged(promise, AFTER) == ("kept", Decimal(1000))
    returned_on = AFTER + timedelta(days=3)
    cash.reverse(receipt, on=returned_on, actor=SYSTEM)
    assert judged(promise, returned_on - timedelta(days=1)) == ("kept", Decimal(1000))
    assert judged(promise, returned_on) == ("broken", 0)
    assert Task.objects.get().key == f"promise:{promise.pk}"


def test_a_payment_returned_in_time_opens_the_promise_again(given, item):
    promise = promise_of(item)
    given.pay(item, on=DAY)
    assert judged(promise, DAY)[0] == "kept"
    cash.unapply(Allocation.objects.get(), on=DAY + timedelta(days=1), actor=SYSTEM)
    assert judged(promise, DAY + timedelta(days=1)) == ("open", 0)


def test_a_broken_promise_opens_one_task_for_the_collector(given, item):
    collector = given.user("tomas", Role.COLLECTOR)
    item.customer.accounts.update(collector=collector)
    promise = promise_of(item)
    for _ in range(3):
        promises.recompute(AFTER)
    task = Task.objects.get()
    assert (task.kind, task.assignee, task.state) == ("broken_promise", collector, "open")
    assert task.why == f"Promised 1000.00 EUR by {PAY_BY}, paid nothing"
    assert task.at_risk == Decimal("1000.00")
    # paid at last, the task closes by itself and does not come back
    given.pay(item, on=AFTER)
    assert worklist.close_cleared() == 1
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", "cleared")
    promises.recompute(AFTER)
    assert Task.objects.count() == 1
    assert judged(promise, AFTER) == ("broken", 0)


def test_a_new_promise_supersedes_the_one_that_stood(item):
    first = promise_of(item)
    second = promise_of(item, "500.00", on=DAY + timedelta(days=1), pay_by=PAY_BY + timedelta(days=10))
    first.refresh_from_db()
    assert (first.state, first.withdrawn_on) == ("withdrawn", DAY + timedelta(days=1))
    assert judged(first, AFTER)[0] == "withdrawn"
    assert judged(second, AFTER) == ("open", 0)
    assert Activity.objects.filter(kind="promise").count() == 2


def test_a_new_promise_leaves_what_was_broken_broken(item):
    first = promise_of(item)
    promise_of(item, on=AFTER, pay_by=AFTER + timedelta(days=5))
    first.refresh_from_db()
    assert (first.state, first.withdrawn_on) == ("broken", None)


def test_a_withdrawn_promise_stays_so_and_cannot_be_withdrawn_again(given, item):
    promise = promises.withdraw(promise_of(item), on=DAY + timedelta(days=1), actor=SYSTEM)
    given.pay(item, on=PAY_BY)
    assert judged(promise, AFTER) == ("withdrawn", 0)
    with pytest.raises(promises.PromiseRefused):
        promises.withdraw(promise, on=AFTER, actor=SYSTEM)


@pytest.mark.parametrize(
    ("amount", "on", "pay_by", "error"),
    [
        ("0.00", DAY, PAY_BY, promises.PromiseRefused),
        ("-1.00", DAY, PAY_BY, promises.PromiseRefused),
        ("1000.01", DAY, PAY_BY, promises.PromiseRefused),
        ("0.001", DAY, PAY_BY, MoneyError),
        ("10.00", DAY, DAY - timedelta(days=1), promises.PromiseRefused),
    ],
)
def test_a_promise_that_cannot_be_is_refused(item, amount, on, pay_by, error):
    standing = promise_of(item)
    with pytest.raises(error), transaction.atomic():
        promise_of(item, amount, on=on, pay_by=pay_by)
    standing.refresh_from_db()
    assert standing.state == "open"
    assert PromiseToPay.objects.count() == 1
    assert Activity.objects.count() == 1


def test_a_promise_is_of_one_customer_and_one_currency(given, item):
    dollars = given.open_item("10.00 USD", customer=item.customer)
    strangers = given.open_item("10.00 EUR")
    for other in (dollars, strangers):
        with pytest.raises(promises.PromiseRefused), transaction.atomic():
            promises.record(
                customer=item.customer,
                entity=item.entity,
                items=[(item, Decimal(1)), (other, Decimal(1))],
                pay_by=PAY_BY,
                promised_on=DAY,
                actor=SYSTEM,
            )
    with pytest.raises(promises.PromiseRefused):
        promises.record(
            customer=item.customer, entity=item.entity, items=[], pay_by=PAY_BY, promised_on=DAY, actor=SYSTEM
        )
    assert PromiseToPay.objects.count() == 0


def test_only_the_customers_named_are_judged(given, item):
    other = given.open_item("10.00 EUR")
    first, second = promise_of(item), promise_of(other, "10.00")
    promises.recompute(AFTER, customer_ids=[item.customer_id])
    promises.recompute(AFTER, entity_ids=[])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("broken", "open")


def test_the_event_of_a_payment_keeps_the_promise_and_closes_its_task(given, time_machine_day):
    item = given.open_item("80.00 EUR", due=DAY - timedelta(days=20))
    promise = promise_of(item, "80.00")
    task = worklist.create(
        entity=item.entity,
        customer=item.customer,
        kind=Task.Kind.BROKEN_PROMISE,
        why="promised",
        due_on=DAY,
        key=f"promise:{promise.pk}",
        actor=SYSTEM,
    )
    given.pay(item, on=DAY)
    event = {"customer_id": item.customer_id, "entity_id": item.entity_id}
    for _ in range(2):
        chores.receivables_changed([event, event])
        promise.refresh_from_db()
        task.refresh_from_db()
        assert (promise.state, task.state, task.outcome) == ("kept", "done", "cleared")


@pytest.fixture
def time_machine_day():
    import time_machine

    with time_machine.travel(f"{DAY}T10:00:00Z", tick=False):
        yield


payments = st.lists(
    st.tuples(
        st.integers(0, 12),  # days after the promise
        st.integers(1, 900),  # amount
        st.none() | st.integers(0, 8),  # undone so many days later
    ),
    max_size=5,
)


def expected(promised: int, payments, as_of: int) -> tuple[str, int]:
    """What became of the promise, told from the payments alone: days count from the day it was given."""
    last_day, left, paid = 8, 1000, 0
    for on, amount, undone in payments:
        if amount > left:
            continue
        left -= amount
        stands = undone is None or on + undone > as_of
        if on <= min(as_of, last_day) and stands:
            paid += amount
    paid = min(paid, promised)
    if paid >= promised:
        return "kept", paid
    if as_of <= last_day:
        return "open", paid
    return ("partly_kept" if paid else "broken"), paid


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(
    promised=st.integers(1, 1000),
    payments=payments,
    looks=st.lists(st.integers(0, 25), max_size=4),
    shuffle=st.randoms(use_true_random=False),
)
def test_a_promise_is_a_function_of_the_allocations_whatever_their_order(given, promised, payments, looks, shuffle):
    """Payments are entered in any order, late or twice looked at: only their days and amounts matter."""
    with transaction.atomic():
        item = given.open_item("1000.00 EUR", due=DAY - timedelta(days=20))
        promise = promise_of(item, str(promised))
        left, entered = 1000, []
        for on, amount, undone in payments:
            if amount > left:
                continue
            left -= amount
            entered.append((on, amount, undone))
        shuffle.shuffle(entered)
        undoings = []
        for on, amount, undone in entered:
            receipt = given.receipt(f"{amount}.00 EUR", customer=item.customer, on=DAY + timedelta(days=on))
            (made,) = cash.apply(
                receipt.item, [cash.Split(item, Decimal(amount))], on=DAY + timedelta(days=on), actor=SYSTEM
            )
            if undone is not None:
                undoings.append((made, on + undone))
        for made, day in undoings:
            cash.unapply(made, on=DAY + timedelta(days=day), actor=SYSTEM)
        for look in [*looks, *sorted(looks)]:
            found = judged(promise, DAY + timedelta(days=look))
            assert found == expected(promised, payments, look)
        transaction.set_rollback(True)
