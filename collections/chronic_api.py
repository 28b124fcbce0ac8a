"""Chronic accounts in the API: what is recommended of them by which numbers, and what people have decided."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.chronic import recommending
from o2c.collections.models import ChronicDecision
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import MoneyOut, View
from o2c.core.api.problems import Problem
from o2c.orders.api.naming import AccountQuery
from o2c.orders.models import LegalEntity


class ChronicView(View):
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField(help_text="Of the customer.")
    name = serializers.CharField()
    act = serializers.ChoiceField(choices=ChronicDecision.Act.choices, help_text="What is recommended.")
    why = serializers.CharField(source="told", help_text="For a person, in English.")
    overdue = MoneyOut("overdue", "base_currency", help_text="That nobody contests and no agency has.")
    overdue_up_to_30_days = MoneyOut("to_30", "base_currency")
    overdue_up_to_90_days = MoneyOut("to_90", "base_currency")
    overdue_up_to_180_days = MoneyOut("to_180", "base_currency")
    overdue_for_longer = MoneyOut("older", "base_currency")
    days_overdue = serializers.IntegerField(source="oldest", help_text="Of the oldest.")
    days_unpaid = serializers.IntegerField(source="unpaid_for", allow_null=True, help_text="null: never paid.")
    broken_promises = serializers.IntegerField(help_text="In a year.")
    disputes = serializers.IntegerField(help_text="That are open.")
    disputed = MoneyOut("disputed", "base_currency")
    handed_over = MoneyOut("placed", "base_currency", help_text="What an agency has.")
    given_back = serializers.IntegerField(help_text="How often an agency has given something back.")
    charged = MoneyOut("charged", "base_currency", help_text="Fees and interest in a year.")
    notices = serializers.IntegerField(help_text="In a year.")
    calls = serializers.IntegerField(help_text="In a year.")
    standing = serializers.CharField(help_text="Of the account.")
    decision = serializers.CharField(help_text="The last one; empty: nobody has decided.")
    decided_act = serializers.CharField(help_text="What was recommended then.")
    decided_on = serializers.DateField(allow_null=True)
    decided_by = serializers.CharField()
    until = serializers.DateField(allow_null=True, help_text="Left as it is until this day.")


class ChronicListView(View):
    entity = serializers.CharField()
    as_of = serializers.DateField()
    data = ChronicView(many=True)


class ChronicQuery(serializers.Serializer):
    entity = serializers.CharField(max_length=20, help_text="Code of the legal entity.")


class DecisionView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    act = serializers.ChoiceField(choices=ChronicDecision.Act.choices, help_text="What was recommended.")
    decision = serializers.ChoiceField(choices=ChronicDecision.Decision.choices)
    why = serializers.CharField(help_text="By which numbers, for a person, in English.")
    figures = serializers.DictField(help_text="The numbers as they were, amounts in the base currency.")
    reason = serializers.CharField()
    until = serializers.DateField(allow_null=True)
    decided_on = serializers.DateField()
    decided_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class DecisionQuery(AccountQuery):
    act = serializers.ChoiceField(choices=ChronicDecision.Act.choices, required=False)
    decision = serializers.ChoiceField(choices=ChronicDecision.Decision.choices, required=False)


class ChronicAccounts(Endpoint):
    tag = "Chronic accounts"

    @operation("chronic-accounts:read", "List chronic accounts", gives=ChronicListView, query=ChronicQuery)
    def get(self, request: Request) -> Response:
        """What should become of each today, the largest first: all of them in one answer, as it is worked out anew
        each time. A person decides."""
        entity = LegalEntity.objects.for_user(request.user).filter(code=self.query["entity"]).first()
        if entity is None:
            unknown = {"parameter": "entity", "code": "unknown", "detail": "There is no such legal entity."}
            raise Problem("validation", unknown["detail"], errors=[unknown])
        today = clock.today(entity.time_zone)
        write = ChronicView().to_representation
        rows = [write(row) for row in recommending.recommended([entity], today)]
        return Response({"entity": entity.code, "as_of": today.isoformat(), "data": rows})


class DecisionEndpoint(Endpoint):
    tag = "Chronic accounts"

    def rows(self) -> QuerySet[ChronicDecision]:
        return ChronicDecision.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class Decisions(DecisionEndpoint):
    @operation("chronic-accounts:read", "List decisions about chronic accounts", gives=DecisionView,
               query=DecisionQuery, pages=True)  # fmt: skip
    def get(self, request: Request) -> Response:
        """What people have decided of recommendations, and by which numbers."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", act="act", decision="decision"
        )
        return self.page(rows, DecisionView)


class OneDecision(DecisionEndpoint):
    @operation("chronic-accounts:read", "Read a decision about a chronic account", gives=DecisionView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), DecisionView)


urlpatterns = [
    path("chronic-accounts", ChronicAccounts.as_view(), name="chronic-accounts"),
    path("chronic-decisions", Decisions.as_view(), name="chronic-decisions"),
    path("chronic-decisions/<int:pk>", OneDecision.as_view(), name="chronic-decision"),
]
