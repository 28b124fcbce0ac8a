"""Deliveries in the API: planned, shipped, delivered, proved and cancelled by the acts of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.expressions import ExpressionWrapper
from django.db.models.fields import BooleanField
from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import documents, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, FileEndpoint, FileRenderer, PlainJSONRenderer, operation
from o2c.core.api.fields import Body, Day, DecimalIn, DecimalOut, Id, Text, View
from o2c.core.api.files import ReceivesFile
from o2c.core.api.problems import Problem, at, at_its_field
from o2c.core.audit import records
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.api.naming import AccountQuery, by_key, check_key
from o2c.orders.api.orders import KeyQuery, ShipToView
from o2c.orders.deliveries import keeping
from o2c.orders.deliveries.keeping import DeliveryRefused, Part
from o2c.orders.models import Carrier, Delivery, DeliveryLine, Order, OrderLine

MOST_LINES = 2_000


class DeliveryLineIn(Body):
    order_line = Id(help_text="Our id of the order's line.")
    quantity = DecimalIn(whole=13, places=6, help_text="In the unit of the order's line.")


class DeliveryChange(Body):
    """What is left out stays as it is; lines, where there are some, are said as a whole."""

    lines = DeliveryLineIn(many=True, required=False, max_length=MOST_LINES)
    planned_on = Day(required=False, allow_null=True, help_text="When it is to leave the house.")
    carrier = Text(required=False, max_length=20, allow_null=True, help_text="Its code.")
    tracking_number = Text(required=False, max_length=100, allow_blank=True)
    note = Text(required=False, max_length=2000, allow_blank=True)


class DeliveryUpsert(DeliveryChange):
    lines = DeliveryLineIn(many=True, max_length=MOST_LINES)


class DeliveryIn(DeliveryChange):
    """Parts of orders of one customer that go to one place: `lines`, or all that is left of an `order`."""

    order = Id(required=False, help_text="Our id of an order, of which all is planned that is left.")

    def validate(self, given):
        if ("order" in given) == ("lines" in given):
            raise serializers.ValidationError("Say lines, or an order; one of the two.", "ambiguous")
        return given


class ShipIn(Body):
    on = Day(required=False, help_text="When it left the house; left out: today where the legal entity is.")
    carrier = Text(required=False, max_length=20, help_text="Its code.")
    tracking_number = Text(required=False, max_length=100, allow_blank=True, default="")


class DeliverIn(Body):
    on = Day(required=False, help_text="When it arrived; left out: today where the legal entity is.")


class CancelDeliveryIn(Body):
    reason = Text(max_length=300)


class DeliveryView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    carrier = serializers.CharField(source="carrier_code", allow_null=True, help_text="Its code.")
    tracking_number = serializers.CharField()
    planned_on = serializers.DateField(allow_null=True)
    shipped_on = serializers.DateField(allow_null=True)
    delivered_on = serializers.DateField(allow_null=True)
    proved_on = serializers.DateField(allow_null=True)
    proved_by = serializers.CharField(help_text="Who took it in.")
    has_proof = serializers.BooleanField(help_text="Whether the signed paper is there.")
    gross_weight_kg = DecimalOut(allow_null=True)
    note = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was cancelled.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class DeliveryLineView(View):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    order = serializers.IntegerField(source="order_line.order_id")
    order_line = serializers.IntegerField(source="order_line_id")
    product = serializers.CharField(source="product_number", allow_null=True)
    description = serializers.CharField(source="order_line.description")
    quantity = DecimalOut()
    unit = serializers.CharField(source="order_line.unit")
    billed = DecimalOut(help_text="What of it stands on invoices, drafts among them.")


class DeliveryDetail(DeliveryView):
    tracking_link = serializers.CharField(help_text="Where it is followed; empty where its carrier says no such place.")
    ship_to = ShipToView()
    lines = DeliveryLineView(many=True, source="parts")


class DeliveryQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Delivery.State.choices, required=False)
    number = serializers.CharField(required=False, max_length=60)
    tracking_number = serializers.CharField(required=False, max_length=100)
    carrier = serializers.CharField(required=False, max_length=20, help_text="Its code.")
    order = serializers.IntegerField(required=False, min_value=1, help_text="Only with goods of this order (our id).")
    source = serializers.CharField(required=False, max_length=60)


class ProofQuery(serializers.Serializer):
    by = serializers.CharField(max_length=200, help_text="Who took it in.")
    on = serializers.DateField(required=False, help_text="When; left out: the day that it arrived.")
    name = serializers.CharField(max_length=400, required=False, help_text="What the file is called, with its ending.")


class DeliveryEndpoint(Endpoint):
    tag = "Deliveries"
    refusals = (DeliveryRefused, IllegalMove, LostRace)

    def rows(self) -> QuerySet[Delivery]:
        return Delivery.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"),
            carrier_code=F("carrier__code"),
            has_proof=ExpressionWrapper(Q(proof__isnull=False), output_field=BooleanField()),
        )

    def named(self, pk: int) -> Delivery:
        """The delivery, locked, in the version that the caller names with If-Match. Raises Problem."""
        found = self.find(Delivery.objects.for_user(self.request.user), pk=pk)
        locked = Delivery.objects.select_for_update(no_key=True).get(pk=found.pk)
        conditions.check_writing(self.request, locked)
        return locked

    def answer(self, delivery: Delivery, status: int = 200) -> Response:
        lines = DeliveryLine.objects.select_related("order_line").order_by("position")
        lines = lines.annotate(product_number=F("order_line__product__number"))
        rows = self.rows().select_related("carrier").prefetch_related(Prefetch("lines", lines, to_attr="parts"))
        row = self.find(rows, pk=delivery.pk)
        row.ship_to = row
        location = reverse("api:delivery", args=[row.pk]) if status == 201 else None
        return self.one(row, DeliveryDetail, status=status, location=location)

    def parts(self, given: list[dict]) -> list[Part]:
        """The parts that a body says, of orders that the caller sees. Raises Problem."""
        seen = Order.objects.for_user(self.request.user)
        asked = {line["order_line"] for line in given}
        known = OrderLine.objects.filter(pk__in=asked, order__in=seen).select_related("order").in_bulk()
        for place, line in enumerate(given):
            if line["order_line"] not in known:
                raise at(f"/lines/{place}/order_line", "unknown", "There is no such line of an order.")
        return [Part(known[line["order_line"]], line["quantity"]) for line in given]

    def facts(self, given: dict) -> dict:
        """What a body says beside its lines, the carrier by its code. Raises Problem."""
        facts = {name: given[name] for name in ("planned_on", "tracking_number", "note") if name in given}
        if "carrier" in given:
            facts["carrier"] = carrier_named(given["carrier"])
        return facts

    def alter(self, delivery: Delivery, given: dict) -> Response:
        """Say anew what differs; the same again changes nothing, whatever became of it meanwhile."""
        wanted = {name: value for name, value in self.facts(given).items() if value != getattr(delivery, name)}
        if "lines" in given:
            there = list(delivery.lines.order_by("position").values_list("order_line", "quantity"))
            if there != [(line["order_line"], line["quantity"]) for line in given["lines"]]:
                wanted["parts"] = self.parts(given["lines"])
        if wanted:
            with at_its_field():
                keeping.change(delivery, **wanted, actor=self.actor)
        return self.answer(delivery)


def carrier_named(code: str | None) -> Carrier | None:
    """Raises Problem."""
    if code is None:
        return None
    found = Carrier.objects.filter(code=code).first()
    if found is None:
        raise at("/carrier", "unknown", "There is no such carrier.")
    return found


class Deliveries(DeliveryEndpoint):
    @operation("deliveries:read", "List deliveries", gives=DeliveryView, query=DeliveryQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Without their lines, of the legal entities that you see."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", number="number",
            tracking_number="tracking_number", carrier="carrier__code", source="source",
        )  # fmt: skip
        if "order" in self.query:
            rows = rows.filter(
                pk__in=DeliveryLine.objects.filter(order_line__order=self.query["order"]).values("delivery")
            )
        return self.page(rows, DeliveryView)

    @operation("deliveries:write", "Plan a delivery", takes=DeliveryIn, gives=DeliveryDetail, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Of lines of orders, or of all that is left of one.

        More than is left of a line is refused, and (409) an order that is held, not confirmed or cancelled.
        """
        facts = self.facts(given)
        if "lines" in given:
            with at_its_field():
                made = keeping.plan(self.parts(given["lines"]), **facts, actor=self.actor)
            return self.answer(made, status=201)
        order = Order.objects.for_user(request.user).filter(pk=given["order"]).first()
        if order is None:
            raise at("/order", "unknown", "There is no such order.")
        (made,) = keeping.plan_left([order], **facts, actor=self.actor)
        return self.answer(made, status=201)


class OneDelivery(DeliveryEndpoint):
    @operation("deliveries:read", "Read a delivery", gives=DeliveryDetail)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.find(Delivery.objects.for_user(request.user), pk=pk))

    @operation("deliveries:write", "Change a delivery", takes=DeliveryChange, gives=DeliveryDetail, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Of one that is planned all, of one that is under way its carrier, tracking number and note (else 409)."""
        return self.alter(self.named(pk), given)


class ExternalDelivery(DeliveryEndpoint):
    @operation("deliveries:read", "Read a delivery by its key elsewhere", gives=DeliveryDetail, query=KeyQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        seen = self.asked_for(Delivery.objects.for_user(request.user), entity="entity__code")
        return self.answer(by_key(seen, source, external_id))

    @operation(
        "deliveries:write", "Plan or change a delivery by its key elsewhere",
        takes=DeliveryUpsert, gives=DeliveryDetail, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. The key is one within the source and the legal entity of the orders."""
        check_key(source, external_id)
        parts = self.parts(given["lines"])
        if not parts:
            raise at("/lines", "required", "Say what it is of.")
        entity = parts[0].order_line.order.entity_id
        locks.hold("delivery", entity, source, external_id)
        external = {"source": source, "external_id": external_id}
        found = Delivery.objects.select_for_update(no_key=True).filter(entity=entity, **external).first()
        conditions.check_writing(request, found)
        if found is not None:
            return self.alter(found, given)
        with at_its_field():
            made = keeping.plan(parts, **self.facts(given), **external, actor=self.actor)
        return self.answer(made, status=201)


class ShipDelivery(DeliveryEndpoint):
    @operation("deliveries:write", "Ship a delivery", takes=ShipIn, gives=DeliveryDetail, conditional=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It leaves the house: its goods count as delivered, and may be invoiced. Shipped already, it stays so."""
        facts = {"on": given.get("on"), "tracking_number": given["tracking_number"]}
        if "carrier" in given:
            facts["carrier"] = carrier_named(given["carrier"])
        with at_its_field():
            return self.answer(keeping.ship(self.named(pk), **facts, actor=self.actor))


class DeliverDelivery(DeliveryEndpoint):
    @operation("deliveries:write", "Let a delivery arrive", takes=DeliverIn, gives=DeliveryDetail, conditional=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """One that has left the house (else 409). Delivered already, it stays so."""
        with at_its_field():
            return self.answer(keeping.deliver(self.named(pk), on=given.get("on"), actor=self.actor))


class ProveDelivery(ReceivesFile, DeliveryEndpoint):
    largest = keeping.LARGEST_PROOF

    @operation("deliveries:write", "Prove a delivery", gives=DeliveryDetail, query=ProofQuery, conditional=True)
    def post(self, request: Request, pk: int) -> Response:
        """The body is the signed paper as it is, told by its content (PDF, PNG, JPEG; at most 10 MB), or empty.

        What is under way has arrived by that. Proved already, it stays so; a paper that is missing is added.
        """
        content = request._request.body
        paper = {"name": self.query.get("name", ""), "content": content} if content else {}
        with _at_its_parameter():
            done = keeping.prove(self.named(pk), by=self.query["by"], on=_day(self.query), **paper, actor=self.actor)
        return self.answer(done)


class CancelDelivery(DeliveryEndpoint):
    @operation("deliveries:write", "Cancel a delivery", takes=CancelDeliveryIn, gives=DeliveryDetail, conditional=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Its goods are left to deliver again. Refused (409) once it is proved, or stands on an invoice."""
        with at_its_field():
            return self.answer(keeping.cancel(self.named(pk), reason=given["reason"], actor=self.actor))


class AnyFileRenderer(FileRenderer):
    media_type = "application/octet-stream"
    format = "bin"


class DeliveryProof(FileEndpoint, DeliveryEndpoint):
    renderer_classes = [AnyFileRenderer, PlainJSONRenderer]

    @operation("deliveries:read", "Read the proof of a delivery", media="application/octet-stream")
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The signed paper as it was sent; 404 where there is none."""
        found = self.find(Delivery.objects.for_user(request.user).select_related("proof"), pk=pk)
        if found.proof is None:
            raise Problem("not-found")
        kept = found.proof
        records.exported(
            "Proof of delivery", actor=self.actor, entity_ids=[found.entity_id], delivery=found.number, file=kept.name
        )
        answer = documents.answer(kept.name, kept.media_type, bytes(kept.content))
        return self.file(answer, f'"{kept.pk}-{kept.sha256[:16]}"')


def _day(query: dict) -> date | None:
    on = query.get("on")
    if on is not None and not 1900 <= on.year <= 2199:
        detail = "A day lies between the years 1900 and 2199."
        raise Problem("validation", detail, errors=[{"parameter": "on", "code": "range", "detail": detail}])
    return on


@contextmanager
def _at_its_parameter() -> Iterator[None]:
    """A refusal that names a parameter is told there, one of the file without a place. Raises Problem."""
    try:
        yield
    except DeliveryRefused as refused:
        if refused.field == "file":
            raise at("", "refused", str(refused)) from None
        if refused.field:
            error = {"parameter": refused.field, "code": "refused", "detail": str(refused)}
            raise Problem("validation", str(refused), errors=[error]) from None
        raise
