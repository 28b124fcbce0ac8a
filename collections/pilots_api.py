"""Pilots of dunning in the API: begun, ended, and which there were."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import pilots
from o2c.collections.models import Pilot
from o2c.collections.pilots import PilotRefused
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Text, View
from o2c.orders.api.naming import entity_named


class PilotView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    begun_at = serializers.DateTimeField()
    begun_by = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="null: it lasts, and nothing goes out.")
    ended_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class PilotIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")


class PilotQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class PilotEndpoint(Endpoint):
    tag = "Dunning policies"
    refusals = (PilotRefused,)

    def rows(self) -> QuerySet[Pilot]:
        return Pilot.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def answer(self, pilot: Pilot, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=pilot.pk)
        location = reverse("api:dunning-pilot", args=[row.pk]) if status == 201 else None
        return self.one(row, PilotView, status=status, location=location)


class Pilots(PilotEndpoint):
    @operation("policies:read", "List pilots", gives=PilotView, query=PilotQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Times in which the runs of a legal entity were recorded, and nothing went out."""
        return self.page(self.asked_for(self.rows(), entity="entity__code"), PilotView)

    @operation("policies:write", "Begin a pilot", takes=PilotIn, gives=PilotView, statuses=(201,),
               right="policies.activate")  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """From now on runs are recorded and nothing goes out. Refused (409) where one lasts, a run that would be sent
        is under way, or two policies are tried on customers."""
        return self.answer(pilots.begin(entity_named(request.user, given["entity"]), actor=self.actor), status=201)


class OnePilot(PilotEndpoint):
    @operation("policies:read", "Read a pilot", gives=PilotView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), PilotView)


class EndPilot(PilotEndpoint):
    @operation("policies:write", "End a pilot", gives=PilotView, right="policies.activate")
    def post(self, request: Request, pk: int) -> Response:
        """The next run is a real one, and begins with the first level. Refused (409) for one that has ended."""
        found = self.find(Pilot.objects.for_user(request.user).select_related("entity"), pk=pk)
        ended = pilots.end(found.entity, actor=self.actor)
        if ended.pk != found.pk:  # and so the one that lasts goes on
            raise PilotRefused("It has ended already.")
        return self.answer(ended)


urlpatterns = [
    path("dunning-pilots", Pilots.as_view(), name="dunning-pilots"),
    path("dunning-pilots/<int:pk>", OnePilot.as_view(), name="dunning-pilot"),
    path("dunning-pilots/<int:pk>/end", EndPilot.as_view(), name="end-dunning-pilot"),
]
