"""What a customer owes, paid in instalments, from day to day: when it is chased again, and at which level."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import promises
from o2c.collections.models import DunningSettings, NoticeLine, PaymentPlan, PromiseToPay, Task
from o2c.collections.plans import agreeing, judging
from o2c.collections.plans.schedules import Step, monthly
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem
from tests.scenarios.test_dunning_stories import DUE, Story, late

AGREED = late(16)  # after the second reminder, of day 14
FIRST = date(2026, 4, 1)


@pytest.fixture
def story(given):
    return Story(given)


@pytest.fixture
def item(story, given):
    """Told at levels 1 and 2, and in six instalments since."""
    item = given.open_item("1200.00 EUR", due=DUE)
    assert story.run(late(3)) == {item.number: 1}
    assert story.run(late(14)) == {item.number: 2}
    return item


def plan_of(item: OpenItem, count: int = 6) -> PaymentPlan:
    return agreeing.agree(
        customer=item.customer,
        entity=item.entity,
        items=[item],
        steps=monthly(item.open_amount, item.currency, count, FIRST),
        agreed_on=AGREED,
        actor=SYSTEM,
    )


def state(plan: PaymentPlan, day: date) -> str:
    judging.recompute(day)
    plan.refresh_from_db()
    return plan.state


def test_a_plan_broken_at_the_third_instalment_resumes_dunning_where_it_stood(story, given, item):
    """Six times 200.00 from 1 April on. The third, of 1 June, does not come; the three days after it are tolerated."""
    plan = plan_of(item)
    for day in (date(2026, 3, 27), date(2026, 4, 3)):
        assert story.run(day) == {}
        assert story.why(item, day) == "plan_kept"
    given.pay(item, "200.00 EUR", on=date(2026, 4, 1))
    given.pay(item, "200.00 EUR", on=date(2026, 5, 4))  # a Friday and a weekend late, within the tolerance
    for day in (date(2026, 5, 20), date(2026, 6, 2), date(2026, 6, 4)):
        assert story.run(day) == {}
        assert story.why(item, day) == "plan_kept"
    assert story.run(date(2026, 6, 5)) == {item.number: 3}, "it had had levels 1 and 2"
    assert NoticeLine.objects.get(level=3).open_amount == Decimal("800.00")
    assert state(plan, date(2026, 6, 5)) == "broken"
    assert Task.objects.get(kind="broken_plan").why == (
        "Missed instalment 3 of 6, due on 2026-06-01: by then 600.00 EUR was to be paid, 400.00 was"
    )


def test_an_instalment_a_day_late_within_the_tolerance_keeps_the_plan(story, given, item):
    plan = plan_of(item, 2)
    given.pay(item, "600.00 EUR", on=date(2026, 4, 2))
    assert story.run(date(2026, 4, 10)) == {}
    given.pay(item, "600.00 EUR", on=date(2026, 5, 1))
    assert state(plan, date(2026, 5, 1)) == "kept"
    assert story.run(date(2026, 5, 2)) == {}
    assert story.why(item, date(2026, 5, 2)) == "not overdue"


def test_an_instalment_paid_in_part_breaks_the_plan(story, given, item):
    plan = plan_of(item, 2)
    given.pay(item, "400.00 EUR", on=date(2026, 4, 1))
    assert [each.state for each in judging.progress(plan, date(2026, 4, 4))] == ["late", "open"]
    assert story.run(date(2026, 4, 5)) == {item.number: 3}
    assert [each.state for each in judging.progress(plan, date(2026, 4, 5))] == ["missed", "open"]
    assert [each.paid for each in judging.progress(plan, date(2026, 4, 5))] == [Decimal(400), 0]
    assert state(plan, date(2026, 4, 5)) == "broken"


def test_a_returned_debit_opens_a_kept_plan_and_the_item_is_chased_again(story, given, item):
    """Paid in one go, the plan is kept; the bank takes the money back after the first instalment was due."""
    plan = plan_of(item, 2)
    receipt = given.pay(item, on=date(2026, 3, 25))
    assert state(plan, date(2026, 3, 25)) == "kept"
    cash.reverse(receipt, on=date(2026, 3, 30), actor=SYSTEM)
    assert state(plan, date(2026, 3, 30)) == "active"
    assert story.run(date(2026, 3, 30)) == {}
    assert story.why(item, date(2026, 3, 30)) == "plan_kept"
    again = given.pay(item, "600.00 EUR", on=date(2026, 4, 1))
    assert story.run(date(2026, 4, 20)) == {}
    cash.reverse(again, on=date(2026, 4, 21), actor=SYSTEM)
    assert state(plan, date(2026, 4, 21)) == "broken"
    # what came back began a new cycle, which begins with the first level
    assert story.run(date(2026, 4, 21)) == {item.number: 1}


def test_a_plan_over_a_part_leaves_the_rest_alone_until_it_has_ended(story, given, item):
    plan = agreeing.agree(
        customer=item.customer, entity=item.entity, items=[item], steps=[Step(FIRST, Decimal(1000))],
        agreed_on=AGREED, is_part=True, actor=SYSTEM,
    )  # fmt: skip
    given.pay(item, "1000.00 EUR", on=FIRST)
    assert state(plan, FIRST) == "kept"
    assert story.run(FIRST + timedelta(days=3)) == {}, "the days that are tolerated belong to it"
    assert story.run(FIRST + timedelta(days=4)) == {item.number: 3}
    assert NoticeLine.objects.get(level=3).open_amount == Decimal("200.00")


def test_a_withdrawn_plan_holds_nothing_from_its_day_on(story, item):
    plan = plan_of(item)
    assert story.run(late(25)) == {}
    agreeing.withdraw(plan, reason="They pay nothing after all", on=late(27), actor=SYSTEM)
    assert story.run(late(26)) == {}, "by then it stood"
    assert story.run(late(27)) == {item.number: 3}


# --- Promises


def test_a_promise_is_kept_with_so_much_percent_short_and_not_with_more(given, story):
    DunningSettings.objects.filter(entity=story.entity).update(promise_percent=Decimal("1.00"))
    kept = promise_of(given.open_item("1000.00 EUR", due=DUE))
    partly = promise_of(given.open_item("1000.00 EUR", due=DUE))
    given.pay(kept.items.get().item, "990.00 EUR", on=late(20))
    given.pay(partly.items.get().item, "989.99 EUR", on=late(20))
    promises.recompute(late(21))  # the policy's day of grace
    assert set(PromiseToPay.objects.values_list("state", flat=True)) == {"open"}
    promises.recompute(late(22))
    kept.refresh_from_db()
    partly.refresh_from_db()
    assert (kept.state, kept.paid) == ("kept", Decimal(990))
    assert (partly.state, partly.paid) == ("partly_kept", Decimal("989.99"))
    assert [task.key for task in Task.objects.all()] == [f"promise:{partly.pk}"]
    assert story.run(late(22)) == {kept.items.get().item.number: 1, partly.items.get().item.number: 1}


def promise_of(item: OpenItem) -> PromiseToPay:
    return promises.record(
        customer=item.customer, entity=item.entity, items=[(item, Decimal(1000))], pay_by=late(20),
        promised_on=late(10), actor=SYSTEM,
    )  # fmt: skip
