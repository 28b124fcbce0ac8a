"""Orders and despatch advices that cannot be read, and words in them that nobody knows: what and where."""

import time
from decimal import Decimal

import pytest

from o2c.orders.documents.facts import LARGEST, Problem, Purpose, Refused
from o2c.orders.documents.reading import may_be_one, read_despatches, read_orders

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
LINE = """<OrderLine><LineItem><ID>{number}</ID><Quantity unitCode="{unit}">{quantity}</Quantity>
<Price><PriceAmount currencyID="EUR">2.50</PriceAmount></Price><Item><Name>Bolt</Name></Item></LineItem></OrderLine>"""
DESPATCH = """<DespatchAdvice xmlns="urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2"><ID>D1</ID>
<IssueDate>2026-03-02</IssueDate><DespatchLine><ID>1</ID><DeliveredQuantity unitCode="C62">4</DeliveredQuantity>
<OrderLineReference><LineID>1</LineID></OrderLineReference></DespatchLine></DespatchAdvice>"""
X12 = (
    "ISA*00*          *00*          *01*000000001      *ZZ*US             *260302*1200*U*00401*000000001*0*P*>~"
    "GS*PO*000000001*US*20260302*1200*1*X*004010~ST*850*0001~BEG*00*SA*PO-1**20260302~CUR*BY*USD~"
    "N1*BY*Ring*92*C-1~PO1*1*{quantity}*{unit}*{price}*{basis}*VN*P-1~PID*F****Bolt~CTT*{lines}~SE*{count}*0001~"
    "GE*1*1~IEA*1*000000001~"
)


def ubl(*lines: str, day: str = "2026-03-01", currency: str = "EUR") -> str:
    return f"""<Order xmlns="{NAMESPACE}"><ID>PO-1</ID><IssueDate>{day}</IssueDate>
<DocumentCurrencyCode>{currency}</DocumentCurrencyCode>{"".join(lines)}</Order>"""


def line(number: str = "1", unit: str = "C62", quantity: str = "4") -> str:
    return LINE.format(number=number, unit=unit, quantity=quantity)


def x12(**how) -> bytes:
    usual = {"quantity": "4", "unit": "EA", "price": "2.5", "basis": "", "lines": "1", "count": "8"}
    return X12.format(**usual | how).encode()


def refusal(content: bytes, read=read_orders) -> str:
    with pytest.raises(Refused) as refused:
        read(content)
    return str(refused.value)


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{}]><Order>&lol9;</Order>""".format(
    "".join(f'<!ENTITY lol{number} "{f"&lol{number - 1 or str()};" * 10}">' for number in range(1, 10))
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b" \n", "The file is empty."),
        (b"number;quantity\n1;2\n", "line 1: This is neither an Order in UBL nor a purchase order in X12 (850)."),
        (ubl(line()).encode()[:-20], "line 3: The XML is damaged or cut off"),
        (ubl(line()).replace("Bolt", "Bölt").encode("latin-1"), "damaged or cut off"),
        (LAUGHS.encode(), "line 1: The XML is damaged or cut off: Maximum entity amplification"),
        (b'<!DOCTYPE Order SYSTEM "file:///etc/passwd"><Order/>', "document type"),
        (b"<" + b"x" * LARGEST, "larger than 20 MB"),
        (ubl().encode(), "/Order (line 1): the order has no lines."),
        (ubl(line(), day="2026-02-30").encode(), "/Order/IssueDate (line 1): 2026-02-30 is no day."),
        (ubl(line(quantity="4,5")).encode(), "/Order/OrderLine/LineItem/Quantity (line 2): '4,5' is no number."),
        (ubl(line(quantity="")).encode(), "/Order/OrderLine/LineItem (line 2): the quantity is missing."),
        (ubl(line(quantity="-4")).encode(), "'-4' is no number"),
        (ubl(line(), line("2", quantity="x")).encode(), "/Order/OrderLine[2]/LineItem/Quantity (line 3)"),
        (ubl(line(), currency="USD").encode(), "an amount is in EUR, and the document in USD"),
        (ubl(line()).replace("<ID>PO-1</ID>", "").encode(), "/Order (line 1): ID is missing."),
        (x12().replace(b"*P*", b"P", 1), "segment 1: The ISA does not have its sixteen elements in their places."),
        (x12()[:40], "segment 1: The ISA is cut off."),
        (x12()[:170], "cut off"),
        (x12(quantity="4,5"), "850 0001 (segment 3) PO1 (segment 7): '4,5' is no number."),
        (x12(count="9"), "SE says 9 segments of 0001, and there are 8 of 0001."),
        (x12(lines="2"), "850 0001 (segment 3): CTT says 2 lines, and there are 1."),
        (x12().replace(b"PO-1", b"PO\0001"), "NUL"),
    ],
)
def test_it_is_refused(content, said):
    assert said in refusal(content)


def test_entities_are_not_expanded():
    assert "lollol" not in refusal(LAUGHS.encode())


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused, match="larger than 20 MB"):
        read_orders(path)


def test_a_despatch_advice_is_refused():
    assert refusal(x12(), read_despatches) == "line 1: This is no DespatchAdvice in UBL."
    said = refusal(DESPATCH.replace(">4<", ">four<").encode(), read_despatches)
    assert said == "/DespatchAdvice/DespatchLine/DeliveredQuantity (line 2): 'four' is no number."
    assert "/DespatchAdvice (line 1): IssueDate is missing" in refusal(
        DESPATCH.replace("<IssueDate>2026-03-02</IssueDate>", "").encode(), read_despatches
    )


def test_an_unknown_unit_and_currency_are_named():
    (order,) = read_orders(ubl(line("1"), line("2", unit="QQ7"), currency="").encode()).orders
    where = "/Order/OrderLine[2]/LineItem/Quantity (line 3)"
    assert order.problems == (Problem("unit", where, "The unit 'QQ7' is not known."),)
    assert [each.unit for each in order.lines] == ["C62", "QQ7"]
    content = ubl(line(), currency="EUX").replace('currencyID="EUR"', 'currencyID="EUX"').encode()
    (order,) = read_orders(content).orders
    assert [(each.code, each.text) for each in order.problems] == [("currency", "'EUX' is no currency of ISO 4217.")]
    (order,) = read_orders(x12(unit="QQ")).orders
    assert [(each.code, each.where, each.text) for each in order.problems] == [
        ("unit", "850 0001 (segment 3) PO1 (segment 7)", "The unit 'QQ' is not known.")
    ]


@pytest.mark.parametrize(("basis", "per"), [("", 1), ("PE", 1), ("HP", 100), ("TP", 1000), ("PD", 12), ("TT", 10_000)])
def test_a_price_for_many(basis, per):
    (order,) = read_orders(x12(basis=basis)).orders
    (only,) = order.lines
    assert (only.price, only.price_per) == (Decimal("2.5"), Decimal(per))


def test_one_that_cannot_be_read_leaves_the_others_alone():
    good, bad = ubl(line()), ubl(line(quantity="x"))
    found = read_orders(f"<Envelope>{bad}{good}</Envelope>".encode())
    assert [order.number for order in found.orders] == ["PO-1"]
    assert [each.where.partition(" ")[0] for each in found.refused] == [
        "/Envelope/Order[1]/OrderLine/LineItem/Quantity"
    ]


def test_what_is_to_be_done_with_it():
    codes = {"00": Purpose.NEW, "01": Purpose.CANCELLATION, "04": Purpose.CHANGE, "05": Purpose.REPLACEMENT}
    for code, purpose in codes.items():
        (order,) = read_orders(x12().replace(b"BEG*00", f"BEG*{code}".encode())).orders
        assert order.purpose is purpose


def test_ten_thousand_lines_are_read_in_seconds():
    content = ubl(*(line(str(number)) for number in range(10_000))).encode()
    begun = time.process_time()
    (order,) = read_orders(content).orders
    assert len(order.lines) == 10_000
    assert time.process_time() - begun < 10
    assert "more than 10,000 lines" in refusal(ubl(*(line() for _ in range(10_001))).encode())


@pytest.mark.parametrize(
    ("head", "is_one"),
    [(b"\xef\xbb\xbf<?xml", True), ("<Order".encode("utf-16"), True), (b"ISA*00*", True), (b"number;item", False)],
)
def test_what_may_be_one(head, is_one):
    assert may_be_one(head) is is_one
