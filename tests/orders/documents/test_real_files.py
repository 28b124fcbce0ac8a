"""Every order and despatch advice of the shared data: what it says, to the line, or why it is refused and where."""

import os
import re
from pathlib import Path

import pytest
from lxml import etree

from o2c import ROOT
from o2c.orders.documents.facts import Despatch, Order, Refused
from o2c.orders.documents.reading import read_despatches, read_orders
from tests.orders.documents.outcomes import DESPATCHES, ORDERS, REFUSED

DATA = Path(os.environ.get("O2C_DATA") or ROOT.parent / "shared" / "data")
UBL = DATA / "orders" / "OpenPEPPOL__poacc-upgrade-3" / "rules"
EDI = DATA / "edi"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there; set O2C_DATA to the real files")


def path_of(name: str) -> Path:
    return (EDI if name.endswith(".edi") else UBL) / name


def said(value) -> str | None:
    return None if value is None else str(value)


def told(order: Order) -> tuple:
    ship_to = order.ship_to
    return (
        order.number,
        order.purpose.value,
        str(order.ordered_on),
        said(order.wanted_on),
        order.currency,
        (order.buyer.name, order.buyer.number),
        (ship_to.name, ship_to.postal_code, ship_to.city, ship_to.country),
        (said(order.net), said(order.tax), said(order.payable)),
        order.incoterm,
        [
            f"{line.number} {line.quantity} {line.unit} {line.price}/{line.price_per} {'|'.join(line.item.numbers)}"
            for line in order.lines
        ],
    )


def told_despatch(despatch: Despatch) -> tuple:
    return (
        despatch.number,
        str(despatch.issued_on),
        said(despatch.shipped_on),
        said(despatch.expected_on),
        despatch.order,
        (despatch.buyer.name, despatch.receiver.city),
        despatch.carrier.name,
        despatch.tracking_number,
        said(despatch.gross_weight),
        [
            f"{line.number} {line.quantity} {line.unit} {line.order}:{line.order_line} {'|'.join(line.item.numbers)}"
            for line in despatch.lines
        ],
    )


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_an_order(name):
    orders, refused = ORDERS[name]
    found = read_orders(path_of(name))
    assert [told(order) for order in found.orders] == orders
    assert [f"{each.where}: {each.reason}" for each in found.refused] == refused
    assert all(not order.problems for order in found.orders)


@pytest.mark.parametrize("name", sorted(DESPATCHES))
def test_a_despatch_advice(name):
    found = read_despatches(path_of(name))
    assert [told_despatch(each) for each in found.despatches] == DESPATCHES[name]
    assert found.refused == ()
    assert all(not each.problems for each in found.despatches)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused(name):
    with pytest.raises(Refused) as refused:
        read_orders(path_of(name))
    assert str(refused.value) == REFUSED[name]


def test_none_is_left_out():
    """Each file with an order of X12 or UBL or a despatch advice has an outcome; others are refused."""
    known = {path_of(name) for name in (*ORDERS, *DESPATCHES, *REFUSED)}
    sets = {path for path in EDI.rglob("*.edi") if re.search(rb"[^\w\s]ST[^\w\s]850|\nST.850", path.read_bytes())}
    assert sets
    assert sets <= known
    others = 0
    for path in UBL.rglob("*.xml"):
        root = etree.parse(path).getroot().tag
        if "specification:ubl" not in root:
            continue
        if root.endswith(("}Order", "}DespatchAdvice")):
            assert path in known, path
            continue
        others += 1
        schema = root.partition("}")[0].rpartition(":")[2]
        for read, called in ((read_orders, "order"), (read_despatches, "despatch advice")):
            with pytest.raises(Refused) as refused:
                read(path)
            assert str(refused.value) == f"line 1: The XML is no {called}: it is '{schema}'."
    assert others > 30
