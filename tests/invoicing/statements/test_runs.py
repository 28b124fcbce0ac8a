"""Runs of statements: one statement and one message a customer whatever happens, and what they say."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from o2c.core import clock, leases, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Document, Message, MessageAttachment, OutboxEvent, Partition
from o2c.core.states import IllegalMove
from o2c.invoicing import banks, jobs
from o2c.invoicing.aging import aging
from o2c.invoicing.correspondents import NotSent
from o2c.invoicing.models import Statement, StatementRun
from o2c.invoicing.statements import making, runs, sending
from o2c.orders.models import Account, Contact, Customer
from tests.bulk import owing as large_book
from tests.core.test_messages import inbox  # noqa: F401 the mail server

State = Statement.State


@pytest.fixture
def today(given):
    return clock.today(given.entity().time_zone)


@pytest.fixture
def book(given, today):
    """One customer in each situation, in three languages."""
    entity = given.entity()
    entity.address, entity.phone = "Hauptstr. 1\n10115 Berlin", "+49 30 5"
    entity.save()
    banks.open_account(entity, name="Main", currency="EUR", iban="DE89370400440532013000", actor=SYSTEM)
    late = given.customer("LATE", language="de", name="Müller & Söhne")
    given.open_item("1000.00 EUR", customer=late, due=today - timedelta(days=40), number="L-1")
    given.open_item("200.00 EUR", customer=late, due=today + timedelta(days=5), number="L-2")
    given.open_item("9000 JPY", customer=late, due=today - timedelta(days=1), number="L-3")
    not_due = given.customer("NOTDUE", language="fr")
    given.open_item("50.00 EUR", customer=not_due, due=today + timedelta(days=9), number="N-1")
    unknown = given.customer("NOBODY", email="")
    given.open_item("70.00 EUR", customer=unknown, due=today - timedelta(days=3), number="U-1")
    credit = given.customer("CREDIT")
    given.receipt("30.00 EUR", customer=credit, on=today)
    paid = given.customer("PAID")
    given.pay(given.open_item("5.00 EUR", customer=paid, due=today - timedelta(days=1)), on=today)
    given.open_item(
        "1.00 EUR", customer=given.customer("OTHER", entity=given.entity("FR1")), entity=given.entity("FR1")
    )
    return entity


def make(entity, today, **facts) -> StatementRun:
    return runs.finish(runs.begin(entity=entity, as_of=today, actor=Actor("anna"), **facts))


def states(run) -> dict[str, str]:
    return dict(Statement.objects.filter(run=run).values_list("customer__number", "state"))


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.mark.django_db
def test_each_customer_with_something_open_gets_one_and_who_has_no_address_is_listed(book, today):
    run = make(book, today)
    assert states(run) == {"LATE": "mailed", "NOTDUE": "mailed", "NOBODY": "no_address", "CREDIT": "mailed"}
    assert (run.state, run.made, run.mailed, run.no_address, run.left_out) == ("done", 4, 3, 1, 1)
    totals = aging(today, entity_ids=[book.pk]).totals
    assert {currency: Decimal(row["total"]) for currency, row in run.totals.items()} == totals
    assert run.totals["EUR"] == {"total": "1290.00", "overdue": "1070.00", "customers": 4}
    late = Statement.objects.get(customer__number="LATE")
    assert late.totals == [
        {"currency": "EUR", "total": "1200.00", "overdue": "1000.00", "lines": 2},
        {"currency": "JPY", "total": "9000", "overdue": "9000", "lines": 1},
    ]
    assert Document.objects.count() == 4
    assert not MessageAttachment.objects.exclude(document__in=Statement.objects.values("document")).exists()
    assert [event.payload for event in OutboxEvent.objects.filter(kind="statements.made")] == [{"run_id": run.pk}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "numbers"),
    [
        ("open", {"LATE", "NOTDUE", "NOBODY", "CREDIT"}),
        ("overdue", {"LATE", "NOBODY"}),
        ("all", {"LATE", "NOTDUE", "NOBODY", "CREDIT", "PAID"}),
    ],
)
def test_for_whom(book, today, who, numbers):
    assert set(states(make(book, today, who=who))) == numbers


@pytest.mark.django_db
def test_of_an_activity_also_who_has_paid_everything(book, today):
    run = make(book, today, kind="activity", channel="none")
    assert set(states(run)) == {"LATE", "NOTDUE", "NOBODY", "CREDIT", "PAID"}
    assert set(states(run).values()) == {"made"}
    paid = Statement.objects.get(customer__number="PAID")
    assert paid.totals == [{"currency": "EUR", "total": "0.00", "overdue": "0.00", "lines": 1, "opening": "5.00"}]
    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_of_one_segment(book, today):
    Account.objects.filter(customer__number="LATE").update(segment="key")
    assert set(states(make(book, today, segment="key"))) == {"LATE"}
    with pytest.raises(runs.RunRefused, match="segment none"):
        runs.begin(entity=book, as_of=today, segment="none", actor=SYSTEM)


@pytest.mark.django_db
def test_a_past_day_is_told_as_it_was_known_then(book, today):
    run = make(book, today - timedelta(days=1), channel="none")
    assert set(states(run)) == {"LATE", "NOTDUE", "NOBODY", "PAID"}
    for currency, total in aging(today - timedelta(days=1), entity_ids=[book.pk]).totals.items():
        assert Decimal(run.totals[currency]["total"]) == total


@pytest.mark.django_db
def test_days_that_cannot_be_are_refused(book, today):
    for field, facts in (
        ("as_of", {"as_of": today + timedelta(days=1)}),
        ("from_on", {"as_of": today, "from_on": today}),
        ("from_on", {"as_of": today, "from_on": today + timedelta(days=1), "kind": "activity"}),
    ):
        with pytest.raises(runs.RunRefused) as refused:
            runs.begin(entity=book, actor=SYSTEM, **facts)
        assert refused.value.field == field
    assert StatementRun.objects.count() == 0


# --- Once


@pytest.mark.django_db
def test_statements_of_a_day_go_out_once_unless_they_are_wanted_again(book, today):
    first = runs.begin(entity=book, as_of=today, actor=SYSTEM)
    assert runs.begin(entity=book, as_of=today, actor=SYSTEM) == first, "the same that is still being made"
    runs.finish(first)
    for facts in ({}, {"who": "overdue"}):
        with pytest.raises(runs.SentBefore, match=f"Run {first.pk}"):
            runs.begin(entity=book, as_of=today, actor=SYSTEM, **facts)
    assert make(book, today, channel="none").made == 4, "what is only kept disturbs nobody"
    assert make(book, today, kind="activity").made == 5, "that is something else"
    assert make(book, today, again=True).mailed == 3
    assert Message.objects.count() == 3 + 4 + 3


@pytest.mark.django_db
def test_a_part_that_is_done_twice_makes_nothing_twice(book, today):
    run = runs.begin(entity=book, as_of=today, actor=SYSTEM)
    (part,) = Partition.objects.filter(work=making.WORK, subject_id=run.pk)
    lease = leases.take(making.WORK, id=part.pk)
    Partition.objects.filter(pk=part.pk).update(state="waiting")  # given up, and taken by another
    runs.finish(run)
    before = Statement.objects.count(), Message.objects.count(), Document.objects.count()
    runs.do_part(lease)
    jobs.make_statements(part.pk)
    jobs.make_statements(part.pk)
    assert (Statement.objects.count(), Message.objects.count(), Document.objects.count()) == before
    assert runs.step(run.pk) == "done"


@pytest.mark.django_db
def test_a_part_that_fails_leaves_nothing_and_is_tried_again(book, today, monkeypatch):
    def fail(paper):
        if paper.customer.number == "NOBODY":
            raise OSError("out of paper")
        return b"%PDF"

    run = runs.begin(entity=book, as_of=today, actor=SYSTEM)
    monkeypatch.setattr(making, "render", fail)
    for _ in range(leases.MOST_ATTEMPTS):
        with pytest.raises(OSError):
            runs._do_next(run.pk)
    assert (Statement.objects.count(), Document.objects.count(), Message.objects.count()) == (0, 0, 0)
    with pytest.raises(runs.StatementsFailed, match="out of paper"):
        runs.finish(run)
    monkeypatch.undo()
    leases.retry(making.WORK, run.pk)
    assert runs.finish(run).made == 4


@pytest.mark.django_db
def test_a_stopped_run_makes_nothing_more(given, today, monkeypatch):
    large_book(given.entity(), customers=20, items=40, as_of=today)
    monkeypatch.setattr(making.ranges, "__defaults__", (5,))
    run = runs.begin(entity=given.entity(), as_of=today, actor=SYSTEM)
    assert Partition.objects.filter(work=making.WORK).count() == 4
    runs._do_next(run.pk)
    lease = leases.take(making.WORK, subject_id=run.pk)
    runs.cancel(run, actor=SYSTEM)
    runs.do_part(lease)
    assert not runs._do_next(run.pk)
    run.refresh_from_db()
    assert (run.state, run.made, run.mailed) == ("cancelled", 5, 5)
    assert Statement.objects.count() == Message.objects.count() == 5
    with pytest.raises(IllegalMove):
        runs.cancel(run, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_statement_once(given, today, monkeypatch):
    entity = given.entity()
    large_book(entity, customers=60, items=120, as_of=today)
    monkeypatch.setattr(making.ranges, "__defaults__", (6,))
    run = runs.begin(entity=entity, as_of=today, actor=SYSTEM)

    def work(_):
        try:
            return runs.finish(run).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(2))) == ["done", "done"]
    assert Statement.objects.filter(run=run).values("customer").distinct().count() == Statement.objects.count() == 60
    assert Message.objects.count() == MessageAttachment.objects.count() == Document.objects.count() == 60
    run.refresh_from_db()
    assert Decimal(run.totals["EUR"]["total"]) == aging(today).totals["EUR"]


@pytest.mark.django_db
def test_many_customers_cost_as_many_statements_as_few(given, today):
    entity = given.entity()

    def queries(number: int) -> int:
        for _ in range(number):
            given.open_item("5.00 EUR", customer=given.customer())
        run = runs.begin(entity=entity, as_of=today, again=True, actor=SYSTEM)
        with CaptureQueriesContext(connection) as captured:
            runs.finish(run)
        return len(captured)

    assert queries(2) == queries(9)


# --- What they say


@pytest.mark.django_db
def test_the_mail_arrives_with_the_paper_in_the_customers_language(book, today, inbox):  # noqa: F811
    make(book, today)
    assert messages.deliver().sent == 3
    (received,) = inbox.of("ap@late.example")
    assert received["Subject"].startswith("Kontoauszug zum ")
    assert received["Content-Language"] == "de"
    body = received.get_body(("plain",)).get_content()
    assert "Offen: 1.200,00 EUR, davon überfällig: 1.000,00 EUR" in body
    assert "Offen: 9.000 JPY, davon überfällig: 9.000 JPY" in body
    assert "+49 30 5" in body
    (paper,) = received.iter_attachments()
    assert (paper.get_content_type(), paper.get_filename()) == (
        "application/pdf", f"Kontoauszug LATE {today.isoformat()}.pdf",
    )  # fmt: skip
    content = paper.get_payload(decode=True)
    kept = Statement.objects.get(customer__number="LATE")
    assert content == bytes(kept.document.content)
    text = text_of(content)
    for said in ("Müller & Söhne", "L-1", "L-2", "L-3", "1.000,00", "1.200,00", "9.000", "DE89"):
        assert said in text, said
    (french,) = inbox.of("ap@notdue.example")
    assert "Solde ouvert : 50,00 EUR" in french.get_body(("plain",)).get_content()
    (credit,) = inbox.of("ap@credit.example")
    assert "In your favour: 30.00 EUR" in credit.get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_an_activity_on_paper_begins_with_what_was_owed_before(book, today):
    run = make(book, today, kind="activity", channel="none", from_on=today - timedelta(days=26))
    late = Statement.objects.get(run=run, customer__number="LATE")
    text = text_of(bytes(late.document.content))
    assert "1.000,00" in text
    assert "L-2" in text, "booked within the period"
    assert "L-1" not in text, "part of the opening balance"


@pytest.mark.django_db
def test_mail_goes_to_who_pays_the_bills_and_can_be_written_to(given, today):
    entity = given.entity()
    customer = given.customer("C-1", email="", language="fr")
    given.open_item("5.00 EUR", customer=customer)
    for name, role, address, in_use in (
        ("Old", "billing", "old@c.example", False),
        ("Buyer", "purchasing", "buyer@c.example", True),
        ("Broken", "billing", "ä@c.example", True),
        ("Bills", "billing", "bills@c.example", True),
    ):
        Contact.objects.create(
            customer=customer,
            name=name,
            role=role,
            email=address,
            in_use=in_use,
            language="de" if name == "Bills" else "",
        )
    make(entity, today)
    message = Message.objects.get()
    assert (message.recipient, message.language) == ("Bills <bills@c.example>", "de")


@pytest.mark.django_db
def test_what_was_kept_is_sent_later_as_it_was_made(book, today):
    run = make(book, today)
    nobody = Statement.objects.select_related("run__entity").get(customer__number="NOBODY")
    with pytest.raises(NotSent, match="no contact"):
        sending.send(nobody, actor=SYSTEM)
    assert nobody.message_id is None
    Contact.objects.create(customer=nobody.customer, name="New", email="new@nobody.example")
    before = bytes(nobody.document.content)
    sending.send(nobody, actor=SYSTEM)
    message = Message.objects.get(statement=nobody)
    assert (message.key, message.recipient) == (f"statement:{run.pk}:{nobody.customer_id}", "New <new@nobody.example>")
    assert "Open: 70.00 EUR, of which overdue: 70.00 EUR" in message.text
    assert bytes(message.attachments.get().document.content) == before
    with pytest.raises(IllegalMove):
        sending.send(nobody, actor=SYSTEM)
    assert Message.objects.count() == 4


# --- The command


@pytest.mark.django_db
def test_the_command_makes_them_and_says_how_many(book, today, capsys):
    call_command("statements", "run", entity="DE1", as_of=today, channel="none", inline=True, json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "run": StatementRun.objects.get().pk, "entity": "DE1", "kind": "open_items", "as_of": today.isoformat(),
        "from_on": None, "state": "done", "made": 4, "mailed": 0, "no_address": 0, "left_out": 1,
        "totals": {
            "EUR": {"total": "1290.00", "overdue": "1070.00", "customers": 4},
            "JPY": {"total": "9000", "overdue": "9000", "customers": 1},
        },
    }  # fmt: skip
    call_command("statements", "run", entity="DE1", as_of=today, kind="activity", inline=True)
    assert "5 statements" in capsys.readouterr().out
    for facts in (
        {"entity": "XX1"},
        {"entity": "DE1", "as_of": today + timedelta(days=1)},
        {"entity": "DE1", "as_of": today, "segment": "none"},
        {"entity": "DE1", "as_of": today, "kind": "activity"},  # went out just now
    ):
        with pytest.raises(CommandError) as refused:
            call_command("statements", "run", inline=True, **facts)
        assert refused.value.returncode == 2
    assert Customer.objects.count() == 6
