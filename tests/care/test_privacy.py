"""The erasure drill: nothing names the person any more and the books prove as before; and what is kept how long."""

from __future__ import annotations

import base64
import json
import os
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from pghistory.models import Context

from o2c.collections.disputes import files as dispute_files
from o2c.collections.inquiries import answering, changing, opening
from o2c.collections.inquiries.answering import Draft
from o2c.collections.interest import packs
from o2c.collections.models import (
    Activity,
    Agency,
    ChronicDecision,
    Dispute,
    DisputeFile,
    DisputeSuggestion,
    Hold,
    Inquiry,
    InterestNote,
    LatePayer,
    LatePayerRule,
    PaymentPlan,
    Placement,
    PlanInstalment,
    PlanItem,
    Task,
)
from o2c.core import clock, documents, outbox
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.audit import records, whence
from o2c.core.models import (
    AccessRecord,
    DeadAddress,
    Document,
    FailedJob,
    Heartbeat,
    ImportedChange,
    ImportRun,
    Message,
    MessageAttachment,
    OutboxEvent,
    Partition,
    Role,
    SetAside,
    User,
)
from o2c.invoicing import banks, cash
from o2c.invoicing.bank import keeping, setting_aside
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.matching import applying, deciding
from o2c.invoicing.models import (
    BankAccount,
    BankLine,
    BankStatement,
    CreditRequest,
    Invoice,
    OpenItem,
    PayerAlias,
    PaymentFinding,
    Posting,
    Quarantine,
    ReasonCode,
    Receipt,
    Statement,
)
from o2c.invoicing.proof import proof
from o2c.invoicing.statements import runs
from o2c.orders.models import Contact, Contract, Customer, CustomerBankAccount, Order, OrderLine, OrderProblem
from o2c.web.corrections import acts, reading
from o2c.web.corrections.kinds import KINDS
from o2c.web.privacy import quoted, retention, subjects
from tests.given import DAY
from tests.invoicing.bank.files_given import camt, entry, statement

EMAIL, NAME, STREET, IBAN, PHONE = (
    "rosalinde@kunde.example", "Rosalinde Ungewöhnlich", "Seltsamweg 77", "DE89370400440532013000", "0711 123456",
)  # fmt: skip
OURS = "DE02120300000000202051"
BANK_FILE = camt(
    statement(
        entry("12.00", text=f"INV-12 of {NAME}", name=f"{NAME} e.K."),
        entry("-5.00", text=f"for {NAME}", name="Landlord"),
        opening="0.00",
        closing="7.00",
    )
)
WORDS = ["rosalinde", "ungewöhnlich", "seltsamweg", IBAN, PHONE]


@pytest.fixture
def spool(settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    settings.O2C_RUN_DIR = tmp_path
    settings.O2C_SMS_SPOOL, settings.O2C_POST_SPOOL = tmp_path / "sms", tmp_path / "post"
    settings.O2C_MAIL_SPOOL.mkdir()
    return settings.O2C_MAIL_SPOOL


def message(**facts) -> Message:
    defaults = {"key": uuid.uuid4().hex, "owner": "DE1", "sender": "ar@de1.example", "recipient": f"{NAME} <{EMAIL}>",
                "subject": f"Reminder for {NAME}", "text": f"Dear {NAME}, {STREET}", "language": "de"}  # fmt: skip
    return Message.objects.create(**defaults | facts)


@pytest.fixture
def person(given, spool):
    """A sole trader who has paid everything, and is mentioned wherever a person can be."""
    customer = given.customer("K-1", email=EMAIL, street=STREET, city="Rosalindenstadt", vat_id="DE136695976")
    with acting(SYSTEM):
        Customer.objects.filter(pk=customer.pk).update(name=NAME)
        Contact.objects.filter(customer=customer).update(name=NAME, phone=PHONE)
        Contact.objects.create(customer=customer, name="Rosalinde's old name", email="rosalinde.alt@kunde.example")
        CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    item = given.open_item("100.00 EUR", customer=customer)
    plan = PaymentPlan.objects.create(
        entity=given.entity(), customer=customer, payer_id=customer.payer_id, currency="EUR", amount=1, agreed_on=DAY,
        ends_on=DAY, tolerance_days=3, tolerance_percent=0, note=f"{NAME} lost the job", actor="s",
        state="withdrawn", withdrawn_on=DAY, withdrawn_because=f"{NAME} has found one",
    )  # fmt: skip
    PlanInstalment.objects.create(plan=plan, number=1, due_on=DAY, amount=1)
    PlanItem.objects.create(plan=plan, item=item, amount=100, runs=False)
    for days, money in enumerate(("100.00", "30.00")):  # as the payer wrote it; the second one bounces
        receipt = cash.receive(
            entity=given.entity(), customer=customer, amount=Decimal(money), currency="EUR", received_on=DAY,
            method=Receipt.Method.TRANSFER, reference=f"rent {NAME}", actor=SYSTEM,
        )  # fmt: skip
        if days:
            cash.reverse(receipt, on=DAY, actor=SYSTEM)
    receipt = Receipt.objects.get(customer=customer, reversed_on=None)
    loaded = ImportRun.objects.create(kind="receipts", source="bank", file_name="x", sha256="0" * 64, actor="system")
    ImportedChange.objects.create(
        run=loaded, subject="receipt", row=receipt.pk, was={"reference": NAME, "amount": 1}, became={"reference": NAME}
    )
    on_the_bank(given, customer)
    corrected(receipt, given.user("boss", Role.FINANCE_MANAGER))
    cash.apply(receipt.item, [cash.Split(item, Decimal(100))], on=DAY, actor=SYSTEM)
    about = {"entity": given.entity(), "customer": customer, "payer_id": customer.payer_id}
    Activity.objects.create(**about, kind=Activity.Kind.CALL, text=f"{NAME} will pay, call {PHONE}", actor="system")
    Hold.objects.create(customer=customer, payer_id=customer.payer_id, reason=f"{NAME} is ill", from_on=DAY, actor="s")
    case = Dispute.objects.create(
        **about, item=item, reason=f"says {EMAIL}", opened_on=DAY, closed_on=DAY, state="resolved", actor="s"
    )
    CreditRequest.objects.create(
        entity=given.entity(), customer=customer, item=item, invoice=given.invoice(), currency="EUR", amount=1,
        text=f"Credit for {NAME}", reason=f"{NAME} says so", note=f"Told {NAME}", state="refused", asker="s",
    )  # fmt: skip
    DisputeSuggestion.objects.create(
        entity=given.entity(), customer=customer, code=ReasonCode.objects.get(code="price"), disputes=[case.pk],
        first_on=DAY, last_on=DAY, proposed_on=DAY, state="dismissed", note=f"Not for {NAME}", decided_by="s",
        decided_on=DAY,
    )  # fmt: skip
    asked = opening.open(
        customer, given.entity(), "other", subject=f"{NAME} asks", text=f"Call {PHONE}",
        contact=customer.contacts.first(), actor=SYSTEM,
    )  # fmt: skip
    said = Draft("phone", f"To {NAME}", f"Told {NAME}", "en")
    answering.answer(asked, said, key=uuid.UUID(int=7), actor=SYSTEM)
    changing.close(asked, note=f"{NAME} is content", actor=SYSTEM)
    dispute_files.attach(case, f"{NAME}.txt", f"{NAME} says".encode(), actor=SYSTEM)
    Task.objects.create(**about, key="k", kind=Task.Kind.MANUAL, why=f"write to {NAME}", due_on=DAY, created_by="s")
    gone = packs.agree(given.entity(), customer, pack=None, reason=f"{NAME} has no money", actor=SYSTEM)
    packs.forget(gone, actor=SYSTEM)
    packs.agree(given.entity(), customer, pack=None, reason=f"{NAME} has no money yet", actor=SYSTEM)
    InterestNote.objects.create(
        entity=given.entity(), customer=customer, item=item, number="IN-1", currency="EUR", total=1, until=DAY,
        charged_on=DAY, state="waived", reason=f"{NAME} was ill", charged_by="s",
    )  # fmt: skip
    ChronicDecision.objects.create(
        **about, act="hold", decision="accepted", why="x", reason=f"{NAME} is ill", decided_on=DAY, decided_by="s"
    )
    LatePayer.objects.create(
        **about, rule=LatePayerRule.objects.create(
            entity=given.entity(), version=1, begins_on=DAY, months=1, days_late=1, minimum=0, least_invoices=1,
            release_months=1, written_by="s",
        ), listed_on=DAY, why="x", invoices=1, late=1, late_amount=1, average_days=1, state="released",
        released_on=DAY, released_by="s", release_reason=f"{NAME} has found work",
    )  # fmt: skip
    Contract.objects.create(
        entity=given.entity(), customer=customer, number="C-1", name=f"Paper for {NAME}", currency="EUR", begins_on=DAY,
        ends_on=DAY, state="ended", reason=f"{NAME} needs no more", created_by="s",
    )  # fmt: skip
    order = Order.objects.create(
        entity=given.entity(), customer=customer, number="SO-1", customer_reference=f"{NAME} 1", channel="browser",
        state="cancelled", ordered_on=DAY, currency="EUR", ship_to_name=NAME, ship_to_street=STREET,
        ship_to_city="Bonn", note=f"Ring at {NAME}'s", reason=f"{NAME} has moved", created_by="s",
    )  # fmt: skip
    ordered = OrderLine.objects.create(
        order=order, position=1, given=f"paper for {NAME}", description=f"Paper for {NAME}", quantity=1, price=1,
        tax_category="S",
    )  # fmt: skip
    OrderProblem.objects.create(
        order=order, line=ordered, code="price_differs", text=f"{NAME} pays more", facts={"who": NAME},
        waived_at=datetime(2026, 1, 1, tzinfo=UTC), waived_by="s", waived_reason=f"{NAME} was told so",
    )  # fmt: skip
    handed = documents.of("hand-over.zip", "application/zip", NAME.encode())
    handed.save()
    Placement.objects.create(
        **about, agency=Agency.objects.create(entity=given.entity(), code="a", name="a"), currency="EUR",
        state="recalled", placed_on=DAY, placed_by="s", reason=f"{NAME} never answers", ended_on=DAY,
        end_reason=f"{NAME} has paid us", document=handed,
    )  # fmt: skip
    sent = message(state=Message.State.SPOOLED, address={"lines": [NAME, STREET], "country": "DE"})
    (spool / f"{sent.reference}.eml").write_text(f"To: {EMAIL}")
    attach(message(recipient=EMAIL), f"Dear {NAME}")
    return customer


def on_the_bank(given, customer: Customer) -> None:
    """What the bank said of the person's payment, what it was taken for, what was found and learnt."""
    account = banks.open_account(given.entity(), name="Bank", currency="EUR", iban=OURS, actor=SYSTEM)
    given.open_item("12.00 EUR", customer=customer, number="INV-12")
    keeping.load(BANK_FILE, name="bank.xml", seen=BankAccount.objects.filter(pk=account.pk), actor=SYSTEM)
    line, other = BankLine.objects.order_by("id")
    clerk = Actor.of(given.user("clerk", Role.CASH_CLERK))
    proposal = deciding.propose_by_hand(
        line, customer, [Part(item=OpenItem.objects.get(number="INV-12"), amount=Decimal(12))], actor=clerk
    )
    applying.apply([proposal.pk], actor=clerk, on=DAY)
    PayerAlias.objects.create(entity=given.entity(), kind="iban", key=IBAN, customer=customer, line=line, actor="clerk")
    about = {"entity": given.entity(), "line": line, "customer": customer}
    PaymentFinding.objects.create(**about, check_code="new_account", level="note", facts={"iban": IBAN})
    Quarantine.objects.create(**about, state="held", decision=f"{NAME} is known")
    setting_aside.set_aside(other, reason=f"Rent of {NAME}", on=DAY, actor=SYSTEM)


def attach(about: Message, text: str) -> Document:
    made = documents.of("letter.txt", "text/plain", text.encode())
    made.save()
    MessageAttachment.objects.create(message=about, document=made, position=1)
    return made


def corrected(receipt: Receipt, boss: User) -> None:
    """What is typed and noted where the person's money was set aside, and where work about them failed."""
    unsure = message(state=Message.State.UNSURE)
    for kind, key, act, reason in (
        ("on_account", receipt.pk, "set_aside", "Rosalinde says it is rent"),
        ("messages", unsure.pk, "give_up", "the Seltsamweg has burnt down"),
    ):
        red = reading.one(boss, KINDS[kind], str(key))
        more = {"until": None} if act == "set_aside" else {}
        acts.do(red, act, actor=Actor.of(boss), reason=reason, **more)
    SetAside.objects.create(kind="imports", key="7", reason=f"Row of {NAME.upper()}, <{EMAIL}>", actor="boss")
    records.record(records.Kind.CORRECTED, "Jobs", actor=SYSTEM, act="discard", reason=f"{IBAN} is closed")
    FailedJob.objects.create(name="x", job_id="1", error=f"SMTPRecipientsRefused: {{'{EMAIL}': 550}}")
    OutboxEvent.objects.create(kind="book.changed", payload={}, last_error=f"ValueError: {PHONE}")
    Partition.objects.create(work="x", subject_id=1, number=1, first=1, last=2, last_error=f"KeyError: '{NAME}'")
    Heartbeat.objects.create(part="x", started_at=clock.now(), failures=1, last_error=f"ValueError: {NAME}")


def book() -> list[tuple]:
    return list(Posting.objects.order_by("id").values_list("entry_id", "account_id", "currency", "amount"))


def test_nothing_names_an_erased_customer_anywhere_and_the_books_are_the_same(person, spool):
    before = book()
    assert subjects.traces(WORDS)
    counts = subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert subjects.traces(WORDS) == []
    assert list(spool.iterdir()) == []
    assert not Document.objects.exists()
    assert counts["customer"] == 1
    assert counts["contact"] == 2
    assert counts["message"] == 3
    assert counts["setaside"] == 1
    # what was put right, by whom and when, stays; so does the rest of what was quoted
    assert AccessRecord.objects.filter(kind="corrected", facts__has_key="reason").get().facts["reason"] == (
        "(erased) is closed"
    )
    assert AccessRecord.objects.filter(kind="corrected", facts__act="set aside").get().customer_id == person.pk
    assert SetAside.objects.get(kind="imports").reason == "Row of (erased), <(erased)>"
    assert FailedJob.objects.get().error == "SMTPRecipientsRefused: {'(erased)': 550}"
    assert not Message.objects.filter(state=Message.State.QUEUED).exists()
    assert book() == before
    assert proof() == []
    person.refresh_from_db()
    assert (person.number, person.name) == ("K-1", subjects.ERASED)
    # Again: nothing new happens.
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert subjects.traces(WORDS) == []


def test_what_the_bank_said_goes_with_the_person_and_the_file_adds_nothing_again(person):
    exported = subjects.export(subjects.customer("K-1"))
    assert [row["remittance"] for row in exported["bankline"]] == [f"INV-12 of {NAME}"]
    assert exported["payeralias"]
    stays = BankLine.objects.order_by("id").values_list("id", "identity", "amount", "open_amount", "booked_on")
    facts = list(stays)
    subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    assert list(BankLine.objects.order_by("id").values_list("party_name", "remittance")) == [
        (subjects.ERASED, ""), ("", f"for {subjects.ERASED}"),
    ]  # fmt: skip
    assert (
        list(BankLine.objects.order_by("id").values_list("id", "identity", "amount", "open_amount", "booked_on"))
        == facts
    )
    assert BankStatement.objects.get().file is None
    assert not PayerAlias.objects.exists()
    assert proof() == []
    again = keeping.load(BANK_FILE, name="bank.xml", seen=BankAccount.objects.all(), actor=SYSTEM)
    assert (again.created, again.unchanged) == (0, 2)


def test_who_still_owes_is_not_erased(person, given):
    given.open_item("50.00 EUR", customer=person)
    with pytest.raises(subjects.SubjectRefused, match="open items"):
        subjects.erase(subjects.customer("K-1"), actor=SYSTEM)
    person.refresh_from_db()
    assert person.name == NAME


def test_a_contact_is_erased_by_address_and_the_customer_stays(given, spool, settings):
    customer = given.customer("K-2", name="Acme GmbH", email=EMAIL)
    other = given.customer("K-3", email="someone@else.example")
    with acting(SYSTEM):
        Contact.objects.filter(customer=customer).update(name=NAME, phone=PHONE)
    given.open_item("70.00 EUR", customer=customer)
    about = {"entity": given.entity(), "customer": customer, "payer_id": customer.payer_id, "actor": "system"}
    Activity.objects.create(**about, kind=Activity.Kind.CALL, text=f"Spoke to {NAME.upper()}: Acme pays on Friday")
    message()
    SetAside.objects.create(kind="imports", key="1", reason=f"{NAME} sends it on Friday", actor="boss")
    SetAside.objects.create(kind="imports", key="2", reason="Sent annually", actor="boss")
    FailedJob.objects.create(name="x", job_id="1", error=f"KeyError: '{PHONE}'")
    Contact.objects.create(customer=customer, name=NAME, email=EMAIL, phone="0151 12345678")
    DeadAddress.objects.create(address="+4915112345678", why="bounced")
    texted = message(channel="sms", recipient="+4915112345678", text="Dear customer")
    settings.O2C_SMS_SPOOL.mkdir()
    (settings.O2C_SMS_SPOOL / f"{texted.reference}.json").write_text("+4915112345678")
    kept = message(recipient="someone@else.example", subject="Reminder", text="Dear customer")
    subjects.erase(subjects.person(EMAIL.upper()), actor=SYSTEM)
    assert subjects.traces(["rosalinde", "ungewöhnlich", PHONE, "4915112345678", "0151 12345678"]) == []
    assert list(settings.O2C_SMS_SPOOL.iterdir()) == []
    assert set(SetAside.objects.values_list("reason", flat=True)) == {
        f"{subjects.ERASED} sends it on Friday", "Sent annually",
    }  # fmt: skip
    assert Activity.objects.get().text == f"Spoke to {subjects.ERASED}: Acme pays on Friday"
    customer.refresh_from_db()
    assert customer.name == "Acme GmbH"
    kept.refresh_from_db()
    assert kept.text == "Dear customer"
    assert Contact.objects.get(customer=other).email == "someone@else.example"
    assert proof() == []


def test_the_export_holds_everything_and_goes_into_a_private_file(person, tmp_path, capsys):
    target = tmp_path / "K-1.zip"
    call_command("subject", "export", customer="K-1", to=target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert AccessRecord.objects.get(kind="exported").customer_id == person.pk
    with zipfile.ZipFile(target) as archive:
        exported = json.loads(archive.read("K-1.json"))
    assert exported["customer"][0]["name"] == NAME
    assert {row["email"] for row in exported["contact"]} == {EMAIL, "rosalinde.alt@kunde.example"}
    assert exported["customerbankaccount"][0]["iban"] == IBAN
    assert exported["openitem"][0]["amount"] == "100.0000"
    assert len(exported["message"]) == 3
    files = [base64.b64decode(row["content"]) for row in exported["document"]]
    assert sorted(files) == sorted(
        [BANK_FILE, f"Dear {NAME}".encode(), NAME.encode(), f"{NAME} says".encode()]
    )  # fmt: skip
    assert [row["reason"] for row in exported["setaside"]] == ["Rosalinde says it is rent"]
    assert exported["activity"][0]["text"].startswith(NAME)
    assert len(exported["contact_history"]) >= 2
    for kind in ("account", "receipt", "allocation", "hold", "dispute", "task", "customer_history"):
        assert exported[kind], kind


def test_only_whole_words_that_mean_somebody_are_blotted_out(db):
    FailedJob.objects.create(name="x", job_id="1", error="Cannot mark Market (Mark. Li, a+b@c.example)")
    quoted.blot_out(["Mark", "Li", " ", "", "a+b@c.example"], "(erased)")
    assert FailedJob.objects.get().error == "Cannot (erased) Market ((erased). Li, (erased))"
    quoted.blot_out(["", "Li"], "(erased)")
    assert quoted.quoting([]) is None


def test_an_invoices_document_stays_with_the_books_when_the_message_goes(given, spool):
    issued = given.invoice(customer=given.customer("K-2", email=EMAIL))
    sent = message()
    kept = attach(sent, "invoice")
    Invoice.objects.filter(pk=issued.pk).update(document=kept)
    subjects.erase(subjects.person(EMAIL), actor=SYSTEM)
    assert not MessageAttachment.objects.exists()
    assert bytes(Document.objects.get().content) == b"invoice"


@pytest.fixture
def stated(given, spool) -> Statement:
    """A statement that went by e-mail to a customer who has paid."""
    customer = given.customer("K-2", email=EMAIL)
    given.pay(given.open_item("10.00 EUR", customer=customer, due=DAY))
    run = runs.begin(entity=given.entity(), as_of=DAY, kind="activity", from_on=DAY, actor=SYSTEM)
    return runs.finish(run).statements.get()


def test_papers_of_statements_go_with_the_person_and_their_figures_stay(stated):
    assert (stated.message.attachments.count(), Document.objects.count()) == (1, 1)
    exported = subjects.export(subjects.customer("K-2"))
    assert len(exported["document"]) == len(exported["statement"]) == len(exported["message"]) == 1
    figures = stated.totals
    subjects.erase(subjects.customer("K-2"), actor=SYSTEM)
    stated.refresh_from_db()
    assert (stated.document_id, stated.totals) == (None, figures)
    assert stated.message.text == subjects.ERASED
    assert not Document.objects.exists()
    assert not MessageAttachment.objects.exists()


def test_papers_of_statements_are_let_go_of_after_their_time(stated, settings):
    settings.O2C_RETENTION = []
    days = next(rule.days for rule in retention.RULES if rule.name == "statements")
    for age, left in ((days - 1, 1), (days + 1, 0)):
        Statement.objects.update(made_at=clock.now() - timedelta(days=age))
        retention.table(actor=SYSTEM, apply=True)
        assert Document.objects.count() == left
    stated.refresh_from_db()
    assert stated.document_id is None


def test_the_file_of_a_hand_over_is_let_go_of_after_its_time(person, settings):
    placement = Placement.objects.get()
    settings.O2C_RETENTION = ["hand_overs=30"]
    retention.table(apply=True, actor=SYSTEM)
    placement.refresh_from_db()
    assert (placement.document, placement.agency.name, placement.state) == (None, "a", "recalled")
    assert not Document.objects.filter(name="hand-over.zip").exists()


def test_who_is_not_known_is_refused(db):
    for words in ({"customer": "none"}, {"email": "none@nowhere.example"}, {"email": "no address"}):
        for act in ("export", "erase"):
            with pytest.raises(CommandError):
                call_command("subject", act, **words)


# --- How long what is kept


def counts(**options) -> dict[str, tuple[int, int]]:
    return {row["rule"]: (row["old"], row["done"]) for row in retention.table(actor=SYSTEM, **options)}


@pytest.fixture
def old(person, spool, given, settings):
    """Each rule has something that is a day too old and something that is a day too young."""
    settings.O2C_RETENTION = []
    now = clock.now()

    def ago(rule: str, days: int):
        return now - timedelta(days=next(r.days for r in retention.RULES if r.name == rule) + days)

    Activity.objects.update(happened_at=ago("activities", 1))
    about = {"entity": given.entity(), "customer": person, "payer_id": person.payer_id, "actor": "system"}
    Activity.objects.create(**about, kind="note", text="young", happened_at=ago("activities", -1))
    owing = given.customer("K-9")
    given.open_item("1.00 EUR", customer=owing)
    Activity.objects.create(**about | {"customer": owing, "payer_id": owing.payer_id}, kind="note", text="owes",
                            happened_at=ago("activities", 100))  # fmt: skip
    Message.objects.update(state=Message.State.SENT, finished_at=ago("messages", 1))
    young = message(state=Message.State.SENT, finished_at=ago("messages", -1), text="young")
    attach(young, "young")
    OutboxEvent.objects.all().delete()
    for days in (1, -1):
        outbox.emit("book.changed")
        OutboxEvent.objects.filter(done_at=None).update(done_at=ago("events", days))
        Session.objects.create(session_key=f"s{days}", session_data="", expire_date=ago("sessions", days))
    (spool.parent / "imports").mkdir()
    for folder, rule, name in (
        (spool, "spool", "m{}.eml"),
        (spool.parent / "imports", "import_errors", "{}-errors.csv"),
    ):
        for file in folder.iterdir():
            file.unlink()
        for days in (1, -1):
            file = folder / name.format(days)
            file.touch()
            os.utime(file, (ago(rule, days).timestamp(),) * 2)
    for days in (1, -1):
        FailedJob.objects.create(name="x", job_id="settled", state="retried", settled_at=ago("failed_jobs", days))
        FailedJob.objects.create(name="x", job_id="waits", error=f"{days}", failed_at=ago("failed_jobs", days))
        for until in (None, ago("set_aside", 1).date() if days > 0 else clock.today() + timedelta(days=9)):
            SetAside.objects.create(kind="imports", key=f"{days} {until is None}", reason="old and young", until=until,
                                    actor="boss", at=ago("set_aside", days))  # fmt: skip
        case = Dispute.objects.create(
            **about, item=OpenItem.objects.filter(customer=person).first(), reason="x", opened_on=DAY,
            closed_on=ago("dispute_files", days).date(), state="resolved",
        )  # fmt: skip
        proof_of = documents.of(f"proof {days}.txt", "text/plain", b"proof")
        proof_of.save()
        DisputeFile.objects.create(dispute=case, document=proof_of, name="proof.txt", size=5, actor="s")
    Inquiry.objects.update(asked_at=ago("inquiries", 1))
    asked = Inquiry.objects.get()
    asked.pk, asked.subject, asked.asked_at = None, "young", ago("inquiries", -1)
    asked.save(force_insert=True)
    contact = Contact.objects.filter(customer=person).first()
    Contact.objects.filter(customer=person).update(in_use=False)
    for days in (1, -1):
        token = whence.enter({"address": f"192.0.2.{days + 1}", "agent": "x", "request": f"retained-{days}"})
        record = records.record(records.Kind.SIGNED_IN, f"kept {days}", actor=SYSTEM)
        whence.leave(token)
        with records.rewriting("retention"):
            AccessRecord.objects.filter(pk=record.pk).update(at=ago("access", days))
            Context.objects.filter(metadata__request=f"retained-{days}").update(created_at=ago("addresses", days))
    with records.rewriting("retention"), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_contactevent SET pgh_created_at = %s WHERE pgh_obj_id = %s",
                       [ago("contacts", 1), contact.pk])  # fmt: skip
    return contact


EXPECTED = {
    "access": 1,
    "addresses": 1,
    "sessions": 1,
    "events": 1,
    "import_errors": 1,
    "spool": 1,
    "contacts": 1,
    "activities": 5,
    "dispute_files": 1,
    "inquiries": 1,
    "messages": 3,
    "failed_jobs": 2,
    "set_aside": 2,
}


def test_a_dry_run_counts_and_changes_nothing(old):
    found = counts(apply=False)
    assert {rule: number for rule, (number, _done) in found.items() if number} == EXPECTED
    assert {done for _old, done in found.values()} == {0}
    assert counts(apply=False) == found


def test_what_is_too_old_goes_and_the_rest_stays(old, spool):
    done = {rule: done for rule, (_old, done) in counts(apply=True).items() if done}
    assert done == EXPECTED
    assert {number for number, _done in counts(apply=False).values()} == {0}
    assert sorted(Activity.objects.values_list("text", flat=True)) == [
        *[subjects.ERASED] * 5, "owes", "young",
    ]  # fmt: skip
    assert Message.objects.exclude(text=subjects.ERASED).get().text == "young"
    assert sorted(Inquiry.objects.values_list("subject", flat=True)) == [subjects.ERASED, "young"]
    others = ["bank.xml", "hand-over.zip", f"{NAME}.txt"]
    kept = Document.objects.exclude(name__in=others).values_list("name", flat=True)
    assert sorted(kept) == ["letter.txt", "proof -1.txt"]
    assert Session.objects.count() == OutboxEvent.objects.count() == 1
    assert [file.name for file in spool.iterdir()] == ["m-1.eml"]
    # a job that still waits for somebody can still be done again, and what is set aside for good stays so
    assert sorted(FailedJob.objects.filter(name="x").exclude(job_id="1").values_list("job_id", "error")) == [
        ("settled", ""), ("waits", subjects.ERASED), ("waits", "-1"),
    ]  # fmt: skip
    assert dict(SetAside.objects.filter(actor="boss", key__startswith="1 ").values_list("key", "reason")) == {
        "1 True": subjects.ERASED
    }
    assert SetAside.objects.filter(key__startswith="-1 ", reason="old and young").count() == 2
    old.refresh_from_db()
    assert (old.name, old.email) == (subjects.ERASED, "")
    assert Contact.objects.exclude(name=subjects.ERASED).count() == 3
    assert list(AccessRecord.objects.filter(what__startswith="kept").values_list("what", flat=True)) == ["kept -1"]
    told = dict(Context.objects.filter(metadata__has_key="request").values_list("metadata__request", "metadata"))
    assert told["retained-1"].keys() == {"actor", "user", "request"}
    assert told["retained--1"]["address"] == "192.0.2.0"
    # what retention did to the trail stands in the trail
    gone = AccessRecord.objects.filter(kind="trail_changed", facts__operation="delete").get()
    assert (gone.what, gone.facts) == (
        "core_accessrecord", {"for": "retention", "rows": 1, "operation": "delete"},
    )  # fmt: skip
    assert proof() == []


def test_other_days_are_set_by_the_environment(old, settings):
    settings.O2C_RETENTION = ["activities=100000"]
    assert counts(apply=False)["activities"] == (0, 0)
    for wrong in ("nothing=3", "books=3", "activities=soon", "activities"):
        settings.O2C_RETENTION = [wrong]
        with pytest.raises(CommandError, match="O2C_RETENTION"):
            call_command("retention")


def test_the_table_names_every_rule_with_its_reason(db, capsys):
    call_command("retention", json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["applied"] is False
    assert all(row["what"] and row["why"] for row in shown["rules"])
