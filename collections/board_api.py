"""The manager's board in the API: who has how much."""

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import board
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.money import plain


class AtRiskView(serializers.Serializer):
    amount = serializers.CharField()
    currency = serializers.CharField()


class ProgressView(serializers.Serializer):
    what = serializers.CharField()
    entity = serializers.CharField(help_text="Code of the legal entity where it is money, else empty.")
    target = serializers.CharField()
    reached = serializers.CharField()


class AgeingView(serializers.Serializer):
    currency = serializers.CharField()
    total = serializers.CharField()
    buckets = serializers.DictField(child=serializers.CharField())


class LoadView(serializers.Serializer):
    person = serializers.CharField(allow_null=True, help_text="User name; or it is a queue.")
    queue = serializers.CharField(allow_null=True, help_text="Code of a queue.")
    tasks = serializers.IntegerField(help_text="Live tasks.")
    due = serializers.IntegerField(help_text="Of them due today or before.")
    overdue = serializers.IntegerField(help_text="Of them due before today.")
    at_risk = AtRiskView(many=True, help_text="What their customers owe overdue, each once, by base currency.")
    covered_by = serializers.CharField(allow_null=True, help_text="Who covers for them today; null: they are there.")
    progress = ProgressView(many=True, help_text="What they have reached of their targets.")
    ageing = AgeingView(many=True, help_text="How old what is open on their accounts is.")


class BoardView(serializers.Serializer):
    as_of = serializers.DateField()
    loads = LoadView(many=True)


class OneBoard(Endpoint):
    tag = "Tasks"

    @operation("tasks:read", "Read the board", gives=BoardView, right="board.read")
    def get(self, request: Request) -> Response:
        """Who has how much: everybody for a key and for who gives tasks out, the own teams for a lead."""
        found = board.board(request.user, cards=0)
        loads = [_load(column, found.bucket_names) for column in found.columns]
        return Response(BoardView({"as_of": found.today, "loads": loads}).data)


def _load(column: board.Column, names: tuple[str, ...]) -> dict:
    return {
        "person": column.holder.username if column.is_person else None,
        "queue": None if column.is_person else column.holder.code,
        "tasks": column.tasks,
        "due": column.due,
        "overdue": column.overdue,
        "at_risk": [{"amount": plain(amount, currency), "currency": currency} for currency, amount in column.at_risk],
        "covered_by": column.absence.cover.username if column.absence else None,
        "progress": [
            {
                "what": each.what,
                "entity": each.entity,
                "target": plain(each.target, each.currency) if each.currency else str(int(each.target)),
                "reached": plain(each.reached, each.currency) if each.currency else str(int(each.reached)),
            }
            for each in column.progress
        ],
        "ageing": [
            {
                "currency": currency,
                "total": plain(total, currency),
                "buckets": {
                    name: plain(amount, currency) for name, amount in zip(names, buckets, strict=True)
                },
            }
            for currency, total, buckets in column.ageing
        ],
    }  # fmt: skip


urlpatterns = [
    path("tasks/board", OneBoard.as_view(), name="board"),
]
