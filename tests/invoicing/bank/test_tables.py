"""Statements that banks export as tables: read by a map, known again in any format, and taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports import guess, looking
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing import banks
from o2c.invoicing.bank import keeping, setting_aside
from o2c.invoicing.bank.identity import Told, meet
from o2c.invoicing.bank.tables import BANK_LINES
from o2c.invoicing.models import BankAccount, BankLine, BankStatement, Entry, Posting
from o2c.invoicing.proof import proof
from o2c.web.loading import undo
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import counts, found, real
from tests.imports.workbooks_given import table, workbook
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement

pytestmark = pytest.mark.django_db

SIMPLE = {
    "columns": {"booked_on": "Day", "amount": "Amount", "party_name": "Name", "remittance": "Text"},
    "constants": {"account": IBAN},
    "currency": "EUR",
}
HEADER = "Day;Amount;Name;Text\n"
TWO = HEADER + "2026-03-02;100.00;Acme;A\n2026-03-02;-30.00;Landlord;B\n"


@pytest.fixture
def account(given) -> BankAccount:
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


def other_account(given, iban: str = "", number: str = "", currency: str = "EUR") -> BankAccount:
    return banks.open_account(
        given.entity(), name=f"Bank {iban or number}", currency=currency, iban=iban, account_number=number, actor=SYSTEM
    )  # fmt: skip


def lines() -> list[tuple]:
    return list(BankLine.objects.order_by("id").values_list("booked_on", "amount", "party_name", "remittance"))


def books() -> dict[str, Decimal]:
    summed = Posting.objects.values_list("account__role").annotate(Sum("amount"))
    return {role: total for role, total in summed if total}


def swift_in(*entries: str, **facts) -> keeping.Loaded:
    return keeping.load(
        camt(statement(*entries, **facts)), name="bank.xml", seen=BankAccount.objects.all(), actor=SYSTEM
    )


# --- Amounts, days, our account


def test_a_table_becomes_a_statement_with_its_lines_in_the_books(load, account):
    answer = load("bank-lines", TWO, SIMPLE)
    assert counts(answer) == (2, 0, 0, 0)
    assert lines() == [
        (date(2026, 3, 2), Decimal(100), "Acme", "A"),
        (date(2026, 3, 2), Decimal(-30), "Landlord", "B"),
    ]
    kept = BankStatement.objects.get()
    assert (kept.format, kept.kind, kept.account, kept.line_count) == ("table", "statement", account, 2)
    assert (kept.arithmetic_ok, kept.flags, kept.file_name) == (None, [], "file.csv")
    assert kept.import_run_id == answer["import_run"]
    assert books() == {"bank": Decimal(70), "cash": Decimal(-70)}
    assert proof() == []


def test_loading_again_adds_nothing_and_true_repeats_stay(load, account):
    twice = HEADER + "2026-03-02;9.99;Acme;Fee\n2026-03-02;9.99;Acme;Fee\n2026-03-02;9.99;Acme;Fee\n"
    assert counts(load("bank-lines", twice, SIMPLE)) == (3, 0, 0, 0)
    assert counts(load("bank-lines", twice, SIMPLE)) == (0, 0, 3, 0)
    longer = twice + "2026-03-02;9.99;Acme;Fee\n2026-03-03;9.99;Acme;Fee\n"
    assert counts(load("bank-lines", longer, SIMPLE)) == (2, 0, 3, 0)
    assert BankLine.objects.count() == 5
    assert proof() == []


def test_debit_and_credit_columns(load, account):
    mapping = {**SIMPLE, "columns": {"booked_on": "Day", "credit": "In", "debit": "Out"}, "decimal": ","}
    rows = "Day;In;Out\n2026-03-02;1.000,50;\n2026-03-02;;20,00\n2026-03-02;0,00;-3,40\n2026-03-02;5,00;5,00\n"
    answer = load("bank-lines", rows, mapping)
    assert answer["exit"] == 2
    assert "both signs" in answer["refused"]
    answer = load("bank-lines", rows.replace("-3,40", "3,40"), mapping)
    assert counts(answer) == (3, 0, 0, 1)
    assert [amount for _, amount, _, _ in lines()] == [Decimal("1000.50"), Decimal(-20), Decimal("-3.40")]
    assert found(answer)[0][:4] == ("5", "Out", "5.0000", "stands beside a credit: it came in or it went out")
    # what is left out of a file makes its statement one of which nothing is applied by itself
    assert BankStatement.objects.get().flags == ["incomplete"]


def test_an_amount_with_its_direction_beside_it(load, account):
    mapping = {**SIMPLE, "columns": {"booked_on": "Day", "amount": "Amount", "direction": "DC"}}
    rows = (
        "Day;Amount;DC\n2026-03-02;10.00;C\n2026-03-02;4.00;S\n2026-03-02;-5.00;Af\n2026-03-02;-6.00;Bij\n"
        "2026-03-02;7.00;\n2026-03-02;8.00;sideways\n"
    )
    answer = load("bank-lines", rows, mapping)
    assert [amount for _, amount, _, _ in lines()] == [Decimal(10), Decimal(-4), Decimal(-5)]
    assert [row[:4] for row in found(answer)] == [
        ("5", "Amount", "-6.0000", "is negative, and said to have come in"),
        ("6", "DC", "", "is missing"),
        ("7", "DC", "sideways", "is none of in, out"),
    ]


def test_a_map_must_say_where_the_money_stands(load, account):
    answer = load("bank-lines", TWO, {**SIMPLE, "columns": {"booked_on": "Day"}})
    assert (answer["exit"], "'amount' or 'credit' or 'debit'" in answer["refused"]) == (2, True)


def test_rows_of_accounts_that_are_not_ours_are_rejected(load, account, given):
    mapping = {**SIMPLE, "columns": {**SIMPLE["columns"], "account": "Account"}, "constants": {}}
    rows = (
        f"Day;Amount;Name;Text;Account\n2026-03-02;1.00;A;x;{IBAN}\n2026-03-02;2.00;B;y;DE89370400440532013000\n"
        "2026-03-02;3.00;C;z;0000202051\n"
    )
    answer = load("bank-lines", rows, mapping)
    assert counts(answer) == (2, 0, 0, 1)
    assert found(answer)[0][3].startswith("None of our bank accounts is DE89370400440532013000 in EUR.")
    assert BankStatement.objects.count() == 1
    assert [amount for _, amount, _, _ in lines()] == [Decimal(1), Decimal(3)]


def test_a_table_of_two_accounts_makes_two_statements(load, account, given):
    second = other_account(given, iban="DE89370400440532013000")
    mapping = {**SIMPLE, "columns": {**SIMPLE["columns"], "account": "Account"}, "constants": {}}
    rows = (
        f"Day;Amount;Name;Text;Account\n2026-03-02;1.00;A;x;{IBAN}\n2026-03-02;2.00;B;y;{second.iban}\n"
        f"2026-03-03;3.00;C;z;{IBAN}\n"
    )
    assert counts(load("bank-lines", rows, mapping)) == (3, 0, 0, 0)
    assert sorted(BankStatement.objects.values_list("account_id", "line_count")) == sorted(
        [(account.pk, 2), (second.pk, 1)]
    )
    assert proof() == []


def test_pending_lines_are_kept_and_are_no_money(load, account):
    mapping = {**SIMPLE, "columns": {**SIMPLE["columns"], "status": "Info"}}
    rows = "Day;Amount;Name;Text;Info\n2026-03-02;5.00;A;x;Umsatz vorgemerkt\n2026-03-02;6.00;B;y;Umsatz gebucht\n"
    assert counts(load("bank-lines", rows, mapping)) == (2, 0, 0, 0)
    assert list(BankLine.objects.order_by("id").values_list("status", "is_money")) == [
        ("pending", False),
        ("booked", True),
    ]


def test_references_in_the_text_are_read_and_columns_are_joined(load, account):
    columns = {**SIMPLE["columns"], "remittance_2": "More", "party_account": "IBAN"}
    rows = (
        "Day;Amount;Name;Text;More;IBAN\n"
        "2026-03-02;5.00;A;EREF+RG 4711MREF+M1CRED+DE98ZZZ09999999999SVWZ+Invoice 4711;;DE13 3807 0059 0045 3357 00\n"
        "2026-03-02;6.00;B;Invoice 1;and 2;12345\n"
    )
    load("bank-lines", rows, {**SIMPLE, "columns": columns})
    first, second = BankLine.objects.order_by("id")
    assert (first.end_to_end_id, first.mandate_id, first.remittance) == ("RG 4711", "M1", "Invoice 4711")
    assert (first.party_iban, second.party_iban, second.party_account) == ("DE13380700590045335700", "", "12345")
    assert second.remittance == "Invoice 1\nand 2"


# --- Balances

WITH_BALANCE = {**SIMPLE, "columns": {**SIMPLE["columns"], "balance": "Balance"}}


def test_balances_open_and_close_the_statement_whichever_way_it_runs(load, account):
    rows = ["2026-03-01;100.00;A;x;600.00", "2026-03-02;-30.00;B;y;570.00", "2026-03-02;5.00;C;z;575.00"]
    header = "Day;Amount;Name;Text;Balance"
    load("bank-lines", "\n".join([header, *reversed(rows)]), WITH_BALANCE)
    kept = BankStatement.objects.get()
    assert (kept.opening, kept.closing, kept.arithmetic_ok, kept.closing_on) == (
        Decimal(500), Decimal(575), True, date(2026, 3, 2),
    )  # fmt: skip
    assert [amount for _, amount, _, _ in lines()] == [Decimal(100), Decimal(-30), Decimal(5)]
    assert books() == {"bank": Decimal(575), "cash": Decimal(-75), "opening": Decimal(-500)}
    assert proof() == []
    # the other way round it is the same statement
    assert counts(load("bank-lines", "\n".join([header, *rows]), WITH_BALANCE)) == (0, 0, 3, 0)
    assert BankStatement.objects.count() == 1


def test_a_balance_that_does_not_follow_flags_the_statement(load, account):
    rows = (
        "Day;Amount;Name;Text;Balance\n2026-03-01;100.00;A;x;600.00\n2026-03-02;-30.00;B;y;580.00\n"
        "2026-03-02;5.00;C;z;585.00\n"
    )
    answer = load("bank-lines", rows, WITH_BALANCE)
    assert counts(answer) == (3, 0, 0, 0)
    assert [(row[0], row[3], row[4]) for row in found(answer)] == [
        ("3", "does not follow from the balance before it and the amount", "warning")
    ]
    kept = BankStatement.objects.get()
    assert (kept.arithmetic_ok, kept.flags) == (False, ["arithmetic"])
    assert "balances do not follow" in answer["notes"][0]


def test_a_balance_may_stand_on_some_lines_only(load, account):
    rows = (
        "Day;Amount;Name;Text;Balance\n2026-03-01;100.00;A;x;\n2026-03-01;1.00;B;y;601.00\n2026-03-02;5.00;C;z;\n"
        "2026-03-02;6.00;D;z;612.00\n2026-03-03;1.00;E;z;\n"
    )
    load("bank-lines", rows, WITH_BALANCE)
    kept = BankStatement.objects.get()
    assert (kept.opening, kept.closing, kept.arithmetic_ok) == (Decimal(500), Decimal(613), True)


# --- The same lines in other formats


def test_what_a_camt_file_told_is_known(load, account):
    swift_in(entry("100.00", name="Acme", text="A"), entry("9.99", text="Fee"), entry("9.99", text="Fee"))
    rows = TWO + "2026-03-02;9.99;Acme;Fee\n2026-03-02;9.99;;Fee\n2026-03-02;9.99;;Fee\n"
    # the payment to the landlord and one of three equal ones are new
    assert counts(load("bank-lines", rows, SIMPLE)) == (2, 0, 3, 0)
    assert counts(load("bank-lines", rows, SIMPLE)) == (0, 0, 5, 0)
    assert BankLine.objects.filter(amount=Decimal("9.99")).count() == 3
    assert proof() == []


def test_what_a_table_told_is_known_to_a_camt_file(load, account):
    load("bank-lines", TWO, SIMPLE)
    loaded = swift_in(
        entry("100.00", name="Acme", text="A"), entry("-30.00", text="rent"), entry("7.00"), entry("100.00")
    )
    assert (loaded.created, loaded.unchanged) == (2, 2)
    again = swift_in(
        entry("100.00", name="Acme", text="A"), entry("-30.00", text="rent"), entry("7.00"), entry("100.00")
    )
    assert (again.created, again.unchanged) == (0, 4)
    assert proof() == []


def test_the_banks_reference_makes_a_line_the_same_in_every_format(load, account):
    swift_in(entry("50.00", reference="R1"), entry("50.00", reference="R2"))
    mapping = {**SIMPLE, "columns": {**SIMPLE["columns"], "bank_reference": "Ref"}}
    rows = "Day;Amount;Name;Text;Ref\n2026-03-02;50.00;A;x;R1\n2026-03-02;50.00;A;x;R3\n"
    # as R1 shows that the references are of one list, R3 is not R2
    assert counts(load("bank-lines", rows, mapping)) == (1, 0, 1, 0)
    assert set(BankLine.objects.values_list("bank_reference", flat=True)) == {"R1", "R2", "R3"}


def test_references_of_different_lists_say_nothing(load, account):
    swift_in(entry("50.00", reference="R1"), entry("51.00", reference="R2"))
    mapping = {**SIMPLE, "columns": {**SIMPLE["columns"], "bank_reference": "No"}}
    rows = "Day;Amount;Name;Text;No\n2026-03-02;50.00;A;x;1\n2026-03-02;51.00;A;x;2\n"
    assert counts(load("bank-lines", rows, mapping)) == (0, 0, 2, 0)


def test_two_accounts_on_the_other_side_are_two_payments():
    ours = [Told(1, iban="DE1"), Told(2, iban="DE2")]
    theirs = [Told(11, iban="DE2"), Told(12, iban="DE3"), Told(13)]
    assert sorted(meet(ours, theirs, same_references=False)) == [(1, 13), (2, 11)]
    assert meet([Told(1, end_to_end_id="a")], [Told(2, end_to_end_id="b")], same_references=False) == []


# --- Taking it back


def test_a_load_is_taken_back_and_may_come_again(load, account):
    answer = load("bank-lines", "Day;Amount;Name;Text;Balance\n2026-03-02;100.00;A;x;600.00\n", WITH_BALANCE)
    run = ImportRun.objects.get(pk=answer["import_run"])
    undone = undo(run, actor=Actor("ada"))
    assert undone.taken_back == 1
    assert not BankLine.objects.exists()
    assert not BankStatement.objects.exists()
    assert books() == {}
    assert (
        sorted(Entry.objects.filter(reverses__isnull=False).values_list("effective_on", "actor"))
        == [(date(2026, 3, 2), "ada")] * 2
    )
    assert proof() == []
    assert undo(run, actor=Actor("ada")).already
    assert counts(load("bank-lines", "Day;Amount;Name;Text;Balance\n2026-03-02;10.00;A;x;510.00\n", WITH_BALANCE)) == (
        1, 0, 0, 0,
    )  # fmt: skip
    assert books() == {"bank": Decimal(510), "cash": Decimal(-10), "opening": Decimal(-500)}
    assert proof() == []


def test_what_was_there_before_opens_the_account_again(load, account):
    """The table was the account's earliest statement; when it goes the next one is."""
    first = load("bank-lines", "Day;Amount;Name;Text;Balance\n2026-03-01;100.00;A;x;600.00\n", WITH_BALANCE)
    swift_in(entry("5.00"), opening="600.00", closing="605.00")
    undo(ImportRun.objects.get(pk=first["import_run"]), actor=SYSTEM)
    assert books() == {"bank": Decimal(605), "cash": Decimal(-5), "opening": Decimal(-600)}
    assert proof() == []


def test_it_is_not_taken_back_once_its_money_is_used(load, account):
    answer = load("bank-lines", TWO, SIMPLE)
    setting_aside.set_aside(BankLine.objects.get(amount=-30), reason="Rent", on=date(2026, 3, 2), actor=SYSTEM)
    with pytest.raises(UndoRefused) as refused:
        undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)
    assert [each.count for each in refused.value.built] == [1]
    assert BankLine.objects.count() == 2
    assert proof() == []


def test_it_is_not_taken_back_where_a_later_file_left_out_what_it_brought(load, account):
    answer = load("bank-lines", TWO, SIMPLE)
    swift_in(entry("100.00", name="Acme", text="A"), entry("7.00"))
    with pytest.raises(UndoRefused) as refused:
        undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)
    assert [each.what for each in refused.value.built] == ["statements loaded since that have lines in common with it"]


def test_the_database_lets_no_other_line_go(load, account):
    swift_in(entry("100.00"))
    load("bank-lines", HEADER + "2026-03-05;1.00;A;x\n", SIMPLE)
    for amount in (100, 1):
        with pytest.raises(IntegrityError, match="stays said"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM invoicing_bankline WHERE amount = %s", [amount])
    assert BankLine.objects.count() == 2


def test_a_trial_keeps_nothing(load, account):
    assert counts(load("bank-lines", TWO, SIMPLE, dry_run=True)) == (2, 0, 0, 0)
    assert not BankStatement.objects.exists()
    assert not Entry.objects.exists()


def test_a_workbook(load, account, tmp_path):
    path = tmp_path / "bank.xlsx"
    path.write_bytes(workbook({"Bank": table(["Day", "Amount", "Name", "Text"], ["2026-03-02", 12.5, "Acme", "A"])}))
    assert counts(load("bank-lines", path, SIMPLE)) == (1, 0, 0, 0)
    assert lines() == [(date(2026, 3, 2), Decimal("12.50"), "Acme", "A")]


# --- What banks export

LAYOUTS = {
    "Sparkasse": (
        "DE02120300000000202051", "EUR",
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";'
        '"Mandatsreferenz";"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";'
        '"Auslagenersatz Ruecklastschrift";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";'
        '"Betrag";"Waehrung";"Info"\n'
        '"DE02120300000000202051";"30.01.26";"31.01.26";"GUTSCHR. UEBERWEISUNG";"Rechnung 4711";"";"";"E-1";"";"";"";'
        '"Müller GmbH";"DE89370400440532013000";"COBADEFFXXX";"1.234,50";"EUR";"Umsatz gebucht"\n'
        '"DE02120300000000202051";"29.01.26";"29.01.26";"FOLGELASTSCHRIFT";"Strom";"";"M-7";"";"";"";"";"Stadtwerke";'
        '"DE13380700590045335700";"DEUTDEDK380";"-36,99";"EUR";"Umsatz vorgemerkt"\n',
        [("booked", date(2026, 1, 30), "1234.50", "Müller GmbH", "DE89370400440532013000", "Rechnung 4711"),
         ("pending", date(2026, 1, 29), "-36.99", "Stadtwerke", "DE13380700590045335700", "Strom")],
    ),
    "a Volksbank": (
        "DE02120300000000202051", "EUR",
        "Bezeichnung Auftragskonto;IBAN Auftragskonto;BIC Auftragskonto;Bankname Auftragskonto;Buchungstag;Valutadatum;"
        "Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;BIC (SWIFT-Code) Zahlungsbeteiligter;Buchungstext;"
        "Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung;Bemerkung;Kategorie\n"
        "Konto;DE02120300000000202051;GENODEF1;VR Bank;30.01.2026;30.01.2026;Müller GmbH;DE89370400440532013000;"
        "COBADEFFXXX;Überweisungsgutschr.;RG 4711;1.234,50;EUR;2.234,50;;\n"
        "Konto;DE02120300000000202051;GENODEF1;VR Bank;29.01.2026;29.01.2026;Stadtwerke;DE13380700590045335700;"
        "DEUTDEDK380;Basislastschrift;Strom;-36,99;EUR;1.000,00;;\n",
        [("booked", date(2026, 1, 30), "1234.50", "Müller GmbH", "DE89370400440532013000", "RG 4711"),
         ("booked", date(2026, 1, 29), "-36.99", "Stadtwerke", "DE13380700590045335700", "Strom")],
    ),
    "DKB, payer and payee apart": (
        "DE02120300000000202051", "EUR",
        '"Girokonto";"DE02120300000000202051"\n""\n"Kontostand vom 31.01.2026:";"2.234,50 €"\n""\n'
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"\n'
        '"30.01.26";"30.01.26";"Gebucht";"Müller GmbH";"Wir";"RG 4711";"Eingang";"DE89370400440532013000";'
        '"1.234,50";"";"";""\n'
        '"29.01.26";"29.01.26";"Gebucht";"Wir";"Stadtwerke";"Strom";"Ausgang";"DE13380700590045335700";"-36,99";"";"";""\n',
        [("booked", date(2026, 1, 30), "1234.50", "Müller GmbH", "DE89370400440532013000", "RG 4711"),
         ("booked", date(2026, 1, 29), "-36.99", "Stadtwerke", "DE13380700590045335700", "Strom")],
    ),
    "ING in the Netherlands": (
        "NL91ABNA0417164300", "EUR",
        '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoort";'
        '"Mededelingen";"Saldo na mutatie";"Tag"\n'
        '"20260130";"Jansen BV";"NL91ABNA0417164300";"NL62INGB0663707048";"OV";"Bij";"1234,50";"Overschrijving";'
        '"factuur 4711";"2234,50";""\n'
        '"20260129";"Energie";"NL91ABNA0417164300";"NL47BUNQ2025181418";"IC";"Af";"36,99";"Incasso";"stroom";'
        '"1000,00";""\n',
        [("booked", date(2026, 1, 30), "1234.50", "Jansen BV", "NL62INGB0663707048", "factuur 4711"),
         ("booked", date(2026, 1, 29), "-36.99", "Energie", "NL47BUNQ2025181418", "stroom")],
    ),
    "Lloyds": (
        "12345678", "GBP",
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,"
        "Balance\n"
        "30/01/2026,FPI,'30-00-00,12345678,SMITH LTD INV 4711,,1234.50,2234.50\n"
        "29/01/2026,DD,'30-00-00,12345678,POWER CO,36.99,,1000.00\n",
        [("booked", date(2026, 1, 30), "1234.50", "", "", "SMITH LTD INV 4711"),
         ("booked", date(2026, 1, 29), "-36.99", "", "", "POWER CO")],
    ),
    "Chase": (
        "000123456789", "USD",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
        'CREDIT,01/30/2026,"ORIG CO NAME:SMITH INC INV 4711",1234.50,ACH_CREDIT,2234.50,\n'
        "CHECK,01/29/2026,CHECK 1001,-36.99,CHECK_PAID,1000.00,1001\n",
        [("booked", date(2026, 1, 30), "1234.50", "", "", "ORIG CO NAME:SMITH INC INV 4711"),
         ("booked", date(2026, 1, 29), "-36.99", "", "", "CHECK 1001")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("bank", LAYOUTS)
def test_the_map_of_a_banks_export_is_guessed(load, given, bank):
    """All that has to be said by a person is what the file does not say: the account, the currency."""
    shown, currency, content, expected = LAYOUTS[bank]
    is_iban = shown[:2].isalpha()
    other_account(given, iban=shown if is_iban else "", number="" if is_iban else shown, currency=currency)
    path = load.file(content)
    proposal = guess.propose(BANK_LINES, looking.look(path), WORDS)
    asked = {each.about for each in proposal.questions}
    # two days with years of two digits may be read two ways
    assert asked <= {"account", "currency", "date_format"}
    mapping = dict(proposal.map)
    if "account" in asked:
        mapping["constants"] = {"account": shown}
    if "currency" in asked:
        mapping["currency"] = currency
    if "date_format" in asked:
        assert bank.startswith(("Sparkasse", "DKB"))
        mapping["date_format"] = "%d.%m.%y"
    answer = load("bank-lines", path, mapping)
    assert counts(answer) == (2, 0, 0, 0), found(answer)
    told = BankLine.objects.order_by("place").values_list(
        "status", "booked_on", "amount", "party_name", "party_iban", "remittance"
    )
    assert sorted(told) == sorted((s, on, Decimal(a), *rest) for s, on, a, *rest in expected)
    kept = BankStatement.objects.get()
    assert kept.arithmetic_ok is (True if "Saldo" in content or "Balance" in content else None)
    assert proof() == []
    assert counts(load("bank-lines", path, mapping)) == (0, 0, 2, 0)


REAL = {
    # file: our account, its currency, what a person says beside the guess, rows kept, their sum
    "CSV_A_20180414_112204.csv": ("NL77RABO0311467415", "EUR", {}, 3, "-1037.49"),
    "2018-04-14_10-52-13_bunq-transactieoverzicht.csv": ("NL47BUNQ2025181418", "EUR", {"currency": "EUR"}, 3, "728.54"),
    "2019-03-02_11-50-46_bunq-statement.csv": ("NL26BUNQ2025126409", "EUR", {"currency": "EUR"}, 7, None),
    "20180226-1000594757-umsatz.CSV": ("1000594757", "EUR", {"date_format": "%d.%m.%y"}, 1, "-36.99"),
    "Umsaetze_KtoNr538917600_EUR_02-03-2018_1503.CSV": (
        "DE44200400000538917600", "EUR", {"date_format": "%d.%m.%Y"}, 1, "-17.22",
    ),
    "export_BE11123456789012_20180304_1422.csv": ("BE11123456789012", "EUR", {}, 1, "-3.40"),
    "test_BOI_TransactionExport.csv": (
        "IE29AIBK93115212345678", "EUR",
        {"currency": "EUR", "constants": {"account": "IE29AIBK93115212345678"}, "date_format": "%d/%m/%Y"}, 27, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_what_real_banks_export(load, given, name):
    shown, currency, said, rows, total = REAL[name]
    path = real(f"bank/bank2ynab__bank2ynab/test/test-data/{name}")
    # the digits of the Belgian account were made up
    is_iban = shown[:2].isalpha() and not shown.startswith("BE11")
    other_account(given, iban=shown if is_iban else "", number="" if is_iban else shown, currency=currency)
    proposal = guess.propose(BANK_LINES, looking.look(path), WORDS)
    answer = load("bank-lines", path, {**proposal.map, **said})
    assert counts(answer) == (rows, 0, 0, 0), (found(answer), proposal)
    if total is not None:
        assert BankLine.objects.aggregate(total=Sum("amount"))["total"] == Decimal(total)
    assert proof() == []
    assert counts(load("bank-lines", path, {**proposal.map, **said})) == (0, 0, rows, 0)
