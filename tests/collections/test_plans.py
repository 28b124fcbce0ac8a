"""Payment plans: agreed, superseding, judged by what was settled, and closed once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.collections import chores, promises, worklist
from o2c.collections.models import (
    Activity,
    DunningSettings,
    PaymentPlan,
    PlanInstalment,
    PlanItem,
    PromiseToPay,
    Task,
)
from o2c.collections.plans import agreeing, judging
from o2c.collections.plans.agreeing import PlanRefused
from o2c.collections.plans.schedules import Step, monthly
from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent, Role
from o2c.core.money import MoneyError
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, OpenItem
from tests.given import DAY

FIRST, SECOND, THIRD = DAY + timedelta(days=10), DAY + timedelta(days=40), DAY + timedelta(days=70)
TOLERATED = 3  # the days that a legal entity tolerates unless it says otherwise


def steps(*amounts: str) -> list[Step]:
    return [Step(day, Decimal(amount)) for day, amount in zip((FIRST, SECOND, THIRD), amounts, strict=False)]


THIRDS = steps("300.00", "300.00", "300.00")


@pytest.fixture
def item(given):
    return given.open_item("900.00 EUR", due=DAY - timedelta(days=20))


def plan_of(*items: OpenItem, steps=THIRDS, on: date = DAY, **details) -> PaymentPlan:
    return agreeing.agree(
        customer=items[0].customer,
        entity=items[0].entity,
        items=items,
        steps=steps,
        agreed_on=on,
        actor=SYSTEM,
        **details,
    )


def judged(plan: PaymentPlan, as_of: date) -> tuple[str, Decimal]:
    judging.recompute(as_of)
    plan.refresh_from_db()
    return plan.state, plan.paid


def states(plan: PaymentPlan, as_of: date) -> list[str]:
    return [each.state for each in judging.progress(plan, as_of)]


# --- The schedule


@pytest.mark.parametrize(
    ("total", "currency", "count", "amounts"),
    [
        ("100.00", "EUR", 3, ["33.33", "33.33", "33.34"]),
        ("100", "JPY", 3, ["33", "33", "34"]),
        ("1.000", "KWD", 3, ["0.333", "0.333", "0.334"]),
        ("50.00", "EUR", 1, ["50.00"]),
    ],
)
def test_equal_instalments_leave_the_remainder_in_the_last(total, currency, count, amounts):
    proposed = monthly(Decimal(total), currency, count, date(2026, 1, 31))
    assert [str(each.amount) for each in proposed] == amounts
    assert sum(each.amount for each in proposed) == Decimal(total)


def test_instalments_fall_on_the_same_day_of_each_month_and_on_the_last_of_a_shorter_one():
    proposed = monthly(Decimal(4), "EUR", 4, date(2027, 12, 31))
    assert [each.due_on for each in proposed] == [
        date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31),
    ]  # fmt: skip


@pytest.mark.parametrize(("total", "count"), [("0.02", 3), ("100.00", 0), ("100.00", 61)])
def test_instalments_that_cannot_be_are_not_proposed(total, count):
    with pytest.raises(PlanRefused):
        monthly(Decimal(total), "EUR", count, DAY)


# --- Agreeing


def test_a_plan_keeps_what_was_agreed_with_the_tolerance_of_the_day(given, item):
    DunningSettings.objects.filter(entity=item.entity).update(plan_days=5, plan_percent=2)
    other = given.open_item("100.00 EUR", customer=item.customer, due=DAY)
    plan = plan_of(item, other, steps=steps("500.00", "500.00"), note="They lost their largest customer.")
    DunningSettings.objects.filter(entity=item.entity).update(plan_days=0, plan_percent=0)
    plan.refresh_from_db()
    assert (plan.amount, plan.currency, plan.agreed_on, plan.ends_on) == (Decimal(1000), "EUR", DAY, SECOND)
    assert (plan.tolerance_days, plan.tolerance_percent, plan.state) == (5, 2, "active")
    assert list(plan.items.order_by("item").values_list("item", "amount", "runs")) == [
        (item.pk, Decimal(900), True), (other.pk, Decimal(100), True),
    ]  # fmt: skip
    said = Activity.objects.get()
    assert (said.kind, said.text) == (
        "plan", f"1000.00 EUR in 2 instalments from {FIRST} to {SECOND} for {item.number}, {other.number}",
    )  # fmt: skip
    assert OutboxEvent.objects.get(kind="plans.agreed").payload["plan_id"] == plan.pk


@pytest.mark.parametrize(
    ("schedule", "error"),
    [
        ([], PlanRefused),
        (steps("300.00", "300.00"), PlanRefused),  # a part, and nobody said so
        (steps("300.00", "300.00", "300.01"), PlanRefused),
        (steps("900.00", "0.00"), PlanRefused),
        (steps("1000.00", "-100.00"), PlanRefused),
        ([Step(SECOND, Decimal(450)), Step(FIRST, Decimal(450))], PlanRefused),
        ([Step(FIRST, Decimal(450)), Step(FIRST, Decimal(450))], PlanRefused),
        ([Step(DAY - timedelta(days=1), Decimal(900))], PlanRefused),
        (steps("899.999", "0.001"), MoneyError),
    ],
    ids=["none", "part", "too-much", "nothing", "negative", "disorder", "same-day", "past", "finer"],
)
def test_a_schedule_that_cannot_be_is_refused(item, schedule, error):
    with pytest.raises(error), transaction.atomic():
        plan_of(item, steps=schedule)
    assert PaymentPlan.objects.count() == Activity.objects.count() == 0


def test_a_part_is_agreed_where_that_is_said(item):
    plan = plan_of(item, steps=steps("300.00", "300.00"), is_part=True)
    assert plan.amount == Decimal(600)


def test_a_plan_is_of_one_customer_and_currency_and_of_what_owes(given, item):
    paid = given.open_item("10.00 EUR", customer=item.customer)
    given.pay(paid)
    others = [
        given.open_item("10.00 USD", customer=item.customer),
        given.open_item("10.00 EUR"),
        given.open_item("-10.00 EUR", customer=item.customer),
        paid,
    ]
    for other in others:
        with pytest.raises(PlanRefused), transaction.atomic():
            plan_of(item, other)
    with pytest.raises(PlanRefused):
        agreeing.agree(customer=item.customer, entity=item.entity, items=[], steps=THIRDS, agreed_on=DAY, actor=SYSTEM)
    assert PaymentPlan.objects.count() == 0


def test_an_item_in_a_running_plan_is_in_no_other_until_that_is_withdrawn(item):
    first = plan_of(item)
    with pytest.raises(PlanRefused, match="already"), transaction.atomic():
        plan_of(item)
    agreeing.withdraw(first, reason="A new one", on=DAY, actor=SYSTEM)
    second = plan_of(item)
    assert list(PlanItem.objects.filter(runs=True).values_list("plan", flat=True)) == [second.pk]


def test_a_plan_supersedes_the_promises_on_its_items_visibly(item):
    promise = promises.record(
        customer=item.customer, entity=item.entity, items=[(item, Decimal(900))], pay_by=FIRST,
        promised_on=DAY - timedelta(days=1), actor=SYSTEM,
    )  # fmt: skip
    plan_of(item)
    promise.refresh_from_db()
    assert (promise.state, promise.withdrawn_on) == ("withdrawn", DAY)


def test_a_promise_on_an_item_in_a_plan_is_refused_with_the_reason(item):
    plan = plan_of(item)
    promise = {
        "customer": item.customer, "entity": item.entity, "items": [(item, Decimal(900))], "pay_by": FIRST,
        "promised_on": DAY, "actor": SYSTEM,
    }  # fmt: skip
    with pytest.raises(promises.PromiseRefused, match=f"{item.number} is in the payment plan of {DAY}"):
        promises.record(**promise)
    assert PromiseToPay.objects.count() == 0
    agreeing.withdraw(plan, reason="They changed their mind", on=DAY, actor=SYSTEM)
    assert promises.record(**promise).state == "open"


def test_what_was_agreed_stays_in_the_database_too(item):
    plan = plan_of(item)
    for change in (
        lambda: PaymentPlan.objects.update(amount=800),
        lambda: PaymentPlan.objects.update(tolerance_days=99),
        lambda: PlanInstalment.objects.filter(number=1).update(amount=1),
        lambda: PlanItem.objects.update(amount=1),
    ):
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="not the amount of the plan"), transaction.atomic():
        without_its_last_instalment(plan)


def without_its_last_instalment(plan: PaymentPlan) -> None:
    PlanInstalment.objects.filter(plan=plan, number=3).delete()
    connection.check_constraints()


def test_a_plan_is_withdrawn_once_and_with_a_reason(item):
    plan = plan_of(item)
    with pytest.raises(PlanRefused, match="Say why"):
        agreeing.withdraw(plan, reason=" ", on=DAY, actor=SYSTEM)
    plan = agreeing.withdraw(plan, reason="They pay at once", on=DAY + timedelta(days=2), actor=SYSTEM)
    assert (plan.state, plan.withdrawn_on) == ("withdrawn", DAY + timedelta(days=2))
    assert judged(plan, THIRD) == ("withdrawn", 0)
    with pytest.raises(PlanRefused, match="withdrawn"):
        agreeing.withdraw(plan, reason="again", on=DAY, actor=SYSTEM)


# --- What becomes of it


def test_each_instalment_is_judged_by_its_day(given, item):
    plan = plan_of(item)
    assert states(plan, DAY) == ["open", "open", "open"]
    given.pay(item, "100.00 EUR", on=DAY + timedelta(days=1))
    assert states(plan, FIRST) == ["partly", "open", "open"]
    assert states(plan, FIRST + timedelta(days=1)) == ["late", "open", "open"]
    given.pay(item, "200.00 EUR", on=FIRST + timedelta(days=TOLERATED))
    assert states(plan, FIRST + timedelta(days=TOLERATED)) == ["paid", "open", "open"]
    assert states(plan, SECOND + timedelta(days=TOLERATED)) == ["paid", "late", "open"]
    assert states(plan, SECOND + timedelta(days=TOLERATED + 1)) == ["paid", "missed", "open"]
    assert [each.paid for each in judging.progress(plan, SECOND)] == [Decimal(300), 0, 0]


def test_a_plan_whose_instalments_are_all_paid_is_kept(given, item):
    plan = plan_of(item)
    for day in (FIRST, SECOND, THIRD):
        assert judged(plan, day)[0] == "active"
        given.pay(item, "300.00 EUR", on=day)
    assert judged(plan, THIRD) == ("kept", Decimal(900))
    assert not PlanItem.objects.filter(runs=True).exists()
    assert Task.objects.count() == 0
    assert OutboxEvent.objects.filter(kind="plans.kept").count() == 1


def test_what_is_paid_early_counts_for_the_instalments_to_come(given, item):
    plan = plan_of(item)
    given.pay(item, "650.00 EUR", on=FIRST)
    assert states(plan, FIRST) == ["paid", "paid", "partly"]
    given.pay(item, "250.00 EUR", on=SECOND)
    assert judged(plan, SECOND) == ("kept", Decimal(900))


def test_a_missed_instalment_breaks_the_plan_and_what_comes_later_does_not_mend_it(given, item):
    collector = given.user("tomas", Role.COLLECTOR)
    item.customer.accounts.update(collector=collector)
    plan = plan_of(item)
    given.pay(item, "299.00 EUR", on=FIRST)
    missed = FIRST + timedelta(days=TOLERATED + 1)
    for _ in range(3):
        assert judged(plan, missed) == ("broken", Decimal(299))
    task = Task.objects.get()
    assert (task.key, task.kind, task.assignee) == (f"plan:{plan.pk}", "broken_plan", collector)
    assert task.why == (f"Missed instalment 1 of 3, due on {FIRST}: by then 300.00 EUR was to be paid, 299.00 was")
    assert task.at_risk == Decimal("601.00")
    assert OutboxEvent.objects.filter(kind="plans.broken").count() == 1
    given.pay(item, "601.00 EUR", on=missed)
    assert judged(plan, missed)[0] == "broken"
    assert worklist.close_cleared() == 1
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", "cleared")


def test_so_much_percent_may_be_short_once_the_day_is_past(given, item):
    DunningSettings.objects.filter(entity=item.entity).update(plan_percent=Decimal("1.5"))
    plan = plan_of(item)
    given.pay(item, "295.50 EUR", on=FIRST)
    assert states(plan, FIRST + timedelta(days=TOLERATED)) == ["late", "open", "open"]
    assert states(plan, FIRST + timedelta(days=TOLERATED + 1)) == ["paid", "open", "open"]
    given.pay(item, "295.49 EUR", on=SECOND)
    assert states(plan, SECOND + timedelta(days=TOLERATED + 1)) == ["paid", "missed", "open"], "591 of 600 is enough"


def test_a_payment_that_comes_back_opens_or_breaks_a_plan(given, item):
    plan = plan_of(item, steps=[Step(FIRST, Decimal(900))])
    receipt = given.pay(item, on=DAY + timedelta(days=1))
    assert judged(plan, DAY + timedelta(days=1)) == ("kept", Decimal(900))
    cash.reverse(receipt, on=DAY + timedelta(days=5), actor=SYSTEM)
    assert judged(plan, DAY + timedelta(days=5)) == ("active", 0)
    assert PlanItem.objects.get().runs
    again = given.pay(item, on=FIRST)
    assert judged(plan, FIRST) == ("kept", Decimal(900))
    cash.reverse(again, on=FIRST + timedelta(days=20), actor=SYSTEM)
    assert judged(plan, FIRST + timedelta(days=19)) == ("kept", Decimal(900))
    assert judged(plan, FIRST + timedelta(days=20)) == ("broken", 0)
    assert [event.kind for event in OutboxEvent.objects.filter(kind__startswith="plans.").order_by("id")] == [
        "plans.agreed", "plans.kept", "plans.reopened", "plans.kept", "plans.broken",
    ]  # fmt: skip


def test_a_plan_that_gave_way_to_another_is_judged_no_more(given, item):
    first = plan_of(item)
    missed = FIRST + timedelta(days=TOLERATED + 1)
    assert judged(first, missed)[0] == "broken"
    second = plan_of(item, steps=[Step(SECOND, Decimal(900))], on=missed)
    first.refresh_from_db()
    assert (first.state, first.superseded_on) == ("broken", missed)
    given.pay(item, on=FIRST)  # known of late: it would have kept the first
    assert judged(first, missed)[0] == "broken"
    assert judged(second, missed) == ("active", 0)


def test_money_that_came_before_the_plan_does_not_count(given, item):
    given.pay(item, "300.00 EUR", on=DAY)
    plan = plan_of(item, steps=steps("300.00", "300.00"))
    assert judged(plan, FIRST + timedelta(days=TOLERATED + 1)) == ("broken", 0)


def test_the_day_and_a_payment_close_plans_twice_over_without_harm(given, item, time_machine_at):
    plan = plan_of(item)
    other = plan_of(given.open_item("50.00 EUR", customer=given.customer(), due=DAY), steps=[Step(FIRST, Decimal(50))])
    time_machine_at(FIRST + timedelta(days=TOLERATED + 1))
    for _ in range(2):
        chores.turn_the_day()
    plan.refresh_from_db()
    other.refresh_from_db()
    assert (plan.state, other.state) == ("broken", "broken")
    assert Task.objects.filter(kind="broken_plan").count() == 2
    late = plan_of(item, steps=[Step(SECOND, Decimal(900))], on=FIRST + timedelta(days=TOLERATED + 1))
    given.pay(item, on=FIRST + timedelta(days=TOLERATED + 1))
    event = {"customer_id": item.customer_id, "entity_id": item.entity_id}
    for _ in range(2):
        chores.receivables_changed([event, event])
    late.refresh_from_db()
    assert late.state == "kept"
    assert OutboxEvent.objects.filter(kind="plans.kept").count() == 1


@pytest.fixture
def time_machine_at():
    import time_machine

    travels = []

    def go(day: date) -> None:
        travels.append(time_machine.travel(f"{day}T10:00:00Z", tick=False))
        travels[-1].start()

    yield go
    for travel in reversed(travels):
        travel.stop()


# --- A function of the allocations


payments = st.lists(
    st.tuples(
        st.integers(0, 1),  # which item
        st.integers(0, 30),  # days after the plan
        st.integers(1, 60),  # amount
        st.none() | st.integers(0, 20),  # undone so many days later
    ),
    max_size=6,
)
DUES = ((5, 40), (12, 30), (20, 30))  # instalments: days after the plan, amounts


def expected(payments, as_of: int, percent: int) -> tuple[str, int, list[str]]:
    """What became of the plan, told from the payments alone: days count from the day of the plan."""

    def came(until: int) -> int:
        total = 0
        for which, most in enumerate((70, 50)):
            counted = sum(
                amount
                for item, on, amount, undone in payments
                if item == which and on <= until and (undone is None or on + undone > as_of)
            )
            total += min(most, counted)
        return total

    paid, due, found = min(100, came(as_of)), 0, []
    for day, amount in DUES:
        due += amount
        last = day + TOLERATED
        in_time = came(min(as_of, last))
        if in_time >= due:
            found.append("paid")
        elif as_of > last:
            found.append("paid" if in_time * 100 >= due * (100 - percent) else "missed")
        elif as_of > day:
            found.append("late")
        else:
            found.append("partly" if paid > due - amount else "open")
    state = "broken" if "missed" in found else "kept" if set(found) == {"paid"} else "active"
    return state, paid, found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(
    payments=payments,
    looks=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    percent=st.sampled_from([0, 0, 10]),
    shuffle=st.randoms(use_true_random=False),
)
def test_a_plan_is_a_function_of_the_allocations_whatever_their_order(given, payments, looks, percent, shuffle):
    """Payments are entered in any order, late or twice looked at: only their days and amounts matter."""
    with transaction.atomic():
        item = given.open_item("70.00 EUR", due=DAY - timedelta(days=20))
        other = given.open_item("50.00 EUR", due=DAY, customer=item.customer)
        DunningSettings.objects.filter(entity=item.entity).update(plan_percent=percent)
        schedule = [Step(DAY + timedelta(days=day), Decimal(amount)) for day, amount in DUES]
        plan = plan_of(item, other, steps=schedule, is_part=True)
        left, entered = [70, 50], []
        for which, on, amount, undone in payments:
            if amount <= left[which]:
                left[which] -= amount
                entered.append((which, on, amount, undone))
        order = list(entered)
        shuffle.shuffle(order)
        undoings = []
        for which, on, amount, undone in order:
            receipt = given.receipt(f"{amount}.00 EUR", customer=item.customer, on=DAY + timedelta(days=on))
            split = cash.Split((item, other)[which], Decimal(amount))
            (made,) = cash.apply(receipt.item, [split], on=DAY + timedelta(days=on), actor=SYSTEM)
            if undone is not None:
                undoings.append((made, on + undone))
        shuffle.shuffle(undoings)
        for made, day in undoings:
            cash.unapply(made, on=DAY + timedelta(days=day), actor=SYSTEM)
        for look in [*looks, *sorted(looks)]:
            state, paid, found = expected(entered, look, percent)
            assert judged(plan, DAY + timedelta(days=look)) == (state, paid)
            assert states(plan, DAY + timedelta(days=look)) == found
        transaction.set_rollback(True)


def test_every_allocation_of_a_reversed_receipt_is_undone(given, item):
    other = given.open_item("100.00 EUR", customer=item.customer, due=DAY)
    plan = plan_of(item, other, steps=[Step(FIRST, Decimal(1000))])
    receipt = given.receipt("1000.00 EUR", customer=item.customer, on=DAY)
    splits = [cash.Split(item, Decimal(900)), cash.Split(other, Decimal(100))]
    cash.apply(receipt.item, splits, on=DAY, actor=SYSTEM)
    assert judged(plan, DAY) == ("kept", Decimal(1000))
    cash.reverse(receipt, on=DAY, actor=SYSTEM)
    assert Allocation.objects.filter(amount__lt=0).count() == 2
    assert judged(plan, DAY) == ("active", 0)
