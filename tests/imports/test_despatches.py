"""Despatch advices as deliveries: of the orders that they name, once, or refused with their place."""

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from o2c.core.actors import SYSTEM
from o2c.core.models import ImportRun
from o2c.orders.documents import reading
from o2c.orders.models import Carrier, Delivery, Order
from o2c.web.loading import undo
from tests.imports.files_given import DATA, real
from tests.orders.ordered import order, planned

ADVICE = """
<DespatchAdvice xmlns="urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-05</cbc:IssueDate>
 <cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
 <cac:Shipment><cbc:ID>1</cbc:ID>
  <cac:Consignment><cbc:ID>1</cbc:ID><cac:CarrierParty><cac:PartyName><cbc:Name>{carrier}</cbc:Name></cac:PartyName>
  </cac:CarrierParty></cac:Consignment>
  <cac:Delivery><cbc:TrackingID>T-1</cbc:TrackingID></cac:Delivery></cac:Shipment>
 {lines}
</DespatchAdvice>"""
LINE = """
 <cac:DespatchLine><cbc:ID>1</cbc:ID><cbc:DeliveredQuantity unitCode="C62">{}</cbc:DeliveredQuantity>
  <cac:OrderLineReference><cbc:LineID>{}</cbc:LineID></cac:OrderLineReference>
  <cac:Item><cbc:Name>Paper</cbc:Name></cac:Item></cac:DespatchLine>"""


def advice(number="D-1", order="PO-SO-1", carrier="Parcel Post", lines=(("6", "1"),)):
    text = "".join(LINE.format(*each) for each in lines)
    return ADVICE.format(number=number, order=order, carrier=carrier, lines=text)


@pytest.fixture
def shop(given, time_machine):
    time_machine.move_to("2026-03-10T12:00:00+00:00", tick=False)
    entity = given.entity()
    Carrier.objects.create(code="PP", name="Parcel Post")
    return entity, order(given.customer("C-1", entity=entity), ("10", "5"), ("4", "2"), entity=entity)


@pytest.fixture
def sent(load):
    def send(content, **options) -> dict:
        out, code = io.StringIO(), 0
        path = load.file(content, "advice") if isinstance(content, str) else content
        try:
            call_command("load", "deliveries", path, json=True, stdout=out, **options)
        except CommandError as refused:
            code = refused.returncode
        return json.loads(out.getvalue()) | {"exit": code}

    return send


def counts(answer):
    return tuple(answer[name] for name in ("created", "updated", "unchanged", "rejected"))


def told():
    return [
        (d.external_id, d.number, d.state, [(x.order_line.position, x.quantity) for x in d.lines.order_by("position")])
        for d in Delivery.objects.order_by("pk")
    ]


def test_an_advice_is_a_delivery_once_and_one_of_no_order_is_refused_with_its_place(shop, sent):
    content = f"<All>{advice(lines=(('6', '1'), ('4', '2')))}{advice('D-2', 'PO-9')}{advice('D-3', carrier='X')}</All>"
    answer = sent(content)
    assert counts(answer) == (3, 0, 0, 1), answer
    assert [(each["number"], each["reason"]) for each in answer["refused"]] == [("D-2", "order PO-9 is no order here.")]
    assert answer["refused"][0]["where"].startswith("DespatchLine[1] (line")
    assert answer["notes"][0] == "D-3: the carrier X is not known here; left out."
    assert "makes more than is left of the line, which is 10" in answer["notes"][1]
    assert told() == [
        ("D-1", "DN2026-000001", "shipped", [(1, 6), (2, 4)]), ("D-3", "DN2026-000002", "shipped", [(1, 6)]),
    ]  # fmt: skip
    first = Delivery.objects.get(external_id="D-1")
    assert (first.shipped_on, first.carrier.code, first.tracking_number) == (date(2026, 3, 5), "PP", "T-1")
    assert Order.objects.get().state == "delivered"
    assert counts(sent(content)) == (0, 0, 3, 1)


def test_what_was_planned_here_is_shipped_by_its_number(shop, sent):
    _, made = shop
    ours = planned(made, "6")
    assert counts(sent(advice(ours.number))) == (0, 1, 0, 0)
    assert told() == [("", ours.number, "shipped", [(1, 6)])]
    assert counts(sent(advice(ours.number))) == (0, 0, 1, 0)


def test_it_is_taken_back(shop, sent):
    answer = sent(advice())
    undone = undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)
    assert (undone.taken_back, Order.objects.get().state, told()[0][2]) == (1, "confirmed", "cancelled")
    assert counts(sent(advice(), dry_run=True)) == (1, 0, 0, 0)
    assert len(told()) == 1


def test_no_advice_is_refused_whole(shop, sent):
    answer = sent("<Order xmlns='urn:x'/>")
    assert (answer["exit"], answer["refused"][0]["reason"]) == (
        2,
        "The XML is no despatch advice: it is 'x'.",
    )


def test_every_real_advice_comes_in(shop, sent, given):
    """Each with the orders that it names."""
    real("orders")
    entity, made = shop
    came = 0
    for path in sorted((DATA / "orders").rglob("*Despatch*.xml")):
        for each in reading.read_despatches(path).despatches:
            for number in sorted({line.order for line in each.lines}):
                if Order.objects.filter(customer_reference=number).exists():
                    continue
                found = order(made.customer, entity=entity, number=f"R-{number}", customer_reference=number)
                for position in range(1, 12):
                    found.lines.create(
                        position=position, quantity=Decimal(100), price=1, tax_category="S", given=f"X{position}"
                    )
        answer = sent(path)
        came += answer["created"]
        assert (answer["refused"], counts(answer)[1:]) == ([], (0, 0, 0))
        # several have one number
        undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)
    assert came == 21
