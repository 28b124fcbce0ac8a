"""Carriers in the API: who brings the goods, and what they tell of it."""

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Flag, Text, View
from o2c.core.api.problems import at_its_field
from o2c.core.states import LostRace
from o2c.orders.deliveries import carriers
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier, Delivery, TrackingEvent


class CarrierChange(Body):
    """What is left out stays as it is."""

    code = Text(required=False, max_length=20)
    name = Text(required=False, max_length=100)
    own_fleet = Flag(required=False)
    tracking_url = Text(
        required=False, max_length=300, allow_blank=True,
        help_text="Where a delivery is followed; {number} stands for its tracking number.",
    )  # fmt: skip
    in_use = Flag(required=False)


class CarrierIn(CarrierChange):
    code = Text(max_length=20)
    name = Text(max_length=100)


class CarrierView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    own_fleet = serializers.BooleanField()
    tracking_url = serializers.CharField()
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class CarrierQuery(PageQuery):
    code = serializers.CharField(required=False, max_length=20)
    in_use = serializers.BooleanField(required=False)


class TrackingEventView(View):
    id = serializers.IntegerField()
    carrier = serializers.CharField(source="carrier_code", help_text="Its code.")
    event = serializers.CharField(help_text="The carrier's own key of it.")
    tracking_number = serializers.CharField()
    type = serializers.CharField(source="kind", help_text="As the carrier says it; also what is none of ours.")
    at = serializers.DateTimeField(help_text="When it happened.")
    place = serializers.CharField()
    text = serializers.CharField()
    came_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TrackingEventQuery(PageQuery):
    carrier = serializers.CharField(required=False, max_length=20, help_text="Its code.")
    tracking_number = serializers.CharField(required=False, max_length=100)
    type = serializers.CharField(required=False, max_length=40)
    delivery = serializers.IntegerField(required=False, min_value=1, help_text="Only about this one (our id).")


class CarrierEndpoint(Endpoint):
    tag = "Deliveries"
    refusals = (DeliveryRefused, LostRace)

    def rows(self) -> QuerySet[Carrier]:
        return Carrier.objects.all()

    def answer(self, carrier: Carrier, status: int = 200) -> Response:
        location = reverse("api:carrier", args=[carrier.pk]) if status == 201 else None
        return self.one(self.find(self.rows(), pk=carrier.pk), CarrierView, status=status, location=location)


class Carriers(CarrierEndpoint):
    @operation("carriers:read", "List carriers", gives=CarrierView, query=CarrierQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Own fleets and third parties, also what is out of use; the legal entities share them."""
        return self.page(self.asked_for(self.rows(), code="code", in_use="in_use"), CarrierView)

    @operation("carriers:write", "Add a carrier", takes=CarrierIn, gives=CarrierView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Deliveries name it by its code."""
        with at_its_field():
            made = carriers.create(**given, actor=self.actor)
        return self.answer(made, status=201)


class OneCarrier(CarrierEndpoint):
    @operation("carriers:read", "Read a carrier", gives=CarrierView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.find(self.rows(), pk=pk))

    @operation("carriers:write", "Change a carrier", takes=CarrierChange, gives=CarrierView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. A carrier is not removed but taken out of use."""
        self.find(self.rows(), pk=pk)
        carrier = Carrier.objects.select_for_update(no_key=True).get(pk=pk)
        conditions.check_writing(request, carrier)
        if given:
            with at_its_field():
                carriers.change(carrier, **given, actor=self.actor)
        return self.answer(carrier)


class TrackingEventEndpoint(Endpoint):
    tag = "Deliveries"

    def rows(self) -> QuerySet[TrackingEvent]:
        return TrackingEvent.objects.for_user(self.request.user).annotate(carrier_code=F("carrier__code"))


class TrackingEvents(TrackingEventEndpoint):
    @operation(
        "deliveries:read", "List what carriers told", gives=TrackingEventView, query=TrackingEventQuery, pages=True
    )
    def get(self, request: Request) -> Response:
        """What became of parcels of deliveries that you see; who sees every legal entity sees the others too."""
        rows = self.rows()
        if "delivery" in self.query:
            found = Delivery.objects.for_user(request.user).filter(pk=self.query["delivery"]).first()
            rows = rows.none() if found is None else rows.of(found)
        rows = self.asked_for(rows, carrier="carrier__code", tracking_number="tracking_number", type="kind")
        return self.page(rows, TrackingEventView)


class OneTrackingEvent(TrackingEventEndpoint):
    @operation("deliveries:read", "Read what a carrier told", gives=TrackingEventView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), TrackingEventView)
