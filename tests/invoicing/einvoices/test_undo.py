"""A load of invoices that is taken back leaves the books as they were; one that something builds on stays."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from o2c.collections import disputes, holds, promises
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing import balances, cash, chart, closing, journal
from o2c.invoicing.einvoices import archives, coming
from o2c.invoicing.einvoices.model import Preceding
from o2c.invoicing.einvoices.write import FORMATS, UBL, write
from o2c.invoicing.invoices import correcting, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.models import Allocation, Entry, Invoice, InvoiceLine, OpenItem, Posting
from o2c.invoicing.proof import proof
from o2c.orders.models import Customer, LegalEntity
from o2c.web.loading import undo
from tests.at_once import at_once
from tests.imports.files_given import counts
from tests.invoicing.einvoices.given import SMALL
from tests.invoicing.invoices.test_loading import GOOD, MAP, file

D = Decimal
DAY = date(2026, 6, 1)
pytestmark = pytest.mark.django_db


def credit_note(number="G-1", of="R-1"):
    return replace(
        SMALL, is_credit_note=True, type_code="381", number=number, due_on=None, preceding=(Preceding(of),), terms=""
    )


def packed(**documents: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, document in documents.items():
            archive.writestr(f"2026/{name}", document)
    return content.getvalue()


@pytest.fixture
def company(invoicing, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    entity = invoicing.seller()
    invoicing.buyer("K-1", name="Atelier SARL", country="FR", vat_id="")
    return entity


@pytest.fixture
def bring(tmp_path):
    """Loads a file by the command: its JSON answer, with the exit code."""

    def bring(content, *options: str) -> dict:
        path, out, code = tmp_path / "documents", StringIO(), 0
        path.write_bytes(content)
        try:
            call_command("load", "invoices", str(path), "--json", *options, stdout=out, stderr=StringIO())
        except CommandError as refused:
            code = refused.returncode
        return json.loads(out.getvalue()) | {"exit": code}

    return bring


def ledger() -> list[tuple]:
    found = Posting.objects.values_list("account__role", "currency").annotate(Sum("amount"), Sum("base_amount"))
    return sorted((row for row in found if row[2] or row[3]), key=str)


def told(run: int):
    return undo(ImportRun.objects.get(pk=run), actor=Actor("clara"))


def refused(run: int) -> dict[str, tuple[int, list[str]]]:
    """What builds on a load, after holding that the refusal changed nothing."""
    before = (ledger(), Entry.objects.count(), Allocation.objects.count(), Invoice.objects.count())
    with pytest.raises(UndoRefused) as why:
        told(run)
    assert (ledger(), Entry.objects.count(), Allocation.objects.count(), Invoice.objects.count()) == before
    assert (ImportRun.objects.get(pk=run).undone_at, proof()) == (None, [])
    return {each.what: (each.count, each.examples) for each in why.value.built}


@pytest.mark.parametrize("syntax", FORMATS)
def test_an_invoice_is_taken_back_as_often_as_it_is_loaded(company, bring, syntax):
    content = write(replace(SMALL, due_on=None, terms="As agreed"), syntax)
    for _ in range(2):
        answer = bring(content)
        item = OpenItem.objects.get(external_id=f"invoice:{answer['invoice']}/1")
        assert (answer["created"], item.open_amount) == (1, D(119))
        undone = told(answer["import_run"])
        assert (undone.taken_back, undone.restored, undone.already) == (1, 0, False)
        assert (Invoice.objects.count(), InvoiceLine.objects.count(), ledger(), proof()) == (0, 0, [], [])
        item.refresh_from_db()
        assert (item.open_amount, item.superseded_on) == (0, date(2026, 11, 20))
        # what a day before said, it says still
        assert balances.of_item(item.pk, DAY) == 119
        assert balances.of_item(item.pk, date(2026, 11, 20)) == 0
        assert told(answer["import_run"]).already
    assert Entry.objects.filter(kind="reversal", effective_on=date(2026, 11, 20)).count() == 2


def test_the_command_takes_it_back_and_a_customer_that_it_opened_stays_with_a_note(bring):
    answer = bring(write(SMALL, UBL))
    out, error = StringIO(), StringIO()
    call_command("load", undo=answer["import_run"], json=True, stdout=out, stderr=error)
    assert json.loads(out.getvalue())["taken_back"] == 1
    assert "1 customers that it opened stay: the books refer to them." in error.getvalue()
    assert (Customer.objects.count(), ledger()) == (1, [])


def test_with_nothing_to_pay_only_the_entry_is_reversed_and_the_customer_stays(bring, invoicing):
    invoicing.seller()
    paid = replace(SMALL, totals=replace(SMALL.totals, prepaid=D("119.00"), payable=D("0.00")))
    answer = bring(write(paid, UBL))
    assert (Customer.objects.count(), OpenItem.objects.count()) == (1, 0)
    assert ledger() != []
    undone = told(answer["import_run"])
    assert (undone.taken_back, ledger(), proof(), Customer.objects.count()) == (1, [], [], 1)


def test_a_credit_note_and_its_invoice_of_one_archive_go_together(company, bring):
    first = bring(write(SMALL, UBL))
    archive = packed(a=write(credit_note(), UBL), b=write(replace(SMALL, number="R-2"), UBL),
                     c=write(credit_note("G-2", "R-2"), "cii"))  # fmt: skip
    answer = bring(archive)
    assert (answer["created"], answer["rejected"], answer["entity"]) == (3, 0, company.code)
    assert [each["number"] for each in answer["documents"]] == ["G-1", "R-2", "G-2"]
    assert OpenItem.objects.exclude(open_amount=0).count() == 0
    assert refused(first["import_run"]).keys() == {"later documents over its invoices", "allocations made since"}
    undone = told(answer["import_run"])
    assert (undone.taken_back, proof()) == (3, [])
    assert [item.number for item in OpenItem.objects.exclude(open_amount=0)] == ["R-1"]
    told(first["import_run"])
    assert (Invoice.objects.count(), ledger()) == (0, [])
    assert bring(archive)["created"] == 3


def test_what_of_an_archive_is_refused_says_why_by_its_name_and_the_others_come_in(company, bring, tmp_path):
    wrong = replace(SMALL, number="R-9", totals=replace(SMALL.totals, payable=D("118.00")))
    stranger = replace(SMALL, number="R-8", buyer=replace(SMALL.buyer, name="Stranger"),
                       lines=(replace(SMALL.lines[0], unit="ZZ"),))  # fmt: skip
    content = packed(a=write(SMALL, UBL), b=write(wrong, UBL), c=b"a note", d=write(SMALL, "facturx"),
                     e=write(stranger, UBL))  # fmt: skip
    answer = bring(content)
    assert (answer["created"], answer["unchanged"], answer["rejected"], answer["exit"]) == (1, 1, 3, 0)
    assert [(each["name"], [p["rule"] for p in each["problems"]]) for each in answer["documents"]] == [
        ("2026/a", []), ("2026/b", ["BR-CO-16"]), ("2026/c", ["unreadable"]), ("2026/d", []),
        ("2026/e", ["BR-CL-23"]),
    ]  # fmt: skip
    assert not Customer.objects.filter(name="Stranger").exists()
    run = ImportRun.objects.get()
    assert (run.rows, run.created, run.unchanged, run.rejected) == (5, 1, 1, 3)
    folder = tmp_path / "folder"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        archive.extractall(folder)
    (folder / ".DS_Store").write_bytes(b"x")
    assert [each.name for each in archives.given(folder)] == [f"2026/{name}" for name in "abcde"]
    out = StringIO()
    call_command("load", "invoices", str(folder), stdout=out, stderr=StringIO())
    assert "R-1 of" in out.getvalue()
    assert "2026/c is refused:" in out.getvalue()


def test_an_archive_of_which_nothing_comes_in_writes_nothing(company, bring):
    answer = bring(packed(a=b"<html/>", b=b""))
    assert (answer["rejected"], answer["import_run"], answer["exit"]) == (2, None, 2)
    assert not ImportRun.objects.exists()
    assert bring(packed())["documents"][0]["problems"][0]["text"] == "It holds no documents."
    assert bring(packed(a=write(SMALL, UBL))[:-40])["exit"] == 2
    assert not Invoice.objects.exists()


def test_an_archive_takes_back_by_as_many_statements_as_one(company, bring):
    def statements(count: int, first: int) -> int:
        names = {f"f{n}": write(replace(SMALL, number=f"R-{n}"), UBL) for n in range(first, first + count)}
        run = bring(packed(**names))["import_run"]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert told(run).taken_back == count
        return len(asked)

    assert statements(1, 100) == statements(12, 200)


def actor_of(given) -> Actor:
    return Actor.of(given.user("carl"))


def dispute(given, item):
    disputes.open(item, reason="Wrong price", on=clock.today(), actor=actor_of(given))


def hold(given, item):
    on = clock.today()
    holds.place(customer=item.customer, entity=item.entity, item=item, reason="Talks", from_on=on,
                until=on + timedelta(days=3), actor=actor_of(given))  # fmt: skip


def promise(given, item):
    on = clock.today()
    promises.record(entity=item.entity, customer=item.customer, promised_on=on, pay_by=on,
                    items=[(item, item.amount)], actor=actor_of(given))  # fmt: skip


def pay(given, item):
    given.pay(item)


def unpaid(given, item):
    receipt = given.receipt("40.00 EUR", customer=item.customer, on=DAY)
    (allocation,) = cash.apply(receipt.item, [cash.Split(item, D(40))], on=DAY, actor=SYSTEM)
    cash.unapply(allocation, on=DAY, actor=SYSTEM)


def write_off(given, item):
    cash.write_off(item, D(119), reason="bad_debt", note="Gone", on=clock.today(), actor=SYSTEM)


def credit(given, item):
    correcting.credit(Invoice.objects.get(), actor=SYSTEM)


def cancel(given, item):
    correcting.cancel(Invoice.objects.get(), actor=SYSTEM)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (dispute, "disputes"), (hold, "holds"), (promise, "promised items"), (pay, "allocations made since"),
        (credit, "later documents over its invoices"), (cancel, "later documents over its invoices"),
    ],
)  # fmt: skip
def test_refused_where_something_was_done_about_it(company, bring, given, act, what):
    answer = bring(write(SMALL, UBL))
    act(given, OpenItem.objects.get())
    assert what in refused(answer["import_run"])


def test_money_that_was_taken_off_again_is_no_hindrance(company, bring, given):
    answer = bring(write(SMALL, UBL))
    unpaid(given, OpenItem.objects.get())
    assert told(answer["import_run"]).taken_back == 1
    assert [item.open_amount for item in OpenItem.objects.exclude(open_amount=0)] == [D(-40)]


def test_what_was_reversed_in_closed_books_is_reversed_today(company, bring):
    answer = bring(write(SMALL, UBL))
    closing.close(company, date(2026, 10, 31), actor=SYSTEM)
    told(answer["import_run"])
    assert (ledger(), Entry.objects.get(kind="reversal").effective_on) == ([], date(2026, 11, 20))


def test_what_came_from_the_erp_is_not_handed_to_its_ledger_nor_is_its_reversal(company, bring, invoicing):
    chart.map_to(company, chart.STANDARD, actor=SYSTEM)
    told(bring(write(SMALL, UBL))["import_run"])
    days = (date(2026, 1, 1), date(2026, 12, 31))
    assert journal.export(company, *days, actor=SYSTEM) is None
    invoicing.issue()  # what is invoiced here is
    assert journal.export(company, *days, actor=SYSTEM).entries == 1
    LegalEntity.objects.update(books_kept_by="o2c")
    company.refresh_from_db()
    assert journal.export(company, *days, actor=SYSTEM).entries == 2


def test_a_table_with_numbers_of_its_own_is_taken_back_and_one_that_was_numbered_here_is_not(company, load, invoicing):
    invoicing.buyer("C1")
    answer = load("invoices", file(*GOOD), MAP)
    assert told(answer["import_run"]).taken_back == 2
    assert (Invoice.objects.count(), ledger(), proof()) == (0, [], [])
    assert counts(load("invoices", file(*GOOD), MAP)) == (3, 0, 0, 0)
    columns = {**MAP["columns"], "external_id": "Invoice"}
    del columns["number"]
    numbered = load("invoices", file(GOOD[2].replace("R-2", "X-2")), {**MAP, "columns": columns})
    assert Invoice.objects.get(external_id="X-2").numbered_here
    what = refused(numbered["import_run"])
    assert [*what] == ["documents that were numbered here and are cancelled one by one"]


def test_what_an_earlier_version_loaded_is_refused(company, bring):
    answer = bring(write(SMALL, UBL))
    ImportRun.objects.update(marks={"context": "", "sequences": {}, "events": {}, "ended": ""})
    with pytest.raises(UndoRefused, match="version that kept nothing"):
        told(answer["import_run"])


def test_the_database_lets_go_only_of_what_is_reversed(company, bring):
    bring(write(SMALL, UBL))
    for rows in (InvoiceLine.objects.all(), Invoice.objects.all()):
        with pytest.raises(DatabaseError, match="issued"), transaction.atomic():
            rows._raw_delete("default")
    assert InvoiceLine.objects.count() == 1


# --- At once


@pytest.fixture
def loaded(transactional_db, invoicing, bring):
    invoicing.seller()
    invoicing.buyer("K-1", name="Atelier SARL", country="FR", vat_id="")
    return ImportRun.objects.get(pk=bring(write(SMALL, UBL))["import_run"])


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_it_back_once(loaded):
    results = at_once(*[lambda: undo(loaded, actor=SYSTEM)] * 2)
    assert sorted(result.already for result in results) == [False, True]
    assert (ledger(), Entry.objects.count(), proof()) == ([], 2, [])


@pytest.mark.django_db(transaction=True)
def test_a_payment_meanwhile_is_either_in_the_way_or_finds_nothing_open(given, loaded):
    item = OpenItem.objects.get()
    receipt = given.receipt("119.00 EUR", customer=item.customer, on=DAY)
    undone, applied = at_once(
        lambda: undo(loaded, actor=SYSTEM),
        lambda: cash.apply(receipt.item, [cash.Split(item, D(119))], on=DAY, actor=SYSTEM),
    )
    loaded.refresh_from_db()
    if isinstance(undone, UndoRefused):
        assert (loaded.undone_at, len(applied), Invoice.objects.count()) == (None, 1, 1)
    else:
        assert isinstance(applied, cash.OverApplied)
        assert (undone.taken_back, Invoice.objects.count()) == (1, 0)
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_a_cancelling_or_crediting_meanwhile_is_either_in_the_way_or_finds_nothing(loaded):
    invoice = Invoice.objects.get()

    def credit():
        return issuing.issue(correcting.credit(invoice, actor=SYSTEM), actor=SYSTEM)

    undone, cancelled = at_once(lambda: undo(loaded, actor=SYSTEM), credit)
    if isinstance(undone, UndoRefused):
        assert Invoice.objects.count() == 2
    else:
        assert (Invoice.objects.count(), ledger()) == (0, [])
        assert isinstance(cancelled, InvoiceRefused), cancelled
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_archive_twice_at_once_is_once(loaded, tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(packed(a=write(replace(SMALL, number="R-2"), UBL), b=write(credit_note(of="R-2"), UBL)))

    def load():
        return coming.load(archives.given(path), seen=LegalEntity.objects.all(), actor=SYSTEM, file_name="all.zip")

    both = at_once(load, load)
    assert sorted((each.created, each.unchanged) for each in both) == [(0, 2), (2, 0)]
    assert (Invoice.objects.count(), proof()) == (3, [])
