"""Payment terms in the API."""

from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import (
    Body,
    Choice,
    DecimalOut,
    Percent,
    Text,
    View,
    Whole,
)
from o2c.core.api.problems import Problem
from o2c.orders import agreements
from o2c.orders.agreements import Agreement, TermsRefused
from o2c.orders.models import PaymentTerms
from o2c.orders.terms import Share, Tier

CODE = RegexValidator("^[!-~]+$", "Letters, digits and signs of ASCII, without spaces.")


class DiscountView(View):
    days = serializers.IntegerField(help_text="Pay within so many days of the invoice …")
    percent = DecimalOut(help_text="… and take so many percent off.")


class InstalmentView(View):
    percent = DecimalOut()
    extra_days = serializers.IntegerField(help_text="Days after the terms' own due date.")


class TermsView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=PaymentTerms.Kind.choices)
    days = serializers.IntegerField()
    day_of_month = serializers.IntegerField(allow_null=True)
    discounts = DiscountView(many=True)
    instalments = InstalmentView(many=True)
    updated_at = serializers.DateTimeField()


class DiscountIn(Body):
    days = Whole(min_value=0, max_value=3650)
    percent = Percent()


class InstalmentIn(Body):
    percent = Percent()
    extra_days = Whole(min_value=0, max_value=3650, default=0)


class TermsChange(Body):
    """The terms as a whole: what is left out is none."""

    name = Text(max_length=100)
    kind = Choice(choices=PaymentTerms.Kind.choices)
    days = Whole(min_value=0, max_value=3650)
    day_of_month = Whole(min_value=1, max_value=31, required=False, allow_null=True)
    discounts = DiscountIn(many=True, required=False, max_length=10)
    instalments = InstalmentIn(many=True, required=False, max_length=60)


class TermsIn(TermsChange):
    code = Text(max_length=20, validators=[CODE])


class TermsEndpoint(Endpoint):
    tag = "Payment terms"
    refusals = (TermsRefused,)

    def rows(self) -> QuerySet[PaymentTerms]:
        return PaymentTerms.objects.prefetch_related("discounts", "instalments")

    def check_everywhere(self) -> None:
        """Terms are those of every legal entity. Raises Problem for who sees only some."""
        if not self.request.user.all_entities:
            raise Problem("forbidden", "Payment terms are shared; only who sees every legal entity changes them.")

    def answer(self, terms: PaymentTerms, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=terms.pk)
        location = reverse("api:terms", args=[row.pk]) if status == 201 else None
        return self.one(row, TermsView, status=status, location=location)

    @staticmethod
    def agreement(given: dict) -> Agreement:
        return Agreement(
            name=given["name"],
            kind=given["kind"],
            days=given["days"],
            day_of_month=given.get("day_of_month"),
            tiers=tuple(sorted((Tier(**tier) for tier in given.get("discounts", [])), key=lambda tier: tier.days)),
            shares=tuple(Share(**share) for share in given.get("instalments", [])),
        )


class ManyTerms(TermsEndpoint):
    @operation("terms:read", "List payment terms", gives=TermsView, query=PageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """They are shared by all legal entities."""
        return self.page(self.rows(), TermsView)

    @operation("terms:write", "Create payment terms", takes=TermsIn, gives=TermsView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        self.check_everywhere()
        return self.answer(agreements.create(given["code"], self.agreement(given), actor=self.actor), status=201)


class OneTerms(TermsEndpoint):
    @operation("terms:read", "Read payment terms", gives=TermsView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), TermsView)

    @operation("terms:write", "Change payment terms", takes=TermsChange, gives=TermsView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Says the terms anew; items that are due already stay due when they were."""
        self.check_everywhere()
        terms = self.find(PaymentTerms.objects.select_for_update(no_key=True), pk=pk)
        conditions.check_writing(request, terms)
        return self.answer(agreements.change(terms, self.agreement(given), actor=self.actor))
