"""Customers in the API."""

from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import eori, locks, networks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import (
    Body,
    Flag,
    Text,
    View,
)
from o2c.core.api.problems import Problem, at
from o2c.orders import customers
from o2c.orders.api.naming import LANGUAGE, CustomerName, check_key, customer_named
from o2c.orders.customers import CustomerRefused
from o2c.orders.models import Customer, LegalEntity

COUNTRY = RegexValidator("^[A-Z]{2}$", "A country is two capital letters (ISO 3166).")


class PeppolAddress(Text):
    """An address in the Peppol network, which is empty or right."""

    def __init__(self):
        about = "In the Peppol network: scheme and identifier, such as 0088:7300010000001."
        super().__init__(required=False, max_length=networks.LONGEST, allow_blank=True, help_text=about)

    def to_internal_value(self, data):
        try:
            return networks.check_address(super().to_internal_value(data))
        except networks.NotAnAddress as wrong:
            raise serializers.ValidationError(str(wrong)) from None


class EoriNumber(Text):
    """A number by which customs know it, which is empty or right."""

    def __init__(self):
        about = "EORI number, by which customs know it: such as DE1234567."
        super().__init__(required=False, max_length=40, allow_blank=True, help_text=about)

    def to_internal_value(self, data):
        try:
            return eori.check(super().to_internal_value(data))
        except eori.NotAnEori as wrong:
            raise serializers.ValidationError(str(wrong)) from None


class CustomerView(View):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    vat_id = serializers.CharField()
    eori = serializers.CharField()
    peppol_address = serializers.CharField()
    country = serializers.CharField()
    is_consumer = serializers.BooleanField(help_text="A private person.")
    language = serializers.CharField()
    street = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    parent = serializers.IntegerField(source="parent_id", allow_null=True)
    payer = serializers.IntegerField(source="payer_id", allow_null=True, help_text="The root of its group.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CustomerChange(Body):
    """What is left out stays as it is."""

    number = Text(required=False, max_length=40)
    name = Text(required=False, max_length=200)
    vat_id = Text(required=False, max_length=20, allow_blank=True)
    eori = EoriNumber()
    peppol_address = PeppolAddress()
    country = Text(required=False, max_length=2, validators=[COUNTRY])
    is_consumer = Flag(required=False, help_text="A private person: other law on late payment.")
    language = Text(required=False, max_length=5, validators=[LANGUAGE])
    street = Text(required=False, max_length=200, allow_blank=True)
    postal_code = Text(required=False, max_length=20, allow_blank=True)
    city = Text(required=False, max_length=100, allow_blank=True)
    parent = CustomerName(required=False, allow_null=True, help_text="null: it stands alone.")
    entities = serializers.ListField(
        child=Text(max_length=20),
        required=False,
        max_length=50,
        help_text="Codes of legal entities; an account is opened with each that has none yet.",
    )


class CustomerUpsert(CustomerChange):
    """What is left out stays as it is; a new customer's number is its external_id unless said otherwise."""

    name = Text(max_length=200)


class CustomerIn(CustomerChange):
    number = Text(max_length=40)
    name = Text(max_length=200)


class CustomerQuery(PageQuery):
    number = serializers.CharField(required=False, max_length=40)
    source = serializers.CharField(required=False, max_length=60)


class CustomerEndpoint(Endpoint):
    tag = "Customers"
    refusals = (CustomerRefused,)

    def rows(self) -> QuerySet[Customer]:
        return Customer.objects.for_user(self.request.user)

    def open(self, given: dict, **external) -> Response:
        """Make a new customer, visible to whoever makes it."""
        entities = self.entities(given, new=True)
        details = self.details(given)
        if Customer.objects.filter(number=details["number"]).exists():
            raise Problem("conflict", f"There is a customer with the number {details['number']} already.")
        customer = customers.create(**details, **external, actor=self.actor)
        for entity in entities:
            customers.open_account(customer, entity, actor=self.actor)
        return self.answer(customer, status=201)

    def alter(self, customer: Customer, given: dict, **external) -> Response:
        entities = self.entities(given, new=False)
        customers.change(customer, **self.details(given), **external, actor=self.actor)
        there = set(customer.accounts.values_list("entity_id", flat=True)) if entities else set()
        for entity in entities:
            if entity.pk not in there:
                customers.open_account(customer, entity, actor=self.actor)
        return self.answer(customer)

    def answer(self, customer: Customer, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=customer.pk)
        location = reverse("api:customer", args=[row.pk]) if status == 201 else None
        return self.one(row, CustomerView, status=status, location=location)

    def details(self, given: dict) -> dict:
        details = {name: value for name, value in given.items() if name != "entities"}
        if details.get("parent") is not None:
            details["parent"] = customer_named(self.request.user, details["parent"], "/parent")
        return details

    def entities(self, given: dict, *, new: bool) -> list[LegalEntity]:
        """The legal entities to open accounts with: a key that sees only one has it opened there by itself."""
        visible = LegalEntity.objects.for_user(self.request.user)
        if "entities" in given:
            codes = list(dict.fromkeys(given["entities"]))
            found = {entity.code: entity for entity in visible.filter(code__in=codes)}
            for index, code in enumerate(codes):
                if code not in found:
                    raise at(f"/entities/{index}", "unknown", "There is no such legal entity.")
            entities = [found[code] for code in codes]
        else:
            entities = list(visible[:2]) if new and not self.request.user.all_entities else []
            if len(entities) > 1:
                raise at("/entities", "required", "Say with which legal entities it has accounts.")
        if new and not entities and not self.request.user.all_entities:
            raise at("/entities", "required", "Without an account you would not see it yourself.")
        return entities

    def locked(self, **by) -> Customer | None:
        return Customer.objects.select_for_update(no_key=True).filter(**by).first()


class Customers(CustomerEndpoint):
    @operation("customers:read", "List customers", gives=CustomerView, query=CustomerQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Customers who have an account with a legal entity that you see."""
        rows = self.rows().filter(**{name: self.query[name] for name in ("number", "source") if name in self.query})
        return self.page(rows, CustomerView)

    @operation("customers:write", "Create a customer", takes=CustomerIn, gives=CustomerView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Open a customer that no other system owns; one that an ERP owns is put by its key there."""
        return self.open(given)


class OneCustomer(CustomerEndpoint):
    @operation("customers:read", "Read a customer", gives=CustomerView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), CustomerView)

    @operation("customers:write", "Change a customer", takes=CustomerChange, gives=CustomerView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is."""
        self.find(self.rows(), pk=pk)
        customer = self.locked(pk=pk)
        conditions.check_writing(request, customer)
        return self.alter(customer, given)


class ExternalCustomer(CustomerEndpoint):
    @operation("customers:read", "Read a customer by its key elsewhere", gives=CustomerView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), CustomerView)

    @operation(
        "customers:write", "Create or change a customer by its key elsewhere",
        takes=CustomerUpsert, gives=CustomerView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. A customer of that number without a key elsewhere gets this one."""
        check_key(source, external_id)
        locks.hold("customer", source, external_id)
        external = {"source": source, "external_id": external_id}
        customer = self.locked(**external)
        if customer is None:
            given.setdefault("number", external_id[:40])
            customer = self.locked(number=given["number"], external_id="")
        if customer is not None and not self.rows().filter(pk=customer.pk).exists():
            raise Problem("conflict", "There is such a customer, of legal entities that you do not see.")
        conditions.check_writing(request, customer)
        return self.open(given, **external) if customer is None else self.alter(customer, given, **external)
