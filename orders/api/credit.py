"""Credit in the API: limits with their life, and by which policy a legal entity holds orders."""

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, MoneyIn, MoneyOut, Text, View, Whole
from o2c.core.api.problems import at, at_its_field
from o2c.core.states import LostRace
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named, entity_named
from o2c.orders.credit import limits, policies
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.credit.policies import AMOUNTS, BOUNDS, OPTIONAL, PolicyRefused
from o2c.orders.models import Account, CreditLimit, CreditPolicy, LegalEntity


class CreditLimitView(View):
    id = serializers.IntegerField()
    account = serializers.IntegerField(source="account_id")
    customer = serializers.IntegerField(source="customer_id")
    entity = serializers.CharField(source="of_entity", help_text="Code of the legal entity.")
    amount = MoneyOut("amount")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True, help_text="Its last day.")
    reason = serializers.CharField()
    decided_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class CreditLimitIn(Body):
    customer = CustomerName()
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    amount = MoneyIn(help_text="In the account's currency.")
    valid_from = Day(help_text="Today or later.")
    valid_until = Day(required=False, allow_null=True, help_text="Its last day.")
    then_back = Flag(required=False, help_text="After its last day what counted before counts again.")
    reason = Text(max_length=300)


class CreditLimitEndIn(Body):
    last_day = Day(help_text="It counts on this day for the last time.")


class CreditLimitQuery(AccountQuery):
    on = serializers.DateField(required=False, help_text="Only those that count on this day.")


class LimitEndpoint(Endpoint):
    tag = "Credit"
    refusals = (LostRace, LimitRefused)

    def rows(self) -> QuerySet[CreditLimit]:
        return CreditLimit.objects.for_user(self.request.user).annotate(of_entity=F("entity__code"))


class CreditLimits(LimitEndpoint):
    @operation("credit:read", "List credit limits", gives=CreditLimitView, query=CreditLimitQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Those that counted, count and will count. An account's `credit_limit` is that of today."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code")
        if "on" in self.query:
            on = self.query["on"]
            rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)
        return self.page(rows, CreditLimitView)

    @operation(
        "credit:write",
        "Set a credit limit",
        takes=CreditLimitIn,
        gives=CreditLimitView,
        statuses=(201,),
        right="credit.edit",
    )
    def post(self, request: Request, given: dict) -> Response:
        """What was said of these days before ends, or is taken back. A person may so much as the policy says."""
        customer = customer_named(request.user, given.pop("customer"))
        entity = entity_named(request.user, given.pop("entity"))
        account = Account.objects.filter(customer=customer, entity=entity).select_related("entity").first()
        if account is None:
            raise at("/customer", "unknown", f"It has no account with {entity.code}.")
        money = given.pop("amount")
        if str(money.currency) != account.currency:
            raise at("/amount/currency", "currency", f"The account is in {account.currency}.")
        with at_its_field():
            made = limits.say(
                account, money.amount, **given, today=clock.today(entity.time_zone), actor=self.actor
            )  # fmt: skip
        location = reverse("api:credit-limit", args=[made.pk])
        return self.one(self.find(self.rows(), pk=made.pk), CreditLimitView, status=201, location=location)


class OneCreditLimit(LimitEndpoint):
    @operation("credit:read", "Read a credit limit", gives=CreditLimitView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), CreditLimitView)


class EndCreditLimit(LimitEndpoint):
    @operation("credit:write", "End a credit limit", takes=CreditLimitEndIn, right="credit.edit")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """One that would begin after that day is taken back."""
        rows = CreditLimit.objects.for_user(request.user).select_related("account__entity")
        found = self.find(rows, pk=pk)
        with at_its_field():
            limits.end(
                found, last_day=given["last_day"], today=clock.today(found.account.entity.time_zone), actor=self.actor
            )
        return Response({"changed": True})


# --- Policies


class CreditPolicyView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    without_limit = serializers.ChoiceField(choices=CreditPolicy.WithoutLimit.choices)
    max_oldest_days = serializers.IntegerField(allow_null=True)
    max_overdue = MoneyOut("max_overdue", "base_currency", allow_null=True)
    dunning_level = serializers.IntegerField(allow_null=True)
    broken_promises = serializers.IntegerField(allow_null=True)
    broken_days = serializers.IntegerField()
    two_people_from = MoneyOut("two_people_from", "base_currency", allow_null=True)
    yes_days = serializers.IntegerField()
    analyst_sets_up_to = MoneyOut("analyst_sets_up_to", "base_currency", allow_null=True)
    manager_sets_up_to = MoneyOut("manager_sets_up_to", "base_currency", allow_null=True)
    updated_at = serializers.DateTimeField()


def _whole(name: str) -> Whole:
    least, most = BOUNDS[name]
    return Whole(required=False, min_value=least, max_value=most, allow_null=name in OPTIONAL)


class CreditPolicyIn(Body):
    """What is left out stays as it is; null: it does not matter. Amounts are in the base currency."""

    without_limit = Choice(choices=CreditPolicy.WithoutLimit.choices, required=False)
    max_oldest_days = _whole("max_oldest_days")
    max_overdue = MoneyIn(required=False, allow_null=True)
    dunning_level = _whole("dunning_level")
    broken_promises = _whole("broken_promises")
    broken_days = _whole("broken_days")
    two_people_from = MoneyIn(required=False, allow_null=True)
    yes_days = _whole("yes_days")
    analyst_sets_up_to = MoneyIn(required=False, allow_null=True)
    manager_sets_up_to = MoneyIn(required=False, allow_null=True)


class OneCreditPolicy(Endpoint):
    tag = "Credit"
    refusals = (LostRace, PolicyRefused)

    def policy(self, entity: LegalEntity) -> CreditPolicy:
        rows = CreditPolicy.objects.annotate(entity_code=F("entity__code"), base_currency=F("entity__base_currency"))
        return self.find(rows, entity=entity)

    @operation("credit:read", "Read the credit policy of a legal entity", gives=CreditPolicyView)
    def get(self, request: Request, pk: int) -> Response:
        """404 where none was written: the usual one counts then."""
        return self.one(self.policy(self.find(LegalEntity.objects.for_user(request.user), pk=pk)), CreditPolicyView)

    @operation(
        "credit:write", "Write the credit policy of a legal entity",
        takes=CreditPolicyIn, gives=CreditPolicyView, conditional=True, right="credit.rules",
    )  # fmt: skip
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Orders on hold are looked at anew by it."""
        entity = self.find(LegalEntity.objects.for_user(request.user), pk=pk)
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        conditions.check_writing(request, CreditPolicy.objects.filter(entity=entity).first())
        for name in AMOUNTS:
            if (money := given.get(name)) is not None:
                if str(money.currency) != entity.base_currency:
                    raise at(f"/{name}/currency", "currency", f"The base currency is {entity.base_currency}.")
                given[name] = money.amount
        with at_its_field():
            policies.change(entity, **given, actor=self.actor)
        return self.one(self.policy(entity), CreditPolicyView)
