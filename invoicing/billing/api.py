"""Billing in the API: what is to be invoiced, runs that invoice it, and where invoices differ from what was ordered."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Day, Id, MoneyOut, Text, View
from o2c.core.api.problems import at, at_its_field, of_query
from o2c.core.states import LostRace
from o2c.invoicing.billing import differences, running
from o2c.invoicing.billing.running import BillingRefused
from o2c.invoicing.models import AcceptedDifference, BillingRun, Invoice
from o2c.orders.api.naming import entity_named
from o2c.orders.models import Customer, LegalEntity

MOST_CUSTOMERS = 1_000


class BillingDueView(View):
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField(help_text="Of the customer.")
    name = serializers.CharField()
    invoices = serializers.IntegerField(help_text="How many it would get.")
    lines = serializers.IntegerField()
    net = MoneyOut("net")
    first_on = serializers.DateField(help_text="Of what is to be invoiced, the first day.")
    last_on = serializers.DateField()


class BillingDueListView(View):
    entity = serializers.CharField()
    as_of = serializers.DateField()
    data = BillingDueView(many=True)


class DueQuery(serializers.Serializer):
    entity = serializers.CharField(max_length=20, help_text="Code of the legal entity.")
    as_of = serializers.DateField(required=False, help_text="What is due by this day; left out: today where it is.")
    customer = serializers.IntegerField(required=False, min_value=1, help_text="Only of this customer (our id).")


class BillingRunView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    as_of = serializers.DateField(help_text="The day of the invoices.")
    state = serializers.ChoiceField(choices=BillingRun.State.choices)
    invoices = serializers.IntegerField(help_text="That were issued.")
    held = serializers.IntegerField(help_text="Drafts that a rule keeps back.")
    automatic = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class BillingRunIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    as_of = Day(required=False, help_text="What is due by this day, the day of the invoices; left out: today.")
    customers = serializers.ListField(
        child=Id(), required=False, min_length=1, max_length=MOST_CUSTOMERS, help_text="Only of these (our ids)."
    )


class BillingRunQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    state = serializers.ChoiceField(choices=BillingRun.State.choices, required=False)


class BillingDifferenceView(View):
    invoice = serializers.IntegerField(source="invoice_id")
    number = serializers.CharField(source="invoice", help_text="Of the invoice; empty: a draft.")
    state = serializers.CharField(help_text="Of the invoice.")
    customer = serializers.IntegerField(source="customer_id")
    order = serializers.IntegerField(source="order_id")
    kind = serializers.CharField(help_text="price, quantity, tax or terms.")
    ordered = serializers.CharField()
    invoiced = serializers.CharField()
    amount = MoneyOut("amount", help_text="What the invoice has more, net.")
    held = serializers.BooleanField(help_text="It keeps its draft from being issued.")


class BillingDifferenceListView(View):
    data = BillingDifferenceView(many=True)


class DifferenceQuery(serializers.Serializer):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    kind = serializers.ChoiceField(choices=["price", "quantity", "tax", "terms"], required=False)
    drafts_only = serializers.BooleanField(
        default=True, help_text="false: also of issued invoices; the latest 500 either way."
    )


class AcceptDifferencesIn(Body):
    reason = Text(max_length=300)


class AcceptedDifferencesView(View):
    invoice = serializers.IntegerField(source="invoice_id")
    amount = MoneyOut("amount", help_text="What the differences come to.")
    reason = serializers.CharField()
    accepted_at = serializers.DateTimeField()
    accepted_by = serializers.CharField()


class BillingEndpoint(Endpoint):
    tag = "Billing"
    refusals = (BillingRefused, LostRace)

    def rows(self) -> QuerySet[BillingRun]:
        return BillingRun.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def asked_entities(self) -> QuerySet[LegalEntity]:
        """The legal entities that the caller sees, or the one that the query names. Raises Problem."""
        found = self.asked_for(LegalEntity.objects.for_user(self.request.user), entity="code")
        if "entity" in self.query and not found.exists():
            raise of_query("entity", "unknown", "There is no such legal entity.")
        return found


class BillingDue(BillingEndpoint):
    @operation("billing:read", "List what is to be invoiced", gives=BillingDueListView, query=DueQuery)
    def get(self, request: Request) -> Response:
        """What a run would invoice, by customer and currency: all of it in one answer, as it is worked out anew."""
        entity = self.asked_entities().get()
        try:
            as_of = running.check_day(entity, self.query.get("as_of"))
        except BillingRefused as refused:
            raise of_query("as_of", "range", str(refused)) from None
        customers = [self.query["customer"]] if "customer" in self.query else None
        write = BillingDueView().to_representation
        found = running.preview(entity, as_of=as_of, customers=customers)
        return Response({"entity": entity.code, "as_of": as_of.isoformat(), "data": [write(each) for each in found]})


class BillingRuns(BillingEndpoint):
    @operation("billing:read", "List billing runs", gives=BillingRunView, query=BillingRunQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Those that somebody began and those that began by themselves."""
        return self.page(self.asked_for(self.rows(), entity="entity__code", state="state"), BillingRunView)

    @operation(
        "billing:write", "Invoice what is due", takes=BillingRunIn, gives=BillingRunView, statuses=(201,), money=True
    )
    def post(self, request: Request, given: dict) -> Response:
        """Issues the invoices and answers when all are: whole or not at all, and nothing twice. What a rule keeps back
        stays a draft and is counted as `held`."""
        entity = entity_named(request.user, given["entity"])
        facts = {name: given[name] for name in ("as_of", "customers") if name in given}
        if "customers" in facts:
            seen = set(
                Customer.objects.for_user(request.user).filter(pk__in=facts["customers"]).values_list("pk", flat=True)
            )
            for place, pk in enumerate(facts["customers"]):
                if pk not in seen:
                    raise at(f"/customers/{place}", "unknown", "There is no such customer.")
        with at_its_field():
            made = running.run(entity, **facts, actor=self.actor)
        location = reverse("api:billing-run", args=[made.pk])
        return self.one(self.find(self.rows(), pk=made.pk), BillingRunView, status=201, location=location)


class OneBillingRun(BillingEndpoint):
    @operation("billing:read", "Read a billing run", gives=BillingRunView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), BillingRunView)


class BillingDifferences(BillingEndpoint):
    @operation("billing:read", "List where invoices differ", gives=BillingDifferenceListView, query=DifferenceQuery)
    def get(self, request: Request) -> Response:
        """Price, quantity, tax and terms against what was ordered, of the latest drafts: worked out anew each time."""
        ids = list(self.asked_entities().values_list("pk", flat=True))
        rows = differences.listed(ids, kind=self.query.get("kind", ""), drafts_only=self.query["drafts_only"])
        write = BillingDifferenceView().to_representation
        return Response({"data": [write(each) for each in rows]})


class AcceptDifferences(BillingEndpoint):
    @operation(
        "billing:write", "Accept what differs", takes=AcceptDifferencesIn, gives=AcceptedDifferencesView,
        conditional=True, right="differences.accept",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The draft may be issued as it is; changed, it is held again. Refused (409) where nothing differs, or it is no
        draft any more. `If-Match` is the version of the invoice."""
        invoice = self.find(Invoice.objects.for_user(request.user), pk=pk)
        conditions.check_writing(request, Invoice.objects.select_for_update(no_key=True).get(pk=pk))
        with at_its_field():
            made = differences.accept(invoice, reason=given["reason"], actor=self.actor)
        row = AcceptedDifference.objects.annotate(currency=F("invoice__currency")).get(pk=made.pk)
        return Response(AcceptedDifferencesView().to_representation(row))


urlpatterns = [
    path("billing-due", BillingDue.as_view(), name="billing-due"),
    path("billing-runs", BillingRuns.as_view(), name="billing-runs"),
    path("billing-runs/<int:pk>", OneBillingRun.as_view(), name="billing-run"),
    path("billing-differences", BillingDifferences.as_view(), name="billing-differences"),
    path("invoices/<int:pk>/accept-differences", AcceptDifferences.as_view(), name="accept-differences"),
]
