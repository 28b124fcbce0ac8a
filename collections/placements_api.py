"""Debts handed over, in the API: agencies, and cases with what came of them; place, recall, given back, the file."""

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import claims, handing_over, placements
from o2c.collections.models import Agency, Placement
from o2c.collections.placements import HandOverRefused
from o2c.core import clock, documents
from o2c.core.api.endpoints import Endpoint, FileEndpoint, FileRenderer, PageQuery, PlainJSONRenderer, operation
from o2c.core.api.fields import Body, DecimalOut, Id, MoneyOut, Text, View
from o2c.core.api.problems import Problem, at
from o2c.core.audit import records
from o2c.core.money import plain
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing.models import OpenItem
from o2c.orders.api.naming import AccountQuery
from o2c.orders.models import LegalEntity

RIGHT = "debts.hand_over"


class AgencyView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Agency.Kind.choices)
    email = serializers.CharField()
    reference = serializers.CharField(help_text="Our number as its client.")
    format = serializers.ChoiceField(choices=Agency.Format.choices, help_text="Of its lists.")
    with_papers = serializers.BooleanField(help_text="Invoices and letters go along.")
    fee_percent = DecimalOut(help_text="It keeps so much of what is paid.", allow_null=True)
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class PlacedView(View):
    item = serializers.IntegerField(source="item_id")
    amount = serializers.SerializerMethodField(help_text="What was open of it when it was handed over.")

    def get_amount(self, row) -> str:
        return plain(row.amount, row.placement.currency)


class PlacementView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    agency = serializers.IntegerField(source="agency_id")
    state = serializers.ChoiceField(choices=Placement.State.choices)
    claimed = MoneyOut("claimed", help_text="What was handed over.")
    paid = MoneyOut("paid", help_text="With money, from then until it ended.")
    otherwise = MoneyOut("otherwise", help_text="Credited or let go in that time.")
    fee_percent = DecimalOut(help_text="As agreed then; null: none.", allow_null=True)
    placed_on = serializers.DateField()
    placed_by = serializers.CharField()
    reason = serializers.CharField()
    ended_on = serializers.DateField(allow_null=True)
    ended_by = serializers.CharField()
    end_reason = serializers.CharField()
    has_file = serializers.SerializerMethodField(help_text="A worker makes it.")
    items = PlacedView(many=True)
    updated_at = serializers.DateTimeField()

    def get_has_file(self, row: Placement) -> bool:
        return row.document_id is not None


class PlacementIn(Body):
    agency = Id()
    items = serializers.ListField(
        child=Id(), min_length=1, max_length=1000, help_text="Overdue items of one customer in one currency."
    )
    reason = Text(max_length=200)


class ReasonIn(Body):
    reason = Text(max_length=200)


class RecommendedView(View):
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField(help_text="Of the customer.")
    name = serializers.CharField()
    total = MoneyOut("total", help_text="What is open of the items.")
    items = serializers.ListField(
        source="item_ids", child=serializers.IntegerField(), help_text="As POST /placements takes them."
    )
    days_late = serializers.IntegerField(help_text="Of the item that is late the longest.")
    last_notice_on = serializers.DateField()
    since = serializers.DateField(help_text="From this day on it is recommended.")
    broken_promises = serializers.IntegerField()
    disputes = serializers.IntegerField(help_text="Of the customer, that are open.")
    placed_before = serializers.IntegerField(help_text="How often it was handed over and has ended.")


class RecommendedListView(View):
    entity = serializers.CharField()
    as_of = serializers.DateField()
    data = RecommendedView(many=True)


class RecommendedQuery(serializers.Serializer):
    entity = serializers.CharField(max_length=20, help_text="Code of the legal entity.")


class AgencyQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class PlacementQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Placement.State.choices, required=False)


class PlacementEndpoint(Endpoint):
    tag = "Hand-over"
    refusals = (HandOverRefused, IllegalMove, LostRace)

    def rows(self) -> QuerySet[Placement]:
        seen = Placement.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))
        return placements.with_figures(seen).prefetch_related("items__placement")

    def answer(self, placement: Placement, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=placement.pk)
        location = reverse("api:placement", args=[row.pk]) if status == 201 else None
        return self.one(row, PlacementView, status=status, location=location)

    def ended(self, pk: int, act, given: dict) -> Response:
        found = self.find(Placement.objects.for_user(self.request.user).select_related("entity"), pk=pk)
        today = clock.today(found.entity.time_zone)
        return self.answer(act(found, reason=given["reason"], on=today, actor=self.actor))


class Agencies(PlacementEndpoint):
    @operation("debts:read", "List agencies", gives=AgencyView, query=AgencyQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Collection agencies and lawyers."""
        seen = Agency.objects.for_user(request.user).annotate(entity_code=F("entity__code"))
        return self.page(self.asked_for(seen, entity="entity__code"), AgencyView)


class Placements(PlacementEndpoint):
    @operation("debts:read", "List debts handed over", gives=PlacementView, query=PlacementQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is or was with an agency, and what came of it."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, PlacementView)

    @operation("debts:write", "Hand debts over", takes=PlacementIn, gives=PlacementView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """As of today. Refused (409) for what is not overdue, or with somebody already."""
        agency = Agency.objects.for_user(request.user).select_related("entity").filter(pk=given["agency"]).first()
        if agency is None:
            raise at("/agency", "unknown", "There is no such agency.")
        asked = set(given["items"])
        if OpenItem.objects.for_user(request.user).filter(pk__in=asked).count() < len(asked):
            raise at("/items", "unknown", "One of them is no open item.")
        today = clock.today(agency.entity.time_zone)
        made = placements.place(agency, asked, reason=given["reason"], on=today, actor=self.actor)
        return self.answer(made, status=201)


class RecommendedPlacements(PlacementEndpoint):
    @operation("debts:read", "List what should be handed over", gives=RecommendedListView, query=RecommendedQuery)
    def get(self, request: Request) -> Response:
        """By the policies of those who owe it, today, a customer and currency each, the largest first: all of them in
        one answer, as it is worked out anew each time. A person or a program decides."""
        entity = LegalEntity.objects.for_user(request.user).filter(code=self.query["entity"]).first()
        if entity is None:
            unknown = {"parameter": "entity", "code": "unknown", "detail": "There is no such legal entity."}
            raise Problem("validation", unknown["detail"], errors=[unknown])
        today = clock.today(entity.time_zone)
        rows = handing_over.recommended([entity], today)
        write = RecommendedView().to_representation
        return Response({"entity": entity.code, "as_of": today.isoformat(), "data": [write(row) for row in rows]})


class OnePlacement(PlacementEndpoint):
    @operation("debts:read", "Read a hand-over", gives=PlacementView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), PlacementView)


class RecallPlacement(PlacementEndpoint):
    @operation("debts:write", "Recall a hand-over", takes=ReasonIn, gives=PlacementView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """From today on its items are chased where that stood. Tell the agency."""
        return self.ended(pk, placements.recall, given)


class GiveBackPlacement(PlacementEndpoint):
    @operation("debts:write", "Note that a hand-over was given back", takes=ReasonIn, gives=PlacementView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The agency does not go on with it: its items are chased where that stood."""
        return self.ended(pk, placements.give_back, given)


class ZipRenderer(FileRenderer):
    media_type = claims.ZIP
    format = "zip"


class PlacementFile(FileEndpoint, PlacementEndpoint):
    renderer_classes = [ZipRenderer, PlainJSONRenderer]

    @operation("debts:read", "Read what was handed over", media=claims.ZIP, right=RIGHT)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """A ZIP of lists and papers, as it was made; 404 until a worker has made it."""
        found = self.find(Placement.objects.for_user(request.user).select_related("document"), pk=pk)
        kept = found.document
        if kept is None:
            raise Problem("not-found")
        records.exported("Debts handed over", actor=self.actor, entity_ids=[found.entity_id], placement=pk)
        return self.file(
            documents.answer(kept.name, kept.media_type, bytes(kept.content)), f'"{kept.pk}-{kept.sha256[:16]}"'
        )


urlpatterns = [
    path("agencies", Agencies.as_view(), name="agencies"),
    path("placements", Placements.as_view(), name="placements"),
    path("placements/recommended", RecommendedPlacements.as_view(), name="recommended-placements"),
    path("placements/<int:pk>", OnePlacement.as_view(), name="placement"),
    path("placements/<int:pk>/recall", RecallPlacement.as_view(), name="recall-placement"),
    path("placements/<int:pk>/give-back", GiveBackPlacement.as_view(), name="give-back-placement"),
    path("placements/<int:pk>/file", PlacementFile.as_view(), name="placement-file"),
]
