"""Customers are reminded of an instalment once, in time, in their language, and not of what is paid."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import pilots
from o2c.collections.models import DunningSettings, PaymentPlan, Task
from o2c.collections.plans import agreeing, reminding
from o2c.collections.plans.schedules import Step
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, OutboxEvent
from o2c.invoicing import banks
from o2c.orders.models import Account, Contact
from tests.given import DAY

FIRST, SECOND = DAY + timedelta(days=10), DAY + timedelta(days=40)
BEFORE = 5


@pytest.fixture
def remind(given):
    DunningSettings.objects.filter(entity=given.entity()).update(reminds_before=BEFORE)

    def on(day) -> int:
        with time_machine.travel(f"{day}T10:00:00Z", tick=False):
            return reminding.remind_due()["messages"]

    return on


def plan_of(given, **customer) -> PaymentPlan:
    item = given.open_item("300.00 EUR", due=DAY - timedelta(days=30), customer=given.customer(**customer))
    return agreeing.agree(
        customer=item.customer, entity=item.entity, items=[item], agreed_on=DAY, actor=SYSTEM,
        steps=[Step(FIRST, Decimal(100)), Step(SECOND, Decimal(200))],
    )  # fmt: skip


def test_an_instalment_is_reminded_of_once_so_many_days_before(given, remind):
    plan = plan_of(given)
    assert remind(FIRST - timedelta(days=BEFORE + 1)) == 0
    assert remind(FIRST - timedelta(days=BEFORE)) == 1
    for day in (FIRST - timedelta(days=BEFORE), FIRST - timedelta(days=1), FIRST):
        assert remind(day) == 0
    sent = Message.objects.get()
    first = plan.instalments.get(number=1)
    assert (sent.key, sent.owner, sent.state) == (f"instalment:{first.pk}", "DE1", "queued")
    assert sent.recipient.endswith(f"<{plan.customer.contacts.get().email}>")
    assert sent.subject.startswith("Instalment 1 of 2: 100.00 EUR by 12 March 2026")
    given.pay(plan.items.get().item, "100.00 EUR", on=FIRST)
    assert remind(SECOND - timedelta(days=2)) == 1, "a day that was left out is caught up"
    assert OutboxEvent.objects.filter(kind="plans.reminded").count() == 2


def test_what_is_paid_is_not_reminded_of_and_of_a_part_only_the_rest(given, remind):
    whole, part = plan_of(given), plan_of(given)
    given.pay(whole.items.get().item, "100.00 EUR", on=DAY + timedelta(days=1))
    given.pay(part.items.get().item, "40.00 EUR", on=DAY + timedelta(days=1))
    assert remind(FIRST) == 1
    assert "60.00 EUR by 12 March 2026" in Message.objects.get().text


def test_a_broken_or_withdrawn_plan_is_not_reminded_of(given, remind):
    plan_of(given)  # its first instalment does not come
    agreeing.withdraw(plan_of(given), reason="x", on=DAY, actor=SYSTEM)
    assert remind(SECOND) == 0
    assert remind(FIRST) == 1, "before it was broken"


def test_it_is_written_in_the_readers_language_with_where_to_pay(given, remind):
    banks.open_account(given.entity(), name="Bank", currency="EUR", iban="DE02120300000000202051", actor=SYSTEM)
    for language in ("de", "fr", "en"):
        plan_of(given, language=language)
    assert remind(FIRST) == 3
    texts = {each.language: f"{each.subject}\n{each.text}" for each in Message.objects.all()}
    assert "Rate 1 von 2: 100,00 EUR bis 12. März 2026" in texts["de"]
    assert "Échéance 1 sur 2" in texts["fr"]
    assert all("DE02120300000000202051" in text and "{" not in text for text in texts.values())


def test_who_gets_no_reminders_gets_none_and_who_has_no_address_becomes_a_task(given, remind):
    silent, lost = plan_of(given), plan_of(given)
    Account.objects.filter(customer=silent.customer).update(channel="none")
    Contact.objects.filter(customer=lost.customer).update(email="")
    for _ in range(2):
        assert remind(FIRST) == 0
    assert [task.key for task in Task.objects.all()] == [f"plan-contact:{lost.pk}"]


def test_nothing_goes_out_in_a_pilot_or_where_it_is_not_asked_for(given, remind):
    plan_of(given)
    pilots.begin(given.entity(), actor=SYSTEM)
    assert remind(FIRST) == 0
    pilots.end(given.entity(), actor=SYSTEM)
    DunningSettings.objects.update(reminds_before=0)
    assert remind(FIRST) == 0


def test_many_take_no_more_queries_than_one(given, remind):
    def asked(day) -> int:
        with CaptureQueriesContext(connection) as caught:
            remind(day)
        return len(caught)

    plan_of(given)
    one = asked(FIRST)
    for _ in range(6):
        plan_of(given)
    assert asked(FIRST) == one
    assert Message.objects.count() == 7
