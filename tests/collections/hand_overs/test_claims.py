"""The file of a hand-over: what it says, in which format, with which papers, and that it is made once and kept."""

import csv
import hashlib
import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from o2c.collections import claims, claims_mail, disputes, dunning, jobs, placements, promises
from o2c.collections.models import Activity, Agency, DunningLevel, Placement
from o2c.collections.placements import HandOverRefused
from o2c.core import clock, leases, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports import files
from o2c.core.models import Document, Message, MessageAttachment, Partition
from o2c.invoicing.papers import keeping
from o2c.orders.models import Contact, Customer
from tests.at_once import at_once
from tests.collections.test_dunning_sending import NOON, proposed
from tests.given import DAY, Given

BOSS = Actor("boss")


@pytest.fixture(autouse=True)
def noon(request):
    mark = request.node.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction"):
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def debtor(given) -> Customer:
    customer = given.customer("C-1", entity=given.entity(), street="Hauptstraße 1", postal_code="10115", city="Berlin")
    Customer.objects.filter(pk=customer.pk).update(name="=cmd|' /C calc'!A0 GmbH")
    Contact.objects.filter(customer=customer).update(phone="+49 30 123")
    customer.refresh_from_db()
    return customer


def place(agency: Agency, *items, on=DAY) -> Placement:
    return placements.place(agency, [item.pk for item in items], reason="Never answers", on=on, actor=BOSS)


def made(placement: Placement) -> zipfile.ZipFile:
    assert claims.work(placement.pk)
    placement.refresh_from_db()
    return zipfile.ZipFile(io.BytesIO(bytes(placement.document.content)))


def rows(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"), newline="")))


def test_the_claims_name_the_debtor_and_what_is_owed_of_each_item(given, agency, debtor):
    item = given.open_item("1000.00 EUR", customer=debtor, due=DAY - timedelta(days=50), number="+49-1")
    given.pay(item, "250.00 EUR")
    other = given.open_item("60.00 EUR", customer=debtor, due=DAY - timedelta(days=40), number="-12")
    disputes.open(other, reason="Too late", on=DAY, actor=SYSTEM)
    placement = place(agency, other, item)
    first, second = rows(made(placement), "claims")
    assert first == {
        "case": str(placement.pk), "client_number": "K-4711", "creditor": "Company DE1", "debtor_number": "C-1",
        "debtor": "'=cmd|' /C calc'!A0 GmbH", "private_person": "no", "vat_id": "", "street": "Hauptstraße 1",
        "postal_code": "10115", "city": "Berlin", "country": "DE", "language": "en",
        "contact": "Accounts payable C-1", "email": "ap@c-1.example", "phone": "'+49 30 123", "number": "'+49-1",
        "kind": "invoice", "issued": "2025-12-12", "due": "2026-01-11", "days_late": "50", "currency": "EUR",
        "amount": "1000.00", "open": "750.00", "interest_charged": "0.00", "disputed": "no",
    }  # fmt: skip
    assert (second["number"], second["open"], second["disputed"]) == ("-12", "60.00", "yes")
    assert rows(made_before(placement), "contacts") == [
        {
            "name": "Accounts payable C-1", "role": "Accounts payable", "email": "ap@c-1.example",
            "phone": "'+49 30 123", "language": "",
        }
    ]  # fmt: skip


def made_before(placement: Placement) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(bytes(placement.document.content)))


def test_the_history_tells_what_was_tried_said_and_paid_in_order(given, agency, debtor):
    item = given.open_item("1000.00 EUR", customer=debtor, due=DAY - timedelta(days=50), number="INV-1")
    other = given.open_item("7.00 EUR", customer=debtor, due=DAY - timedelta(days=50), number="INV-2")
    for days in (45, 30):
        dunning.run_day(item.entity, DAY - timedelta(days=days), actor=SYSTEM, replay=True)
    promises.record(
        customer=debtor, entity=item.entity, items=[(item, Decimal(1000))], pay_by=DAY - timedelta(days=20),
        promised_on=DAY - timedelta(days=25), actor=SYSTEM,
    )  # fmt: skip
    given.pay(item, "100.00 EUR", on=DAY - timedelta(days=22))
    about = {"customer": debtor, "entity": item.entity, "payer_id": debtor.payer_id, "happened_at": NOON, "actor": "x"}
    Activity.objects.create(**about, kind="call", outcome="reached", text="=HYPERLINK() next week")
    Activity.objects.create(**about, kind="note", text="Our own remark")
    told = rows(made(place(agency, item)), "history")
    assert [(row["date"], row["what"], row["detail"], row["number"], row["amount"]) for row in told] == [
        ("2026-01-16", "notice", "level 1, Friendly reminder", "INV-1", "1000.00"),
        ("2026-01-31", "notice", "level 2, Second reminder", "INV-1", "1000.00"),
        ("2026-02-05", "promise", "by 2026-02-10", "INV-1", "1000.00"),
        ("2026-02-08", "settled", "on account", "INV-1", "100.00"),
        ("2026-03-02", "call", "reached", "", ""),
    ]
    assert told[-1]["said"] == "'=HYPERLINK() next week"
    assert not any(other.number in row["number"] or "remark" in row["said"] for row in told)


def test_papers_go_along_each_once_with_its_fingerprint_where_the_agency_wants_them(given, agency, debtor):
    invoices = [given.invoice(customer=debtor, on=DAY - timedelta(days=90 - days)) for days in (0, 1)]
    keeping.print_issued()
    DunningLevel.objects.filter(number=1).update(channel="letter")
    items = [invoice.entry.items.get() for invoice in invoices]
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    placement = place(agency, *items)
    archive = made(placement)
    contents = {row["file"]: row for row in rows(archive, "contents")}
    papers = [name for name in archive.namelist() if "/" in name]
    assert [name.partition("/")[0] for name in papers] == ["invoices", "invoices", "letters"]
    assert all(archive.read(name).startswith(b"%PDF") for name in papers)
    assert set(contents) == set(archive.namelist()) - {"contents.csv"}
    for name, row in contents.items():
        assert row["sha256"] == hashlib.sha256(archive.read(name)).hexdigest()
    Agency.objects.update(with_papers=False)
    placement.refresh_from_db()
    bare = zipfile.ZipFile(io.BytesIO(claims.archive(Placement.objects.get(pk=placement.pk))))
    assert bare.namelist() == ["claims.csv", "contacts.csv", "history.csv", "contents.csv"]


def test_what_was_written_by_e_mail_goes_along_as_it_was_written(given, agency, debtor):
    item = given.open_item("1000.00 EUR", customer=debtor, due=DAY - timedelta(days=5), number="INV-1")
    dunning.send(proposed(item.entity), actor=SYSTEM)
    archive = made(place(agency, item))
    (name,) = [name for name in archive.namelist() if name.startswith("letters/")]
    assert name.startswith("letters/e-mail-2026-03-02-")
    said = archive.read(name).decode()
    assert said.startswith("To: Accounts payable C-1 <ap@c-1.example>\nDate: 2026-03-02\nSubject: ")
    assert Message.objects.get().text in said


def test_papers_past_what_is_kept_are_named_and_left_out(given, agency, debtor, monkeypatch):
    invoice = given.invoice(customer=debtor, on=DAY - timedelta(days=90))
    keeping.print_issued()
    monkeypatch.setattr(claims, "MOST_BYTES", 2000)
    archive = made(place(agency, invoice.entry.items.get()))
    (row,) = [row for row in rows(archive, "contents") if row["file"].startswith("invoices/")]
    assert (row["sha256"], row["remark"]) == ("", "Left out: the file would be too large. Ask for it.")
    assert row["file"] not in archive.namelist()


def test_a_workbook_has_the_same_claims_as_text_numbers_and_days(given, agency, debtor, tmp_path):
    Agency.objects.update(format="xlsx")
    item = given.open_item("1234.50 EUR", customer=debtor, due=DAY - timedelta(days=50), number="=1+1")
    archive = made(place(agency, item))
    assert archive.namelist()[:3] == ["claims.xlsx", "contacts.xlsx", "history.xlsx"]
    path = tmp_path / "claims.xlsx"
    path.write_bytes(archive.read("claims.xlsx"))
    source = files.inspect(path, [])
    ((_, row),) = files.rows(source)
    said = dict(zip(claims.CLAIM_COLUMNS, row, strict=True))
    assert (said["debtor"], said["number"]) == ("=cmd|' /C calc'!A0 GmbH", "=1+1"), "text, and never a formula"
    assert (said["open"], said["open"].kind) == ("1234.50", "number") or said["open"] == "1234.5"
    assert (said["due"], said["due"].kind) == ("2026-01-11", "day")
    assert not getattr(said["number"], "note", "")


def test_it_is_made_once_however_often_it_is_asked_for_and_kept_as_it_was(given, agency, debtor):
    item = given.open_item("1000.00 EUR", customer=debtor, due=DAY - timedelta(days=50))
    placement = place(agency, item)
    assert claims.unmade() == [placement.pk]
    jobs.write_claims(placement.pk)
    jobs.write_claims(placement.pk)
    placement.refresh_from_db()
    assert claims.unmade() == []
    assert Document.objects.count() == 1
    assert placement.document.name == f"hand-over-DE1-2026-03-02-{placement.pk}.zip"
    with pytest.raises(DatabaseError, match="document"), transaction.atomic():
        Document.objects.filter(pk=placement.document_id).update(name="x")
    given.pay(item)
    assert rows(made_before(placement), "claims")[0]["open"] == "1000.00"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_file():
    given = Given()
    item = given.open_item("10.00 EUR", due=DAY - timedelta(days=50))
    agency = Agency.objects.create(entity=item.entity, code="A", name="A")
    placement = place(agency, item)
    assert sorted(at_once(lambda: claims.work(placement.pk), lambda: claims.work(placement.pk))) == [False, True]
    assert Document.objects.count() == 1


def test_a_dead_workers_file_is_made_by_another(given, agency, debtor):
    placement = place(agency, given.open_item("10.00 EUR", customer=debtor, due=DAY - timedelta(days=50)))
    assert leases.take(placements.WORK, subject_id=placement.pk) is not None
    assert claims.unmade() == []
    Partition.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    assert claims.unmade() == [placement.pk]
    assert claims.work(placement.pk)


def test_it_is_sent_to_the_agency_once_and_the_mail_names_nobody(given, agency, debtor, settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path
    placement = place(agency, given.open_item("10.00 EUR", customer=debtor, due=DAY - timedelta(days=50)))
    for said, change in (("no e-mail address", {}), ("not there yet", {"email": "claims@nord.example"})):
        Agency.objects.filter(pk=agency.pk).update(**change or {"email": ""})
        with pytest.raises(HandOverRefused, match=said):
            claims_mail.send(placement, actor=BOSS)
    assert claims.work(placement.pk)
    message = claims_mail.send(placement, actor=BOSS)
    with pytest.raises(HandOverRefused, match="sent already"):
        claims_mail.send(placement, actor=BOSS)
    placement.refresh_from_db()
    assert message.recipient == "Nordinkasso <claims@nord.example>"
    assert message.subject == f"Vorgang {placement.pk}, Kundennummer K-4711: Forderungen der Company DE1"
    assert debtor.name not in message.text
    assert debtor.number not in message.text
    assert MessageAttachment.objects.get().document_id == placement.document_id
    assert messages.deliver().spooled == 1
    (mail,) = tmp_path.glob("*.eml")
    assert f"hand-over-DE1-2026-03-02-{placement.pk}.zip" in mail.read_text().replace("\n ", "")


def test_what_has_ended_or_is_too_large_is_not_sent(given, agency, debtor, monkeypatch):
    Agency.objects.update(email="claims@nord.example")
    placement = place(agency, given.open_item("10.00 EUR", customer=debtor, due=DAY - timedelta(days=50)))
    assert claims.work(placement.pk)
    monkeypatch.setattr(claims_mail, "MOST_BYTES", 10)
    with pytest.raises(HandOverRefused, match="more than mail servers take"):
        claims_mail.send(placement, actor=BOSS)
    placements.recall(placement, reason="x", on=DAY, actor=BOSS)
    with pytest.raises(HandOverRefused, match="has ended"):
        claims_mail.send(placement, actor=BOSS)
    assert not Message.objects.exists()
