"""Billing documents of another system: attached to its open items, counted as invoiced, posted by nobody twice."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM
from o2c.core.imports import guess, looking
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing.billing import differences, running
from o2c.invoicing.invoices import correcting, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.models import Entry, Invoice, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Delivery, Order
from o2c.web.loading import KINDS, undo
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import ITEM_MAP, counts, found
from tests.orders.ordered import order, shipped

COLUMNS = {
    "customer": "Customer", "number": "Bill", "kind": "Kind", "corrects": "Corrects", "cancels": "Cancels",
    "issued_on": "Day", "delivery": "Delivery", "delivery_line": "Line", "quantity": "Qty", "line_net": "Net",
    "net_total": "Total",
}  # fmt: skip
MAP = {"columns": COLUMNS, "currency": "EUR", "source": "erp"}
HEADER = "Customer;Bill;Kind;Corrects;Cancels;Day;Delivery;Line;Qty;Net;Total\n"
ITEMS = "Customer;Invoice;Issued;Due;Amount\n"


@pytest.fixture
def shop(given, time_machine, load):
    """An order of ten at 5 and four at 2, all sent, and open items for two of its bills."""
    time_machine.move_to("2026-03-10T12:00:00+00:00", tick=False)
    entity = given.entity()
    customer = given.customer("C-1", entity=entity)
    made = order(customer, ("10", "5"), ("4", "2"), entity=entity)
    rows = (
        "C-1;B-1;2026-03-05;2026-04-04;59.50\nC-1;B-2;2026-03-05;2026-04-04;9.52\nC-1;S-2;2026-03-05;2026-03-05;-9.52\n"
    )
    load.items(ITEMS + rows, ITEM_MAP | {"source": "erp"})
    return entity, customer, shipped(made)


def sent(delivery: Delivery):
    return list(delivery.lines.order_by("position").values_list("quantity", "billed"))


def told():
    rows = Invoice.objects.order_by("pk")
    return [(i.number, i.kind, i.state, i.gross_total, i.entry_id and i.entry.items.get().number) for i in rows]


def take_back(answer):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)


def test_a_document_is_attached_to_its_open_item_and_counts_as_invoiced(load, shop):
    _, _, delivery = shop
    entries = Entry.objects.count()
    rows = f"C-1;B-1;;;;2026-03-05;{delivery.number};1;10;50;50\n"
    answer = load("billing-documents", HEADER + rows, MAP)
    assert (counts(answer), found(answer)) == ((1, 0, 0, 0), [])
    assert told() == [("B-1", "invoice", "issued", Decimal("59.5"), "B-1")]
    assert sent(delivery) == [(10, 10), (4, 0)]
    assert list(Order.objects.get().lines.order_by("position").values_list("invoiced", flat=True)) == [10, 0]
    line = Invoice.objects.get().lines.get()
    assert (line.price, line.price_per, line.rate, line.description) == (50, 10, 19, "Goods 1")
    # nothing is posted for it
    assert (Entry.objects.count(), OpenItem.objects.count(), proof()) == (entries, 3, [])
    assert counts(load("billing-documents", HEADER + rows, MAP)) == (0, 0, 1, 0)
    answer = load("billing-documents", HEADER + rows.replace(";50;50", ";49;49"), MAP)
    assert found(answer)[0][3] == "says something else than B-1 did: what was billed is credited, not changed"
    # a run bills what is left, and no more
    running.run(shop[0], as_of=date(2026, 3, 10), actor=SYSTEM)
    assert [row[3] for row in told()] == [Decimal("59.5"), Decimal("9.52")]
    assert sent(delivery) == [(10, 10), (4, 4)]


def test_what_was_taken_back_is_billed_no_more_and_may_be_billed_again(load, shop):
    _, _, delivery = shop
    rows = (
        f"C-1;B-2;;;;2026-03-05;{delivery.number};2;4;8;8\nC-1;S-2;credit_note;B-2;yes;2026-03-05;{delivery.number};2;4;8;8\n"
        f"C-1;B-3;;;;2026-03-05;{delivery.number};2;4;8;8\nC-1;S-3;credit_note;B-3;yes;2026-03-05;{delivery.number};2;4;8;8\n"
        f"C-1;B-4;;;;2026-03-05;{delivery.number};2;3;6;6\n"
    )
    answer = load("billing-documents", HEADER + rows, MAP)
    assert counts(answer) == (5, 0, 0, 0), found(answer)
    assert {row[0]: row[2] for row in told()} == {
        "B-2": "cancelled", "S-2": "issued", "B-3": "cancelled", "S-3": "issued", "B-4": "issued",
    }  # fmt: skip
    assert {row[0]: row[4] for row in told() if row[4]} == {"B-2": "B-2", "S-2": "S-2"}
    assert (sent(delivery), proof()) == ([(10, 0), (4, 3)], [])
    # a later file takes back what an earlier one brought; that is kept from being taken back alone
    later = load("billing-documents", HEADER + "C-1;S-4;381;B-4;yes;2026-03-06;;;3;6;6\n", MAP)
    assert counts(later) == (0, 0, 0, 1)  # its line is of nothing, and says of what it is by no word
    rows = f"C-1;S-4;381;B-4;yes;2026-03-06;{delivery.number};2;3;6;6\n"
    later = load("billing-documents", HEADER + rows, MAP)
    assert (counts(later), sent(delivery)) == ((1, 0, 0, 0), [(10, 0), (4, 0)])
    with pytest.raises(UndoRefused, match="invoices of other loads"):
        take_back(later)
    with pytest.raises(UndoRefused, match="later documents over its invoices"):
        take_back(answer)


def test_what_differs_is_told_and_listed(load, shop, given):
    entity, _, delivery = shop
    rows = f"C-1;B-1;;;;2026-03-05;{delivery.number};1;10;48;48\nC-1;B-9;;;;2026-03-05;{delivery.number};2;4;8;8\n"
    answer = load("billing-documents", HEADER + rows, MAP)
    assert counts(answer) == (2, 0, 0, 0)
    assert [(row[0], row[3]) for row in found(answer)] == [
        ("2", "owes 59.5, and the document comes to 57.12"),
        ("2", "differs in price from the order, which says 5.00"),
        ("3", "is no open item of the customer here: nothing is owed by it"),
    ]
    (one,) = differences.listed([entity.pk], drafts_only=False)
    assert (one.invoice, one.kind, one.amount, one.state) == ("B-1", "price", -2, "issued")


def test_what_cannot_be_is_named_at_its_row(load, shop):
    _, _, delivery = shop
    number = delivery.number
    rows = (
        f"C-9;1;;;;2026-03-05;{number};1;1;5;5\nC-1;2;;;;2026-03-05;{number};3;1;5;5\nC-1;3;;;;2026-03-05;{number};1;11;55;55\n"
        f"C-1;4;;;;2026-03-05;{number};1;1;5;6\nC-1;5;credit_note;77;;2026-03-05;{number};1;1;5;5\n"
        f"C-1;6;;;yes;2026-03-05;{number};1;1;5;5\nC-1;7;;;;2026-03-05;{number};1;1;;\nC-1;8;;;;2026-03-05;;;1;5;5\n"
        f"C-1;9;credit_note;1;yes;2026-03-05;{number};1;1;5;5\n"
    )
    answer = load("billing-documents", HEADER + rows, MAP)
    assert counts(answer) == (0, 0, 0, 9)
    assert [row[:2] + row[3:4] for row in found(answer)] == [
        ("2", "Customer", "is not the number of a customer"),
        ("3", "Delivery", "is no line of a delivery here"),
        ("4", "Qty", "makes more than was sent by the delivery and is not billed, which is 10"),
        ("5", "Total", "is not what its lines come to, which is 5"),
        ("6", "Corrects", "is no invoice of this source"),
        ("7", "Cancels", "is said of what is no credit note, or of no invoice"),
        ("8", "price", "is missing, and no line_net is said"),
        ("9", "description", "is missing, and the line is of no order"),
        ("10", "Corrects", "is rejected, or no invoice of this source"),
    ]
    assert not Invoice.objects.exists()


def test_it_is_credited_where_it_is_posted(load, shop):
    _, _, delivery = shop
    load("billing-documents", HEADER + f"C-1;B-1;;;;2026-03-05;{delivery.number};1;10;50;50\n", MAP)
    made = Invoice.objects.get()
    with pytest.raises(InvoiceRefused, match="posted by the system that it came from"):
        correcting.cancel(made, actor=SYSTEM)
    with pytest.raises(InvoiceRefused, match="posted by the system that it came from"):
        issuing.issue(correcting.credit(made, actor=SYSTEM), actor=SYSTEM)


def test_a_load_is_taken_back(load, shop):
    _, _, delivery = shop
    rows = f"C-1;B-1;;;;2026-03-05;{delivery.number};1;10;50;50\nC-1;B-2;;;;2026-03-05;{delivery.number};2;4;8;8\n"
    rows += f"C-1;S-2;credit_note;B-2;yes;2026-03-05;{delivery.number};2;4;8;8\n"
    answer = load("billing-documents", HEADER + rows, MAP)
    assert Order.objects.get().state == "delivered"
    undone = take_back(answer)
    assert (undone.taken_back, told(), sent(delivery), proof()) == (3, [], [(10, 0), (4, 0)], [])
    assert counts(load("billing-documents", HEADER + rows, MAP)) == (3, 0, 0, 0)


def test_many_take_as_many_statements_as_few(load, shop, given):
    entity, customer, _ = shop
    number = shipped(order(customer, *[("1", "5")] * 50, entity=entity, number="SO-2")).number

    def statements(first: int, last: int) -> int:
        rows = "".join(f"C-1;N{n};;;;2026-03-05;{number};{n};1;5;5\n" for n in range(first, last))
        with CaptureQueriesContext(connection) as caught:
            assert load("billing-documents", HEADER + rows, MAP)["created"] == last - first
        return len(caught)

    statements(1, 2)
    assert statements(2, 4) == statements(4, 50)


def test_the_columns_of_others_are_guessed(load):
    header = "VBELN;KUNRG;FKDAT;WAERK;VGBEL;VGPOS;MATNR;FKIMG;VRKME;NETWR"
    rows = "90;C-1;2026-03-14;EUR;80;10;P1;3;C62;15.50\n90;C-1;2026-03-14;EUR;80;20;P2;1;C62;4.20\n"
    proposal = guess.propose(KINDS["billing-documents"], looking.look(load.file(header + "\n" + rows)), WORDS)
    fields = [
        "number", "customer", "issued_on", "currency", "delivery", "delivery_line", "product", "quantity", "unit",
        "line_net",
    ]  # fmt: skip
    assert proposal.map["columns"] == dict(zip(fields, header.split(";"), strict=True))
