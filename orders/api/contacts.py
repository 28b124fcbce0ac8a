"""Contacts of customers in the API."""

from django.db.models import QuerySet
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
    Email,
    Flag,
    Text,
    View,
)
from o2c.core.api.problems import Problem
from o2c.orders import customers
from o2c.orders.api.naming import LANGUAGE, CustomerFilter, CustomerName, check_key, customer_named
from o2c.orders.models import Contact, Customer


class ContactView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Contact.Role.choices)
    email = serializers.CharField()
    phone = serializers.CharField()
    language = serializers.CharField()
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class ContactChange(Body):
    """What is left out stays as it is."""

    name = Text(required=False, max_length=200)
    role = Choice(choices=Contact.Role.choices, required=False)
    email = Email(required=False, max_length=254, allow_blank=True)
    phone = Text(required=False, max_length=50, allow_blank=True)
    language = Text(required=False, max_length=5, validators=[LANGUAGE])
    in_use = Flag(required=False, help_text="false: gone; nobody writes to them any more.")


class ContactIn(ContactChange):
    customer = CustomerName()
    name = Text(max_length=200)


class ContactEndpoint(Endpoint):
    tag = "Contacts"

    def rows(self) -> QuerySet[Contact]:
        return Contact.objects.for_user(self.request.user)

    def locked(self, **by) -> Contact | None:
        return Contact.objects.select_for_update(no_key=True).filter(**by).first()

    def open(self, customer: Customer, given: dict, **external) -> Response:
        details = {name: value for name, value in given.items() if name != "customer"}
        return self.answer(customers.add_contact(customer, **details, **external, actor=self.actor), status=201)

    def alter(self, contact: Contact, given: dict) -> Response:
        details = {name: value for name, value in given.items() if name != "customer"}
        return self.answer(customers.change_contact(contact, **details, actor=self.actor))

    def answer(self, contact: Contact, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=contact.pk)
        location = reverse("api:contact", args=[row.pk]) if status == 201 else None
        return self.one(row, ContactView, status=status, location=location)


class Contacts(ContactEndpoint):
    @operation("contacts:read", "List contacts", gives=ContactView, query=CustomerFilter, pages=True)
    def get(self, request: Request) -> Response:
        """The people at customers, also those no longer in use."""
        return self.page(self.asked_for(self.rows(), customer="customer_id"), ContactView)

    @operation("contacts:write", "Add a contact", takes=ContactIn, gives=ContactView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        return self.open(customer_named(request.user, given["customer"]), given)


class OneContact(ContactEndpoint):
    @operation("contacts:read", "Read a contact", gives=ContactView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), ContactView)

    @operation("contacts:write", "Change a contact", takes=ContactChange, gives=ContactView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. A contact is not removed but taken out of use."""
        self.find(self.rows(), pk=pk)
        contact = self.locked(pk=pk)
        conditions.check_writing(request, contact)
        return self.alter(contact, given)


class ExternalContact(ContactEndpoint):
    @operation("contacts:read", "Read a contact by its key elsewhere", gives=ContactView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), ContactView)

    @operation(
        "contacts:write", "Add or change a contact by its key elsewhere",
        takes=ContactIn, gives=ContactView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing."""
        check_key(source, external_id)
        locks.hold("contact", source, external_id)
        customer = customer_named(request.user, given["customer"])
        contact = self.locked(source=source, external_id=external_id)
        if contact is not None and contact.customer_id != customer.pk:
            raise Problem("conflict", "This key is that of another customer's contact.")
        conditions.check_writing(request, contact)
        if contact is None:
            return self.open(customer, given, source=source, external_id=external_id)
        return self.alter(contact, given)
