"""How likely a customer is to pay late, in the API: read only, and nothing follows from it by itself."""

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.analytics.models import Prediction
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import DecimalOut, View
from o2c.orders.models import Account, Customer


class PredictionView(View):
    as_of = serializers.DateField(help_text="By what was known before this day.")
    band = serializers.ChoiceField(choices=Prediction.Band.choices)
    p_late = DecimalOut(help_text="Probability of paying after the next business day and the days of grace, 0 to 1.")
    p_late_30 = DecimalOut(help_text="Probability of paying more than 30 days late.")
    days_p10 = serializers.IntegerField(help_text="Days from the due date by which one in ten is paid.")
    days_p50 = serializers.IntegerField(help_text="By which half are paid.")
    days_p90 = serializers.IntegerField(help_text="By which nine in ten are paid.")
    paid = serializers.IntegerField(help_text="So many paid invoices of two years are what it is told from.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Facts for a person, in English.")
    model = serializers.CharField(help_text="The version of the formula.")


class EntityScoreView(serializers.Serializer):
    entity = serializers.CharField(help_text="Code of the legal entity.")
    prediction = PredictionView(allow_null=True, help_text="null: it has paid nothing yet, or no night has passed.")


class ScoreView(serializers.Serializer):
    customer = serializers.IntegerField()
    scores = EntityScoreView(many=True)


class CustomerScore(Endpoint):
    tag = "Customers"

    @operation("customers:read", "Read how likely a customer is to pay late", gives=ScoreView)
    def get(self, request: Request, pk: int) -> Response:
        """Of an invoice that falls due on a day of business, by legal entity; made anew each night."""
        customer = self.find(Customer.objects.for_user(request.user), pk=pk)
        accounts = Account.objects.for_user(request.user).filter(customer=customer)
        codes = dict(accounts.order_by("entity__code").values_list("entity_id", "entity__code"))
        found = {row.entity_id: row for row in Prediction.objects.filter(customer=customer, entity__in=codes)}
        view = PredictionView()
        scores = [
            {"entity": code, "prediction": found.get(pk) and view.to_representation(found[pk])}
            for pk, code in codes.items()
        ]
        return Response({"customer": customer.pk, "scores": scores})


urlpatterns = [path("customers/<int:pk>/score", CustomerScore.as_view(), name="customer-score")]
