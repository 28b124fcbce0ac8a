"""Master data in the API: legal entities, customers, accounts, contacts and payment terms."""

import re

from django.core.validators import RegexValidator
from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import (
    KEY,
    Body,
    Choice,
    Currency,
    DecimalOut,
    Email,
    Flag,
    Id,
    MoneyIn,
    MoneyOut,
    Percent,
    Text,
    View,
    Whole,
)
from o2c.core.api.problems import Problem, at
from o2c.core.models import ApiKey, User
from o2c.orders import agreements, customers
from o2c.orders.agreements import Agreement, TermsRefused
from o2c.orders.customers import CustomerRefused
from o2c.orders.models import Account, Contact, Customer, LegalEntity, PaymentTerms
from o2c.orders.terms import Share, Tier

COUNTRY = RegexValidator("^[A-Z]{2}$", "A country is two capital letters (ISO 3166).")
LANGUAGE = RegexValidator("^[a-z]{2}(-[A-Z]{2})?$", "A language is written as en or de-CH.")
CODE = RegexValidator("^[!-~]+$", "Letters, digits and signs of ASCII, without spaces.")


# --- Naming what is there already


class CustomerName(Body):
    """A customer by its id, by its number, or by its key in another system: one of the three."""

    id = Id(required=False)
    number = Text(required=False, max_length=40)
    source = Text(required=False, max_length=60)
    external_id = Text(required=False, max_length=100)

    def validate(self, named):
        if set(named) not in ({"id"}, {"number"}, {"source", "external_id"}):
            raise serializers.ValidationError("Name it by id, by number, or by source and external_id.", "ambiguous")
        return named


def customer_named(principal: User | ApiKey, named: dict, pointer: str = "/customer") -> Customer:
    """The customer, if the caller sees it. Raises Problem."""
    found = Customer.objects.for_user(principal).filter(**named).first()
    if found is None:
        raise at(pointer, "unknown", "There is no such customer.")
    return found


def entity_named(principal: User | ApiKey, code: str, pointer: str = "/entity") -> LegalEntity:
    """The legal entity, if the caller sees it. Raises Problem."""
    found = LegalEntity.objects.for_user(principal).filter(code=code).first()
    if found is None:
        raise at(pointer, "unknown", "There is no such legal entity.")
    return found


def check_key(source: str, external_id: str) -> None:
    """Refuse a key in the address that cannot be kept. Raises Problem."""
    for name, value, most in (("source", source, 60), ("external_id", external_id, 100)):
        if len(value) > most or not re.fullmatch(KEY, value):
            detail = f"1 to {most} characters, without control characters and without spaces around them."
            raise Problem("validation", errors=[{"parameter": name, "code": "invalid", "detail": detail}])


class CustomerFilter(PageQuery):
    """A list of what belongs to customers."""

    customer = serializers.IntegerField(required=False, min_value=1, help_text="Only of this customer (our id).")


# --- Legal entities


class EntityView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    base_currency = serializers.CharField()
    time_zone = serializers.CharField()
    address = serializers.CharField()
    vat_id = serializers.CharField()
    registration_number = serializers.CharField()
    books_kept_by = serializers.ChoiceField(choices=LegalEntity.Keeper.choices, help_text="The general ledger.")
    cash_applied_by = serializers.ChoiceField(
        choices=LegalEntity.Keeper.choices, help_text="erp: only keys apply and undo, people do not."
    )
    updated_at = serializers.DateTimeField()


class Entities(Endpoint):
    tag = "Legal entities"

    @operation("entities:read", "List legal entities", gives=EntityView, query=PageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """The legal entities that you see."""
        return self.page(LegalEntity.objects.for_user(request.user), EntityView)


class OneEntity(Endpoint):
    tag = "Legal entities"

    @operation("entities:read", "Read a legal entity", gives=EntityView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(LegalEntity.objects.for_user(request.user), pk=pk), EntityView)


# --- Customers


class CustomerView(View):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    vat_id = serializers.CharField()
    country = serializers.CharField()
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
    country = Text(required=False, max_length=2, validators=[COUNTRY])
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


# --- Accounts


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


class AccountIn(AccountChange):
    customer = CustomerName()
    entity = Text(max_length=20, help_text="Code of the legal entity.")


class AccountQuery(CustomerFilter):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only with this legal entity (its code).")


class AccountEndpoint(Endpoint):
    tag = "Accounts"
    refusals = (CustomerRefused,)

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
        rows = self.rows()
        if "customer" in self.query:
            rows = rows.filter(customer_id=self.query["customer"])
        if "entity" in self.query:
            rows = rows.filter(entity__code=self.query["entity"])
        return self.page(rows, AccountView)

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


# --- Contacts


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
        rows = self.rows()
        if "customer" in self.query:
            rows = rows.filter(customer_id=self.query["customer"])
        return self.page(rows, ContactView)

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


# --- Payment terms


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


EXTERNAL = "external/<str:source>/<path:external_id>"

urlpatterns = [
    path("legal-entities", Entities.as_view(), name="entities"),
    path("legal-entities/<int:pk>", OneEntity.as_view(), name="entity"),
    path("customers", Customers.as_view(), name="customers"),
    path("customers/<int:pk>", OneCustomer.as_view(), name="customer"),
    path(f"customers/{EXTERNAL}", ExternalCustomer.as_view(), name="external-customer"),
    path("accounts", Accounts.as_view(), name="accounts"),
    path("accounts/<int:pk>", OneAccount.as_view(), name="account"),
    path(f"accounts/{EXTERNAL}", ExternalAccount.as_view(), name="external-account"),
    path("contacts", Contacts.as_view(), name="contacts"),
    path("contacts/<int:pk>", OneContact.as_view(), name="contact"),
    path(f"contacts/{EXTERNAL}", ExternalContact.as_view(), name="external-contact"),
    path("payment-terms", ManyTerms.as_view(), name="terms-list"),
    path("payment-terms/<int:pk>", OneTerms.as_view(), name="terms"),
]
