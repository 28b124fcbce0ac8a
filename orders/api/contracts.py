"""Contracts in the API: drafted, activated, renewed and ended, and their prices."""

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Currency, Day, Text, View, Whole
from o2c.core.api.problems import Problem, at, at_its_field
from o2c.core.states import LostRace
from o2c.orders.api.naming import AccountQuery, CustomerName, check_key, customer_named, entity_named
from o2c.orders.api.pricing import PriceEndIn, PriceEndpoint, PriceIn, PriceQuery, PriceView, said
from o2c.orders.contracts import keeping as contracts
from o2c.orders.contracts.life import Life, life, those_of
from o2c.orders.models import Contract, ContractPrice, Customer, LegalEntity, PaymentTerms
from o2c.orders.prices import keeping
from o2c.orders.prices.refusing import PriceRefused


class ContractView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(choices=Contract.State.choices, help_text="What was done with it.")
    life = serializers.SerializerMethodField(help_text="Where it stands today: also `expiring`, or run out.")
    begins_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="Its last day.")
    terms = serializers.CharField(source="terms_code", allow_null=True, help_text="Code of its own payment terms.")
    notice_days = serializers.IntegerField(help_text="So many days before its last one it is `expiring`.")
    predecessor = serializers.IntegerField(source="predecessor_id", allow_null=True, help_text="What it renews.")
    reason = serializers.CharField(help_text="Why it was ended.")
    updated_at = serializers.DateTimeField()

    def get_life(self, row: Contract) -> str:
        return life(row, clock.today(row.entity.time_zone)).value


class ContractChange(Body):
    """What is left out stays as it is. Of one that is active only its name and notice_days change."""

    number = Text(required=False, max_length=40)
    name = Text(required=False, max_length=200)
    currency = Currency(required=False)
    begins_on = Day(required=False)
    ends_on = Day(required=False, allow_null=True)
    terms = Text(required=False, max_length=20, allow_null=True, help_text="Code of payment terms.")
    notice_days = Whole(required=False, min_value=0, max_value=contracts.MOST_NOTICE)


class ContractIn(ContractChange):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    number = Text(max_length=40)
    name = Text(max_length=200)
    begins_on = Day()


class ContractEndIn(Body):
    last_day = Day()
    reason = Text(max_length=300)


class ContractRenewalIn(Body):
    number = Text(max_length=40, help_text="Of the contract that follows.")
    begins_on = Day()
    ends_on = Day(required=False, allow_null=True)


class ContractQuery(AccountQuery):
    number = serializers.CharField(required=False, max_length=40)
    life = serializers.ChoiceField(choices=Life.choices, required=False, help_text="Where they stand today.")


class ContractEndpoint(Endpoint):
    tag = "Contracts"
    refusals = (LostRace, PriceRefused)

    def rows(self) -> QuerySet[Contract]:
        seen = Contract.objects.for_user(self.request.user).select_related("entity")
        return seen.annotate(entity_code=F("entity__code"), terms_code=F("terms__code"))

    def locked(self, **by) -> Contract | None:
        return Contract.objects.select_for_update(no_key=True).filter(**by).first()

    def facts(self, given: dict) -> dict:
        facts = {name: value for name, value in given.items() if name not in {"entity", "customer"}}
        if facts.get("terms") is not None:
            facts["terms"] = PaymentTerms.objects.filter(code=facts["terms"]).first()
            if facts["terms"] is None:
                raise at("/terms", "unknown", "There are no such payment terms.")
        return facts

    def open(self, customer: Customer, entity: LegalEntity, given: dict, **external) -> Response:
        with at_its_field():
            made = contracts.draft(entity=entity, customer=customer, **self.facts(given), **external, actor=self.actor)
        return self.answer(made, status=201)

    def alter(self, contract: Contract, given: dict, **external) -> Response:
        with at_its_field():
            contracts.change(contract, **self.facts(given), **external, actor=self.actor)
        return self.answer(contract)

    def answer(self, contract: Contract, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=contract.pk)
        location = reverse("api:contract", args=[row.pk]) if status == 201 else None
        return self.one(row, ContractView, status=status, location=location)


class Contracts(ContractEndpoint):
    @operation("contracts:read", "List contracts", gives=ContractView, query=ContractQuery, pages=True)
    def get(self, request: Request) -> Response:
        """With customers of the legal entities that you see."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", number="number")
        if "life" in self.query:
            rows = rows.filter(those_of(LegalEntity.objects.for_user(request.user), Life(self.query["life"])))
        return self.page(rows, ContractView)

    @operation("contracts:write", "Draft a contract", takes=ContractIn, gives=ContractView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """It counts for nothing before it is activated."""
        customer = customer_named(request.user, given["customer"])
        return self.open(customer, entity_named(request.user, given["entity"]), given)


class OneContract(ContractEndpoint):
    @operation("contracts:read", "Read a contract", gives=ContractView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), ContractView)

    @operation("contracts:write", "Change a contract", takes=ContractChange, gives=ContractView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. What was agreed is renewed, not rewritten."""
        self.find(self.rows(), pk=pk)
        contract = self.locked(pk=pk)
        conditions.check_writing(request, contract)
        return self.alter(contract, given)


class ExternalContract(ContractEndpoint):
    @operation("contracts:read", "Read a contract by its key elsewhere", gives=ContractView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), ContractView)

    @operation(
        "contracts:write", "Draft or change a contract by its key elsewhere",
        takes=ContractIn, gives=ContractView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. A contract of that number without a key elsewhere gets this one."""
        check_key(source, external_id)
        locks.hold("contract", source, external_id)
        customer = customer_named(request.user, given["customer"])
        entity = entity_named(request.user, given["entity"])
        external = {"source": source, "external_id": external_id}
        contract = self.locked(**external) or self.locked(entity=entity, number=given["number"], external_id="")
        if contract is not None and (contract.customer_id, contract.entity_id) != (customer.pk, entity.pk):
            raise Problem("conflict", "This key or number is that of another customer's contract.")
        conditions.check_writing(request, contract)
        if contract is None:
            return self.open(customer, entity, given, **external)
        return self.alter(contract, given, **external)


class ActivateContract(ContractEndpoint):
    @operation("contracts:write", "Activate a contract", gives=ContractView, right="contracts.agree")
    def post(self, request: Request, pk: int) -> Response:
        """Let it count. The one that it follows is renewed by that, and ends the day before at the latest.

        Refused (409) where another contract of the customer prices the same product on the same day.
        """
        found = self.find(self.rows(), pk=pk)
        with at_its_field():
            contracts.activate(found, today=clock.today(found.entity.time_zone), actor=self.actor)
        return self.answer(found)


class EndContract(ContractEndpoint):
    @operation("contracts:write", "End a contract", takes=ContractEndIn, gives=ContractView, right="contracts.agree")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It counts on `last_day` for the last time."""
        found = self.find(self.rows(), pk=pk)
        with at_its_field():
            contracts.end(found, **given, today=clock.today(found.entity.time_zone), actor=self.actor)
        return self.answer(found)


class RenewContract(ContractEndpoint):
    @operation("contracts:write", "Renew a contract", takes=ContractRenewalIn, gives=ContractView, statuses=(201,))
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Drafts what follows, with the same terms and the prices of its last day; activating that renews this one."""
        found = self.find(self.rows(), pk=pk)
        with at_its_field():
            made = contracts.renew(found, **given, actor=self.actor)
        return self.answer(made, status=201)


# --- Its prices


class ContractPriceEndpoint(PriceEndpoint):
    tag = "Contracts"

    def rows(self) -> QuerySet[ContractPrice]:
        return self.prices(ContractPrice.objects.for_user(self.request.user), "contract")

    def check_contract(self, contract: Contract) -> None:
        """The prices of a draft are those of whoever drafts; what counts is changed by who agrees. Raises Problem."""
        if contract.state != Contract.State.DRAFT:
            self.check_right("contracts.agree")


class ContractPrices(ContractPriceEndpoint):
    @operation("contracts:read", "List the prices of a contract", gives=PriceView, query=PriceQuery, pages=True)
    def get(self, request: Request, pk: int) -> Response:
        """Those that counted, count and will count, as far as the contract does."""
        found = self.find(Contract.objects.for_user(request.user), pk=pk)
        return self.page(self.asked_for(self.rows().filter(contract=found), product="product__number"), PriceView)

    @operation("contracts:write", "Say a price of a contract", takes=PriceIn, gives=PriceView, statuses=(201,))
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """As a price of a list is said; those of a draft are free."""
        found = self.find(Contract.objects.for_user(request.user).select_related("entity"), pk=pk)
        self.check_contract(found)
        with at_its_field():
            made = keeping.say(found, **said(given), today=clock.today(found.entity.time_zone), actor=self.actor)
        return self.one(self.find(self.rows(), pk=made.pk), PriceView, status=201)


class EndContractPrice(ContractPriceEndpoint):
    @operation("contracts:write", "End a price of a contract", takes=PriceEndIn)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """As a price of a list is ended."""
        rows = ContractPrice.objects.for_user(request.user).select_related("contract", "entity")
        found = self.find(rows, pk=pk)
        self.check_contract(found.contract)
        today = clock.today(found.entity.time_zone)
        with at_its_field():
            changed = keeping.end(found, last_day=given["last_day"], today=today, actor=self.actor)
        return Response({"changed": changed})
