"""Orders of trading partners as documents: whose they are is found or they are refused, and none comes twice."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun
from o2c.orders import customers
from o2c.orders.documents import reading
from o2c.orders.documents.facts import Refused
from o2c.orders.models import Order
from o2c.web.loading import undo
from tests.imports.files_given import DATA, real
from tests.orders.makers import price_list, problems, product, ready, say

UBL = """<?xml version="1.0"?>
<Orders>{}</Orders>"""
ORDER = """
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-10</cbc:IssueDate>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:BuyerCustomerParty><cac:Party>{buyer}</cac:Party></cac:BuyerCustomerParty>
 <cac:SellerSupplierParty><cac:Party>{seller}</cac:Party></cac:SellerSupplierParty>
 <cac:AnticipatedMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
 </cac:AnticipatedMonetaryTotal>
 <cac:OrderLine><cac:LineItem><cbc:ID>10</cbc:ID><cbc:Quantity unitCode="{unit}">{quantity}</cbc:Quantity>
  <cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price>
  <cac:Item><cbc:Name>Paper</cbc:Name>
   <cac:SellersItemIdentification><cbc:ID>{product}</cbc:ID></cac:SellersItemIdentification></cac:Item>
 </cac:LineItem></cac:OrderLine>
</Order>"""
ENDPOINT = '<cbc:EndpointID schemeID="{}">{}</cbc:EndpointID>'
VAT_ID = "<cac:PartyTaxScheme><cbc:CompanyID>{}</cbc:CompanyID></cac:PartyTaxScheme>"
NAME = "<cac:PartyName><cbc:Name>{}</cbc:Name></cac:PartyName>"
X12 = (
    "ISA*00*          *00*          *{scheme}*{sender:<15}*ZZ*US             *260310*1200*U*00401*000000001*0*P*>~"
    "GS*PO*{sender}*US*20260310*1200*1*X*004010~{sets}GE*1*1~IEA*1*000000001~"
)
SET = "ST*850*0001~BEG*{purpose}*SA*{number}**20260310~PO1*1*{quantity}*EA*10**VN*P1~CTT*1~SE*5*0001~"


KNOWN = ENDPOINT.format("0088", "7300010000001")


def ubl(number="PO-1", buyer=KNOWN, **facts):
    facts = {"seller": "", "net": 30, "unit": "C62", "quantity": 3, "price": 10, "product": "P1", **facts}
    return ORDER.format(number=number, buyer=buyer, **facts)


def x12(*numbers, scheme="ZZ", sender="C-1", purpose="00", quantity=2):
    sets = "".join(SET.format(number=number, purpose=purpose, quantity=quantity) for number in numbers)
    return X12.format(scheme=scheme, sender=sender, sets=sets)


@pytest.fixture
def shop(given):
    entity = given.entity()
    sold = product("P1", tax_rate=Decimal(19))
    say(price_list(entity, is_default=True), sold, "10")
    one, other = ready(given), ready(given, "C-2")
    customers.change(one, peppol_address="0088:7300010000001", actor=SYSTEM)
    return entity, one, other


@pytest.fixture
def sent(load):
    """Load a file without a map; what the command answers, with its exit code."""

    def send(content: str, **options) -> dict:
        out, code = io.StringIO(), 0
        try:
            call_command("load", "orders", load.file(content, "order"), json=True, stdout=out, **options)
        except CommandError as refused:
            code = refused.returncode
        return json.loads(out.getvalue()) | {"exit": code}

    return send


def told():
    return [
        (o.customer.number, o.customer_reference, o.number, o.state, o.net_total, o.channel, problems(o))
        for o in Order.objects.order_by("pk")
    ]


def counts(answer):
    return tuple(answer[name] for name in ("created", "updated", "unchanged", "rejected"))


def test_orders_come_in_once_and_what_is_nobodys_is_refused_with_its_name(shop, sent):
    content = UBL.format(
        ubl() + ubl("PO-2", NAME.format("Somebody")) + ubl("PO-3", NAME.format("customer C-2"), product="X", price=7)
    )
    answer = sent(content)
    assert counts(answer) == (2, 0, 0, 1), answer
    assert [(each["number"], each["reason"]) for each in answer["refused"]] == [
        ("PO-2", "The buyer is Somebody, and that is no customer of whom we know the number, VAT id or address.")
    ]
    assert "Order[2]" in answer["refused"][0]["where"]
    assert told() == [
        ("C-1", "PO-1", "SO2026-000001", "validated", 30, "ubl", []),
        ("C-2", "PO-3", "SO2026-000002", "draft", 21, "ubl", ["product_unknown", "tax_rate_missing"]),
    ]
    assert answer["orders"][1]["problems"] == ["product_unknown", "tax_rate_missing"]
    assert answer["notes"] == ["PO-3: the buyer expects 30.00, and SO2026-000002 comes to 21.00 EUR net."]
    assert counts(sent(content)) == (0, 0, 2, 1)
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "buyer"),
    [
        ({"vat_id": "DE136695976"}, VAT_ID.format("de 136695976")),
        ({}, "<cac:PartyIdentification><cbc:ID>C-2</cbc:ID></cac:PartyIdentification>"),
        ({}, NAME.format("CUSTOMER c-2")),
    ],
)  # fmt: skip
def test_a_customer_is_known_by_what_it_says_of_itself(shop, sent, facts, buyer):
    _, _, other = shop
    if facts:
        customers.change(other, **facts, actor=SYSTEM)
    assert counts(sent(ubl(buyer=buyer))) == (1, 0, 0, 0)
    assert Order.objects.get().customer == other


def test_two_who_may_be_meant_are_named(shop, sent, given):
    for number in ("C-3", "C-4"):
        customers.change(ready(given, number), name="Twin Ltd.", actor=SYSTEM)
    answer = sent(UBL.format(ubl() + ubl("PO-9", NAME.format("Twin Ltd"))))
    assert answer["refused"][0]["reason"] == "The buyer is Twin Ltd, and that may be C-3, C-4."
    assert Order.objects.count() == 1


def test_an_order_for_somebody_else_is_refused(shop, sent, given):
    entity, _, _ = shop
    entity.vat_id = "DE111111125"
    entity.save()
    answer = sent(ubl(seller=VAT_ID.format("FR83404833048")))
    assert answer["exit"] == 2
    assert "The seller is FR83404833048" in answer["refused"][0]["reason"]
    assert not Order.objects.exists()


def test_another_version_changes_what_is_open_and_not_what_is_promised(shop, sent):
    sent(ubl())
    assert counts(sent(ubl(quantity=5, net=50))) == (0, 1, 0, 0)
    assert [row[4] for row in told()] == [50]
    Order.objects.update(state="confirmed")
    answer = sent(ubl(quantity=6, net=60))
    assert counts(answer) == (0, 0, 0, 1)
    assert "SO2026-000001 is confirmed, and the source says another quantity now." in answer["refused"][0]["reason"]
    assert [row[4] for row in told()] == [50]


def test_what_cannot_be_written_names_its_line_and_a_trial_keeps_nothing(shop, sent):
    answer = sent(UBL.format(ubl() + ubl("PO-2", unit="ZZZ")))
    (refused,) = answer["refused"]
    assert refused["number"] == "PO-2"
    assert refused["reason"].startswith("OrderLine[1] (line")
    assert "unit: 'ZZZ' is no unit we know" in refused["reason"]
    assert counts(sent(UBL.format(ubl("PO-3") + ubl("PO-3")))) == (1, 0, 0, 1)
    answer = sent(ubl("PO-4"), dry_run=True)
    assert (counts(answer), Order.objects.count()) == ((1, 0, 0, 0), 2)


def test_x12_is_known_by_its_envelope_and_cancels(shop, sent):
    answer = sent(x12("A", "B"))
    assert counts(answer) == (2, 0, 0, 0), answer
    assert [row[:6] for row in told()] == [
        ("C-1", "A", "SO2026-000001", "draft", 20, "x12"), ("C-1", "B", "SO2026-000002", "draft", 20, "x12"),
    ]  # fmt: skip
    assert problems(Order.objects.first()) == ["unit_differs"]
    assert counts(sent(x12("A", purpose="04"))) == (0, 0, 0, 1)
    assert counts(sent(x12("B", purpose="01"))) == (0, 1, 0, 0)
    assert counts(sent(x12("B", purpose="01"))) == (0, 0, 1, 0)
    assert counts(sent(x12("Z", purpose="01"))) == (0, 0, 0, 1)
    assert [row[3] for row in told()] == ["draft", "cancelled"]


def test_it_is_taken_back(shop, sent):
    answer = sent(UBL.format(ubl() + ubl("PO-2")))
    undone = undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)
    assert undone.taken_back == 2
    assert {row[3] for row in told()} == {"cancelled"}
    assert counts(sent(ubl())) == (1, 0, 0, 0)


def test_every_real_order_comes_in_whole_and_once(shop, sent, given):
    """All files that nobody here wrote: each of their orders is one here, to the line, or is refused by name."""
    real("orders")
    files = sorted(each for part in ("orders", "edi") for each in (DATA / part).rglob("*") if each.is_file())
    read, names = {}, set()
    for path in files:
        try:
            read[path] = reading.read_orders(path)
        except (Refused, ValueError):
            continue
        for each in read[path].orders:
            names |= {number for party in (each.buyer, each.sender) for _, number in party.ids}
    customers.change(shop[1], peppol_address="", actor=SYSTEM)
    for number in sorted(names):
        ready(given, number[:40])
    came = dict.fromkeys(("created", "updated", "unchanged", "rejected"), 0)
    why = set()
    for path, found in read.items():
        out = io.StringIO()
        call_command("load", "orders", path, json=True, stdout=out)
        answer = json.loads(out.getvalue())
        assert sum(counts(answer)) == len(found.orders) + len(found.refused)
        came = {name: count + answer[name] for name, count in came.items()}
        why |= {each["reason"].partition(" is ")[0] for each in answer["refused"]}
        ours = {each["number"]: each["order"] for each in answer["orders"]}
        assert {each.number for each in found.orders} == {*ours, *(each["number"] for each in answer["refused"])} - {""}
        for each in found.orders:
            if each.number in ours:
                order = Order.objects.get(number=ours[each.number])
                assert order.lines.count() == len(each.lines)
                assert sum(order.lines.values_list("quantity", flat=True)) == sum(line.quantity for line in each.lines)
    assert came == {"created": 15, "updated": 4, "unchanged": 1, "rejected": 5}
    assert why == {"The buyer", "a line break stands within the segment, so what ends it"}
