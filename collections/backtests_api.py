"""Backtests in the API: ask for a version of a policy to be played over the past, and read what it would have done."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import backtests
from o2c.collections.jobs import play_backtest
from o2c.collections.models import Backtest, DunningPolicy
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import MONEY_SCHEMA, Body, Id, Text, View, Whole
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.orders.api.naming import entity_named

MOST = 2**63 - 1


class MonthView(serializers.Serializer):
    month = serializers.CharField(help_text="2026-03")
    notices = serializers.DictField(child=serializers.IntegerField(), help_text="By level.")


class WorkloadView(serializers.Serializer):
    collector = serializers.CharField(help_text="User name; empty: nobody's.")
    tasks = serializers.IntegerField()
    a_week = serializers.FloatField(help_text="On average.")
    most = serializers.IntegerField(help_text="In one week.")


class PastView(serializers.Serializer):
    notices = serializers.IntegerField()
    messages = serializers.IntegerField(help_text="Of the notices, those by e-mail.")
    tasks = serializers.IntegerField(help_text="Calls.")
    lines = serializers.IntegerField(help_text="Times that an item was told of.")
    soon = serializers.IntegerField(help_text="Of the lines, those whose item was paid within three days anyhow.")
    credited = serializers.IntegerField(help_text="Of the lines, those whose item was credited later.")
    months = MonthView(many=True)
    collectors = WorkloadView(many=True)


class BacktestLevelView(serializers.Serializer):
    level = serializers.IntegerField()
    name = serializers.CharField()
    notices = serializers.IntegerField()
    items = serializers.IntegerField()


class ToldView(serializers.Serializer):
    customer = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    items = serializers.IntegerField()
    total = extend_schema_field(MONEY_SCHEMA)(type("Total", (serializers.DictField,), {}))()


class TodayView(serializers.Serializer):
    on = serializers.DateField()
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="Items not chased, by reason.")
    levels = BacktestLevelView(many=True)
    customers = ToldView(many=True, help_text="Those with most to pay.")


class BacktestArmView(serializers.Serializer):
    policy = serializers.IntegerField(help_text="The version.")
    past = PastView()
    today = TodayView(help_text="What it would do that day, after the notices that were really sent.")


class BacktestView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    policy = serializers.IntegerField(source="version_id", help_text="The version that is played.")
    beside = serializers.IntegerField(
        source="beside_id", allow_null=True, help_text="That in force when it was asked for; null: the same, or none."
    )
    first = serializers.DateField()
    until = serializers.DateField()
    state = serializers.ChoiceField(choices=Backtest.State.choices)
    asked_by = serializers.CharField(source="asker")
    asked_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class OneBacktestView(BacktestView):
    result = serializers.SerializerMethodField(help_text="Of the version, then of that beside it; empty: not yet.")

    @extend_schema_field(BacktestArmView(many=True))
    def get_result(self, row: Backtest) -> list[dict]:
        versions = {"version": row.version_id, "beside": row.beside_id}
        return [_arm(versions[name], row.result[name]) for name in versions if name in row.result]


def money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": plain(amount, currency), "currency": currency}


def _arm(version: int, found: dict) -> dict:
    told = [
        {name: customer[name] for name in ("customer", "number", "name", "level", "items")}
        | {"total": money(Decimal(customer["total"]), customer["currency"])}
        for customer in found["today"]["customers"]
    ]
    return {"policy": version, "past": found["past"], "today": {**found["today"], "customers": told}}


class BacktestIn(Body):
    policy = Id(help_text="The version to play, a draft too.")
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    months = Whole(min_value=1, max_value=max(backtests.MONTHS), default=12, help_text="So many, up to yesterday.")


class BacktestQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    policy = serializers.IntegerField(required=False, min_value=1, max_value=MOST, help_text="Only of this version.")
    state = serializers.ChoiceField(choices=Backtest.State.choices, required=False)


class BacktestEndpoint(Endpoint):
    tag = "Dunning policies"

    def rows(self) -> QuerySet[Backtest]:
        return Backtest.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def answer(self, pk: int, status: int = 200) -> Response:
        location = reverse("api:backtest", args=[pk]) if status == 202 else None
        return self.one(self.find(self.rows(), pk=pk), OneBacktestView, status=status, location=location)


class Backtests(BacktestEndpoint):
    @operation("backtests:read", "List backtests", gives=BacktestView, query=BacktestQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Versions of policies played over the past. Read one for what it found."""
        rows = self.asked_for(self.rows(), entity="entity__code", policy="version_id", state="state")
        return self.page(rows.defer("result"), BacktestView)

    @operation("backtests:write", "Ask for a backtest", takes=BacktestIn, gives=OneBacktestView, statuses=(202,))
    def post(self, request: Request, given: dict) -> Response:
        """A worker plays it; read it until its state is `done`. The same that waits already is answered again."""
        entity = entity_named(request.user, given["entity"])
        version = DunningPolicy.objects.filter(pk=given["policy"]).first()
        if version is None:
            raise at("/policy", "unknown", "There is no such version.")
        asked = backtests.ask(entity, version, months=given["months"], actor=self.actor)
        transaction.on_commit(lambda: play_backtest.delay(asked.pk))
        return self.answer(asked.pk, status=202)


class OneBacktest(BacktestEndpoint):
    @operation("backtests:read", "Read a backtest", gives=OneBacktestView)
    def get(self, request: Request, pk: int) -> Response:
        """What the version would have done over its days, and today, beside the one in force."""
        return self.answer(pk)


urlpatterns = [
    path("backtests", Backtests.as_view(), name="backtests"),
    path("backtests/<int:pk>", OneBacktest.as_view(), name="backtest"),
]
