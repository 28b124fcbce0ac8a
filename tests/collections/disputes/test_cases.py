"""A case from its opening on: who has it, by when, what is changed, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes, worklist
from o2c.collections.disputes import DisputeChanged, DisputeRefused, following, routing
from o2c.collections.models import Activity, Dispute, Queue, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.core.money import MoneyError
from o2c.invoicing.models import ReasonCode
from o2c.orders import business_days
from o2c.orders.models import Account
from tests.given import DAY

FRIDAY = date(2026, 3, 6)


def code(name: str) -> ReasonCode:
    return ReasonCode.objects.get(code=name)


def rule(name: str, **facts) -> None:
    usual = {"target_days": 3, "escalate_after": 2, "to": None, "escalate_to": None}
    routing.set_rule(code(name), actor=SYSTEM, **usual | facts)


# --- Who, and by when


def test_a_reason_names_who_has_it_and_its_deadline_in_business_days(opened, item, given):
    shop = given.user("shop", Role.COLLECTOR)
    rule("quality", to=shop)
    business_days.close(item.entity, date(2026, 3, 10), "Stocktaking", actor=SYSTEM)
    dispute = opened(code="quality", on=FRIDAY)
    assert (dispute.owner, dispute.queue) == (shop, None)
    # Monday, Wednesday (Tuesday is closed), Thursday; and two more
    assert (dispute.due_on, dispute.escalates_on) == (date(2026, 3, 12), date(2026, 3, 16))


def test_a_reason_names_a_queue(opened):
    queue = Queue.objects.create(code="returns", name="Returns")
    rule("quality", to=queue)
    dispute = opened(code="quality")
    assert (dispute.owner, dispute.queue) == (None, queue)


def test_without_a_rule_it_is_the_collectors_and_has_the_usual_days(opened, item, collector):
    Account.objects.filter(customer=item.customer).update(collector=collector)
    dispute = opened(code="freight")
    assert dispute.owner == collector
    assert (dispute.due_on, dispute.escalates_on) == (date(2026, 3, 16), date(2026, 3, 23))


def test_who_does_not_see_the_entity_or_has_left_is_given_no_dispute(opened, item, given):
    blind = given.user("blind", Role.COLLECTOR, entities=[given.entity("UK1")])
    rule("quality", to=blind)
    dispute = opened(code="quality")
    assert (dispute.owner, dispute.queue) == (None, worklist.queue_of(item.entity_id))


@pytest.mark.parametrize(("field", "days"), [("target_days", 0), ("target_days", 251), ("escalate_after", 0)])
def test_a_rule_with_days_that_cannot_be_is_refused_at_its_field(given, field, days):
    given.entity()
    with pytest.raises(DisputeRefused, match="Between 1 and 250 days") as refused:
        rule("quality", **{field: days})
    assert refused.value.field == field


# --- Bad input


def test_more_than_is_open_a_day_to_come_and_finer_than_a_cent_are_refused(opened, item):
    with pytest.raises(DisputeRefused, match=r"at most what is open: 119\.00 EUR") as refused:
        opened(Decimal("119.01"))
    assert refused.value.field == "amount"
    with pytest.raises(DisputeRefused, match="more than nothing"):
        opened(Decimal(0))
    with pytest.raises(DisputeRefused, match="today or on a day before") as refused:
        opened(on=clock.today(item.entity.time_zone) + timedelta(days=1))
    assert refused.value.field == "on"
    with pytest.raises(MoneyError):
        opened(Decimal("1.005"))
    assert not Dispute.objects.exists()
    assert not Activity.objects.exists()


def test_a_reason_that_is_out_of_use_is_refused_and_those_that_have_it_keep_it(opened, given):
    dispute = opened(code="rebate")
    ReasonCode.objects.filter(code="rebate").update(in_use=False)
    with pytest.raises(DisputeRefused, match="not used any more"):
        opened(code="rebate", of=given.open_item("5.00 EUR"))
    dispute.refresh_from_db()
    assert dispute.code == code("rebate")


# --- Changing


def test_what_is_changed_is_written_down_with_the_case(opened, collector, boss):
    dispute = opened()
    changed = disputes.change(
        dispute, state="customer", amount=Decimal("19.00"), cause="pricing", to=boss, due_on=date(2026, 4, 1),
        seen=dispute.updated_at, actor=Actor.of(collector),
    )  # fmt: skip
    assert (changed.state, changed.amount, changed.cause, changed.owner) == ("customer", 19, "pricing", boss)
    assert (changed.due_on, changed.escalates_on) == (date(2026, 4, 1), date(2026, 4, 10)), "Easter is no business day"
    assert dispute.activities.latest("id").text == (
        "Waits for the customer. Cause: Prices kept wrongly. 19.00 EUR contested. With boss."
        " To be settled by 2026-04-01."
    )


def test_another_reason_brings_its_owner_and_deadline_along_unless_others_are_said(opened, boss, collector):
    rule("quality", to=boss, target_days=1)
    dispute = opened()
    today = clock.today(dispute.entity.time_zone)
    changed = disputes.change(dispute, code=code("quality"), due_on=dispute.due_on, actor=SYSTEM)
    assert (changed.owner, changed.due_on) == (boss, routing.further(dispute.entity, today, 1))
    kept = disputes.change(changed, code=code("price"), to=collector, due_on=date(2099, 1, 5), actor=SYSTEM)
    assert (kept.owner, kept.due_on) == (collector, date(2099, 1, 5))


def test_nothing_changed_is_nothing_written(opened):
    dispute = opened()
    before = Activity.objects.count()
    same = disputes.change(dispute, code=dispute.code, reason="Too dear", due_on=dispute.due_on, actor=SYSTEM)
    assert same.updated_at == dispute.updated_at
    assert Activity.objects.count() == before


def test_the_second_of_two_people_is_told_what_changed(opened, collector, boss):
    dispute = opened()
    seen = dispute.updated_at
    disputes.change(dispute, cause="carrier", seen=seen, actor=Actor.of(collector))
    with pytest.raises(DisputeChanged, match=r"Changed meanwhile\. anna: Cause: Carrier\. Look at it again\."):
        disputes.change(dispute, cause="pricing", seen=seen, actor=Actor.of(boss))
    with pytest.raises(DisputeChanged, match="anna: Cause: Carrier"):
        disputes.resolve(dispute, "rejected", note="No", on=DAY, seen=seen, actor=Actor.of(boss))
    dispute.refresh_from_db()
    assert (dispute.cause, dispute.state) == ("carrier", "open")


def test_a_note_is_no_change_that_keeps_others_from_theirs(opened, boss):
    dispute = opened()
    disputes.add_note(dispute, "They send photographs.", actor=SYSTEM)
    disputes.change(dispute, cause="carrier", seen=dispute.updated_at, actor=Actor.of(boss))
    said = [(each.kind, each.text) for each in dispute.activities.order_by("id")]
    assert said[1] == ("note", "They send photographs.")


def test_a_deadline_before_the_opening_and_an_owner_who_does_not_see_it_are_refused(opened, given):
    dispute = opened()
    with pytest.raises(DisputeRefused, match="before the day it was opened"):
        disputes.change(dispute, due_on=DAY - timedelta(days=1), actor=SYSTEM)
    blind = given.user("blind", Role.COLLECTOR, entities=[given.entity("UK1")])
    with pytest.raises(DisputeRefused, match="does not see DE1"):
        disputes.change(dispute, to=blind, actor=SYSTEM)


# --- Escalation


def test_a_new_deadline_ahead_may_be_escalated_again_with_its_own_task(opened, item):
    dispute = opened()
    assert following.escalate(item.entity, dispute.escalates_on) == 1
    today = clock.today(item.entity.time_zone)
    disputes.change(dispute, due_on=today + timedelta(days=7), actor=SYSTEM)
    dispute.refresh_from_db()
    assert dispute.escalated_on is None
    assert following.escalate(item.entity, dispute.escalates_on) == 1
    assert Task.objects.filter(kind="dispute").count() == 2


def test_who_has_left_is_escalated_to_no_more(opened, item, given):
    gone = given.user("gone", Role.FINANCE_MANAGER)
    rule("price", escalate_to=gone)
    dispute = opened()
    gone.is_active = False
    gone.save()
    following.escalate(item.entity, dispute.escalates_on)
    task = Task.objects.get()
    assert (task.assignee, task.queue) == (None, worklist.queue_of(item.entity_id))


def test_a_customer_without_an_account_any_more_still_has_a_queue(given, opened):
    item = given.open_item("5.00 EUR")
    Account.objects.filter(customer=item.customer).delete()
    assert opened(of=item).queue == worklist.queue_of(item.entity_id)
