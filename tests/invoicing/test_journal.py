"""Handing entries over to the general ledger: once, in the company's accounts, never back to where they came from."""

import csv
import json
import threading
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.core.actors import SYSTEM
from o2c.invoicing import cash, chart, items, journal
from o2c.invoicing.journal import JournalRefused
from o2c.invoicing.models import Entry, ExportedEntry, JournalExport, LedgerAccount, OpenItem, Posting, Receipt
from o2c.orders.models import LegalEntity
from tests.given import DAY, Given

CODES = {role: f"C{number:04}" for number, role in enumerate(LedgerAccount.Role, start=1)}


@pytest.fixture
def entity(given):
    entity = given.entity()
    chart.map_to(entity, CODES, actor=SYSTEM)
    return entity


def keeps(entity: LegalEntity, keeper: str) -> LegalEntity:
    LegalEntity.objects.filter(pk=entity.pk).update(books_kept_by=keeper)
    entity.refresh_from_db()
    return entity


def read(made: JournalExport) -> list[dict]:
    return list(csv.DictReader(StringIO("".join(journal.as_csv(made)))))


def all_of(entity, **more) -> JournalExport | None:
    return journal.export(entity, DAY - timedelta(days=100), DAY + timedelta(days=100), actor=SYSTEM, **more)


def from_the_erp(given, entity, number="ERP-1") -> OpenItem:
    return items.book(
        entity=entity, customer=given.customer(entity=entity), kind=OpenItem.Kind.INVOICE, amount=Decimal("100.00"),
        currency="EUR", issued_on=DAY, due_on=DAY, number=number, against=LedgerAccount.Role.REVENUE,
        entry_kind=Entry.Kind.ITEM, actor=SYSTEM, source="erp", external_id=number,
    )  # fmt: skip


def test_entries_are_written_in_the_companys_own_accounts(given, entity):
    receipt = given.receipt("970.00 EUR", customer=given.customer("C-7"))
    made = all_of(entity)
    rows = read(made)
    assert made.entries == 1
    assert sorted((row["account"], row["debit"], row["credit"]) for row in rows)[::-1] == [
        (CODES["cash"], "970.00", ""),
        (CODES["receivables"], "", "970.00"),
    ]
    assert {(row["day"], row["customer"], row["kind"], row["currency"]) for row in rows} == {
        ("2026-03-02", "C-7", "receipt", "EUR")
    }
    told = json.loads("".join(journal.as_json(made)))
    assert told["entries"][0]["entry"] == receipt.item.entry_id
    assert {posting["account"] for posting in told["entries"][0]["postings"]} == {
        CODES["receivables"], CODES["cash"],
    }  # fmt: skip


def test_while_an_account_is_not_mapped_nothing_is_exported_and_it_is_named(given, entity):
    given.receipt("970.00 EUR", customer=given.customer())
    chart.map_to(entity, {"cash": "", "write_off": ""}, actor=SYSTEM)
    with pytest.raises(JournalRefused, match="1360 Cash in clearing; 6930 Small differences and bad debt"):
        all_of(entity)
    assert not JournalExport.objects.exists()
    assert not ExportedEntry.objects.exists()


def test_nothing_is_exported_twice_unless_asked(given, entity):
    given.receipt("970.00 EUR", customer=given.customer())
    first = all_of(entity)
    assert all_of(entity) is None
    given.receipt("30.00 EUR", customer=given.customer())
    second = all_of(entity)
    assert {row["debit"] for row in read(second)} == {"30.00", ""}
    repeated = all_of(entity, again=True)
    assert (first.entries, second.entries, repeated.entries) == (1, 1, 2)
    assert all_of(entity) is None
    assert JournalExport.objects.count() == 3
    # the posted rows know nothing of it
    assert Posting.objects.count() == 4


def test_an_export_reads_the_same_after_the_chart_has_changed(given, entity):
    given.receipt("970.00 EUR", customer=given.customer())
    made = all_of(entity)
    before = "".join(journal.as_csv(made))
    chart.map_to(entity, {"cash": "9999"}, actor=SYSTEM)
    assert "".join(journal.as_csv(JournalExport.objects.get(pk=made.pk))) == before


def test_what_came_from_the_erp_is_never_given_back_nor_is_its_reversal(given, entity):
    keeps(entity, "erp")
    item = from_the_erp(given, entity)
    cancelled = from_the_erp(given, entity, "ERP-2")
    items.cancel(cancelled, on=DAY, actor=SYSTEM)
    cash.receive(
        entity=entity, customer=item.customer, amount=Decimal("5.00"), currency="EUR", received_on=DAY,
        method=Receipt.Method.TRANSFER, actor=SYSTEM, source="erp", external_id="R1",
    )  # fmt: skip
    assert all_of(entity) is None
    bounced = given.receipt("50.00 EUR", customer=item.customer)
    cash.reverse(bounced, on=DAY, actor=SYSTEM)
    assert {row["entry"] for row in read(all_of(entity))} == {
        str(pk) for pk in Entry.objects.order_by("-pk").values_list("pk", flat=True)[:2]
    }


def test_where_o2c_keeps_the_books_everything_is_exported(given, entity):
    keeps(entity, "o2c")
    from_the_erp(given, entity)
    given.receipt("50.00 EUR", customer=given.customer())
    assert all_of(entity).entries == 2


def test_long_exports_are_read_in_pieces_without_losing_a_line(given, entity, monkeypatch):
    monkeypatch.setattr(journal, "AT_ONCE", 3)
    for cents in range(1, 8):
        given.receipt(f"{cents}.00 EUR", customer=given.customer(f"C{cents}"))
    rows = read(all_of(entity))
    assert len(rows) == 14
    assert sorted(row["debit"] for row in rows if row["debit"]) == [f"{cents}.00" for cents in range(1, 8)]


def test_cells_that_a_spreadsheet_would_run_are_disarmed(given, entity):
    receipt = given.receipt("5.00 EUR", customer=given.customer("=C1"))
    assert receipt.item.customer.number == "=C1"
    assert {row["customer"] for row in read(all_of(entity))} == {"'=C1"}


@pytest.mark.django_db(transaction=True)
def test_two_exports_at_once_share_the_entries_between_them():
    given = Given()
    entity = given.entity()
    chart.map_to(entity, CODES, actor=SYSTEM)
    customer = given.customer()
    for _ in range(10):
        given.receipt("1.00 EUR", customer=customer)
    barrier, made = threading.Barrier(4), []

    def work():
        try:
            barrier.wait(timeout=30)
            made.append(all_of(entity))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(export.entries for export in made if export) == [10]
    assert ExportedEntry.objects.values("entry").distinct().count() == ExportedEntry.objects.count() == 10


# --- The command


def test_the_command_writes_a_file_and_says_when_there_is_nothing(given, entity, tmp_path, capsys):
    given.receipt("970.00 EUR", customer=given.customer())
    words = ["journal", "export", "--entity", "DE1", "--from", "2026-03-01", "--until", "2026-03-31"]
    call_command(*words, "--to", tmp_path / "journal.csv")
    assert (tmp_path / "journal.csv").read_text().count("\n") == 3
    call_command(*words)
    said = capsys.readouterr()
    assert said.out == ""
    assert "Nothing to export" in said.err
    call_command(*words, "--again", "--format", "json")
    assert len(json.loads(capsys.readouterr().out)["entries"]) == 1


def test_the_command_refuses_what_it_cannot_do(given, entity):
    with pytest.raises(CommandError, match="no legal entity XX"):
        call_command("journal", "export", "--entity", "XX", "--from", "2026-03-01", "--until", "2026-03-31")
    with pytest.raises(CommandError, match="is after"):
        call_command("journal", "export", "--entity", "DE1", "--from", "2026-03-31", "--until", "2026-03-01")
    chart.map_to(entity, {"cash": ""}, actor=SYSTEM)
    with pytest.raises(CommandError, match="1360 Cash in clearing"):
        call_command("journal", "export", "--entity", "DE1", "--from", "2026-03-01", "--until", "2026-03-31")
