"""What all requests about money have, in the API: asked for by anybody, decided by a second person."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.response import Response

from o2c.core import clock, states
from o2c.core.api.endpoints import Endpoint
from o2c.core.api.fields import Body, Text, View
from o2c.core.api.problems import at
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import (
    OpenItem,
)

DECIDES = "approvals.decide"


class DecisionNoteIn(Body):
    note = Text(required=False, max_length=300, allow_blank=True, default="")


class RefusalIn(Body):
    note = Text(max_length=300, help_text="Why it is refused.")


class AskedView(View):
    """What all requests have."""

    reason = serializers.CharField()
    asker = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Of whoever decided.")
    updated_at = serializers.DateTimeField()


class DecisionEndpoint(Endpoint):
    refusals = (CashRefused, ItemRefused, BankRefused, states.IllegalMove, states.LostRace)
    model: type
    view: type[View]
    name = ""

    def rows(self) -> QuerySet:
        return self.model.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def listed(self) -> Response:
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, self.view)

    def answer(self, row, status: int = 200) -> Response:
        found = self.find(self.rows(), pk=row.pk)
        location = reverse(f"api:{self.name}", args=[row.pk]) if status == 201 else None
        return self.one(found, self.view, status=status, location=location)

    def asked(self, pk: int):
        return self.find(self.model.objects.for_user(self.request.user), pk=pk)

    def item(self, given: dict) -> OpenItem:
        """The open item that a body names, with its amount in the item's currency."""
        seen = OpenItem.objects.for_user(self.request.user).select_related("entity", "customer")
        item = seen.filter(pk=given["item"]).first()
        if item is None:
            raise at("/item", "unknown", "There is no such open item.")
        if str(given["amount"].currency) != item.currency:
            raise at("/amount/currency", "currency", f"The item is in {item.currency}.")
        return item


def today_of(row):
    return clock.today(row.entity.time_zone)


def decisions(plural: str, name: str, **views) -> list:
    """The addresses of what is done about a request, by the word of each act."""
    return [path(f"{plural}/<int:pk>/{act}", view.as_view(), name=f"{act}-{name}") for act, view in views.items()]
