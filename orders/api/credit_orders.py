"""The credit decision in the API: orders confirmed, released and rejected, what was decided, and exposure."""

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, MoneyOut, Text, View
from o2c.core.api.problems import at_its_field
from o2c.core.money import plain
from o2c.core.states import IllegalMove, LostRace
from o2c.orders import confirming
from o2c.orders.api.naming import AccountQuery
from o2c.orders.confirming import CreditRefused
from o2c.orders.credit import holding
from o2c.orders.credit.exposing import positions
from o2c.orders.models import Account, CreditDecision, Order


class ReasonView(serializers.Serializer):
    code = serializers.CharField(help_text="Such as limit_exceeded; see the documentation.")
    text = serializers.CharField(help_text="For a person, in English, with its figures.")


class CreditDecisionView(View):
    id = serializers.IntegerField()
    order = serializers.IntegerField(source="order_id")
    number = serializers.CharField(source="of_number", help_text="Number of the order.")
    entity = serializers.CharField(source="of_entity", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    outcome = serializers.ChoiceField(choices=CreditDecision.Outcome.choices)
    reasons = ReasonView(many=True, help_text="What speaks against the order.")
    note = serializers.CharField(help_text="Why, of whoever decided.")
    open_items = MoneyOut("open_items")
    delivered = MoneyOut("delivered", help_text="Delivered and not invoiced.")
    confirmed = MoneyOut("confirmed", help_text="Confirmed and not delivered.")
    order_amount = MoneyOut("order_amount", allow_null=True)
    credit_limit = MoneyOut("credit_limit", allow_null=True)
    decided_at = serializers.DateTimeField()
    decided_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class CreditDecisionQuery(AccountQuery):
    order = serializers.IntegerField(required=False, min_value=1, help_text="Only about this order (our id).")
    outcome = serializers.ChoiceField(choices=CreditDecision.Outcome.choices, required=False)


class ReleaseIn(Body):
    reason = Text(max_length=300)


class RejectIn(Body):
    reason = Text(max_length=300)
    then = Choice(
        choices=[("cancelled", "Cancelled"), ("draft", "A draft again, to be changed")], required=False,
        help_text="What becomes of the order; cancelled unless said.",
    )  # fmt: skip


class ExposureAmountView(serializers.Serializer):
    amount = serializers.CharField()
    currency = serializers.CharField()


class ExposureView(serializers.Serializer):
    customer = serializers.IntegerField()
    entity = serializers.CharField()
    on = serializers.DateField()
    open_items = ExposureAmountView()
    delivered = ExposureAmountView(help_text="Delivered and not invoiced.")
    confirmed = ExposureAmountView(help_text="Confirmed and not delivered.")
    total = ExposureAmountView()
    unvalued = serializers.ListField(child=serializers.CharField(), help_text="Currencies without a rate.")
    limit = ExposureAmountView(allow_null=True)
    limit_until = serializers.DateField(allow_null=True)
    limit_expired_on = serializers.DateField(allow_null=True)
    oldest_overdue_days = serializers.IntegerField()
    overdue = ExposureAmountView()
    dunning_level = serializers.IntegerField()
    broken_promises = serializers.IntegerField()
    standing = serializers.ChoiceField(choices=Account.Standing.choices)


class DecisionEndpoint(Endpoint):
    tag = "Credit"
    refusals = (CreditRefused, IllegalMove, LostRace)

    def rows(self) -> QuerySet[CreditDecision]:
        return CreditDecision.objects.for_user(self.request.user).annotate(
            of_number=F("order__number"), of_entity=F("entity__code")
        )

    def order(self, pk: int) -> Order:
        return self.find(Order.objects.for_user(self.request.user).select_related("entity"), pk=pk)

    def said(self, made: CreditDecision) -> Response:
        return self.one(self.find(self.rows(), pk=made.pk), CreditDecisionView)


class CreditDecisions(DecisionEndpoint):
    @operation("credit:read", "List credit decisions", gives=CreditDecisionView, query=CreditDecisionQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Every one that was made about orders, by the rule or by people; amounts are in the base currency."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", order="order_id", outcome="outcome"
        )
        return self.page(rows, CreditDecisionView)


class OneCreditDecision(DecisionEndpoint):
    @operation("credit:read", "Read a credit decision", gives=CreditDecisionView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), CreditDecisionView)


class ConfirmOrder(DecisionEndpoint):
    @operation("credit:write", "Confirm an order", gives=CreditDecisionView, right="orders.confirm")
    def post(self, request: Request, pk: int) -> Response:
        """A validated order is confirmed, or put on hold where the credit decision speaks against it: see `outcome`.

        Two that are confirmed at once never slip under one limit together.
        """
        return self.said(confirming.confirm(self.order(pk), actor=self.actor))


class ReleaseOrder(DecisionEndpoint):
    @operation(
        "credit:write", "Release a held order", takes=ReleaseIn, gives=CreditDecisionView, right="credit.release"
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """From the policy's amount on two people do, and no key does (403); `first_yes` waits for the second."""
        found = self.order(pk)
        with at_its_field():
            made = holding.release(found, **given, actor=self.actor)
        return self.said(made)


class RejectOrder(DecisionEndpoint):
    @operation("credit:write", "Reject a held order", takes=RejectIn, gives=CreditDecisionView, right="credit.release")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It is cancelled, or a draft again to be changed."""
        found = self.order(pk)
        cancel = given.get("then", "cancelled") == "cancelled"
        with at_its_field():
            made = holding.reject(found, reason=given["reason"], cancel=cancel, actor=self.actor)
        return self.said(made)


class AccountExposure(Endpoint):
    tag = "Credit"

    @operation("credit:read", "Read the exposure of an account", gives=ExposureView)
    def get(self, request: Request, pk: int) -> Response:
        """What a customer owes and will owe today, in the base currency, beside its limit and how it pays."""
        account = self.find(Account.objects.for_user(request.user).select_related("entity"), pk=pk)
        entity, on = account.entity, clock.today(account.entity.time_zone)
        found = positions(entity, [account.customer_id], on)[account.customer_id]
        exposure, limit, facts = found.exposure, found.limit, found.facts

        def money(amount) -> dict:
            return {"amount": plain(amount, entity.base_currency), "currency": entity.base_currency}

        return Response(
            {
                "customer": account.customer_id, "entity": entity.code, "on": on.isoformat(),
                "open_items": money(exposure.open_items), "delivered": money(exposure.delivered),
                "confirmed": money(exposure.confirmed), "total": money(exposure.total),
                "unvalued": list(exposure.unvalued),
                "limit": None if limit.amount is None else money(limit.amount),
                "limit_until": limit.valid_until and limit.valid_until.isoformat(),
                "limit_expired_on": limit.expired_on and limit.expired_on.isoformat(),
                "oldest_overdue_days": facts.oldest_days, "overdue": money(facts.overdue),
                "dunning_level": facts.level, "broken_promises": facts.broken, "standing": facts.standing,
            }
        )  # fmt: skip
