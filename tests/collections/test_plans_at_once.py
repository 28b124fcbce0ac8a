"""Two people agree a plan over the same item at once: one wins, and the other is told why."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from o2c.collections.models import PaymentPlan, PlanItem
from o2c.collections.plans import agreeing, judging
from o2c.collections.plans.agreeing import PlanRefused
from o2c.collections.plans.schedules import Step
from o2c.core.actors import SYSTEM
from tests.at_once import at_once
from tests.given import DAY, Given

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_ten_plans_over_the_same_items_agreed_at_once_one_stands():
    given = Given()
    one = given.open_item("100.00 EUR", due=DAY)
    two = given.open_item("100.00 EUR", due=DAY, customer=one.customer)

    def agree(items: list) -> PaymentPlan:
        return agreeing.agree(
            customer=one.customer,
            entity=one.entity,
            items=items,
            steps=[Step(DAY + timedelta(days=9), Decimal(200))],
            agreed_on=DAY,
            actor=SYSTEM,
        )

    either_order = [partial(agree, [one, two] if number % 2 else [two, one]) for number in range(10)]
    said = at_once(*either_order, refusals=(PlanRefused,))
    refused = [each for each in said if isinstance(each, PlanRefused)]
    assert len(refused) == 9
    assert all("is in the payment plan of" in str(each) for each in refused)
    assert PaymentPlan.objects.count() == 1
    assert PlanItem.objects.count() == 2


def test_plans_are_judged_by_many_at_once_and_break_once():
    given = Given()
    for _ in range(5):
        item = given.open_item("100.00 EUR", due=DAY)
        agreeing.agree(
            customer=item.customer,
            entity=item.entity,
            items=[item],
            steps=[Step(DAY + timedelta(days=9), Decimal(100))],
            agreed_on=DAY,
            actor=SYSTEM,
        )
    moved = at_once(*[partial(judging.recompute, DAY + timedelta(days=30))] * 8)
    assert sum(each.get("broken", 0) for each in moved) == 5
    assert set(PaymentPlan.objects.values_list("state", flat=True)) == {"broken"}
