"""Products from files: known again by their number, and taken back unless a price names them."""

from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, Role
from o2c.orders.models import Product
from o2c.web.loading import undo
from o2c.web.uploads.acts import kinds_for
from o2c.web.uploads.undoing import may_undo
from tests.imports.files_given import counts, found
from tests.orders.makers import price_list, say

MAP = {
    "columns": {"number": "No", "name": "Name", "unit": "Unit", "external_id": "Key", "in_use": "Used"},
    "source": "erp",
}
HEADER = "No;Name;Unit;Key;Used\n"


@pytest.fixture
def entity(given):
    return given.entity("DE1")


def told(*names):
    return list(Product.objects.order_by("number").values_list(*names))


def take_back(answer):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)


def test_who_sees_only_some_legal_entities_loads_what_is_theirs_and_takes_no_products_back(given, load, entity):
    everywhere, there = given.user("ole", Role.ORDER_CLERK), given.user("dora", Role.ORDER_CLERK, entities=[entity])
    assert {kind.name for kind in kinds_for(everywhere)} - {kind.name for kind in kinds_for(there)} == {"products"}
    run = ImportRun.objects.get(pk=load("products", HEADER + "P1;Paper;;;\n", MAP)["import_run"])
    assert (may_undo(everywhere, run), may_undo(there, run)) == (True, False)


def test_new_products_and_known_ones(load, entity):
    rows = "P1;Paper;kgm;7;yes\nP2;Board;;;\nP3;Work;hours;;no\n"
    assert counts(load("products", HEADER + rows, MAP)) == (3, 0, 0, 0)
    names = ("number", "name", "unit", "source", "external_id", "in_use")
    before = told(*names)
    assert before == [
        ("P1", "Paper", "KGM", "erp", "7", True),
        ("P2", "Board", "C62", "erp", "", True),
        ("P3", "Work", "HUR", "erp", "", False),
    ]
    assert counts(load("products", HEADER + rows, MAP)) == (0, 0, 3, 0)
    assert counts(load("products", HEADER + "P1;;;;no\nP2;Card;;8;\n", MAP)) == (0, 2, 0, 0)
    assert told("number", "name", "external_id", "in_use")[:2] == [
        ("P1", "Paper", "7", False),
        ("P2", "Card", "8", True),
    ]


def test_what_cannot_be_taken_is_named_with_its_row(load, entity):
    load("products", HEADER + "P1;Paper;KGM;7;\n", MAP)
    say(price_list(entity), Product.objects.get(), "10")
    answer = load("products", HEADER + "P1;;GRM;;\nP2;;;;\nP3;Card;;7;\nP4;Card;sack full;;\n", MAP)
    assert counts(answer) == (0, 0, 0, 4)
    assert [(row[0], row[1]) for row in found(answer)] == [("2", "Unit"), ("3", "Name"), ("4", "Key"), ("5", "Unit")]
    assert told("number", "unit") == [("P1", "KGM")]


def test_a_load_is_taken_back(load, entity):
    load("products", HEADER + "P1;Paper;KGM;7;\n", MAP)
    before = told("number", "name", "unit", "in_use")
    answer = load("products", HEADER + "P1;Card;;;no\nP2;Board;;;\n", MAP)
    undone = take_back(answer)
    assert (undone.taken_back, undone.restored) == (1, 1)
    assert told("number", "name", "unit", "in_use") == before


def test_what_has_a_price_is_not_taken_back(load, entity):
    answer = load("products", HEADER + "P1;Paper;KGM;7;\n", MAP)
    say(price_list(entity), Product.objects.get(), "10")
    with pytest.raises(UndoRefused) as refused:
        take_back(answer)
    assert [(built.what, built.count) for built in refused.value.built] == [("list prices", 1)]
    assert Product.objects.exists()


def test_how_it_is_taxed_declared_and_weighed_is_loaded_and_what_is_wrong_is_told(load, entity):
    columns = {
        "number": "No", "name": "Name", "tax_rate": "Tax", "hs_code": "HS", "origin_country": "From",
        "net_weight_kg": "Net", "gross_weight_kg": "Gross",
    }  # fmt: skip
    header = "No;Name;Tax;HS;From;Net;Gross\n"
    rows = "P1;Paper;7;480256;de;1.5;1.6\nP2;Pen;0;;;;\nP3;Ink;100;;;;\nP4;Cap;7;48;;;\nP5;Pot;7;;D1;;\n"
    rows += "P6;Box;7;;;2;1\nP7;Jar;7;;;-1;\n"
    raw = {"columns": columns, "source": "erp"}
    answer = load("products", header + rows, raw)
    assert counts(answer) == (2, 0, 0, 5)
    assert [row[:2] for row in found(answer)] == [
        ("4", "Tax"), ("5", "HS"), ("6", "From"), ("7", "Gross"), ("8", "Net"),
    ]  # fmt: skip
    facts = ("number", "tax_rate", "hs_code", "origin_country", "net_weight_kg", "gross_weight_kg")
    assert told(*facts) == [
        ("P1", 7, "480256", "DE", Decimal("1.5"), Decimal("1.6")), ("P2", 0, "", "", None, None),
    ]  # fmt: skip
    assert counts(load("products", header + "P1;Paper;7;480256;DE;1.5;1.6\nP2;Pen;;;FR;;\n", raw)) == (0, 1, 1, 0)
    assert counts(load("products", header + "P1;;;;;1.7;\n", raw)) == (0, 0, 0, 1)  # it weighs 1.6 packed
