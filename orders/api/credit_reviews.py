"""Credit reviews in the API: applications with what is known of a customer. People decide about them, not programs."""

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Day, DecimalIn, DecimalOut, MoneyIn, MoneyOut, Text, View, Whole
from o2c.core.api.problems import at, at_its_field
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named, entity_named
from o2c.orders.credit import reviewing
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.credit.reviewing import ReviewRefused
from o2c.orders.models import Account, CreditReview


class ScorecardLineView(serializers.Serializer):
    factor = serializers.CharField()
    says = serializers.CharField(help_text="Its figure, for a person, in English.")
    weight = serializers.IntegerField()
    points = serializers.IntegerField(allow_null=True, help_text="0 to 100; null: it does not count.")


class CreditReviewView(View):
    id = serializers.IntegerField()
    account = serializers.IntegerField(source="account_id")
    entity = serializers.CharField(source="of_entity", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    state = serializers.ChoiceField(choices=CreditReview.State.choices)
    asked_limit = MoneyOut("asked_limit")
    reason = serializers.CharField()
    asker = serializers.CharField()
    asked_at = serializers.DateTimeField()
    financials_on = serializers.DateField(allow_null=True, help_text="Day of the balance sheet.")
    equity_ratio = DecimalOut(allow_null=True, help_text="Percent.")
    current_ratio = DecimalOut(allow_null=True, help_text="Current assets to short-term debt.")
    sales = MoneyOut("sales", "base_currency", allow_null=True)
    rating_provider = serializers.CharField()
    rating = serializers.CharField()
    rating_score = serializers.IntegerField(allow_null=True, help_text="Of 100, which is the best.")
    rating_on = serializers.DateField(allow_null=True)
    scorecard = ScorecardLineView(many=True)
    score = serializers.IntegerField(allow_null=True)
    proposed = MoneyOut("proposed", "base_currency")
    proposed_because = serializers.ListField(child=serializers.CharField())
    approved_limit = MoneyOut("approved_limit", allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    first_by = serializers.CharField(source="first_name", allow_null=True)
    decided_by = serializers.CharField(source="decider_name", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    updated_at = serializers.DateTimeField()


class CreditReviewIn(Body):
    customer = CustomerName()
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    asked_limit = MoneyIn(help_text="In the account's currency.")
    reason = Text(max_length=300)
    financials_on = Day(required=False, allow_null=True)
    equity_ratio = DecimalIn(whole=4, places=2, required=False)
    current_ratio = DecimalIn(whole=4, places=2, required=False)
    sales = MoneyIn(required=False, help_text="In a year, in the base currency.")
    rating_provider = Text(required=False, max_length=100)
    rating = Text(required=False, max_length=40)
    rating_score = Whole(required=False, min_value=0, max_value=100)
    rating_on = Day(required=False, allow_null=True)


class ReviewApprovalIn(Body):
    amount = MoneyIn(help_text="In the account's currency.")
    valid_until = Day(required=False, allow_null=True)
    note = Text(required=False, max_length=250, allow_blank=True)


class ReviewRefusalIn(Body):
    note = Text(max_length=300)


class CreditReviewQuery(AccountQuery):
    state = serializers.ChoiceField(choices=CreditReview.State.choices, required=False)


class ReviewEndpoint(Endpoint):
    tag = "Credit"
    refusals = (LostRace, IllegalMove, LimitRefused, ReviewRefused)

    def rows(self) -> QuerySet[CreditReview]:
        return CreditReview.objects.for_user(self.request.user).annotate(
            of_entity=F("entity__code"), base_currency=F("entity__base_currency"),
            first_name=F("first_by__username"), decider_name=F("decided_by__username"),
        )  # fmt: skip

    def said(self, review: CreditReview, **answer) -> Response:
        return self.one(self.find(self.rows(), pk=review.pk), CreditReviewView, **answer)

    def review(self, pk: int) -> CreditReview:
        return self.find(CreditReview.objects.for_user(self.request.user).select_related("entity"), pk=pk)


class CreditReviews(ReviewEndpoint):
    @operation("credit:read", "List credit reviews", gives=CreditReviewView, query=CreditReviewQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was applied for, what is proposed and why, and who decided."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", state="state")
        return self.page(rows, CreditReviewView)

    @operation(
        "credit:write", "Apply for a credit limit",
        takes=CreditReviewIn, gives=CreditReviewView, statuses=(201,), right="credit.apply",
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """It is scored at once; how the customer pays is read from the ledger. An account has one at a time (409)."""
        customer = customer_named(request.user, given.pop("customer"))
        entity = entity_named(request.user, given.pop("entity"))
        account = Account.objects.filter(customer=customer, entity=entity).select_related("entity").first()
        if account is None:
            raise at("/customer", "unknown", f"It has no account with {entity.code}.")
        for name, currency in (("asked_limit", account.currency), ("sales", entity.base_currency)):
            if name in given:
                if str(given[name].currency) != currency:
                    raise at(f"/{name}/currency", "currency", f"It is in {currency}.")
                given[name] = given[name].amount
        asked = given.pop("asked_limit")
        with at_its_field():
            made = reviewing.apply(account, asked, **given, today=clock.today(entity.time_zone), actor=self.actor)
        return self.said(made, status=201, location=reverse("api:credit-review", args=[made.pk]))


class OneCreditReview(ReviewEndpoint):
    @operation("credit:read", "Read a credit review", gives=CreditReviewView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), CreditReviewView)


class ApproveCreditReview(ReviewEndpoint):
    @operation(
        "credit:write", "Approve a credit review",
        takes=ReviewApprovalIn, gives=CreditReviewView, right="credit.decide",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The limit counts from today on. Above what a person sets alone two approve the same. No key does (403)."""
        found = self.review(pk)
        money = given["amount"]
        if str(money.currency) != found.currency:
            raise at("/amount/currency", "currency", f"The account is in {found.currency}.")
        with at_its_field():
            reviewing.approve(
                found, money.amount, valid_until=given.get("valid_until"), note=given.get("note", ""),
                today=clock.today(found.entity.time_zone), actor=self.actor,
            )  # fmt: skip
        return self.said(found)


class RefuseCreditReview(ReviewEndpoint):
    @operation(
        "credit:write", "Refuse a credit review", takes=ReviewRefusalIn, gives=CreditReviewView, right="credit.decide"
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The limit that counts stays. No key does this (403)."""
        found = self.review(pk)
        with at_its_field():
            reviewing.refuse(found, **given, actor=self.actor)
        return self.said(found)


class WithdrawCreditReview(ReviewEndpoint):
    @operation("credit:write", "Withdraw a credit review", gives=CreditReviewView, right="credit.apply")
    def post(self, request: Request, pk: int) -> Response:
        """Only who applied takes it back."""
        found = self.review(pk)
        reviewing.withdraw(found, actor=self.actor)
        return self.said(found)
