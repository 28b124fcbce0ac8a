"""Accounts of customers with legal entities in the API."""

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import (
    Body,
    Choice,
    Currency,
    Flag,
    MoneyIn,
    MoneyOut,
    Text,
    View,
)
from o2c.core.api.problems import Problem, at
from o2c.core.models import User
from o2c.orders import customers
from o2c.orders.api.naming import AccountQuery, CustomerName, check_key, customer_named, entity_named
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.customers import CustomerRefused
from o2c.orders.models import Account, Customer, LegalEntity, PaymentTerms


class AccountView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    currency = serializers.CharField()
    segment = serializers.CharField()
    terms = serializers.CharField(source="terms_code", allow_null=True, help_text="Code of its payment terms.")
    credit_limit = MoneyOut("credit_limit", allow_null=True)
    collector = serializers.CharField(source="collector_name", allow_null=True, help_text="User name.")
    channel = serializers.ChoiceField(choices=Account.Channel.choices)
    policy = serializers.CharField()
    standing = serializers.ChoiceField(choices=Account.Standing.choices)
    standing_reason = serializers.CharField()
    demands_order_number = serializers.BooleanField()
    invoice_on = serializers.ChoiceField(choices=Account.InvoiceOn.choices)
    collective = serializers.ChoiceField(choices=Account.Collective.choices)
    updated_at = serializers.DateTimeField()


class AccountChange(Body):
    """What is left out stays as it is."""

    currency = Currency(required=False)
    segment = Text(required=False, max_length=40, allow_blank=True)
    terms = Text(required=False, max_length=20, allow_null=True, help_text="Code of payment terms.")
    credit_limit = MoneyIn(required=False, allow_null=True, help_text="In the account's currency.")
    collector = Text(required=False, max_length=150, allow_null=True, help_text="User name.")
    channel = Choice(choices=Account.Channel.choices, required=False)
    policy = Text(required=False, max_length=40, allow_blank=True, help_text="Code of its dunning policy.")
    standing = Choice(
        choices=Account.Standing.choices, required=False,
        help_text="Nothing new is invoiced to one that is not open; its payments and refunds are looked at.",
    )  # fmt: skip
    standing_reason = Text(required=False, max_length=200, allow_blank=True)
    demands_order_number = Flag(required=False, help_text="An order without the customer's number is not validated.")
    invoice_on = Choice(choices=Account.InvoiceOn.choices, required=False, help_text="What is waited for.")
    collective = Choice(choices=Account.Collective.choices, required=False, help_text="One invoice for what time.")


class AccountIn(AccountChange):
    customer = CustomerName()
    entity = Text(max_length=20, help_text="Code of the legal entity.")


class AccountEndpoint(Endpoint):
    tag = "Accounts"
    refusals = (CustomerRefused, LimitRefused)

    def rows(self) -> QuerySet[Account]:
        return Account.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), terms_code=F("terms__code"), collector_name=F("collector__username")
        )

    def locked(self, **by) -> Account | None:
        return Account.objects.select_for_update(no_key=True).filter(**by).first()

    def open(self, customer: Customer, entity: LegalEntity, given: dict, **external) -> Response:
        agreed = self.agreed(given, given.get("currency") or entity.base_currency)
        account = customers.open_account(customer, entity, **agreed, **external, actor=self.actor)
        return self.answer(account, status=201)

    def alter(self, account: Account, given: dict, **external) -> Response:
        agreed = self.agreed(given, given.get("currency") or account.currency)
        relabelled = agreed.get("currency", account.currency) != account.currency
        if relabelled and "credit_limit" not in agreed and account.credit_limit is not None:
            raise at("/credit_limit", "required", "In another currency the limit must be said anew.")
        customers.change_account(account, **agreed, **external, actor=self.actor)
        return self.answer(account)

    def answer(self, account: Account, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=account.pk)
        location = reverse("api:account", args=[row.pk]) if status == 201 else None
        return self.one(row, AccountView, status=status, location=location)

    def agreed(self, given: dict, currency: str) -> dict:
        agreed = {name: value for name, value in given.items() if name not in {"customer", "entity"}}
        if (code := agreed.get("terms")) is not None:
            agreed["terms"] = PaymentTerms.objects.filter(code=code).first()
            if agreed["terms"] is None:
                raise at("/terms", "unknown", "There are no such payment terms.")
        if (username := agreed.get("collector")) is not None:
            agreed["collector"] = User.objects.filter(username=username, is_active=True).first()
            if agreed["collector"] is None:
                raise at("/collector", "unknown", "There is no such user.")
        if (limit := agreed.get("credit_limit")) is not None:
            if str(limit.currency) != currency:
                raise at("/credit_limit/currency", "currency", f"The account is in {currency}.")
            if limit.amount < 0:
                raise at("/credit_limit/amount", "amount", "A limit is not less than nothing.")
            agreed["credit_limit"] = limit.amount
        return agreed


class Accounts(AccountEndpoint):
    @operation("accounts:read", "List accounts", gives=AccountView, query=AccountQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is agreed with customers, by legal entity."""
        return self.page(self.asked_for(self.rows(), customer="customer_id", entity="entity__code"), AccountView)

    @operation("accounts:write", "Open an account", takes=AccountIn, gives=AccountView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """A customer has one account with each legal entity."""
        customer = customer_named(request.user, given["customer"])
        entity = entity_named(request.user, given["entity"])
        if Account.objects.filter(customer=customer, entity=entity).exists():
            raise Problem("conflict", f"{customer.number} has an account with {entity.code} already.")
        return self.open(customer, entity, given)


class OneAccount(AccountEndpoint):
    @operation("accounts:read", "Read an account", gives=AccountView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), AccountView)

    @operation("accounts:write", "Change an account", takes=AccountChange, gives=AccountView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is."""
        self.find(self.rows(), pk=pk)
        account = self.locked(pk=pk)
        conditions.check_writing(request, account)
        return self.alter(account, given)


class ExternalAccount(AccountEndpoint):
    @operation("accounts:read", "Read an account by its key elsewhere", gives=AccountView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), AccountView)

    @operation(
        "accounts:write", "Open or change an account by its key elsewhere",
        takes=AccountIn, gives=AccountView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. The customer's account without a key elsewhere gets this one."""
        check_key(source, external_id)
        locks.hold("account", source, external_id)
        customer = customer_named(request.user, given["customer"])
        entity = entity_named(request.user, given["entity"])
        external = {"source": source, "external_id": external_id}
        account = self.locked(**external)
        if account is not None and (account.customer_id, account.entity_id) != (customer.pk, entity.pk):
            raise Problem("conflict", "This key is that of another account.")
        if account is None:
            account = self.locked(customer=customer, entity=entity)
            if account is not None and account.external_id:
                raise Problem("conflict", "The account has another key elsewhere.")
        conditions.check_writing(request, account)
        if account is None:
            return self.open(customer, entity, given, **external)
        return self.alter(account, given, **external)
