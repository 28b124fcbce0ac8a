"""Open items from files: what is booked, what a later file changes, what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun, OutboxEvent
from o2c.invoicing import balances, cash
from o2c.invoicing.models import Allocation, Entry, ExchangeRate, LedgerAccount, OpenItem, Posting, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Customer, PaymentTerms
from tests.imports.files_given import ITEM_COLUMNS, ITEM_MAP, counts, found

TODAY = date(2026, 3, 2)
HISTORY_MAP = {
    **ITEM_MAP,
    "columns": {
        **ITEM_COLUMNS,
        "open_amount": "Open",
        "settled_on": "Paid on",
        "settled_amount": "Paid",
        "disputed": "Disputed",
    },
}
HEADER = "Customer;Invoice;Issued;Due;Amount"
HISTORY_HEADER = f"{HEADER};Open;Paid on;Paid;Disputed"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel("2026-03-02 12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def entity(given):
    return given.entity()


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def history(*rows: str) -> str:
    return table(*rows, header=HISTORY_HEADER)


def item(number: str) -> OpenItem:
    return OpenItem.objects.get(external_id=number, superseded_on=None)


def book() -> list[tuple]:
    """Everything a load writes to the ledger, to compare before and after."""
    return [
        sorted(OpenItem.objects.values_list()),
        sorted(Posting.objects.values_list()),
        sorted(Allocation.objects.values_list()),
        sorted(Receipt.objects.values_list()),
    ]


# --- What is booked


def test_an_item_is_booked_as_one_by_hand_is(load, given, entity):
    by_hand = given.open_item("100.00 EUR", issued=date(2026, 1, 31), due=TODAY, number="H")
    load.items(table("C7;L;2026-01-31;2026-03-02;100.00"))
    loaded = item("L")
    for name in ("kind", "amount", "open_amount", "base_amount", "currency", "effective_on", "known_on", "counts_from"):
        assert getattr(loaded, name) == getattr(by_hand, name), name
    assert (loaded.entry.kind, loaded.entry.text, loaded.entry.actor) == ("item", "L", "system")

    def postings(of):
        return [(p.account.role, p.amount, p.base_amount, p.item_id == of.pk) for p in of.entry.postings.order_by("id")]

    assert postings(loaded) == postings(by_hand)
    assert proof() == []


def test_a_payment_is_booked_as_one_by_hand_is(load, given, entity):
    by_hand = given.open_item("100.00 EUR", issued=date(2026, 1, 31), due=TODAY)
    given.pay(by_hand, "40.00 EUR", on=date(2026, 2, 20))
    load.items(history("C7;L;2026-01-31;2026-03-02;100.00;;2026-02-20;40.00;"), HISTORY_MAP)
    hand, loaded = Receipt.objects.order_by("id")
    for name in ("currency", "amount", "received_on"):
        assert getattr(hand, name) == getattr(loaded, name)
    assert (loaded.number, loaded.method) == ("", "history")
    for name in ("kind", "number", "amount", "open_amount", "issued_on", "due_on", "effective_on", "known_on"):
        assert getattr(hand.item, name) == getattr(loaded.item, name), name
    assert hand.item.entry.kind == loaded.item.entry.kind == "receipt"
    assert sorted(p.account.role for p in loaded.item.entry.postings.all()) == ["cash", "receivables"]
    ours, theirs = Allocation.objects.order_by("id")
    for name in ("amount", "effective_on", "known_on", "counts_from", "currency"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert proof() == []


def test_history_counts_on_its_own_days(load, entity):
    load.items(history("C1;1;2020-01-02;2020-02-01;100.00;;2020-02-20;;"), HISTORY_MAP)
    pk = item("1").pk
    for day, balance in [((2020, 1, 1), 0), ((2020, 1, 2), 100), ((2020, 2, 19), 100), ((2020, 2, 20), 0)]:
        assert balances.of_item(pk, date(*day)) == balance
    assert proof() == []


def test_a_payment_ahead_of_its_invoice_counts_from_the_invoice(load, entity):
    answer = load.items(history("C1;1;2020-01-10;2020-02-01;100.00;;2020-01-05;;"), HISTORY_MAP)
    assert found(answer) == [("2", "Paid on", "2020-01-05", "is before the day of issue", "warning")]
    assert counts(answer) == (1, 0, 0, 0)
    receipt, allocation = Receipt.objects.get(), Allocation.objects.get()
    assert (receipt.received_on, allocation.effective_on) == (date(2020, 1, 5), date(2020, 1, 10))


def test_what_was_paid_on_an_unknown_day_is_cleared_on_the_day_of_loading(load, entity):
    load.items(history("C1;1;2020-01-02;2020-02-01;100.00;30.00;;;"), HISTORY_MAP)
    invoice = item("1")
    assert invoice.open_amount == 30
    assert balances.of_item(invoice.pk, TODAY - timedelta(days=1)) == 100
    assert balances.of_item(invoice.pk, TODAY) == 30
    assert Receipt.objects.count() == 0
    correction = OpenItem.objects.get(kind="correction")
    assert sorted(p.account.role for p in correction.entry.postings.all()) == ["opening", "receivables"]
    assert (correction.entry.kind, correction.amount, correction.effective_on) == ("correction", -70, TODAY)
    assert proof() == []


@pytest.mark.parametrize(
    ("cells", "still_open", "dated", "undated"),
    [
        ("100;;;;", 100, 0, 0),
        ("100;100;;;", 100, 0, 0),
        ("100;0;;;", 0, 0, 100),
        ("100;;2026-02-01;;", 0, 100, 0),
        ("100;;2026-02-01;60;", 40, 60, 0),
        ("100;40;2026-02-01;;", 40, 60, 0),
        ("100;40;2026-02-01;50;", 40, 50, 10),
        ("100;0;2026-02-01;;", 0, 100, 0),
        ("100;;;60;", 40, 0, 60),
        ("100;100;2026-02-01;;", 100, 0, 0),
        ("-100;;2026-02-01;;", 0, -100, 0),
        ("-100;-40;;;", -40, 0, -60),
        ("-100;-40;2026-02-01;-50;", -40, -50, -10),
    ],
)
def test_what_is_paid_of_an_amount(load, entity, cells, still_open, dated, undated):
    for _ in range(2):
        answer = load.items(history(f"C1;1;2026-01-02;2026-02-01;{cells}"), HISTORY_MAP)
    assert counts(answer) == (0, 0, 1, 0)
    assert found(answer) == []
    assert item("1").open_amount == still_open
    settling = Allocation.objects.all()
    sign = -1 if cells.startswith("-") else 1
    assert sum(a.amount for a in settling if a.effective_on == date(2026, 2, 1)) == dated * sign
    assert sum(a.amount for a in settling if a.effective_on == TODAY) == undated * sign
    assert proof() == []


def test_a_credit_note_is_negative(load, entity):
    load.items(table("C1;1;2026-01-02;2026-02-01;-55.50"))
    assert (item("1").kind, item("1").amount) == ("credit_note", Decimal("-55.50"))
    assert proof() == []


def test_a_disputed_flag_counts_from_the_day_it_is_loaded(load, entity):
    load.items(history("C1;1;2020-01-02;2020-02-01;100;;;;Ja", "C1;2;2020-01-02;2020-02-01;100;;;;Nein"), HISTORY_MAP)
    assert (item("1").disputed_on, item("2").disputed_on) == (TODAY, None)


def test_amounts_in_other_currencies_are_kept_in_base_at_the_rate_of_the_day(load, entity):
    ExchangeRate.objects.create(currency="USD", on=date(2026, 1, 1), rate=Decimal("1.25"))
    ExchangeRate.objects.create(currency="USD", on=date(2026, 2, 10), rate=Decimal("2"))
    header = f"{HEADER};Cur;Paid on"
    rows = ["C1;1;2026-02-01;2026-03-01;100.01;USD;2026-02-15", "C1;2;2025-12-31;2026-03-01;100.00;USD;"]
    rows += ["C1;3;2026-02-01;2026-03-01;1000;JPY;", "C1;4;2026-02-01;2026-03-01;50.00;EUR;"]
    columns = {**ITEM_COLUMNS, "currency": "Cur", "settled_on": "Paid on"}
    answer = load.items(table(*rows, header=header), {"columns": columns, "create_customers": True})
    assert counts(answer) == (4, 0, 0, 0)
    assert [item(n).base_amount for n in "1234"] == [Decimal("80.01"), None, None, Decimal("50.00")]
    assert Receipt.objects.get().item.base_amount == Decimal("-50.01")  # half a cent goes away from zero
    assert proof() == []


def test_customers_that_are_missing_are_opened_with_their_account(load, given, entity):
    known = given.customer("C1", entity=given.entity("GB1", "GBP"))
    header = f"{HEADER};Name;Country"
    columns = {**ITEM_COLUMNS, "customer_name": "Name", "country": "Country"}
    rows = ["C1;1;2026-01-02;2026-02-01;10;Ignored;US", "C2;2;2026-01-02;2026-02-01;10;Zwei & Co;de"]
    rows += ["C3;3;2026-01-02;2026-02-01;10;;391"]
    answer = load.items(table(*rows, header=header), {**ITEM_MAP, "columns": columns, "source": "erp"}, entity="DE1")
    assert counts(answer) == (3, 0, 0, 0)
    assert found(answer) == [("4", "Country", "391", "is not a country of two letters; left out", "warning")]
    known.refresh_from_db()
    assert (known.name, known.country) == ("Customer C1", "DE")
    second, third = Customer.objects.get(number="C2"), Customer.objects.get(number="C3")
    assert (second.name, second.country, second.source) == ("Zwei & Co", "DE", "erp")
    assert (third.name, third.country, third.payer_id) == ("C3", "", third.pk)
    assert Account.objects.filter(entity=entity, currency="EUR").count() == 3
    assert set(OpenItem.objects.values_list("entity__code", flat=True)) == {"DE1"}


def test_items_of_a_branch_belong_to_its_payer(load, given, entity):
    parent = given.customer("P")
    branch = given.customer("B", parent=parent)
    load.items(history("B;1;2026-01-02;2026-02-01;10;;2026-01-20;;"), HISTORY_MAP)
    assert item("1").customer_id == branch.pk
    assert set(OpenItem.objects.values_list("payer_id", flat=True)) == {parent.pk}
    assert Receipt.objects.get().payer_id == Allocation.objects.get().payer_id == parent.pk
    assert proof() == []


def test_without_a_due_date_the_accounts_terms_say_it(load, given, entity):
    terms = PaymentTerms.objects.create(code="EOM10", name="", kind="end_of_month", days=10)
    given.customer("C1", terms=terms)
    given.customer("C2")
    columns = {**ITEM_COLUMNS}
    del columns["due_on"]
    file = table("C1;1;2026-01-02;;10", "C2;2;2026-01-02;;10")
    answer = load.items(file, {**ITEM_MAP, "columns": columns})
    assert item("1").due_on == date(2026, 2, 10)
    reason = "is missing, and neither due_days nor payment terms of the customer say when"
    assert found(answer) == [("3", "due_on", "", reason, "error")]
    answer = load.items(file, {**ITEM_MAP, "columns": columns, "due_days": 14})
    assert counts(answer) == (1, 0, 1, 0)
    assert (item("1").due_on, item("2").due_on) == (date(2026, 2, 10), date(2026, 1, 16))


def test_a_load_is_recorded_and_tells_the_others_once(load, entity):
    answer = load.items(table("C1;1;2026-01-02;2026-02-01;10", "C1;2;x;2026-02-01;10"), {**ITEM_MAP, "source": "erp"})
    run = ImportRun.objects.get(pk=answer["import_run"])
    assert (run.kind, run.source, run.owner, run.file_name, run.actor) == (
        "open-items",
        "erp",
        "DE1",
        "file.csv",
        "system",
    )
    assert (run.rows, run.created, run.rejected, run.errors_file) == (2, 1, 1, answer["errors_file"])
    assert run.finished_at is not None
    assert item("1").import_run_id == run.pk
    assert OutboxEvent.objects.filter(kind="book.changed").values_list("payload", flat=True).get() == {
        "entity_id": entity.pk
    }
    load.items(table("C1;1;2026-01-02;2026-02-01;10"), {**ITEM_MAP, "source": "erp"})
    assert OutboxEvent.objects.filter(kind="book.changed").count() == 1


def test_the_servers_statistics_follow_a_large_load(load, entity):
    """With those of an empty table, the allocations of a load would be judged by a quadratic plan."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE invoicing_openitem")
        rows = (f"C{n % 9};{n};2026-01-02;2026-02-01;10;;2026-01-20;;" for n in range(600))
        assert counts(load.items(history(*rows), HISTORY_MAP)) == (600, 0, 0, 0)
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'invoicing_openitem'::regclass")
        assert cursor.fetchone()[0] >= 600


# --- Bad rows


def test_bad_rows_are_told_exactly_and_stop_no_good_one(load, given, entity):
    given.customer("C1")
    columns = {**ITEM_COLUMNS, "currency": "Cur", "settled_on": "Paid on", "kind": "Type"}
    mapping = {"columns": columns, "date_format": "%d.%m.%Y", "decimal": ","}
    header = f"{HEADER};Cur;Paid on;Type"
    good = "02.01.2026;01.02.2026"
    file = table(
        f"C1;good;{good};10,00;EUR;;",  # 2
        "C1;no-day;31.02.2026;01.02.2026;10,00;EUR;;",
        "C1;empty-day;;01.02.2026;10,00;EUR;;",
        f"C1;words;{good};ten;EUR;;",  # 5
        f"C1;empty;{good};;EUR;;",
        f"C1;nothing;{good};0,00;EUR;;",
        f"C1;fine;{good};10,005;EUR;;",
        f"C1;yen;{good};10,50;JPY;;",
        f"C1;money;{good};10,00;XYZ;;",  # 10
        f"C9;stranger;{good};10,00;EUR;;",
        f";nobody;{good};10,00;EUR;;",
        f"C1;{'9' * 101};{good};10,00;EUR;;",
        f"C1;a\0b;{good};10,00;EUR;;",
        f"C1;short;{good}",  # 15
        f"C1;paid;{good};10,00;EUR;yesterday;",
        f"C1;type;{good};10,00;EUR;;memo",
        f"C1;sign;{good};10,00;EUR;;credit note",
        f'C1;"two\nlines";{good};10,00;EUR;;',  # 19 and 20
        f"C1;two;{good};x;XYZ;;",  # 21
        "C1;due;02.01.2026;01.01.2026;10,00;EUR;;",
        f"C1;large;{good};1000000000000000;EUR;;",
        header=header,
    )
    answer = load.items(file, mapping)
    assert counts(answer) == (3, 0, 0, 18)
    assert (answer["warnings"], answer["exit"]) == (1, 0)
    assert found(answer) == [
        ("3", "Issued", "31.02.2026", "is a day that does not exist", "error"),
        ("4", "Issued", "", "is missing", "error"),
        ("5", "Amount", "ten", "is not an amount with the decimal comma", "error"),
        ("6", "Amount", "", "is missing", "error"),
        ("7", "Amount", "0.0000", "is nothing: there is nothing to book", "error"),
        ("8", "Amount", "10.005", "is finer than the smallest unit of EUR", "error"),
        ("9", "Amount", "10.5", "is finer than the smallest unit of JPY", "error"),
        ("10", "Cur", "XYZ", "is not a currency of ISO 4217", "error"),
        ("11", "Customer", "C9", "is not the number of a customer, and create_customers is not set", "error"),
        ("12", "Customer", "", "is missing", "error"),
        ("13", "Invoice", "9" * 101, "is longer than 100 characters", "error"),
        ("14", "Invoice", "a\u2400b", "contains a NUL character", "error"),
        ("15", "", f"C1;short;{good}", "has 4 columns where the header has 8", "error"),
        ("16", "Paid on", "yesterday", "is not a day written as %d.%m.%Y", "error"),
        ("17", "Type", "memo", "is none of credit_note, invoice", "error"),
        ("18", "Type", "credit_note", "does not fit the sign of the amount", "error"),
        ("21", "Amount", "x", "is not an amount with the decimal comma", "error"),
        ("21", "Cur", "XYZ", "is not a currency of ISO 4217", "error"),
        ("22", "Due", "2026-01-01", "is before the day of issue", "warning"),
        ("23", "Amount", "1000000000000000", "is larger than any amount that can be booked", "error"),
    ]
    assert sorted(OpenItem.objects.values_list("number", "amount")) == [("due", 10), ("good", 10), ("two\nlines", 10)]
    assert item("due").due_on == date(2026, 1, 1)
    assert Customer.objects.count() == 1
    assert proof() == []


def test_a_file_of_which_nothing_can_be_loaded_ends_with_1(load, entity):
    answer = load.items(table("C1;1;never;2026-02-01;10"))
    assert (counts(answer), answer["exit"]) == ((0, 0, 0, 1), 1)
    assert Customer.objects.count() == 0


def test_a_good_file_has_no_errors_file(load, entity, settings):
    answer = load.items(table("C1;1;2026-01-02;2026-02-01;10"))
    assert answer["errors_file"] is None
    assert not (settings.O2C_RUN_DIR / "imports" / f"{answer['import_run']}-errors.csv").exists()


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("100;150;;;", "Open", "is not between nothing and the amount"),
        ("100;-1;;;", "Open", "is not between nothing and the amount"),
        ("-100;10;;;", "Open", "is not between nothing and the amount"),
        ("100;;2026-02-01;100.01;", "Paid", "is not between nothing and the amount"),
        ("100;;2026-02-01;-1;", "Paid", "is not between nothing and the amount"),
        ("100;60;2026-02-01;50;", "Paid", "is more than the open amount leaves"),
    ],
)
def test_amounts_of_a_row_that_contradict_each_other(load, entity, cells, column, reason):
    answer = load.items(history(f"C1;1;2026-01-02;2026-02-01;{cells}"), HISTORY_MAP)
    assert [(row[1], row[3]) for row in found(answer)] == [(column, reason)]
    assert OpenItem.objects.count() == 0


def test_days_to_come_are_told(load, entity):
    answer = load.items(history("C1;1;2026-03-03;2026-04-01;10;;2026-03-04;;"), HISTORY_MAP)
    assert [row[1:] for row in found(answer)] == [
        ("Issued", "2026-03-03", "is later than the day of loading", "warning"),
        ("Paid on", "2026-03-04", "is later than the day of loading", "warning"),
    ]
    assert balances.of_item(item("1").pk, TODAY) == 0
    assert balances.of_item(item("1").pk, date(2026, 3, 3)) == 10


def test_a_number_twice_with_the_same_content_counts_once(load, entity):
    row = "C1;1;2026-01-02;2026-02-01;10"
    answer = load.items(table(row, row, row.replace(";10", ";10.00")))
    assert counts(answer) == (1, 0, 2, 0)
    assert OpenItem.objects.count() == 1


def test_a_number_twice_with_other_content_is_rejected_wholly(load, entity):
    row = "C1;1;2026-01-02;2026-02-01;10"
    answer = load.items(table(row, "C1;2;2026-01-02;2026-02-01;10", row.replace(";10", ";11"), row))
    assert counts(answer) == (1, 0, 0, 3)
    assert [(line, reason) for line, _, _, reason, _ in found(answer)] == [
        ("2", "is also on line 4 with other content"),
        ("4", "is also on line 2 with other content"),
        ("5", "is also on line 2 with other content"),
    ]
    assert OpenItem.objects.get().number == "2"


def test_a_number_once_readable_and_once_not_is_rejected_wholly(load, entity):
    answer = load.items(table("C1;1;2026-01-02;2026-02-01;10", "C1;1;2026-01-02;2026-02-01;ten"))
    assert counts(answer) == (0, 0, 0, 2)


# --- The same file, and a later one


def test_the_same_file_twice_changes_nothing(load, entity):
    file = history("C1;1;2026-01-02;2026-02-01;100;40;2026-01-20;50;ja", "C2;2;2026-01-02;2026-02-01;-5;;;;")
    assert counts(load.items(file, HISTORY_MAP)) == (2, 0, 0, 0)
    before = book()
    assert counts(load.items(file, HISTORY_MAP)) == (0, 0, 2, 0)
    assert book() == before


def test_the_same_number_from_another_source_is_another_item(load, entity):
    file = table("C1;1;2026-01-02;2026-02-01;10")
    load.items(file)
    assert counts(load.items(file, {**ITEM_MAP, "source": "other"})) == (1, 0, 0, 0)


def test_due_day_number_and_dispute_may_change(load, entity):
    columns = {**ITEM_COLUMNS, "external_id": "Key", "disputed": "Disputed"}
    mapping, header = {**ITEM_MAP, "columns": columns}, f"{HEADER};Key;Disputed"
    load.items(table("C1;1;2026-01-02;2026-02-01;10;K;no", header=header), mapping)
    changed = table("C1;1-A;2026-01-02;2026-02-15;10;K;yes", header=header)
    assert counts(load.items(changed, mapping)) == (0, 1, 0, 0)
    assert (item("K").number, item("K").due_on, item("K").disputed_on) == ("1-A", date(2026, 2, 15), TODAY)
    with time_machine.travel("2026-03-09 12:00:00+00:00"):
        assert counts(load.items(changed, mapping)) == (0, 0, 1, 0)
        assert item("K").disputed_on == TODAY  # since when, not the last time it was said
        load.items(table("C1;1-A;2026-01-02;2026-02-15;10;K;", header=header), mapping)
        assert item("K").disputed_on == TODAY  # an empty cell says nothing
        assert counts(load.items(changed.replace(";yes", ";no"), mapping)) == (0, 1, 0, 0)
    assert item("K").disputed_on is None
    assert OpenItem.objects.count() == 1


def test_a_payment_that_appears_is_booked_and_only_what_is_new_of_it(load, entity):
    first = history("C1;1;2026-01-02;2026-02-01;100;;;;")
    load.items(first, HISTORY_MAP)
    part = history("C1;1;2026-01-02;2026-02-01;100;;2026-02-10;30;")
    assert counts(load.items(part, HISTORY_MAP)) == (0, 1, 0, 0)
    assert counts(load.items(part, HISTORY_MAP)) == (0, 0, 1, 0)
    whole = history("C1;1;2026-01-02;2026-02-01;100;;2026-02-20;;")
    assert counts(load.items(whole, HISTORY_MAP)) == (0, 1, 0, 0)
    assert sorted(Receipt.objects.values_list("received_on", "amount")) == [
        (date(2026, 2, 10), 30),
        (date(2026, 2, 20), 70),
    ]
    assert item("1").open_amount == 0
    assert proof() == []


def test_an_open_amount_that_shrinks_is_cleared_on_the_day_it_is_seen(load, entity):
    load.items(history("C1;1;2026-01-02;2026-02-01;100;80;;;"), HISTORY_MAP)
    with time_machine.travel("2026-03-09 12:00:00+00:00"):
        assert counts(load.items(history("C1;1;2026-01-02;2026-02-01;100;50;;;"), HISTORY_MAP)) == (0, 1, 0, 0)
    pk = item("1").pk
    days = [TODAY - timedelta(days=1), TODAY, date(2026, 3, 8), date(2026, 3, 9)]
    assert [balances.of_item(pk, day) for day in days] == [100, 80, 80, 50]
    assert proof() == []


def test_what_is_settled_here_already_is_told_and_not_undone(load, given, entity):
    load.items(history("C1;1;2026-01-02;2026-02-01;100;100;;;"), HISTORY_MAP)
    given.pay(item("1"), "60 EUR")
    before = book()
    answer = load.items(history("C1;1;2026-01-02;2026-02-01;100;90;;;"), HISTORY_MAP)
    assert counts(answer) == (0, 0, 1, 0)
    assert found(answer) == [("2", "Open", "90.0000", "less is open here already; nothing was undone", "warning")]
    assert book() == before


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("C1;1;2026-01-02;2026-02-01;90", "Amount"),
        ("C2;1;2026-01-02;2026-02-01;100", "Customer"),
        ("C1;1;2026-01-03;2026-02-01;100", "Issued"),
        ("C1;1;2026-01-02;2026-02-01;-100", "Amount"),
    ],
)
def test_another_document_takes_the_place_of_one_that_is_wholly_open(load, entity, row, field):
    load.items(table("C1;1;2026-01-02;2026-02-01;100"))
    old = item("1")
    assert counts(load.items(table(row))) == (0, 1, 0, 0)
    new = item("1")
    old.refresh_from_db()
    assert new.pk != old.pk
    assert (old.superseded_on, old.open_amount) == (TODAY, 0)
    assert balances.of_item(old.pk, TODAY - timedelta(days=1)) == 100
    reversal = Entry.objects.get(kind="reversal")
    assert reversal.reverses_id == old.entry_id
    assert new.open_amount == new.amount == Decimal(row.rpartition(";")[2])
    assert counts(load.items(table(row))) == (0, 0, 1, 0)
    assert proof() == []


def test_another_currency_takes_the_place_too(load, entity):
    load.items(table("C1;1;2026-01-02;2026-02-01;100"))
    assert counts(load.items(table("C1;1;2026-01-02;2026-02-01;100"), {**ITEM_MAP, "currency": "USD"})) == (0, 1, 0, 0)
    assert (item("1").currency, item("1").base_amount) == ("USD", None)
    assert proof() == []


def test_another_amount_is_refused_where_something_is_allocated(load, given, entity):
    load.items(table("C1;1;2026-01-02;2026-02-01;100", "C1;2;2026-01-02;2026-02-01;50"))
    receipt = given.pay(item("1"), "60 EUR")
    before = book()
    answer = load.items(table("C1;1;2026-01-02;2026-02-01;90", "C1;2;2026-01-02;2026-02-01;50"))
    assert counts(answer) == (0, 0, 1, 1)
    reason = "differs from what is booked, and that is settled in part or whole already"
    assert found(answer) == [("2", "Amount", "90.0000", reason, "error")]
    assert book() == before
    cash.unapply(Allocation.objects.get(credit_item=receipt.item), on=TODAY, actor=SYSTEM)
    assert counts(load.items(table("C1;1;2026-01-02;2026-02-01;90"))) == (0, 1, 0, 0)
    assert proof() == []


def test_a_superseding_row_brings_its_payments(load, entity):
    load.items(history("C1;1;2026-01-02;2026-02-01;100;;;;"), HISTORY_MAP)
    assert counts(load.items(history("C1;1;2026-01-02;2026-02-01;120;;2026-02-10;20;"), HISTORY_MAP)) == (0, 1, 0, 0)
    assert item("1").open_amount == 100
    assert proof() == []


# --- Complete files


def many(first: int, last: int) -> str:
    return table(*(f"C{n % 3};{n};2026-01-02;2026-02-01;10" for n in range(first, last + 1)))


def test_what_is_absent_from_a_complete_file_is_settled(load, given, entity):
    load.items(many(1, 20))
    load.items(table("C1;X;2026-01-02;2026-02-01;10"), {**ITEM_MAP, "source": "other"})
    given.pay(item("1"), "4 EUR")
    answer = load.items(many(4, 21), complete=True)
    assert (counts(answer), answer["settled_as_absent"]) == ((1, 0, 17, 0), 3)
    assert [item(n).open_amount for n in ("1", "2", "3", "4", "X")] == [0, 0, 0, 10, 10]
    assert sorted(OpenItem.objects.filter(kind="correction").values_list("amount", flat=True)) == [-10, -10, -6]
    assert balances.of_item(item("2").pk, TODAY - timedelta(days=1)) == 10
    roles = Posting.objects.filter(entry__kind="correction", item=None).values_list("account__role", flat=True)
    assert set(roles) == {LedgerAccount.Role.OPENING}
    assert proof() == []
    assert load.items(many(4, 21), complete=True)["settled_as_absent"] == 0


def test_what_was_settled_as_absent_and_comes_back_is_open_again(load, entity):
    load.items(many(1, 3))
    load.items(many(2, 3), complete=True)
    assert item("1").open_amount == 0
    with time_machine.travel("2026-03-09 12:00:00+00:00"):
        answer = load.items(many(1, 3), complete=True)
        assert counts(answer) == (0, 1, 2, 0)
        assert counts(load.items(many(1, 3), complete=True)) == (0, 0, 3, 0)
    assert (item("1").open_amount, item("1").cycle) == (10, 2)
    assert OpenItem.objects.exclude(open_amount=0).count() == 3
    days = [TODAY - timedelta(days=1), TODAY, date(2026, 3, 8), date(2026, 3, 9)]
    assert [balances.of_item(item("1").pk, day) for day in days] == [10, 0, 0, 10]
    assert proof() == []


def test_what_was_paid_here_does_not_come_back(load, given, entity):
    load.items(many(1, 3))
    given.pay(item("1"))
    before = book()
    assert counts(load.items(many(1, 3), complete=True)) == (0, 0, 3, 0)
    assert book() == before


def test_an_open_amount_that_grows_is_opened_again_as_far_as_loads_had_cleared_it(load, given, entity):
    def row(still_open):
        return history(f"C1;1;2026-01-02;2026-02-01;100;{still_open};;;")

    load.items(row("100"), HISTORY_MAP)
    given.pay(item("1"), "10 EUR")
    load.items(row("30"), HISTORY_MAP)
    assert counts(load.items(row("50"), HISTORY_MAP)) == (0, 1, 0, 0)
    assert item("1").open_amount == 50
    answer = load.items(row("95"), HISTORY_MAP)
    assert (counts(answer), item("1").open_amount) == ((0, 1, 0, 0), 90)
    assert found(answer) == [("2", "Open", "95.0000", "less is open here already; nothing was undone", "warning")]
    assert OpenItem.objects.exclude(open_amount=0).count() == 1
    assert proof() == []


def test_half_a_file_is_no_complete_one(load, entity):
    load.items(many(1, 20))
    before = book()
    answer = load.items(many(6, 21), complete=True)
    assert (answer["exit"], "5 of the 20 open items" in answer["refused"]) == (2, True)
    assert book() == before
    assert ImportRun.objects.count() == 1
    assert load.items(many(6, 21), {**ITEM_MAP, "complete_limit": 0.25}, complete=True)["settled_as_absent"] == 5


def test_a_few_items_have_no_share(load, entity):
    load.items(many(1, 9))
    assert load.items(many(9, 9), complete=True)["settled_as_absent"] == 8


def test_an_empty_file_is_no_complete_one(load, entity):
    load.items(many(1, 2))
    assert load.items(table(), complete=True)["exit"] == 2
    assert counts(load.items(table())) == (0, 0, 0, 0)
    assert item("1").open_amount == 10


def test_a_rejected_row_is_not_absent(load, entity):
    load.items(many(1, 3))
    answer = load.items(many(1, 3).replace("C1;1;2026-01-02", "C1;1;whenever"), complete=True)
    assert (counts(answer), answer["settled_as_absent"]) == ((0, 0, 2, 1), 0)
    assert item("1").open_amount == 10


def test_rows_nobody_can_name_keep_the_absent_open(load, entity):
    load.items(many(1, 3))
    answer = load.items(many(1, 2) + "C0;3\n", complete=True)
    assert (counts(answer), answer["settled_as_absent"]) == ((0, 0, 2, 1), 0)
    assert "left as it is" in answer["notes"][0]
    assert item("3").open_amount == 10


def test_customers_files_are_never_complete(load, entity):
    assert (
        load("customers", "No;Name\n1;x\n", {"columns": {"number": "No", "name": "Name"}}, complete=True)["exit"] == 2
    )


# --- Trying


def test_a_dry_run_says_everything_and_keeps_nothing(load, entity):
    load.items(many(1, 12))
    before = book()
    file = many(3, 13) + "C1;bad;x;2026-01-01;1\n"
    answer = load.items(file, dry_run=True, complete=True)
    assert (counts(answer), answer["settled_as_absent"]) == ((1, 0, 10, 1), 2)
    assert [row[0] for row in found(answer)] == ["13"]
    assert book() == before
    assert OutboxEvent.objects.filter(kind="book.changed").count() == 1
    assert ImportRun.objects.get(pk=answer["import_run"]).dry_run
    again = load.items(file, complete=True)
    assert {k: again[k] for k in ("rows", "created", "unchanged", "rejected", "settled_as_absent")} == {
        k: answer[k] for k in ("rows", "created", "unchanged", "rejected", "settled_as_absent")
    }
