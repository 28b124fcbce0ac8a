"""List prices from files: what stood gives way and is history before today; two that meet are named."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM
from o2c.core.imports import guess, looking
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, OutboxEvent
from o2c.orders.models import ListPrice, PriceList, Product
from o2c.web.loading import KINDS, undo
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import counts, found
from tests.orders.makers import line, order, price_list, product, ready, say

COLUMNS = {
    "list": "List", "currency": "Cur", "product": "Item", "from_quantity": "Min", "price": "Price", "price_per": "Per",
    "valid_from": "From", "valid_until": "Until",
}  # fmt: skip
MAP = {"columns": COLUMNS, "source": "erp"}
HEADER = "List;Cur;Item;Min;Price;Per;From;Until\n"


@pytest.fixture
def shop(given, time_machine):
    time_machine.move_to("2026-03-10T12:00:00+00:00", tick=False)
    entity = given.entity()
    return entity, price_list(entity, is_default=True), product("P1"), product("P2")


def told(listed="STD"):
    rows = ListPrice.objects.filter(price_list__code=listed).order_by("product__number", "from_quantity", "valid_from")
    return [
        (p.product.number, p.from_quantity, p.price, p.price_per, p.valid_from.isoformat(), str(p.valid_until or ""))
        for p in rows.select_related("product")
    ]


def take_back(answer):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)


def test_prices_come_in_once_and_a_list_that_is_missing_is_opened(load, shop):
    rows = "STD;EUR;P1;;10;;2026-01-01;\nSTD;;P1;100;900;100;2026-01-01;2026-12-31\nUS;USD;P2;;5.25;;2026-01-01;\n"
    answer = load("prices", HEADER + rows, MAP)
    assert counts(answer) == (3, 0, 0, 0), found(answer)
    assert answer["notes"] == ["Opened the price lists US."]
    assert told() == [
        ("P1", 0, 10, 1, "2026-01-01", ""), ("P1", 100, 900, 100, "2026-01-01", "2026-12-31"),
    ]  # fmt: skip
    assert (told("US"), PriceList.objects.get(code="US").currency) == (
        [("P2", 0, Decimal("5.25"), 1, "2026-01-01", "")], "USD",
    )  # fmt: skip
    assert counts(load("prices", HEADER + rows, MAP)) == (0, 0, 3, 0)
    ids = sorted(Product.objects.values_list("pk", flat=True))
    events = OutboxEvent.objects.filter(kind="prices.changed").values_list("payload__product_ids", flat=True)
    assert list(events) == [ids]


def test_what_stood_gives_way_and_stands_again(load, shop):
    _, listed, sold, _ = shop
    say(listed, sold, "10", since=date(2026, 1, 1), today=date(2026, 1, 1))
    rows = "STD;;P1;;8;;2026-04-01;2026-04-30\nSTD;;P1;;9;;2026-06-01;2026-06-30\nSTD;;P1;;12;;2027-01-01;\n"
    assert counts(load("prices", HEADER + rows, MAP)) == (0, 3, 0, 0)
    expected = [
        ("P1", 0, 10, 1, "2026-01-01", "2026-03-31"), ("P1", 0, 8, 1, "2026-04-01", "2026-04-30"),
        ("P1", 0, 10, 1, "2026-05-01", "2026-05-31"), ("P1", 0, 9, 1, "2026-06-01", "2026-06-30"),
        ("P1", 0, 10, 1, "2026-07-01", "2026-12-31"), ("P1", 0, 12, 1, "2027-01-01", ""),
    ]  # fmt: skip
    assert told() == expected
    assert counts(load("prices", HEADER + rows, MAP)) == (0, 0, 3, 0)
    # as they would be said one by one
    ListPrice.objects.all().delete()
    say(listed, sold, "10", since=date(2026, 1, 1), today=date(2026, 1, 1))
    say(listed, sold, "8", since=date(2026, 4, 1), until=date(2026, 4, 30))
    say(listed, sold, "9", since=date(2026, 6, 1), until=date(2026, 6, 30))
    say(listed, sold, "12", since=date(2027, 1, 1))
    assert told() == expected
    # one that has not counted yet is said anew
    assert counts(load("prices", HEADER + "STD;;P1;;13;;2027-01-01;\n", MAP)) == (0, 1, 0, 0)
    assert told()[-1] == ("P1", 0, 13, 1, "2027-01-01", "")


def test_what_cannot_be_is_named_at_its_row(load, shop):
    _, listed, sold, _ = shop
    say(listed, sold, "10", since=date(2026, 1, 1), today=date(2026, 1, 1))
    Product.objects.filter(number="P2").update(in_use=False)
    rows = (
        "STD;;P1;5;10;;2026-04-01;\nSTD;;P1;5;11;;2026-05-01;\nSTD;USD;P1;9;1;;2026-04-01;\nNEW;;P1;;1;;2026-04-01;\n"
        "STD;;P9;;1;;2026-04-01;\nSTD;;P2;;1;;2026-04-01;\nSTD;;P1;7;-1;;2026-04-01;\nSTD;;P1;8;1;0;2026-04-01;\n"
        "STD;;P1;6;1;;2026-04-01;2026-03-31\nSTD;;P1;;11;;2026-03-09;2026-03-31\nSTD;;P1;;12;;2026-05-01;\n"
    )
    answer = load("prices", HEADER + rows, MAP)
    assert counts(answer) == (0, 1, 0, 10)
    assert [row[:2] + row[3:4] for row in found(answer)] == [
        ("2", "From", "counts on days on which the price of line 3 does"),
        ("3", "From", "counts on days on which the price of line 2 does"),
        ("4", "Cur", "is not the currency of the list, which is EUR"),
        ("5", "List", "is no price list, and no currency is said to open it in"),
        ("6", "Item", "is not the number of a product, nor its key in the source"),
        ("7", "Item", "is out of use"),
        ("8", "Price", "is less than nothing"),
        ("9", "Per", "is not more than nothing"),
        ("10", "Until", "is before it begins"),
        (
            "11", "From",
            "would change what has counted since 2026-01-01: another price follows on 2026-03-10 at the earliest",
        ),
    ]  # fmt: skip
    assert told() == [("P1", 0, 10, 1, "2026-01-01", "2026-04-30"), ("P1", 0, 12, 1, "2026-05-01", "")]


def test_many_take_as_many_statements_as_few(load, shop):
    def statements(first: int, last: int) -> int:
        rows = "".join(f"STD;;P1;{n};{n + 1};;2026-04-01;\n" for n in range(first, last))
        with CaptureQueriesContext(connection) as caught:
            assert load("prices", HEADER + rows, MAP)["created"] == last - first
        return len(caught)

    statements(0, 1)
    assert statements(1, 3) == statements(3, 60)


def test_a_load_is_taken_back(load, shop):
    _, listed, sold, _ = shop
    say(listed, sold, "10", since=date(2026, 1, 1), today=date(2026, 1, 1))
    say(listed, sold, "14", since=date(2027, 1, 1))
    before = told()
    rows = "STD;;P1;;8;;2026-04-01;2026-04-30\nSTD;;P1;;15;;2027-01-01;\nUS;USD;P2;;5;;2026-01-01;\n"
    answer = load("prices", HEADER + rows, MAP)
    assert counts(answer) == (1, 2, 0, 0)
    undone = take_back(answer)
    assert (told(), PriceList.objects.count()) == (before, 1)
    # three prices and the one that stood again; the ends of one, and the one that it took the place of
    assert (undone.taken_back, undone.restored) == (4, 2)
    assert counts(load("prices", HEADER + rows, MAP)) == (1, 2, 0, 0)


def test_what_orders_were_priced_by_stays(load, shop, given):
    entity, _, sold, _ = shop
    answer = load("prices", HEADER + "STD;;P1;;8;;2026-01-01;\n", MAP)
    made = order(ready(given), line(sold), entity=entity)
    with pytest.raises(UndoRefused) as refused:
        take_back(answer)
    assert [(each.what, each.examples) for each in refused.value.built] == [
        ("orders that were priced by it", [made.number])
    ]
    assert told() == [("P1", 0, 8, 1, "2026-01-01", "")]


def test_the_columns_of_others_are_guessed(load):
    header = "Preisliste;Währung;Artikelnummer;ab Menge;Preis;Preiseinheit;gültig ab;gültig bis"
    rows = "STD;EUR;P1;0;10.50;1;2026-01-01;2026-12-31\nSTD;EUR;P2;100;9.25;1;2026-01-14;2026-12-31\n"
    proposal = guess.propose(KINDS["prices"], looking.look(load.file(header + "\n" + rows)), WORDS)
    assert proposal.map["columns"] == dict(zip(COLUMNS, header.split(";"), strict=True))
