"""Strategies of the worklist in the API: what ranks the tasks of a legal entity, and how another would rank them."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.models import Strategy, StrategyRule
from o2c.collections.naming import check_one
from o2c.collections.strategies import ranking, rules
from o2c.collections.strategies.facts import ALL
from o2c.collections.strategies.rules import MOST_DAYS, MOST_POINTS, MOST_RULES, Rule, Rules, StrategyRefused
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, MoneyIn, MoneyOut, Text, View, Whole
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

FACTS = [(fact.code, fact.name) for fact in ALL]


class RuleView(serializers.Serializer):
    fact = serializers.ChoiceField(choices=FACTS)
    comparison = serializers.ChoiceField(choices=StrategyRule.Comparison.choices)
    value = serializers.CharField()
    points = serializers.IntegerField(help_text="Percent by which a task counts more, or less.")


class StrategyView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    least = MoneyOut("least", "base_currency", help_text="What a task counts at least as having at risk.")
    rules = RuleView(many=True)
    escalates_after = serializers.IntegerField(
        allow_null=True, help_text="Days past its due day after which a task that is not done goes to somebody else."
    )
    escalates_to = serializers.CharField(source="escalates_name", allow_null=True, help_text="User name.")
    escalates_queue = serializers.CharField(source="queue_code", allow_null=True, help_text="Or the code of a queue.")
    changed_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class RuleIn(Body):
    fact = Choice(choices=FACTS)
    comparison = Choice(choices=StrategyRule.Comparison.choices)
    value = Text(max_length=40)
    points = Whole(min_value=-MOST_POINTS, max_value=MOST_POINTS)


class StrategyIn(Body):
    """The strategy as a whole: what is left out is none."""

    least = MoneyIn(required=False, help_text="In the legal entity's base currency.")
    rules = RuleIn(many=True, max_length=MOST_RULES)
    escalates_after = Whole(min_value=1, max_value=MOST_DAYS, required=False, allow_null=True)
    escalates_to = Text(required=False, max_length=150, help_text="User name; or a queue.")
    escalates_queue = Text(required=False, max_length=20, help_text="Code of a queue.")

    def validate(self, given):
        return check_one(given, "escalates_to", "escalates_queue")


class HoldsView(serializers.Serializer):
    fact = serializers.CharField()
    value = serializers.CharField(help_text="As it is.")
    points = serializers.IntegerField()


class MovedView(serializers.Serializer):
    task = serializers.IntegerField()
    customer = serializers.IntegerField()
    place = serializers.IntegerField(help_text="By these rules, from 1.")
    before = serializers.IntegerField(help_text="As it is ranked now.")
    points = serializers.IntegerField()
    rank = serializers.CharField(help_text="In the base currency of the legal entity.")
    because = HoldsView(many=True, help_text="The rules that hold.")
    sentence = serializers.CharField(help_text="For a person, in English.")


class PreviewView(serializers.Serializer):
    tasks = serializers.IntegerField(help_text="Live tasks of the legal entity.")
    moved = serializers.IntegerField(help_text="Of these, those with another place.")
    first = MovedView(many=True, help_text="The first 25 by these rules.")


class StrategyEndpoint(Endpoint):
    tag = "Tasks"
    refusals = (StrategyRefused,)

    def rows(self) -> QuerySet[Strategy]:
        seen = Strategy.objects.for_user(self.request.user).prefetch_related("rules")
        return seen.annotate(
            entity_code=F("entity__code"),
            base_currency=F("entity__base_currency"),
            escalates_name=F("escalates_to__username"),
            queue_code=F("escalates_queue__code"),
        )

    def entity(self, pk: int) -> LegalEntity:
        return self.find(LegalEntity.objects.for_user(self.request.user), pk=pk)

    def wanted(self, entity: LegalEntity, given: dict) -> Rules:
        """The rules that were sent. Raises Problem at the first that cannot be."""
        least = given.get("least")
        if least is not None and str(least.currency) != entity.base_currency:
            raise at("/least/currency", "currency", f"{entity.code} keeps its books in {entity.base_currency}.")
        found = Rules(
            *([least.amount] if least else [Rules.least]), tuple(Rule(**dict(rule)) for rule in given["rules"])
        )
        for fault in rules.faults_of(found, entity):
            where = f"/rules/{fault.place}/{fault.field}" if fault.place is not None else f"/{fault.field or 'rules'}"
            raise at(where, "unfit", str(fault))
        return found


class Strategies(StrategyEndpoint):
    @operation("tasks:read", "List strategies", gives=StrategyView, query=PageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What ranks the tasks of each legal entity; one that has none ranks them by the money at risk."""
        return self.page(self.rows(), StrategyView)


class OneStrategy(StrategyEndpoint):
    @operation("tasks:read", "Read a strategy", gives=StrategyView)
    def get(self, request: Request, pk: int) -> Response:
        entity = self.entity(pk)
        return self.one(self.find(self.rows(), entity=entity), StrategyView)

    @operation("tasks:write", "Set a strategy", takes=StrategyIn, gives=StrategyView, right="strategies.edit",
               conditional=True)  # fmt: skip
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Says it anew; tasks are ranked by it within a minute."""
        entity = self.entity(pk)
        there = Strategy.objects.select_for_update(no_key=True).filter(entity=entity).first()
        conditions.check_writing(request, there)
        rules.change(entity, self.wanted(entity, given), actor=self.actor)
        return self.one(self.find(self.rows(), entity=entity), StrategyView)


class PreviewStrategy(StrategyEndpoint):
    @operation("tasks:write", "Preview a strategy", takes=StrategyIn, gives=PreviewView, right="strategies.edit")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """How the order of the tasks would be by other rules; nothing is changed."""
        entity = self.entity(pk)
        seen = ranking.preview(entity, self.wanted(entity, given))
        return Response(PreviewView(_preview(seen, entity)).data)


def _preview(seen: ranking.Preview, entity: LegalEntity) -> dict:
    return {
        "tasks": seen.tasks,
        "moved": seen.moved,
        "first": [
            {
                "task": each.task.pk,
                "customer": each.task.customer_id,
                "place": each.place,
                "before": each.before,
                "points": each.ranked.points,
                "rank": plain(each.ranked.rank, entity.base_currency),
                "because": [
                    {"fact": rule.fact, "value": value, "points": rule.points} for rule, value in each.ranked.because
                ],
                "sentence": each.ranked.sentence(),
            }
            for each in seen.first
        ],
    }


urlpatterns = [
    path("strategies", Strategies.as_view(), name="strategies"),
    path("legal-entities/<int:pk>/strategy", OneStrategy.as_view(), name="entity-strategy"),
    path("legal-entities/<int:pk>/strategy/preview", PreviewStrategy.as_view(), name="preview-strategy"),
]
