"""Orders from files: written as those that are entered, once, changed while that may be, and taken back."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports import guess, looking
from o2c.core.imports.mapping import Refused
from o2c.core.imports.running import Order as ToLoad
from o2c.core.imports.running import load as act
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, OutboxEvent, Role
from o2c.invoicing.proof import proof
from o2c.orders import confirming
from o2c.orders.checking import keeping
from o2c.orders.deliveries import keeping as deliveries
from o2c.orders.models import Order, OrderLine
from o2c.orders.ordering import writing
from o2c.orders.ordering.drafts import DraftLine, as_draft
from o2c.web.loading import KINDS, undo
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import counts, found
from tests.orders.makers import price_list, problems, product, ready, say

STATE = Order.State
COLUMNS = {
    "customer": "Customer", "external_id": "Order", "ordered_on": "Day", "customer_reference": "PO", "position": "Pos",
    "product": "Item", "quantity": "Qty", "price": "Price",
}  # fmt: skip
MAP = {"columns": COLUMNS, "source": "erp"}
HEADER = "Customer;Order;Day;PO;Pos;Item;Qty;Price\n"
ROWS = (
    "C-1;740;2026-03-10;PO 7;10;P1;3;\n"
    "C-1;740;2026-03-10;;20;P2;2;5\n"
    "C-1;741;2026-03-10;PO 8;10;P1;1;11\n"
)  # fmt: skip


@pytest.fixture
def shop(given):
    """A legal entity with two products on its list, and two customers of whom all is known."""
    entity = given.entity()
    listed = price_list(entity, is_default=True)
    for number, price in (("P1", "10"), ("P2", "5")):
        say(listed, product(number, tax_rate=Decimal(19)), price)
    ready(given), ready(given, "C-2")
    return entity


def told(**which):
    rows = Order.objects.filter(**which).order_by("external_id")
    return [(o.external_id, o.number, o.state, o.gross_total, problems(o)) for o in rows]


def lines(key: str):
    rows = OrderLine.objects.filter(order__external_id=key).order_by("position")
    return list(rows.values_list("position", "product__number", "quantity", "price", "price_per", "net", "origin"))


def take_back(answer, actor=SYSTEM):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=actor)


def built(answer) -> dict[str, tuple[int, list[str]]]:
    with pytest.raises(UndoRefused) as refused:
        take_back(answer)
    return {each.what: (each.count, each.examples) for each in refused.value.built}


def test_orders_are_priced_taxed_and_checked_as_those_that_are_entered(load, shop):
    answer = load("orders", HEADER + ROWS, MAP)
    assert counts(answer) == (3, 0, 0, 0), found(answer)
    assert told() == [
        ("740", "SO2026-000001", "validated", Decimal("47.6"), []),
        ("741", "SO2026-000002", "draft", Decimal("13.09"), ["price_differs"]),
    ]
    assert lines("740") == [
        (10, "P1", 3, 10, 1, 30, "default_list"), (20, "P2", 2, 5, 1, 10, "default_list"),
    ]  # fmt: skip
    order = Order.objects.get(external_id="740")
    assert (order.customer_reference, order.channel, order.ship_to_city) == ("PO 7", "file", "Köln")
    assert OutboxEvent.objects.filter(kind="orders.validated").count() == 1
    assert proof() == []


def test_the_same_again_adds_nothing_and_what_changed_is_changed_while_that_may_be(load, shop):
    load("orders", HEADER + ROWS, MAP)
    ids = dict(OrderLine.objects.values_list("order__external_id", "pk").filter(position=10))
    assert counts(load("orders", HEADER + ROWS, MAP)) == (0, 0, 3, 0)
    # less of a line, one line gone and one new; the other order as it was
    changed = "C-1;740;2026-03-10;PO 7;10;P1;2;\nC-1;740;2026-03-10;;30;P2;1;\n" + ROWS.splitlines()[2] + "\n"
    assert counts(load("orders", HEADER + changed, MAP)) == (0, 2, 1, 0)
    assert lines("740") == [
        (10, "P1", 2, 10, 1, 20, "default_list"), (30, "P2", 1, 5, 1, 5, "default_list"),
    ]  # fmt: skip
    assert dict(OrderLine.objects.values_list("order__external_id", "pk").filter(position=10)) == ids
    confirming.confirm(Order.objects.get(external_id="740"), actor=SYSTEM)
    answer = load("orders", HEADER + ROWS + "C-2;742;2026-03-10;;10;P1;1;\n", MAP)
    assert counts(answer) == (1, 0, 1, 2)
    assert found(answer) == [
        ("2", "Qty", "3.000000", "SO2026-000001 is confirmed, and the source says another quantity now.", "error"),
        ("3", "", "", "another line of the same order is rejected", "error"),
    ]
    assert counts(load("orders", HEADER + changed, MAP)) == (0, 0, 3, 0)


def test_what_cannot_be_is_named_at_its_row_and_takes_its_order_with_it_only(load, shop):
    rows = (
        "C-9;1;2026-03-10;;1;P1;1;\n"
        "C-1;2;2026-03-10;;1;P1;one;\nC-1;2;2026-03-10;;2;P1;1;\n"
        "C-1;3;2026-03-10;;1;P1;1;\nC-1;3;2026-03-10;;1;P1;1;\n"
        "C-1;4;2026-03-10;A;1;P1;1;\nC-1;4;2026-03-10;B;2;P1;1;\n"
        "C-1;5;2026-03-10;;1.5;P1;1;\n"
        "C-1;6;2026-03-10;;1;P1;-1;\n"
        "C-1;7;2026-03-10;;1;P1;9999999999999;9999999999999\n"
        "C-1;8;2026-03-10;;1;P9;0;\n"
    )
    answer = load("orders", HEADER + rows, MAP)
    assert counts(answer) == (1, 0, 0, 10), found(answer)
    alone = "another line of the same order is rejected"
    assert [row[:2] + row[3:4] for row in found(answer)] == [
        ("2", "Customer", "is not the number of a customer, nor its key in the source"),
        ("3", "Qty", "is not an amount with the decimal point"),
        ("4", "", alone),
        ("5", "", alone),
        ("6", "Pos", "Another line of the order has this number."),
        ("7", "PO", "differs from line 8 of the same order"),
        ("8", "PO", "differs from line 7 of the same order"),
        ("9", "Pos", "is no number of a line, from 1 on"),
        ("10", "Qty", "At least nothing, with at most 13 digits before the point."),
        ("11", "", "It comes to more than can be booked."),
    ]
    # what can be written and is wrong is a problem of the order
    assert told() == [("8", "SO2026-000001", "draft", 0, ["product_unknown", "quantity_missing", "tax_rate_missing"])]


def test_a_number_is_kept_unless_it_is_ours_to_give(load, shop):
    raw = MAP | {"columns": COLUMNS | {"number": "No"}}
    header = HEADER.strip() + ";No\n"
    rows = "C-1;1;2026-03-10;;1;P1;1;;A-77\nC-1;2;2026-03-10;;1;P1;1;;SO2026-000009\nC-1;3;2026-03-10;;1;P1;1;;A-77\n"
    answer = load("orders", header + rows, raw)
    assert [row[:2] for row in found(answer)] == [("2", "No"), ("3", "No"), ("4", "No")]
    assert counts(load("orders", header + rows.splitlines()[0], raw)) == (1, 0, 0, 0)
    assert counts(load("orders", header + "C-1;9;2026-03-10;;1;P1;1;;A-77\n", raw)) == (0, 0, 0, 1)
    answer = load("orders", header + "C-1;1;2026-03-10;;1;P1;1;;A-78\n", raw)
    assert found(answer)[0][3] == "It is A-77 here, and stays so."
    assert told() == [("1", "A-77", "validated", Decimal("11.9"), [])]


def test_what_a_line_comes_to_is_its_price_where_none_is_said_and_a_discount_is_exact(load, shop):
    columns = {
        "customer": "C", "number": "O", "ordered_on": "D", "product": "P", "quantity": "Q", "price": "X",
        "discount_percent": "R", "line_net": "N", "currency": "M",
    }  # fmt: skip
    rows = "C-1;A;2026-03-10;P1;3;;;10;EUR\nC-1;B;2026-03-10;P1;1;12.34;33.3333;8.23;EUR\n"
    rows += "C-1;D;2026-03-10;P1;2;10;5;18;EUR\nC-1;E;2026-03-10;P1;2;;5;;EUR\n"
    answer = load("orders", "C;O;D;P;Q;X;R;N;M\n" + rows, {"columns": columns})
    assert counts(answer) == (2, 0, 0, 2)
    assert [row[:4] for row in found(answer)] == [
        ("4", "N", "18.0000", "is not quantity times price less discount, which is 19.00"),
        ("5", "R", "5.000000", "is of no price: the row says none"),
    ]
    assert lines("A") == [(1, "P1", 3, 10, 3, 10, "by_hand")]
    assert lines("B") == [(1, "P1", 1, Decimal("822.667078"), 100, Decimal("8.23"), "by_hand")]


def test_what_was_promised_elsewhere_comes_confirmed_and_is_not_judged(load, shop, given):
    raw = MAP | {"constants": {"confirmed": "yes"}}
    assert counts(load("orders", HEADER + ROWS, MAP)) == (3, 0, 0, 0)
    assert counts(load("orders", HEADER + ROWS + "C-2;742;2026-03-10;;10;P9;1;4\n", raw)) == (1, 3, 0, 0)
    assert [row[2] for row in told()] == ["confirmed"] * 3
    assert [row[4] for row in told()] == [[], [], []]
    events = OutboxEvent.objects.filter(kind="orders.confirmed").values_list("payload__number", flat=True)
    assert sorted(events) == ["SO2026-000001", "SO2026-000002", "SO2026-000003"]
    assert counts(load("orders", HEADER + ROWS, raw)) == (0, 0, 3, 0)


def test_who_enters_orders_does_not_load_them_as_confirmed(load, shop, given, tmp_path):
    clerk = given.user("ole", Role.ORDER_CLERK)
    asked = ToLoad(
        kind=KINDS["orders"], path=load.file(HEADER + ROWS), map=MAP | {"constants": {"confirmed": "yes"}},
        owner=shop.code, owner_id=shop.pk, on=date(2026, 3, 10), folder=tmp_path,
    )  # fmt: skip
    with pytest.raises(Refused, match="by who may release"):
        act(asked, actor=Actor.of(clerk))
    assert not Order.objects.exists()


def test_many_orders_take_as_many_statements_as_few(load, shop):
    def statements(first: int, last: int) -> int:
        rows = "".join(f"C-1;N{n};2026-03-10;;{p};P1;{n};\n" for n in range(first, last) for p in (1, 2))
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert load("orders", HEADER + rows, MAP)["created"] == 2 * (last - first)
        return len(caught)

    statements(1, 2)
    assert statements(10, 13) == statements(20, 80)


def test_an_order_of_a_file_keeps_the_numbers_of_its_lines_when_it_is_changed_here(load, shop):
    load("orders", HEADER + ROWS, MAP)
    order = Order.objects.get(external_id="740")
    draft = as_draft(order)
    more = DraftLine(quantity=Decimal(1), product=draft.lines[0].product)
    changed = type(draft)(**(draft.__dict__ | {"lines": (draft.lines[1], more)}))
    writing.write(changed, existing=order, actor=SYSTEM)
    assert [row[:2] for row in lines("740")] == [(20, "P2"), (21, "P1")]


# --- Taking back


def test_a_load_is_taken_back(load, shop):
    load("orders", HEADER + ROWS, MAP)
    before, before_lines = told(), lines("740")
    changed = "C-2;740;2026-03-10;PO 7;10;P1;2;\nC-2;740;2026-03-10;;30;P2;1;7\nC-1;750;2026-03-10;;1;P1;1;\n"
    answer = load("orders", HEADER + changed, MAP)
    assert counts(answer) == (1, 2, 0, 0)
    # what the check does by itself is nothing that builds on it
    keeping.revalidate(Order.objects.values_list("pk", flat=True), actor=SYSTEM)
    undone = take_back(answer)
    assert (undone.taken_back, undone.restored) == (1, 1)
    assert undone.notes == ["1 orders with numbers of ours stay, cancelled: numbers have no gaps."]
    assert (told(external_id__gt=""), lines("740")) == (before, before_lines)
    stays = Order.objects.get(number="SO2026-000003")
    assert (stays.state, stays.source, stays.external_id) == ("cancelled", "", "")
    assert proof() == []
    assert counts(load("orders", HEADER + changed, MAP)) == (1, 2, 0, 0)


def test_orders_with_numbers_of_their_own_are_gone(load, shop):
    raw = MAP | {"columns": COLUMNS | {"number": "Order"}}
    answer = load("orders", HEADER + ROWS, raw)
    undone = take_back(answer)
    assert (undone.taken_back, undone.notes, Order.objects.count()) == (2, [], 0)


def test_it_stays_where_something_builds_on_it(load, shop):
    answer = load("orders", HEADER + ROWS, MAP | {"constants": {"confirmed": "yes"}})
    order = Order.objects.get(external_id="740")
    (line,) = order.lines.filter(position=10)
    deliveries.plan([deliveries.Part(line, Decimal(1))], actor=SYSTEM)
    assert built(answer) == {"delivery lines": (1, [f"delivery line {line.deliveries.get().pk}"])}
    other = load("orders", HEADER + "C-1;760;2026-03-10;;1;P1;1;\n", MAP)
    later = Order.objects.get(external_id="760")
    writing.write(type(as_draft(later))(**(as_draft(later).__dict__ | {"note": "x"})), existing=later, actor=SYSTEM)
    assert built(other) == {"orders changed since": (1, [later.number])}
    assert Order.objects.filter(state=STATE.CANCELLED).count() == 0


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "VBELN;POSNR;KUNNR;AUDAT;BSTKD;MATNR;KWMENG;VRKME;NETPR;WAERK",
            "external_id position customer ordered_on customer_reference product quantity unit price currency",
        ),
        (
            "Auftragsnummer;Pos;Kundennummer;Auftragsdatum;Bestellnummer;Artikelnummer;Menge;Einheit;Einzelpreis;Währung",
            "external_id position customer ordered_on customer_reference product quantity unit price currency",
        ),
        (
            "Sales order;Line;Customer no;Order date;PO number;Item no;Quantity;UoM;Unit price;Currency",
            "external_id position customer ordered_on customer_reference product quantity unit price currency",
        ),
    ],
)
def test_the_columns_of_others_are_guessed(load, header, fields):
    rows = "740;10;C-1;2026-03-10;PO 7;P1;3;C62;5.50;EUR\n740;20;C-1;2026-03-10;PO 7;P2;1;C62;4.00;EUR\n"
    proposal = guess.propose(KINDS["orders"], looking.look(load.file(header + "\n" + rows)), WORDS)
    assert proposal.map["columns"] == dict(zip(fields.split(), header.split(";"), strict=True))
