"""Persistent late payers in the API: who is listed and why, what follows, and the rule. People decide, not programs."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.models import LatePayer, LatePayerConsequence, LatePayerRule
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import DecimalOut, MoneyOut, View
from o2c.orders.api.naming import AccountQuery


class ConsequenceView(serializers.Serializer):
    kind = serializers.ChoiceField(choices=LatePayerConsequence.Kind.choices)
    state = serializers.ChoiceField(choices=LatePayerConsequence.State.choices)
    terms = serializers.CharField(source="terms.code", default=None, allow_null=True, help_text="Code of the terms.")
    pack = serializers.CharField(source="pack.code", default=None, allow_null=True, help_text="Code of the pack.")
    proposed_on = serializers.DateField()
    applied_on = serializers.DateField(allow_null=True)
    applied_by = serializers.CharField()
    ended_on = serializers.DateField(allow_null=True)
    ended_by = serializers.CharField()
    left_because = serializers.CharField(help_text="Why nothing was put back: it was changed meanwhile.")


class LatePayerView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    state = serializers.ChoiceField(choices=LatePayer.State.choices)
    listed_on = serializers.DateField()
    why = serializers.CharField(help_text="For a person, in English, with the figures of the day.")
    rule = serializers.IntegerField(source="rule_version", help_text="The version of the rule that listed it.")
    invoices = serializers.IntegerField(help_text="That were due or still owed in the months of the rule.")
    late = serializers.IntegerField(help_text="Of these, those that were late.")
    late_amount = MoneyOut("late_amount", "base_currency")
    average_days = DecimalOut(help_text="Weighed by the amount.")
    lapsed_on = serializers.DateField(allow_null=True, help_text="Since when the rule does not hold.")
    release_from = serializers.DateField(allow_null=True, help_text="Since when it is to be released.")
    released_on = serializers.DateField(allow_null=True)
    released_by = serializers.CharField()
    release_reason = serializers.CharField()
    not_before = serializers.DateField(allow_null=True, help_text="Not listed again before.")
    consequences = ConsequenceView(many=True)
    updated_at = serializers.DateTimeField()


class LatePayerQuery(AccountQuery):
    state = serializers.ChoiceField(choices=LatePayer.State.choices, required=False)


class LatePayerRuleView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    version = serializers.IntegerField()
    begins_on = serializers.DateField()
    lists = serializers.BooleanField()
    months = serializers.IntegerField()
    days_late = serializers.IntegerField()
    minimum = MoneyOut("minimum", "base_currency", help_text="So much of an invoice must be late for it to count.")
    least_invoices = serializers.IntegerField()
    least_share = serializers.IntegerField(allow_null=True, help_text="Percent.")
    least_average = serializers.IntegerField(allow_null=True, help_text="Days, weighed by the amount.")
    release_months = serializers.IntegerField()
    terms = serializers.CharField(source="terms_code", allow_null=True)
    prepayment = serializers.CharField(source="prepayment_code", allow_null=True)
    holds = serializers.BooleanField()
    pack = serializers.CharField(source="pack_code", allow_null=True)
    written_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class RuleQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class LatePayerEndpoint(Endpoint):
    tag = "Late payers"

    def rows(self) -> QuerySet[LatePayer]:
        seen = LatePayer.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), base_currency=F("entity__base_currency"), rule_version=F("rule__version")
        )
        return seen.prefetch_related("consequences__terms", "consequences__pack")


class LatePayers(LatePayerEndpoint):
    @operation("late-payers:read", "List late payers", gives=LatePayerView, query=LatePayerQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Who is on the list, and who was. What follows is applied and ended by people on the page of each."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, LatePayerView)


class OneLatePayer(LatePayerEndpoint):
    @operation("late-payers:read", "Read a late payer", gives=LatePayerView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), LatePayerView)


class LatePayerRules(Endpoint):
    tag = "Late payers"

    @operation("late-payers:read", "List rules of late payers", gives=LatePayerRuleView, query=RuleQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Every version; of a legal entity the last one counts."""
        rows = LatePayerRule.objects.for_user(request.user).annotate(
            entity_code=F("entity__code"),
            base_currency=F("entity__base_currency"),
            terms_code=F("terms__code"),
            prepayment_code=F("prepayment__code"),
            pack_code=F("pack__code"),
            updated_at=F("written_at"),
        )
        return self.page(self.asked_for(rows, entity="entity__code"), LatePayerRuleView)


urlpatterns = [
    path("late-payers", LatePayers.as_view(), name="late-payers"),
    path("late-payers/<int:pk>", OneLatePayer.as_view(), name="late-payer"),
    path("late-payer-rules", LatePayerRules.as_view(), name="late-payer-rules"),
]
