"""Deliveries from files: as far as they have come, once, with their orders following, and taken back."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM
from o2c.core.imports import guess, looking
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, OutboxEvent
from o2c.invoicing.billing import running
from o2c.invoicing.proof import proof
from o2c.orders.deliveries import keeping
from o2c.orders.models import Carrier, Delivery, Order
from o2c.web.loading import KINDS, undo
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import counts, found
from tests.orders.ordered import order, shipped

COLUMNS = {
    "external_id": "Delivery", "order": "Order", "order_line": "Line", "quantity": "Qty", "shipped_on": "Shipped",
    "delivered_on": "Arrived", "proved_on": "Proved", "proved_by": "By", "carrier": "Carrier",
    "tracking_number": "Tracking",
}  # fmt: skip
MAP = {"columns": COLUMNS, "source": "erp"}
HEADER = "Delivery;Order;Line;Qty;Shipped;Arrived;Proved;By;Carrier;Tracking\n"
TODAY = date(2026, 3, 10)


@pytest.fixture
def shop(given, clock_at):
    entity = given.entity()
    return entity, given.customer("C-1", entity=entity), given.customer("C-2", entity=entity)


@pytest.fixture
def clock_at(time_machine):
    time_machine.move_to("2026-03-10T12:00:00+00:00", tick=False)


def told():
    return [
        (d.external_id, d.number, d.state, [(line.order_line.order.number, line.quantity) for line in d.lines.all()])
        for d in Delivery.objects.order_by("pk")
    ]


def states():
    return dict(Order.objects.values_list("number", "state"))


def delivered(number: str):
    return list(Order.objects.get(number=number).lines.order_by("position").values_list("delivered", flat=True))


def take_back(answer):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)


def test_each_comes_as_far_as_it_has_come_and_its_orders_follow(load, shop):
    entity, one, two = shop
    order(one, ("10", "5"), ("4", "2"), entity=entity, external_id="740", source="erp")
    order(one, ("3", "5"), entity=entity, number="SO-2")
    order(two, ("1", "1"), entity=entity, number="SO-3", customer_reference="PO 7")
    Carrier.objects.create(code="DHL", name="DHL")
    rows = (
        "80;740;1;6;2026-03-02;2026-03-03;2026-03-04;Mr Low;DHL;T1\n80;740;000002;4;2026-03-02;;;;;\n"
        "81;SO-2;1;3;2026-03-05;;;;;\n82;PO 7;1;1;;;;;;\n"
    )
    answer = load("deliveries", HEADER + rows, MAP)
    assert counts(answer) == (4, 0, 0, 0), found(answer)
    assert told() == [
        ("80", "DN2026-000001", "proved", [("SO-1", 6), ("SO-1", 4)]),
        ("81", "DN2026-000002", "shipped", [("SO-2", 3)]),
        ("82", "DN2026-000003", "planned", [("SO-3", 1)]),
    ]
    assert states() == {"SO-1": "partly_delivered", "SO-2": "delivered", "SO-3": "confirmed"}
    assert (delivered("SO-1"), delivered("SO-3")) == ([6, 4], [0])
    first = Delivery.objects.get(external_id="80")
    assert (first.proved_by, first.proved_on, first.delivered_on, first.carrier.code, first.tracking_number) == (
        "Mr Low", date(2026, 3, 4), date(2026, 3, 3), "DHL", "T1",
    )  # fmt: skip
    events = OutboxEvent.objects.filter(kind__startswith="deliveries.").values_list("kind", flat=True)
    assert sorted(kind.removeprefix("deliveries.") for kind in events) == [
        "delivered", "planned", "planned", "planned", "proved", "shipped", "shipped",
    ]  # fmt: skip
    assert proof() == []
    assert counts(load("deliveries", HEADER + rows, MAP)) == (0, 0, 4, 0)


def test_a_later_file_takes_it_further_and_changes_what_is_planned(load, shop):
    entity, one, _ = shop
    order(one, ("10", "5"), ("4", "2"), entity=entity)
    load("deliveries", HEADER + "80;SO-1;1;6;;;;;;\n", MAP)
    assert counts(load("deliveries", HEADER + "80;SO-1;1;7;;;;;;\n80;SO-1;2;1;;;;;;\n", MAP)) == (0, 2, 0, 0)
    assert told() == [("80", "DN2026-000001", "planned", [("SO-1", 7), ("SO-1", 1)])]
    rows = "80;SO-1;1;7;2026-03-05;;;;;\n80;SO-1;2;1;2026-03-05;;;;;\n"
    assert counts(load("deliveries", HEADER + rows, MAP)) == (0, 2, 0, 0)
    assert (delivered("SO-1"), states()["SO-1"]) == ([7, 1], "partly_delivered")
    assert counts(load("deliveries", HEADER + rows.replace(";;;;;", ";2026-03-06;;;;T9"), MAP)) == (0, 2, 0, 0)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.delivered_on, delivery.tracking_number) == ("delivered", date(2026, 3, 6), "T9")
    # what has left the house is as it was
    answer = load("deliveries", HEADER + rows.replace(";7;", ";8;"), MAP)
    assert counts(answer) == (0, 0, 0, 2)
    assert found(answer)[0][3] == "DN2026-000001 left the house with other lines: cancel it here first"
    answer = load("deliveries", HEADER + rows.replace("03-05", "03-04"), MAP)
    assert found(answer)[0][3] == "DN2026-000001 left the house on 2026-03-05"
    keeping.cancel(delivery, reason="back", actor=SYSTEM)
    answer = load("deliveries", HEADER + rows, MAP)
    assert (counts(answer), answer["warnings"]) == ((0, 0, 2, 0), 1)
    assert delivered("SO-1") == [0, 0]


def test_what_cannot_be_is_named_at_its_row(load, shop):
    entity, one, two = shop
    order(one, ("10", "5"), ("4", "2"), entity=entity)
    order(one, ("3", "5"), entity=entity, number="SO-2", customer_reference="PO", ship_to_city="Elsewhere")
    order(two, ("1", "1"), entity=entity, number="SO-3", customer_reference="PO")
    order(one, ("3", "5"), entity=entity, number="SO-4", state="validated")
    rows = (
        "1;SO-9;1;1;;;;;;\n2;PO;1;1;;;;;;\n3;SO-1;3;1;;;;;;\n4;SO-1;1;0;;;;;;\n5;SO-4;1;1;;;;;;\n"
        "6;SO-1;1;1;;;;;;\n6;SO-2;1;1;;;;;;\n7;SO-1;1;1;;;;;;\n7;SO-3;1;1;;;;;;\n"
        "8;SO-1;1;1;2026-03-11;;;;;\n9;SO-1;1;1;2026-03-05;2026-03-04;;;;\n10;SO-1;1;1;;;;;UPS;\n"
        "11;SO-1;1;11;;;;;;\n12;SO-1;2;5;2026-03-05;;;;;\n"
    )
    answer = load("deliveries", HEADER + rows, MAP)
    assert counts(answer) == (1, 0, 0, 13)
    assert [row[:2] + row[3:4] for row in found(answer) if "another line" not in row[3]] == [
        ("2", "Order", "is no order here"),
        ("3", "Order", "are several orders here"),
        ("4", "Line", "is no line of the order"),
        ("5", "Qty", "is not more than nothing"),
        ("6", "Order", "SO-4 is validated: nothing of it is sent"),
        ("8", "Order", "goes to another place than SO-1"),
        ("10", "Order", "is of another customer than SO-1"),
        ("11", "Shipped", "has not come"),
        ("12", "Arrived", "is before it left the house"),
        ("13", "Carrier", "is no code of a carrier"),
        ("14", "Qty", "makes more than is left of the line, which is 10"),
        # what was sent was sent
        ("15", "Qty", "makes more than is left of the line, which is 4"),
    ]
    assert told() == [("12", "DN2026-000001", "shipped", [("SO-1", 5)])]


def test_many_take_as_many_statements_as_few(load, shop):
    entity, one, _ = shop
    for n in range(40):
        order(one, ("10", "5"), entity=entity, number=f"SO-{n}")

    def statements(first: int, last: int) -> int:
        rows = "".join(f"{n};SO-{n};1;1;2026-03-02;;;;;\n" for n in range(first, last))
        with CaptureQueriesContext(connection) as caught:
            load("deliveries", HEADER + rows, MAP)
        return len(caught)

    statements(0, 1)
    assert statements(1, 3) == statements(3, 40)


# --- Taking back


def test_a_load_is_taken_back_and_its_orders_with_it(load, shop):
    entity, one, _ = shop
    order(one, ("10", "5"), ("4", "2"), entity=entity)
    shipped(Order.objects.get(), "1", on=date(2026, 3, 2))
    load("deliveries", HEADER + "80;SO-1;1;6;;;;;;\n", MAP)
    before, stood = told(), delivered("SO-1")
    raw = MAP | {"columns": COLUMNS | {"number": "No"}}
    rows = "80;SO-1;1;5;2026-03-05;;;;;;\n80;SO-1;2;3;2026-03-05;;;;;;\n81;SO-1;1;1;2026-03-05;;;;;;\n"
    rows += "82;SO-1;2;1;2026-03-05;2026-03-06;;;;;L-82\n"
    answer = load("deliveries", HEADER.strip() + ";No\n" + rows, raw)
    assert counts(answer) == (2, 2, 0, 0), found(answer)
    assert delivered("SO-1") == [7, 4]
    undone = take_back(answer)
    assert (undone.taken_back, undone.restored) == (2, 1)
    assert undone.notes == ["1 deliveries with numbers of ours stay, cancelled: numbers have no gaps."]
    assert [row for row in told() if row[2] != "cancelled"] == before
    assert (delivered("SO-1"), states()["SO-1"], proof()) == (stood, "partly_delivered", [])
    assert counts(load("deliveries", HEADER.strip() + ";No\n" + rows, raw)) == (2, 2, 0, 0)


def test_what_is_invoiced_or_changed_stays(load, shop):
    entity, one, _ = shop
    order(one, ("10", "5"), entity=entity)
    answer = load("deliveries", HEADER + "80;SO-1;1;6;2026-03-02;;;;;\n", MAP)
    keeping.deliver(Delivery.objects.get(), on=date(2026, 3, 3), actor=SYSTEM)
    running.run(entity, as_of=TODAY, actor=SYSTEM)
    with pytest.raises(UndoRefused) as refused:
        take_back(answer)
    assert {each.what: each.examples for each in refused.value.built} == {
        "deliveries changed since": ["DN2026-000001"], "invoice lines": refused.value.built[1].examples,
    }  # fmt: skip
    assert delivered("SO-1") == [6]


def test_the_columns_of_others_are_guessed(load):
    header = "VBELN;VGBEL;VGPOS;LFIMG;WADAT_IST;Carrier;Tracking number"
    rows = "80;740;10;3;2026-03-14;DHL;T1\n80;740;20;1;2026-03-14;DHL;T1\n"
    proposal = guess.propose(KINDS["deliveries"], looking.look(load.file(header + "\n" + rows)), WORDS)
    fields = ["external_id", "order", "order_line", "quantity", "shipped_on", "carrier", "tracking_number"]
    assert proposal.map["columns"] == dict(zip(fields, header.split(";"), strict=True))
