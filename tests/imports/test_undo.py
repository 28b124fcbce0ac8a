"""A load that is taken back leaves the book as it was; one that something builds on stays, and says what that is."""

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.collections import disputes, holds, promises
from o2c.collections.models import Task
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, OutboxEvent
from o2c.invoicing import cash, items
from o2c.invoicing.models import Allocation, Entry, ExchangeRate, OpenItem, Posting, Receipt
from o2c.invoicing.proof import proof
from o2c.orders import customers
from o2c.orders.models import Account, Contact, Customer, CustomerBankAccount, PaymentTerms
from o2c.web.loading import undo
from tests.imports.files_given import ITEM_COLUMNS, ITEM_MAP, counts

ITEMS = "Customer;Invoice;Issued;Due;Amount\n"
HISTORY = ITEMS.strip() + ";Open;Paid on;Disputed\n"
HISTORY_MAP = {
    **ITEM_MAP,
    "columns": {**ITEM_COLUMNS, "open_amount": "Open", "settled_on": "Paid on", "disputed": "Disputed"},
}


@pytest.fixture
def entity(given):
    return given.entity()


def book() -> dict[str, list]:
    """What the books say today: nothing that was reversed and cleared counts."""
    stands = OpenItem.objects.filter(superseded_on=None).exclude(entry__entry__isnull=False, open_amount=0)
    return {
        "items": list(
            stands.exclude(kind="correction")
            .order_by("id")
            .values_list("id", "number", "due_on", "disputed_on", "amount", "open_amount", "source", "external_id")
        ),
        "ledger": sorted(
            (row for row in Posting.objects.values_list("account__role", "currency").annotate(Sum("amount")) if row[2]),
            key=str,
        ),
        "receipts": sorted(
            Receipt.objects.filter(reversed_on=None).values_list("external_id", "amount", "reference", "method"),
            key=str,
        ),
        "open": sorted(OpenItem.objects.exclude(open_amount=0).values_list("id", "open_amount"), key=str),
    }


def master_data() -> list[list[tuple]]:
    columns = {
        model: [each.column for each in model._meta.concrete_fields if each.name != "updated_at"]
        for model in (Customer, Account, Contact, CustomerBankAccount, PaymentTerms)
    }
    return [sorted(model.objects.values_list(*names), key=str) for model, names in columns.items()]


def taken_back(answer: dict):
    undone = undo(ImportRun.objects.get(pk=answer["import_run"]), actor=Actor("clara"))
    assert not undone.already
    assert proof() == []
    return undone


def refused(answer: dict) -> dict[str, tuple[int, list[str]]]:
    """What builds on a load, after holding that the refusal changed nothing."""
    before = (book(), Entry.objects.count(), Allocation.objects.count(), master_data())
    run = ImportRun.objects.get(pk=answer["import_run"])
    with pytest.raises(UndoRefused) as why:
        undo(run, actor=SYSTEM)
    assert (book(), Entry.objects.count(), Allocation.objects.count(), master_data()) == before
    run.refresh_from_db()
    assert (run.undone_at, proof()) == (None, [])
    return {each.what: (each.count, each.examples) for each in why.value.built}


def item(number: str) -> OpenItem:
    return OpenItem.objects.get(external_id=number, superseded_on=None)


# --- Items


def test_new_items_their_payments_and_their_customers_are_taken_back(load, entity):
    before = book()
    rows = (
        "C1;1;2020-01-02;2020-02-01;100;;2020-02-20;\nC1;2;2020-01-02;2020-02-01;50;20;;yes\n"
        "C2;3;2020-01-02;2020-02-01;-7;;;\n"
    )
    answer = load.items(HISTORY + rows, HISTORY_MAP)
    assert counts(answer) == (3, 0, 0, 0)
    after = book()
    undone = taken_back(answer)
    assert book() == before
    # three documents and the payment; the correction of what was paid on no stated day goes with its item
    assert (undone.taken_back, undone.restored) == (4, 0)
    assert undone.notes == ["2 customers that it opened stay: the books refer to them."]
    run = ImportRun.objects.get(pk=answer["import_run"])
    assert (run.undone_by, run.undone_at is not None) == ("clara", True)
    assert OutboxEvent.objects.filter(kind="book.changed").count() == 2
    again = load.items(HISTORY + rows, HISTORY_MAP)
    assert counts(again) == (3, 0, 0, 0)
    assert [row[1:6] for row in book()["items"]] == [row[1:6] for row in after["items"]]
    assert (book()["ledger"], proof()) == (after["ledger"], [])


def test_twice_is_once(load, entity):
    answer = load.items(ITEMS + "C1;1;2026-01-02;2026-02-01;100\n")
    taken_back(answer)
    entries = Entry.objects.count()
    assert undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM).already
    assert Entry.objects.count() == entries


def test_what_was_changed_is_as_it_was(load, entity):
    first = "C1;1;2026-01-02;2026-02-01;100;;;yes\nC1;2;2026-01-02;2026-02-01;50;;;\nC1;3;2026-01-02;2026-02-01;30;;;\n"
    load.items(HISTORY + first, HISTORY_MAP)
    before = book()
    later = (
        "C1;1;2026-01-02;2026-03-15;100;;;no\nC1;2;2026-01-02;2026-02-01;55;;;\n"
        "C1;3;2026-01-02;2026-02-01;30;10;;\nC1;4;2026-01-02;2026-02-01;9;;;\n"
    )
    answer = load.items(HISTORY + later, HISTORY_MAP)
    assert counts(answer) == (1, 3, 0, 0)
    undone = taken_back(answer)
    assert book() == before
    assert undone.restored == 2  # the two whose details changed; the third was only paid
    # and it can be done over again, as often as one likes
    for _ in range(2):
        answer = load.items(HISTORY + later, HISTORY_MAP)
        assert counts(answer) == (1, 3, 0, 0)
        taken_back(answer)
        assert book() == before


def test_an_item_whose_replacement_was_undone_can_be_cancelled(load, entity):
    load.items(ITEMS + "C1;1;2026-01-02;2026-02-01;100\n")
    taken_back(load.items(ITEMS + "C1;1;2026-01-02;2026-02-01;120\n"))
    items.cancel(item("1"), on=clock.today(), actor=SYSTEM)
    assert (OpenItem.objects.exclude(open_amount=0).count(), proof()) == (0, [])


def test_a_complete_list_settles_and_its_undoing_opens_again(load, entity):
    lines = [f"C1;{n};2026-01-02;2026-02-01;{n}0\n" for n in range(1, 9)]
    load.items(ITEMS + "".join(lines))
    before = book()
    absent = load.items(ITEMS + "".join(lines[:6]), complete=True)
    assert absent["settled_as_absent"] == 2
    settled = book()
    back = load.items(ITEMS + "".join(lines), complete=True)
    assert counts(back) == (0, 2, 6, 0)
    assert "allocations of it that were undone since" in refused(absent)
    taken_back(back)
    assert book() == settled
    for _ in range(2):  # what was opened again and undone can be opened again
        back = load.items(ITEMS + "".join(lines), complete=True)
        assert counts(back) == (0, 2, 6, 0)
        taken_back(back)
        assert book() == settled
    taken_back(absent)
    assert book() == before


@pytest.fixture
def loaded(load, entity):
    """Two open items of a customer, from a file."""
    return load.items(ITEMS + "C1;1;2026-01-02;2026-02-01;100\nC1;2;2026-01-03;2026-02-02;50\n")


def test_refused_while_money_is_allocated_and_not_once_that_is_undone(given, loaded):
    receipt = given.receipt("40.00 EUR", customer=item("1").customer)
    before = book()
    (allocation,) = cash.apply(receipt.item, [cash.Split(item("1"), Decimal(40))], on=date(2026, 3, 2), actor=SYSTEM)
    assert refused(loaded) == {"allocations made since": (1, ["Payment"])}
    cash.unapply(allocation, on=date(2026, 3, 2), actor=SYSTEM)
    assert book() == before
    taken_back(loaded)
    assert [row[1] for row in book()["open"]] == [Decimal(-40)]


def test_refused_where_an_own_payment_was_taken_apart(load, entity):
    answer = load.items(HISTORY + "C1;1;2020-01-02;2020-02-01;100;;2020-02-20;\n", HISTORY_MAP)
    cash.unapply(Allocation.objects.get(), on=date(2026, 3, 2), actor=SYSTEM)
    assert refused(answer) == {"allocations of it that were undone since": (1, ["1"])}


@pytest.mark.parametrize("what", ["disputes", "holds", "promised items", "tasks at its customers since"])
def test_refused_where_a_collector_did_something(given, loaded, what):
    one, user = item("1"), given.user("carl")
    actor = Actor.of(user)
    on = one.due_on + timedelta(days=3)
    if what == "disputes":
        disputes.open(one, reason="Wrong price", on=on, actor=actor)
    elif what == "holds":
        holds.place(
            customer=one.customer, entity=one.entity, item=one, reason="Talks", from_on=on, until=on, actor=actor
        )
    elif what == "promised items":
        promises.record(
            entity=one.entity, customer=one.customer, promised_on=on, pay_by=on, items=[(one, one.amount)], actor=actor
        )
    else:
        Task.objects.create(
            key="t", entity=one.entity, customer=one.customer, payer=one.payer, kind="manual", why="Call them",
            due_on=on, created_by="carl",
        )  # fmt: skip
    assert what in refused(loaded)


def test_refused_where_a_later_file_said_otherwise_until_that_is_undone_too(load, loaded):
    later = load.items(ITEMS + "C1;1;2026-01-02;2026-04-01;100\nC1;2;2026-01-03;2026-02-02;60\n")
    built = refused(loaded)
    assert built["items that a later file replaced"] == (1, ["2"])
    assert built["items and receipts that a later file changed"] == (2, ["1", "2"])
    taken_back(later)
    taken_back(loaded)
    assert book()["open"] == []


def test_refused_where_somebody_changed_an_item(loaded):
    one = item("1")
    items.put(
        one, entity=one.entity, customer=one.customer, source=one.source, external_id=one.external_id,
        number=one.number, amount=one.amount, currency=one.currency, issued_on=one.issued_on,
        due_on=one.due_on + timedelta(days=7), disputed=None, on=date(2026, 3, 2), actor=SYSTEM,
    )  # fmt: skip
    assert refused(loaded) == {"items changed since": (1, ["1"])}


def test_a_customer_that_moved_to_another_group_is_no_hindrance(given, loaded):
    customers.move(item("1").customer, parent=given.customer("P"), actor=SYSTEM)
    taken_back(loaded)


def test_three_examples_of_many(load, given, entity):
    answer = load.items(ITEMS + "".join(f"C1;{n};2026-01-02;2026-02-01;10\n" for n in range(1, 8)))
    for number in "1234567":
        given.pay(item(number))
    count, examples = refused(answer)["allocations made since"]
    assert (count, len(examples)) == (7, 3)


# --- Master data

CUSTOMER_MAP = {
    "columns": {"number": "No", "name": "Name", "email": "Mail", "iban": "IBAN", "terms": "Terms", "parent": "Parent"}
}
CUSTOMERS = "No;Name;Mail;IBAN;Terms;Parent\n"


def test_customers_that_were_opened_go_and_changed_ones_are_as_they_were(load, given, entity):
    known = given.customer("K1", name="Known")
    CustomerBankAccount.objects.create(customer=known, iban="DE89370400440532013000")
    before = master_data()
    rows = "K1;Renamed;new@k1.example;GB82WEST12345698765432;NET14;N1\nN1;New;n@n1.example;;14;\nN2;Other;;;;N1\n"
    answer = load("customers", CUSTOMERS + rows, CUSTOMER_MAP)
    assert counts(answer) == (2, 1, 0, 0)
    assert master_data() != before
    undone = taken_back(answer)
    assert master_data() == before
    assert (undone.taken_back, undone.restored) == (3, 3)  # N1 with a contact, N2; K1, its account and contact
    assert counts(load("customers", CUSTOMERS + rows, CUSTOMER_MAP)) == (2, 1, 0, 0)


def test_refused_where_anything_refers_to_a_customer_or_anybody_changed_it(load, given, entity):
    answer = load("customers", CUSTOMERS + "N1;New;;;;\nN2;Other;;;;\nN3;Third;;;;\n", CUSTOMER_MAP)
    n1, n2, n3 = (Customer.objects.get(number=number) for number in ("N1", "N2", "N3"))
    customers.change(n1, name="By hand", actor=SYSTEM)
    given.open_item(customer=n2, entity=entity, number="R-1")
    Contact.objects.create(customer=n3, name="Somebody")
    built = refused(answer)
    assert built["customers changed since"] == (1, ["N1"])
    assert built["open items"] == (1, ["R-1"])
    assert built["contacts"] == (1, ["Somebody"])


def test_a_later_list_of_customers_is_undone_first(load, entity):
    first = load("customers", CUSTOMERS + "N1;One;;;;\n", CUSTOMER_MAP)
    second = load("customers", CUSTOMERS + "N1;Two;;;;\n", CUSTOMER_MAP)
    assert refused(first) == {"customers changed since": (1, ["N1"])}
    taken_back(second)
    assert Customer.objects.get().name == "One"


def test_contacts_are_taken_back(load, given, entity):
    given.customer("K1", email="a@k1.example")
    before = master_data()
    rows = "No,Mail,Name,Tel\nK1,A@K1.example,Anna,123\nK1,b@k1.example,Bert,\n"
    mapping = {"columns": {"customer": "No", "email": "Mail", "name": "Name", "phone": "Tel"}}
    answer = load("contacts", rows, mapping)
    assert counts(answer) == (1, 1, 0, 0)
    taken_back(answer)
    assert master_data() == before


# --- Receipts and rates

RECEIPTS = "Key,Customer,Amount,Date,For\n"
RECEIPT_MAP = {
    "columns": {
        "external_id": "Key", "customer": "Customer", "amount": "Amount", "received_on": "Date", "item": "For",
    },
    "currency": "EUR",
}  # fmt: skip


def test_receipts_are_taken_back_and_what_they_settled_is_open(load, given, entity):
    owed = given.open_item("100.00 EUR", number="R-1", customer=given.customer("K1"))
    before = book()
    rows = RECEIPTS + "p1,K1,80.00,2026-03-01,R-1\np2,K1,5.00,2026-03-01,\n"
    answer = load("receipts", rows, RECEIPT_MAP)
    assert counts(answer) == (2, 0, 0, 0)
    changed = load("receipts", RECEIPTS + "p1,K1,80.00,2026-03-01,\np2,K1,6.00,2026-03-01,R-1\n", RECEIPT_MAP)
    assert counts(changed) == (0, 1, 1, 0)
    assert refused(answer).keys() >= {"receipts taken back or changed since"}
    taken_back(changed)
    taken_back(answer)
    assert book() == before
    owed.refresh_from_db()
    assert owed.open_amount == 100
    assert counts(load("receipts", rows, RECEIPT_MAP)) == (2, 0, 0, 0)


def test_rates_are_taken_back_unless_something_was_booked_at_them(load, given, entity):
    ExchangeRate.objects.create(currency="USD", on=date(2026, 1, 5), rate=Decimal("1.10"))
    before = list(ExchangeRate.objects.order_by("on").values_list("currency", "on", "rate"))
    table = "Day,Cur,Rate\n2026-01-05,USD,1.11\n2026-01-06,USD,1.12\n2026-01-06,GBP,0.85\n"
    mapping = {"columns": {"date": "Day", "to": "Cur", "rate": "Rate"}, "constants": {"from": "EUR"}}
    answer = load("exchange-rates", table, mapping)
    assert counts(answer) == (2, 1, 0, 0)
    undone = taken_back(answer)
    assert (undone.taken_back, undone.restored) == (2, 1)
    assert list(ExchangeRate.objects.order_by("on").values_list("currency", "on", "rate")) == before
    answer = load("exchange-rates", table, mapping)
    given.open_item("10.00 USD", number="US-1", issued=date(2026, 2, 1))
    assert refused(answer) == {"items booked at its rates": (1, ["US-1"])}


# --- The command


def command(*words, **options) -> tuple[int, dict]:
    out = io.StringIO()
    try:
        call_command("load", *words, json=True, stdout=out, stderr=io.StringIO(), **options)
    except CommandError as why:
        return why.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_the_command_undoes_and_names_what_builds_on_it(given, loaded):
    given.pay(item("1"))
    code, answer = command(undo=loaded["import_run"])
    assert code == 2
    assert answer["built"] == [{"what": "allocations made since", "count": 1, "examples": ["Payment"]}]
    cash.reverse(Receipt.objects.get(), on=date(2026, 3, 2), actor=SYSTEM)
    code, answer = command(undo=loaded["import_run"])
    assert (code, answer["taken_back"], answer["already"]) == (0, 2, False)
    assert command(undo=loaded["import_run"])[1]["already"]
    assert command(undo=0) == (2, {"refused": "There is no import 0.", "built": []})


@pytest.mark.parametrize(
    ("change", "said"), [({"dry_run": True}, "trial"), ({"marks": None}, "version"), ({"finished_at": None}, "end")]
)
def test_what_kept_nothing_to_be_undone_by_is_refused(loaded, change, said):
    ImportRun.objects.update(**change)
    with pytest.raises(UndoRefused, match=said):
        undo(ImportRun.objects.get(), actor=SYSTEM)


# --- Any file


amounts = st.sampled_from(["10", "25.50", "-4", "100"])
row = st.tuples(
    st.sampled_from(["C1", "C2"]),
    amounts,
    st.sampled_from(["2026-02-01", "2026-03-01"]),
    st.sampled_from(["", "part", "paid"]),
    st.sampled_from(["", "yes", "no"]),
)
FILES = st.dictionaries(st.integers(1, 6), row, min_size=1, max_size=6)


def lines(rows: dict) -> str:
    text = HISTORY
    for number, (customer, amount, due, paid, disputed) in rows.items():
        left = str(Decimal(amount) / 2) if paid == "part" else ""
        on = "2026-02-15" if paid == "paid" else ""
        text += f"{customer};{number};2026-01-02;{due};{amount};{left};{on};{disputed}\n"
    return text


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["-4", "4"])
def test_a_load_that_opens_what_was_settled_and_settles_a_part_of_it_is_undone(load, amount):
    mapping = {**HISTORY_MAP, "complete_limit": 1}
    load.items(lines({2: ("C1", amount, "2026-03-01", "paid", "no")}), mapping)
    stood = book()
    taken_back(load.items(lines({2: ("C1", amount, "2026-02-01", "part", "no")}), mapping))
    assert book() == stood


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(FILES, max_size=2), file=FILES, complete=st.booleans())
def test_any_load_that_is_undone_leaves_the_book_as_it_was(load, before, file, complete):
    with transaction.atomic():
        mapping = {**HISTORY_MAP, "complete_limit": 1}
        for earlier in before:
            load.items(lines(earlier), mapping)
        load.items(HISTORY + "C9;99;2026-01-02;2026-02-01;1;;;\n", mapping)
        stood = book()
        answer = load.items(lines(file), mapping, complete=complete)
        assert "refused" not in answer, answer
        taken_back(answer)
        assert book() == stood
        transaction.set_rollback(True)
