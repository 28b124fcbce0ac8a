"""Early-payment offers in the API: what is offered and what became of it, and the rules. People decide, no programs."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import DecimalOut, MoneyOut, View
from o2c.invoicing import early_offers
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule
from o2c.orders.api.naming import AccountQuery


class OfferTierView(serializers.Serializer):
    until = serializers.DateField(help_text="The last day of the money.")
    percent = serializers.CharField(help_text="Decimal as text.")


class EarlyOfferView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    item = serializers.IntegerField(source="item_id", help_text="Id of the open item.")
    number = serializers.CharField(source="item_number")
    state = serializers.ChoiceField(choices=EarlyOffer.State.choices)
    because = serializers.ChoiceField(choices=EarlyOffer.Because.choices, help_text="Why it ended, where it did.")
    amount = MoneyOut("amount", "currency", help_text="What the item owed.")
    due_on = serializers.DateField()
    offered_on = serializers.DateField()
    last_on = serializers.DateField()
    tiers = OfferTierView(many=True)
    best_discount = MoneyOut("best_discount", "currency", help_text="On its first day.")
    annual_cost = serializers.SerializerMethodField(help_text="Of its first day, percent a year. Decimal as text.")
    taken_on = serializers.DateField(allow_null=True, help_text="The day of the money.")
    discount = MoneyOut("discount", "currency", allow_null=True, help_text="What was taken.")
    ended_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()

    def get_annual_cost(self, offer: EarlyOffer) -> str:
        return str(early_offers.annual(offer.best_percent, (offer.due_on - offer.offered_on).days))


class EarlyOfferQuery(AccountQuery):
    state = serializers.ChoiceField(choices=EarlyOffer.State.choices, required=False)


class EarlyOfferRuleView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    segment = serializers.CharField(help_text="Empty: all customers of the legal entity.")
    version = serializers.IntegerField()
    begins_on = serializers.DateField()
    offers = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=EarlyOfferRule.Kind.choices)
    rate = DecimalOut(allow_null=True, help_text="Percent a year, of 365 days.")
    steps = serializers.CharField(help_text="Days before due and percent: 20: 2; 10: 1.")
    least_percent = DecimalOut()
    most_percent = DecimalOut()
    least_discount = MoneyOut("least_discount", "base_currency")
    minimum = MoneyOut("minimum", "base_currency", help_text="Only of items of so much.")
    least_days = serializers.IntegerField(help_text="Only of items that are due in so many days or more.")
    pause_days = serializers.IntegerField()
    skips_late_payers = serializers.BooleanField()
    unasked = serializers.BooleanField(help_text="It goes out without a person's approval.")
    budget = MoneyOut("budget", "base_currency", allow_null=True, help_text="A month.")
    written_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class EarlyOfferRuleQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class EarlyOfferEndpoint(Endpoint):
    tag = "Early-payment offers"

    def rows(self) -> QuerySet[EarlyOffer]:
        return EarlyOffer.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), item_number=F("item__number")
        )


class EarlyOffers(EarlyOfferEndpoint):
    @operation("offers:read", "List early-payment offers", gives=EarlyOfferView, query=EarlyOfferQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is offered, was taken or is over. An open one stands: money of a day until its last takes it."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, EarlyOfferView)


class OneEarlyOffer(EarlyOfferEndpoint):
    @operation("offers:read", "Read an early-payment offer", gives=EarlyOfferView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), EarlyOfferView)


class EarlyOfferRules(Endpoint):
    tag = "Early-payment offers"

    @operation(
        "offers:read", "List rules of early-payment offers", gives=EarlyOfferRuleView, query=EarlyOfferRuleQuery,
        pages=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Every version; of a legal entity and a segment the last one counts."""
        rows = EarlyOfferRule.objects.for_user(request.user).annotate(
            entity_code=F("entity__code"), base_currency=F("entity__base_currency"), updated_at=F("written_at")
        )
        return self.page(self.asked_for(rows, entity="entity__code"), EarlyOfferRuleView)


urlpatterns = [
    path("early-offers", EarlyOffers.as_view(), name="early-offers"),
    path("early-offers/<int:pk>", OneEarlyOffer.as_view(), name="early-offer"),
    path("early-offer-rules", EarlyOfferRules.as_view(), name="early-offer-rules"),
]
