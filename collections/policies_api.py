"""Dunning policies in the API: versions, written as drafts and activated; and why an item is chased, or not."""

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import policies, policy_choices, policy_rules, why
from o2c.collections.models import DunningLevel, DunningPolicy
from o2c.collections.policy_forms import CODE
from o2c.collections.policy_rules import PolicyRefused, Rules, Step
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, MoneyIn, MoneyOut, Text, View, Whole
from o2c.core.api.problems import Problem, at
from o2c.core.money import plain
from o2c.invoicing.models import OpenItem

MOST = policy_rules.MOST_DAYS


class AmountView(View):
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()

    def get_amount(self, row) -> str:
        return plain(row.amount, row.currency)


class LevelView(View):
    number = serializers.IntegerField()
    name = serializers.CharField()
    days_past_due = serializers.IntegerField(help_text="Negative: before it is due.")
    channel = serializers.ChoiceField(choices=DunningLevel.Channel.choices)
    template = serializers.CharField(help_text="The wording.")
    opens_task = serializers.BooleanField()
    wait_days = serializers.IntegerField(allow_null=True, help_text="Since the last notice; null: the interval.")
    days_to_pay = serializers.IntegerField(allow_null=True, help_text="The notice sets a last day to pay.")
    approvals = serializers.IntegerField(help_text="People who approve a notice of this level: 0, 1 or 2.")
    blocks = serializers.BooleanField(help_text="Whoever it tells is blocked for new business.")
    attaches = serializers.BooleanField(help_text="Its e-mails carry the papers of the invoices.")
    attaches_statement = serializers.BooleanField(help_text="Its e-mails carry the statement of account.")
    minimums = AmountView(many=True)
    fees = AmountView(many=True, help_text="What its notice costs whoever gets it.")
    charges_interest = serializers.BooleanField(help_text="Its notice charges interest up to the day it goes out.")


class PolicyView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    effective_on = serializers.DateField()
    activated_at = serializers.DateTimeField(allow_null=True, help_text="null: a draft, in force for nobody.")
    used = serializers.BooleanField(help_text="A run has decided by it.")
    interval_days = serializers.IntegerField()
    promise_grace_days = serializers.IntegerField()
    bank_days = serializers.IntegerField()
    contact_days = serializers.IntegerField()
    heeds_payments = serializers.BooleanField()
    climbs = serializers.ChoiceField(choices=DunningPolicy.Climbs.choices)
    repeats_after = serializers.IntegerField(allow_null=True)
    notice_for = serializers.ChoiceField(choices=DunningPolicy.NoticeFor.choices)
    lists = serializers.ChoiceField(choices=DunningPolicy.Lists.choices)
    credits = serializers.ChoiceField(choices=DunningPolicy.Credits.choices)
    hands_over_after = serializers.IntegerField(allow_null=True, help_text="Days since the last level; null: never.")
    hand_over_minimums = AmountView(many=True, help_text="The least a customer owes to be handed over.")
    levels = LevelView(many=True)
    updated_at = serializers.DateTimeField()


class LevelIn(Body):
    name = Text(max_length=60)
    days_past_due = Whole(min_value=-365, max_value=MOST, help_text="Negative: before it is due.")
    template = Text(max_length=40, help_text="The wording.")
    channel = Choice(choices=DunningLevel.Channel.choices, default=DunningLevel.Channel.EMAIL)
    opens_task = Flag(default=False)
    wait_days = Whole(min_value=0, max_value=MOST, required=False, allow_null=True, default=None)
    days_to_pay = Whole(min_value=0, max_value=MOST, required=False, allow_null=True, default=None)
    approvals = Whole(
        min_value=0, max_value=2, default=0, help_text="People who approve a notice of this level before it goes out."
    )
    blocks = Flag(default=False, help_text="Whoever it tells is blocked for new business, until a person opens it.")
    attaches = Flag(default=False, help_text="Its e-mails carry the papers of the invoices that were issued here.")
    attaches_statement = Flag(default=False, help_text="Its e-mails carry the statement of account of that day.")
    minimums = serializers.ListField(child=MoneyIn(), required=False, max_length=50, default=list)
    fees = serializers.ListField(
        child=MoneyIn(), required=False, max_length=50, default=list,
        help_text="What its notice costs whoever gets it: one amount a currency.",
    )  # fmt: skip
    charges_interest = Flag(default=False, help_text="Its notice charges interest up to the day it goes out.")


class PolicyIn(Body):
    """A version as a whole: what is left out is as the standard policy has it."""

    code = serializers.RegexField(CODE, max_length=40)
    name = Text(max_length=100)
    effective_on = Day(help_text="Today or later, and later than the other versions.")
    interval_days = Whole(min_value=0, max_value=MOST, default=7)
    promise_grace_days = Whole(min_value=0, max_value=MOST, default=1)
    bank_days = Whole(min_value=0, max_value=MOST, default=0)
    contact_days = Whole(min_value=0, max_value=MOST, default=0)
    heeds_payments = Flag(default=False)
    climbs = Choice(choices=DunningPolicy.Climbs.choices, default=DunningPolicy.Climbs.NEXT)
    repeats_after = Whole(min_value=1, max_value=MOST, required=False, allow_null=True, default=None)
    notice_for = Choice(choices=DunningPolicy.NoticeFor.choices, default=DunningPolicy.NoticeFor.CUSTOMER)
    lists = Choice(choices=DunningPolicy.Lists.choices, default=DunningPolicy.Lists.NOTICED)
    credits = Choice(choices=DunningPolicy.Credits.choices, default=DunningPolicy.Credits.COUNTED)
    hands_over_after = Whole(
        min_value=0, max_value=MOST, required=False, allow_null=True, default=None,
        help_text="Recommended to an agency so many days after the last level's notice, or its deadline.",
    )  # fmt: skip
    hand_over_minimums = serializers.ListField(child=MoneyIn(), required=False, max_length=50, default=list)
    levels = LevelIn(many=True, max_length=policy_rules.MOST_LEVELS)


class PolicyQuery(PageQuery):
    code = serializers.CharField(required=False, max_length=40)


class PolicyEndpoint(Endpoint):
    tag = "Dunning policies"
    refusals = (PolicyRefused,)

    def rows(self) -> QuerySet[DunningPolicy]:
        return DunningPolicy.objects.prefetch_related("levels__minimums", "levels__fees", "hand_over_minimums")

    def check_everywhere(self) -> None:
        """Policies are those of every legal entity. Raises Problem for who sees only some."""
        if not self.request.user.all_entities:
            raise Problem("forbidden", "Policies are shared; only who sees every legal entity changes them.")

    def answer(self, policy: DunningPolicy, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=policy.pk)
        location = reverse("api:dunning-policy", args=[row.pk]) if status == 201 else None
        return self.one(row, PolicyView, status=status, location=location)


class Policies(PolicyEndpoint):
    @operation("policies:read", "List dunning policies", gives=PolicyView, query=PolicyQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Each version of each policy. They are shared by all legal entities."""
        return self.page(self.asked_for(self.rows(), code="code"), PolicyView)

    @operation("policies:write", "Write a version of a policy", takes=PolicyIn, gives=PolicyView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """It is a draft, in place of the policy's draft that there is, until it is activated."""
        self.check_everywhere()
        code, effective_on = given.pop("code"), given.pop("effective_on")
        steps = tuple(_step(dict(level)) for level in given.pop("levels"))
        rules = Rules(**given | {"hand_over_minimums": _amounts(given["hand_over_minimums"])}, steps=steps)
        for fault in policy_rules.faults_of(rules, policy_choices.languages(code)):
            pointer = f"/levels/{fault.level - 1}/{fault.field}" if fault.level else f"/{fault.field or 'levels'}"
            raise at(pointer, "unfit", fault.text)
        return self.answer(policies.draft(code, rules, effective_on=effective_on, actor=self.actor), status=201)


def _step(level: dict) -> Step:
    return Step(**level | {name: _amounts(level[name]) for name in policy_rules.IN_CURRENCIES})


def _amounts(given: list) -> tuple[tuple[str, Decimal], ...]:
    return tuple(sorted((str(each.currency), each.amount) for each in given))


class OnePolicy(PolicyEndpoint):
    @operation("policies:read", "Read a version of a policy", gives=PolicyView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), PolicyView)


class ActivatePolicy(PolicyEndpoint):
    @operation("policies:write", "Activate a draft", gives=PolicyView, right="policies.activate")
    def post(self, request: Request, pk: int) -> Response:
        """It counts from its day on, for items whose cycle begins then. Refused (409) for what is no draft."""
        self.check_everywhere()
        found = self.find(DunningPolicy.objects.all(), pk=pk)
        return self.answer(policies.activate(found, actor=self.actor))


# --- Why an item is chased, or not


class WhyView(View):
    as_of = serializers.DateField()
    reason = serializers.CharField(help_text="`notice`, why not, or `not_looked_at`.")
    title = serializers.CharField()
    sentence = serializers.CharField(help_text="For a person, in English.")
    level = serializers.IntegerField(allow_null=True, help_text="That it gets, or would get next.")
    days_late = serializers.IntegerField()
    balance = MoneyOut("balance")
    chased = MoneyOut("chased", allow_null=True, help_text="Without what is contested of it; null: not looked at.")
    last_level = serializers.IntegerField(help_text="0: none in this cycle.")
    last_notice_on = serializers.DateField(allow_null=True)
    pay_by = serializers.DateField(allow_null=True, help_text="The last day to pay that its last notice set.")
    promised_until = serializers.DateField(allow_null=True, help_text="Grace included.")
    planned_until = serializers.DateField(
        allow_null=True, help_text="The last day of the kept payment plan that has it, with the days that it tolerates."
    )
    contact_on = serializers.DateField(allow_null=True)
    policy = serializers.SerializerMethodField(help_text="The version that decides: code and number.")
    trial = serializers.SerializerMethodField(help_text="The trial that it takes part in; null: none.")
    arm = serializers.CharField(help_text="By whose policy: champion, challenger, or empty.")
    told = serializers.IntegerField(source="told_id", allow_null=True, help_text="The customer who is told.")

    def get_policy(self, row) -> str | None:
        return str(row.policy) if row.policy else None

    def get_trial(self, row) -> int | None:
        return row.trial.pk if row.trial else None


class WhyQuery(serializers.Serializer):
    as_of = serializers.DateField(required=False, help_text="Left out: today where the legal entity is.")


class ItemDunning(Endpoint):
    tag = "Dunning runs"

    @operation("runs:read", "Read why an item is chased, or not", gives=WhyView, query=WhyQuery)
    def get(self, request: Request, pk: int) -> Response:
        """What the rule says of it on a day, by what was known then, and the facts that it sees."""
        items = OpenItem.objects.for_user(request.user).select_related("entity")
        item = self.find(items, pk=pk)
        day: date = self.query.get("as_of") or clock.today(item.entity.time_zone)
        return Response(WhyView().to_representation(why.of(item, day)))


urlpatterns = [
    path("dunning-policies", Policies.as_view(), name="dunning-policies"),
    path("dunning-policies/<int:pk>", OnePolicy.as_view(), name="dunning-policy"),
    path("dunning-policies/<int:pk>/activate", ActivatePolicy.as_view(), name="activate-dunning-policy"),
    path("open-items/<int:pk>/dunning", ItemDunning.as_view(), name="item-dunning"),
]
