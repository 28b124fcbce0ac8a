"""What goes out: rechecked, to whom, in which words, and what becomes a task instead."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from o2c.collections import composing, dunning, letters, rechecking, texts
from o2c.collections.letters import Letter, Owed
from o2c.collections.models import (
    Dispute,
    DunningLevel,
    Hold,
    LevelMinimum,
    Notice,
    NoticeLine,
    PromisedItem,
    PromiseToPay,
    Task,
)
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import Step
from o2c.core import leases
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Partition, Role
from o2c.invoicing import banks, cash
from o2c.invoicing.models import ExchangeRate, OpenItem
from o2c.orders.models import Account, Contact, LegalEntity
from tests.given import DAY, Given

NOON = datetime.combine(DAY, time(12), ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def noon(request):
    if "django_db" in request.keywords and request.keywords["django_db"].kwargs.get("transaction"):
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


def overdue(given, days: int = 3, money: str = "100.00 EUR", **facts) -> OpenItem:
    return given.open_item(money, due=DAY - timedelta(days=days), **facts)


def proposed(entity: LegalEntity):
    run = dunning.propose(entity, DAY, actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    return run


def sent(entity: LegalEntity):
    return dunning.send(proposed(entity), actor=SYSTEM)


# --- Rechecked


def test_what_was_paid_since_the_proposal_is_left_out(given):
    paid, partly, whole = (overdue(given) for _ in range(3))
    customer = paid.customer
    other = overdue(given, money="30.00 EUR", customer=customer)
    run = proposed(paid.entity)
    given.pay(paid, on=DAY)
    given.pay(partly, "60.00 EUR", on=DAY)
    dunning.send(run, actor=SYSTEM)
    assert NoticeLine.objects.get(item=paid).dropped_because == "paid"
    notice = Notice.objects.get(customer=customer)
    assert (notice.items, notice.total, notice.state) == (1, Decimal("30.00"), "composed")
    assert NoticeLine.objects.get(item=partly).open_amount == Decimal("40.00")
    assert Notice.objects.get(customer=partly.customer).total == Decimal("40.00")
    assert Notice.objects.get(customer=whole.customer).total == Decimal("100.00")
    message = Message.objects.get(key=f"notice:{notice.pk}")
    assert other.number in message.text
    assert paid.number not in message.text


def test_a_notice_of_which_nothing_is_left_is_cancelled_and_may_be_proposed_later(given):
    item = overdue(given)
    run = proposed(item.entity)
    given.pay(item, on=DAY)
    dunning.send(run, actor=SYSTEM)
    notice = Notice.objects.get()
    assert (notice.state, notice.cancelled_because, notice.items) == ("cancelled", "paid", 0)
    assert Message.objects.count() == Task.objects.count() == 0
    run.refresh_from_db()
    assert run.state == "done"


def block(item: OpenItem, how: str) -> None:
    facts = {"customer": item.customer, "payer_id": item.payer_id, "actor": "test"}
    if how == "disputed":
        Dispute.objects.create(item=item, entity=item.entity, reason="x", opened_on=DAY, **facts)
    elif how == "hold":
        Hold.objects.create(reason="x", from_on=DAY, **facts)
    elif how == "promise_open":
        promise = PromiseToPay.objects.create(
            entity=item.entity, currency="EUR", amount=1, promised_on=DAY, pay_by=DAY, **facts
        )
        PromisedItem.objects.create(promise=promise, item=item, amount=1)
    elif how == "plan_kept":
        agreeing.agree(
            customer=item.customer, entity=item.entity, items=[item], steps=[Step(DAY, item.open_amount)],
            agreed_on=DAY, actor=SYSTEM,
        )  # fmt: skip
    elif how == "no_reminders":
        Account.objects.filter(customer=item.customer).update(channel="none")
    elif how == "not_due":
        OpenItem.objects.filter(pk=item.pk).update(due_on=DAY)
    elif how == "below_minimum":
        Given().pay(item, "0.01 EUR", on=DAY)


@pytest.mark.parametrize(
    "how", ["disputed", "hold", "promise_open", "plan_kept", "no_reminders", "not_due", "below_minimum"]
)
def test_what_came_up_since_the_proposal_stops_the_notice(given, how):
    item = overdue(given)
    if how == "below_minimum":
        LevelMinimum.objects.create(level=DunningLevel.objects.get(number=1), currency="EUR", amount=100)
    run = proposed(item.entity)
    block(item, how)
    dunning.send(run, actor=SYSTEM)
    assert Notice.objects.get().cancelled_because == how
    assert NoticeLine.objects.get().dropped_because == how
    assert Message.objects.count() == 0


def test_credits_that_came_since_the_proposal_stop_the_notice(given):
    item = overdue(given)
    run = proposed(item.entity)
    given.open_item("-100.00 EUR", customer=item.customer, issued=DAY, due=DAY)
    dunning.send(run, actor=SYSTEM)
    assert Notice.objects.get().cancelled_because == "net_credit"


def test_the_level_of_a_mixed_notice_falls_with_the_line_that_made_it(given):
    old = overdue(given, days=40)
    with time_machine.travel(NOON - timedelta(days=20), tick=False):
        dunning.run_day(old.entity, DAY - timedelta(days=20), actor=SYSTEM, replay=True)
    young = overdue(given, customer=old.customer)
    run = proposed(old.entity)
    assert Notice.objects.get(run=run).level == 2
    given.pay(old, on=DAY)
    dunning.send(run, actor=SYSTEM)
    notice = Notice.objects.get(run=run)
    assert (notice.level, notice.items) == (1, 1)
    assert f"invoice {young.number}" in notice.message.subject


@pytest.mark.django_db(transaction=True)
def test_a_payment_made_while_a_notice_is_made_comes_wholly_before_or_after_it(given, monkeypatch):
    item = overdue(given)
    run = proposed(item.entity)
    dunning.begin_sending(run, actor=SYSTEM)
    locked, paying = threading.Event(), threading.Event()
    recheck = rechecking.recheck

    def slow_recheck(*args, **kwargs):
        standing = recheck(*args, **kwargs)
        locked.set()
        paying.wait(10)
        return standing

    monkeypatch.setattr(composing, "recheck", slow_recheck)

    def pay():
        try:
            locked.wait(10)
            receipt = given.receipt("100.00 EUR", customer=item.customer, on=DAY)
            paying.set()
            cash.apply(receipt.item, [cash.Split(item, Decimal(100))], on=DAY, actor=SYSTEM)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        payer = pool.submit(pay)
        dunning.finish_here(run)
        payer.result()
    item.refresh_from_db()
    assert item.open_amount == 0
    assert Notice.objects.get().total == Decimal("100.00")
    assert NoticeLine.objects.get().dropped_because == ""


# --- To whom


def test_the_billing_contact_in_use_is_written_to(given):
    item = overdue(given)
    customer = item.customer
    customer.contacts.all().delete()
    Contact.objects.create(customer=customer, name="Boss", role="management", email="boss@c.example")
    Contact.objects.create(customer=customer, name="Gone", role="billing", email="gone@c.example", in_use=False)
    Contact.objects.create(customer=customer, name="No mail", role="billing")
    billing = Contact.objects.create(customer=customer, name="Bill, Ing.", role="billing", email="bill@c.example")
    sent(item.entity)
    notice = Notice.objects.get()
    assert notice.contact == billing
    assert notice.message.recipient == '"Bill, Ing." <bill@c.example>'
    assert notice.message.sender == "Company DE1 <ar@de1.example>"


def test_another_contact_does_where_there_is_no_billing_one(given):
    item = overdue(given)
    item.customer.contacts.update(role="purchasing")
    sent(item.entity)
    assert Notice.objects.get().contact.role == "purchasing"


def test_without_an_address_a_person_is_asked_to_find_one(given):
    anna = given.user("anna", Role.COLLECTOR)
    item = overdue(given, customer=given.customer(email="", collector=anna))
    other = overdue(given, customer=given.customer(email=""))
    run = sent(item.entity)
    assert run.state == "done"
    task = Task.objects.get(customer=item.customer)
    assert (task.kind, task.assignee, task.queue, task.due_on) == ("no_contact", anna, None, DAY)
    assert task.why == (
        "Friendly reminder (level 1): an item overdue, 100.00 EUR; there is no contact with an e-mail address."
    )
    assert Task.objects.get(customer=other.customer).queue.code == "collections"
    assert Message.objects.count() == 0
    assert set(Notice.objects.values_list("state", flat=True)) == {"composed"}


def test_a_level_that_opens_a_task_also_writes(given):
    item = overdue(given)
    DunningLevel.objects.filter(number=1).update(opens_task=True)
    sent(item.entity)
    assert Task.objects.get().kind == "call"
    assert Message.objects.count() == 1


@pytest.mark.parametrize("by", ["level", "account"])
def test_where_the_telephone_is_the_channel_no_mail_is_written(given, by):
    item = overdue(given)
    if by == "level":
        DunningLevel.objects.filter(number=1).update(channel="task")
    else:
        Account.objects.update(channel="phone")
    sent(item.entity)
    assert (Task.objects.get().kind, Message.objects.count()) == ("call", 0)


def test_what_is_at_risk_is_told_in_the_entitys_currency(given):
    ExchangeRate.objects.create(currency="USD", on=DAY, rate=Decimal("1.25"))
    item = overdue(given, customer=given.customer(email=""))
    overdue(given, money="50.00 USD", customer=item.customer)
    given.open_item("999.00 EUR", due=DAY, customer=item.customer)
    sent(item.entity)
    assert set(Task.objects.values_list("at_risk", flat=True)) == {Decimal("140.00")}


def test_a_reminder_knows_in_which_country_it_is_read(given):
    """So that it goes out at the hours there; where the customer's is not known, at the legal entity's own."""
    abroad = overdue(given, customer=given.customer("C1", country="FR"))
    overdue(given, customer=given.customer("C2", country=""))
    sent(abroad.entity)
    messages = Message.objects.order_by("notice__customer__number")
    assert list(messages.values_list("country", flat=True)) == ["FR", abroad.entity.country]


# --- In which words


@pytest.mark.parametrize(
    ("contact", "customer", "subject"),
    [
        ("", "de", "Zahlungserinnerung: Rechnung {0} überfällig, 1.234,50 EUR"),
        ("fr", "de", "Rappel de paiement : facture {0} échue, 1 234,50 EUR"),
        ("", "pl", "Payment reminder: invoice {0} overdue, 1,234.50 EUR"),
        ("de-AT", "en", "Zahlungserinnerung: Rechnung {0} überfällig, 1.234,50 EUR"),
    ],
)
def test_the_contacts_language_comes_before_the_customers_and_english_is_the_last_resort(
    given, contact, customer, subject
):
    item = overdue(given, money="1234.50 EUR", customer=given.customer(language=customer))
    item.customer.contacts.update(language=contact)
    sent(item.entity)
    message = Message.objects.get()
    plain = message.subject.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert plain == subject.format(item.number)


def test_the_letter_lists_each_item_with_its_own_level_and_how_to_pay(given):
    banks.open_account(given.entity(), name="Main", currency="EUR", iban="DE89370400440532013000", actor=SYSTEM)
    old = overdue(given, days=30, money="1000.00 EUR", number="INV-A")
    dunning.run_day(old.entity, DAY - timedelta(days=12), actor=SYSTEM, replay=True)
    overdue(given, days=4, money="0.50 EUR", customer=old.customer, number="INV-B")
    run = sent(LegalEntity.objects.get())
    text = Message.objects.get(notice__run=run).text
    assert "  Invoice INV-A  due 31 Jan 2026  30 days late  1,000.00 EUR  (reminder 2)\n" in text
    assert "  Invoice INV-B  due 26 Feb 2026   4 days late      0.50 EUR  (reminder 1)\n" in text
    assert "Total: 1,000.50 EUR" in text
    assert "DE89 3704 0044 0532 0130 00" in text
    assert "COBADEFFXXX" in text
    assert old.customer.number in text


def letter(**facts) -> Letter:
    usual = {
        "language": "en", "template": "reminder", "customer": "C", "customer_number": "C1", "entity": "E",
        "entity_email": "ar@e.example", "entity_phone": "", "entity_address": "", "entity_registration": "",
        "entity_vat_id": "", "iban": "", "bic": "", "account_number": "", "bank": "",
        "currency": "EUR", "total": Decimal(1), "on": DAY, "items": (Owed("1", DAY, 1, 1, Decimal(1)),),
    }  # fmt: skip
    return Letter(**{**usual, **facts})


@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("template", ["reminder", "second", "third", "final"])
def test_every_wording_is_whole_in_every_language(language, template):
    words = letters.write(letter(language=language, template=template))
    others = {letters.write(letter(language=other, template=template)).text for other in letters.LANGUAGES}
    assert len(others) == 3
    assert "{{" not in words.text + words.html + words.subject
    assert 20 < len(words.subject) < 120
    assert words.html.startswith("<!DOCTYPE html>")
    assert f'lang="{language}"' in words.html


def test_what_a_customer_wrote_is_text_in_html_and_one_line_in_the_subject():
    item = Owed("<b>1</b>\r\nBcc: x", DAY, 1, 1, Decimal(1))
    words = letters.write(letter(items=(item,), entity="<script>", customer_number="&"))
    assert "<b>" not in words.html
    assert "<script>" not in words.html
    assert "<b>1</b> Bcc: x" in words.text
    assert "\n" not in words.subject


@pytest.mark.parametrize(("currency", "amount", "written"), [("JPY", 1500, "1,500 JPY"), ("KWD", "1.5", "1.500 KWD")])
def test_amounts_have_their_currencys_places(currency, amount, written):
    total = Decimal(amount)
    words = letters.write(letter(currency=currency, total=total, items=(Owed("1", DAY, 1, 1, total),)))
    assert written in words.text


def test_a_template_without_a_wording_falls_back_to_the_reminder():
    assert letters.write(letter(template="nowhere")).subject == letters.write(letter()).subject
    assert not texts.exists("nowhere")


# --- At once, and again


def test_the_number_of_statements_does_not_grow_with_the_notices(given):
    def statements(count: int) -> int:
        for _ in range(count):
            overdue(given, customer=given.customer(email="" if count % 2 else "a@b.example"))
        run = proposed(given.entity())
        dunning.begin_sending(run, actor=SYSTEM)
        lease = leases.take(composing.WORK, subject_id=run.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            composing.compose_part(run, lease, on=DAY)
        return len(queries)

    few = statements(2)
    assert statements(12) == few


def test_a_part_done_twice_makes_nothing_twice(given):
    item = overdue(given)
    run = proposed(item.entity)
    dunning.begin_sending(run, actor=SYSTEM)
    for _ in range(2):
        lease = leases.take(composing.WORK, subject_id=run.pk)
        composing.compose_part(run, lease, on=DAY)
        run.refresh_from_db()
        Partition.objects.filter(work=composing.WORK).update(state="waiting")
    assert Message.objects.count() == 1
