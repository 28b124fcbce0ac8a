"""What is contested again and again, in the API, and what could be checked before it is invoiced."""

from datetime import timedelta

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.disputes import DisputeRefused, causes
from o2c.collections.models import Dispute, DisputeSuggestion
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.states import LostRace
from o2c.orders.api.naming import AccountQuery
from o2c.orders.models import LegalEntity

STATE = DisputeSuggestion.State
DECIDES = "disputes.decide"
LONGEST = timedelta(days=3660)


class CauseView(View):
    subject = serializers.CharField(help_text="Name of the customer, of the product, or code of the legal entity.")
    customer = serializers.IntegerField(source="subject_id", allow_null=True, help_text="Its id; null of a product.")
    code = serializers.CharField(help_text="Of the reason; empty where none was said.")
    reason = serializers.CharField()
    cause = serializers.CharField(help_text="What was found; empty where it is not known.")
    disputes = serializers.IntegerField()
    contested = MoneyOut("contested")
    given = MoneyOut("given", help_text="Credited or written off of it.")


class CausesView(View):
    by = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    causes = CauseView(many=True, help_text="The most frequent first, at most 500.")


class CausesQuery(serializers.Serializer):
    by = serializers.ChoiceField(choices=list(causes.BY), required=False, default="reason")
    since = serializers.DateField(required=False, help_text="Opened since; left out: ninety days until then.")
    until = serializers.DateField(required=False, help_text="Left out: today.")
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class SuggestionView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id", allow_null=True, help_text="null: it is of a product.")
    product = serializers.CharField()
    code = serializers.CharField(source="reason_code")
    cause = serializers.ChoiceField(choices=Dispute.Cause.choices, allow_blank=True, help_text="What was mostly found.")
    disputes = serializers.ListField(child=serializers.IntegerField(), help_text="The evidence.")
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    proposed_on = serializers.DateField()
    state = serializers.ChoiceField(choices=STATE.choices)
    note = serializers.CharField()
    decided_by = serializers.CharField()
    decided_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()


class DecisionIn(Body):
    note = Text(max_length=300, required=False, allow_blank=True, default="")


class SuggestionQuery(AccountQuery):
    state = serializers.ChoiceField(choices=STATE.choices, required=False)


class Causes(Endpoint):
    tag = "Disputes"

    @operation("disputes:read", "Count disputes by cause", gives=CausesView, query=CausesQuery)
    def get(self, request: Request) -> Response:
        """What was contested in a period and what was found, by reason, customer, product or legal entity."""
        entities = list(self.asked_for(LegalEntity.objects.for_user(request.user), entity="code").order_by("code"))
        until = self.query.get("until") or (clock.today(entities[0].time_zone) if entities else clock.today())
        since = self.query.get("since") or until - timedelta(days=causes.DAYS - 1)
        if not timedelta(0) <= until - since <= LONGEST:
            raise at("/since", "range", "The period begins before it ends, and is at most ten years.")
        found = causes.causes(self.query["by"], since, until, [each.pk for each in entities])
        said = {"by": self.query["by"], "since": since.isoformat(), "until": until.isoformat()}
        return Response(said | {"causes": [CauseView().to_representation(each) for each in found]})


class SuggestionEndpoint(Endpoint):
    tag = "Disputes"
    refusals = (DisputeRefused, LostRace)

    def rows(self) -> QuerySet[DisputeSuggestion]:
        seen = DisputeSuggestion.objects.for_user(self.request.user)
        return seen.annotate(entity_code=F("entity__code"), reason_code=F("code__code"))

    def decided(self, pk: int, to: str, note: str) -> Response:
        row = self.find(DisputeSuggestion.objects.for_user(self.request.user), pk=pk)
        causes.decide(row, to, note=note, actor=self.actor)
        return self.one(self.find(self.rows(), pk=pk), SuggestionView)


class Suggestions(SuggestionEndpoint):
    @operation(
        "disputes:read", "List what could be checked", gives=SuggestionView, query=SuggestionQuery, pages=True
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What one customer, or customers of one product, contested three times within ninety days for one reason."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, SuggestionView)


class OneSuggestion(SuggestionEndpoint):
    @operation("disputes:read", "Read what could be checked", gives=SuggestionView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), SuggestionView)


class AcceptSuggestion(SuggestionEndpoint):
    @operation(
        "disputes:write", "Accept what could be checked", takes=DecisionIn, gives=SuggestionView, right=DECIDES
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What of the kind comes from then on is counted. Refused (409) once it was decided."""
        return self.decided(pk, STATE.ACCEPTED, given["note"])


class DismissSuggestion(SuggestionEndpoint):
    @operation(
        "disputes:write", "Dismiss what could be checked", takes=DecisionIn, gives=SuggestionView, right=DECIDES
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It comes again by three disputes that are opened later. Refused (409) without a note, and once decided."""
        return self.decided(pk, STATE.DISMISSED, given["note"])


urlpatterns = [
    path("dispute-causes", Causes.as_view(), name="dispute-causes"),
    path("dispute-suggestions", Suggestions.as_view(), name="dispute-suggestions"),
    path("dispute-suggestions/<int:pk>", OneSuggestion.as_view(), name="dispute-suggestion"),
    path("dispute-suggestions/<int:pk>/accept", AcceptSuggestion.as_view(), name="accept-dispute-suggestion"),
    path("dispute-suggestions/<int:pk>/dismiss", DismissSuggestion.as_view(), name="dismiss-dispute-suggestion"),
]
