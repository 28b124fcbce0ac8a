"""What customers contest, from day to day: when it is chased again, who is told, and what is left to pay."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import time_machine

from o2c.collections import disputes, worklist
from o2c.collections.disputes import following, routing
from o2c.collections.models import Dispute, NoticeLine, Task
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.invoices import crediting
from o2c.invoicing.models import OpenItem, ReasonCode
from o2c.invoicing.proof import proof
from o2c.orders.models import Account
from o2c.wiring import handle_events
from tests.given import Given
from tests.scenarios.test_dunning_stories import DUE, Story, late

ISSUED = date(2026, 1, 31)  # due in thirty days, on DUE


@pytest.fixture
def story(given):
    return Story(given)


def invoiced(given: Given) -> OpenItem:
    """119.00 EUR, due on DUE."""
    item = OpenItem.objects.get(entry=given.invoice("100.00 EUR", on=ISSUED).entry_id)
    assert item.due_on == DUE
    return item


def disputed(item: OpenItem, on: date, amount: str | None = None) -> Dispute:
    price = ReasonCode.objects.get(code="price")
    amount = amount and Decimal(amount)
    return disputes.open(item, code=price, reason="Not the price of the offer", amount=amount, on=on, actor=SYSTEM)


def test_a_dispute_resolved_by_credit_note(story, given):
    """On day 5 the customer contests 23.80 of 119.00 EUR: the rest is chased on. On day 12 the collector asks for the
    credit; past what they may alone, it waits two days for the manager. What is left goes on where it stood."""
    collector, boss = given.user("anna", Role.COLLECTOR), given.user("boss", Role.FINANCE_MANAGER)
    item = invoiced(given)
    assert story.run(late(3)) == {item.number: 1}
    dispute = disputed(item, late(5), "23.80")
    disputes.resolve(dispute, "credited", note="Price of the offer", on=late(12), actor=Actor.of(collector))
    assert story.run(late(14)) == {item.number: 2}
    assert NoticeLine.objects.get(level=2).open_amount == Decimal("95.20"), "what is contested is not asked for"
    dispute.refresh_from_db()
    assert (dispute.state, dispute.closed_on) == ("asked", None)
    crediting.approve(dispute.credit, on=late(14), actor=Actor.of(boss))
    with time_machine.travel(datetime.combine(late(14), time(12), UTC), tick=False):
        handle_events()
    dispute.refresh_from_db()
    item.refresh_from_db()
    assert (dispute.resolution, dispute.closed_on, item.open_amount) == ("credited", late(14), Decimal("95.20"))
    assert story.run(late(28)) == {item.number: 3}
    assert NoticeLine.objects.get(level=3).open_amount == Decimal("95.20")
    given.pay(item, on=late(30))
    assert story.run(late(40)) == {}
    assert proof() == []


def test_a_dispute_auto_closed_by_payment_and_open_again_when_it_comes_back(story, given):
    """Contested on day 1, paid on day 10, returned by the bank on day 20. The case that the payment closed is open
    again with a task, as nobody ever settled what is contested; and nothing is chased until somebody does."""
    item = invoiced(given)
    dispute = disputed(item, late(1))
    assert story.run(late(3)) == {}
    receipt = given.pay(item, on=late(10))
    assert following.follow(item.entity, late(10)) == {"closed": 1, "reopened": 0}
    assert following.follow(item.entity, late(10)) == {"closed": 0, "reopened": 0}, "late and repeated events"
    dispute.refresh_from_db()
    assert (dispute.state, dispute.resolution, dispute.closed_on) == ("resolved", "paid", late(10))
    assert dispute.note == f"Cleared by {receipt.item.number}." if receipt.item.number else "Cleared with no payment."
    assert Task.objects.filter(kind="dispute").count() == 0
    cash.reverse(receipt, on=late(20), actor=SYSTEM)
    assert following.follow(item.entity, late(20)) == {"closed": 0, "reopened": 1}
    assert following.follow(item.entity, late(20)) == {"closed": 0, "reopened": 0}
    dispute.refresh_from_db()
    assert (dispute.state, dispute.closed_on, dispute.resolution) == ("open", None, "")
    assert dispute.due_on == routing.further(item.entity, late(20), 10)
    task = Task.objects.get(kind="dispute")
    assert task.why == (
        f"Dispute of {item.number} is open again, as what had cleared it was undone: Not the price of the offer"
    )
    assert story.run(late(25)) == {}
    assert story.why(item, late(25)) == "disputed"
    disputes.resolve(dispute, "rejected", note="It was the price", on=late(26), actor=SYSTEM)
    task.refresh_from_db()
    assert task.state == "done"
    assert story.run(late(25)) == {}
    assert story.run(late(26)) == {item.number: 1}


def test_escalation(given):
    """Opened on Monday 2 March with three business days: to be settled by the 5th, escalated two business days after,
    on Monday the 9th, to the manager the reason names. Once, however often the tick comes."""
    boss, anna = given.user("boss", Role.FINANCE_MANAGER), given.user("anna", Role.COLLECTOR)
    item = invoiced(given)
    Account.objects.filter(customer=item.customer).update(collector=anna)
    price = ReasonCode.objects.get(code="price")
    routing.set_rule(price, target_days=3, escalate_after=2, to=None, escalate_to=boss, actor=SYSTEM)
    dispute = disputed(item, DUE)
    assert (dispute.owner, dispute.due_on, dispute.escalates_on) == (anna, date(2026, 3, 5), date(2026, 3, 9))
    assert following.escalate(item.entity, date(2026, 3, 6)) == 0, "late, but not yet so late"
    assert following.escalate(item.entity, date(2026, 3, 10)) == 1, "a day without a tick is caught up"
    assert following.escalate(item.entity, date(2026, 3, 10)) == 0
    assert following.escalate(item.entity, date(2026, 3, 20)) == 0
    dispute.refresh_from_db()
    assert (dispute.owner, dispute.escalated_on, dispute.state) == (boss, date(2026, 3, 10), "open")
    task = Task.objects.get()
    assert (task.assignee, task.queue, task.kind) == (boss, None, "dispute")
    assert task.why == f"Dispute of {item.number} was to be settled by 2026-03-05: Not the price of the offer"
    assert dispute.activities.latest("id").text == "Not settled by 2026-03-05: escalated to boss."
    disputes.resolve(dispute, "rejected", note="It was the price", on=date(2026, 3, 11), actor=Actor.of(boss))
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", "cleared")
    assert worklist.waiting(boss, date(2026, 3, 11)).count() == 0
