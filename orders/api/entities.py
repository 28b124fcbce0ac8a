"""Legal entities in the API."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import (
    View,
)
from o2c.orders.models import LegalEntity


class EntityView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    base_currency = serializers.CharField()
    time_zone = serializers.CharField()
    address = serializers.CharField()
    vat_id = serializers.CharField()
    registration_number = serializers.CharField()
    eori = serializers.CharField(help_text="By which customs know it.")
    peppol_address = serializers.CharField()
    books_kept_by = serializers.ChoiceField(choices=LegalEntity.Keeper.choices, help_text="The general ledger.")
    cash_applied_by = serializers.ChoiceField(
        choices=LegalEntity.Keeper.choices, help_text="erp: only keys apply and undo, people do not."
    )
    updated_at = serializers.DateTimeField()


class Entities(Endpoint):
    tag = "Legal entities"

    @operation("entities:read", "List legal entities", gives=EntityView, query=PageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """The legal entities that you see."""
        return self.page(LegalEntity.objects.for_user(request.user), EntityView)


class OneEntity(Endpoint):
    tag = "Legal entities"

    @operation("entities:read", "Read a legal entity", gives=EntityView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(LegalEntity.objects.for_user(request.user), pk=pk), EntityView)
