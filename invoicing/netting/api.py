"""Payables in the API: what an ERP says we owe customers who are vendors too."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api import conditions
from o2c.core.api.endpoints import operation
from o2c.core.api.fields import Body, Day, Flag, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.money import MoneyError
from o2c.invoicing.api import BookEndpoint, EntityQuery
from o2c.invoicing.models import Payable
from o2c.invoicing.netting import payables
from o2c.orders import accounts, customers
from o2c.orders.api.naming import EXTERNAL, AccountQuery, CustomerName, check_key, customer_named, entity_named


class PayableView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    source = serializers.CharField()
    external_id = serializers.CharField()
    number = serializers.CharField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    amount = MoneyOut("amount")
    source_open = MoneyOut("source_open", help_text="What its source says is open.")
    as_of = serializers.DateField(help_text="The day as of which the source says so.")
    blocked = serializers.BooleanField()
    netted = MoneyOut("netted", help_text="In nettings that stand.")
    ahead = MoneyOut("ahead", help_text="Of nettings, not in source_open yet; negative: taken back here, not there.")
    open_amount = MoneyOut("open_amount", help_text="What is left here: it can be netted.")
    updated_at = serializers.DateTimeField()


class PayableIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    number = Text(required=False, max_length=100, help_text="As the vendor knows it; left out: the external_id.")
    issued_on = Day()
    due_on = Day()
    amount = MoneyIn(positive=True)
    open_amount = MoneyIn(help_text="What is open of it in your ledger, in the same currency.")
    as_of = Day(help_text="The day as of which your ledger says so; what is of an earlier one changes nothing.")
    blocked = Flag(required=False, help_text="Its payment is blocked, so it is not netted. Left out: as it is.")


class PayableQuery(AccountQuery):
    source = serializers.CharField(required=False, max_length=60)
    open = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="true: only what is left; false: only what is not."
    )


class PayableEndpoint(BookEndpoint):
    tag = "Payables"
    refusals = (*BookEndpoint.refusals, payables.PayableRefused, MoneyError)

    def rows(self) -> QuerySet[Payable]:
        return Payable.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class Payables(PayableEndpoint):
    @operation("payables:read", "List payables", gives=PayableView, query=PayableQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What we owe customers who are vendors too, and what of it is netted."""
        rows = self.narrowed(self.rows())
        if self.query["open"] is not None:
            rows = rows.filter(open_amount__gt=0) if self.query["open"] else rows.filter(open_amount=0)
        return self.page(rows, PayableView)


class OnePayable(PayableEndpoint):
    @operation("payables:read", "Read a payable", gives=PayableView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), PayableView)


class ExternalPayable(PayableEndpoint):
    @operation("payables:read", "Read a payable by its key elsewhere", gives=PayableView, query=EntityQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.by_key(self.rows(), source, external_id), PayableView)

    @operation(
        "payables:write", "Write or change a payable by its key elsewhere",
        takes=PayableIn, gives=PayableView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing, and never opens what was netted here.

        Refused (409) where less would be open than is netted here and not taken over yet, or where amount, currency or
        customer of one in a netting would change.
        """
        check_key(source, external_id)
        money, left = given["amount"], given["open_amount"]
        if left.currency != money.currency:
            raise at("/open_amount/currency", "currency", f"The payable is in {money.currency}.")
        account = accounts.named(request.user, given["entity"], given["customer"])
        if account is None:
            entity = entity_named(request.user, given["entity"])
            customer = customer_named(request.user, given["customer"])
            customers.open_account(customer, entity, currency=str(money.currency), actor=self.actor)
        else:
            entity, customer = account.entity, account.customer
        existing = payables.held(entity, source, external_id)
        conditions.check_writing(request, existing)
        today = clock.today(entity.time_zone)
        facts = {name: given[name] for name in ("issued_on", "due_on", "as_of")}
        for name, wrong, why in (
            ("as_of", given["as_of"] > today, f"{given['as_of']} has not come yet."),
            ("due_on", given["due_on"] < given["issued_on"], "It is due before it was issued."),
        ):
            if wrong:
                raise at(f"/{name}", "order", why)
        if not 0 <= left.amount <= money.amount:
            raise at("/open_amount/amount", "range", "What is open is between nothing and the amount.")
        row = payables.put(
            existing,
            entity=entity,
            customer=customer,
            source=source,
            external_id=external_id,
            number=given.get("number") or (existing.number if existing else external_id),
            amount=money.amount,
            open_amount=left.amount,
            currency=str(money.currency),
            blocked=given.get("blocked"),
            on=today,
            actor=self.actor,
            **facts,
        )
        found = self.find(self.rows(), pk=row.pk)
        if existing is not None:
            return self.one(found, PayableView)
        return self.one(found, PayableView, status=201, location=reverse("api:payable", args=[row.pk]))


urlpatterns = [
    path("payables", Payables.as_view(), name="payables"),
    path("payables/<int:pk>", OnePayable.as_view(), name="payable"),
    path(f"payables/{EXTERNAL}", ExternalPayable.as_view(), name="external-payable"),
]
