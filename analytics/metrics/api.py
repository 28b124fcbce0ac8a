"""Metrics and the days that are kept, in the API: read only."""

from decimal import Decimal

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.analytics.metrics import catalogue, keeping, showing
from o2c.analytics.metrics.catalogue import Metric, Unit
from o2c.analytics.metrics.months import CUTS
from o2c.analytics.metrics.showing import Told
from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots import reading
from o2c.core import replica
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import View
from o2c.core.api.problems import of_query
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

MOST_MONTHS = 25
# Days to a hundredth, shares to a hundredth of a percent; money as its currency has it.
PLACES = {Unit.DAYS: 2, Unit.PERCENT: 4, Unit.TIMES: 2}


class ValueView(serializers.Serializer):
    month = serializers.DateField(help_text="Its first day.")
    as_of = serializers.DateField(help_text="Its last day; of the month that is not over the latest that is kept.")
    value = serializers.CharField(allow_null=True, help_text="null: it is not defined, or that day was not kept.")


class MetricView(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    formula = serializers.CharField()
    window = serializers.CharField()
    unit = serializers.ChoiceField(choices=[unit.value for unit in Unit], help_text="percent: 0.559 is 55.9 %.")
    values = ValueView(many=True)


class PartView(serializers.Serializer):
    part = serializers.CharField(help_text="Segment, country, collector or customer's number; empty: none.")
    month_before = serializers.CharField(allow_null=True)
    this_month = serializers.CharField(allow_null=True)


class MetricsView(serializers.Serializer):
    entity = serializers.CharField()
    currency = serializers.CharField(help_text="The base currency, in which money is.")
    metrics = MetricView(many=True)
    parts = PartView(many=True, help_text="Empty without `by`.")


class MetricsQuery(serializers.Serializer):
    entity = serializers.CharField(max_length=20, help_text="Code of the legal entity.")
    months = serializers.IntegerField(required=False, min_value=1, max_value=MOST_MONTHS, help_text="13 unless said.")

    metric = serializers.ChoiceField(choices=list(catalogue.BY_CODE), required=False, help_text="This one alone.")
    by = serializers.ChoiceField(
        choices=list(CUTS), required=False, help_text="Cut the book by this, for `metric`: of each part this month."
    )

    def validate(self, asked):
        if "by" in asked and "metric" not in asked:
            raise serializers.ValidationError({"by": [serializers.ErrorDetail("Say which metric.", "required")]})
        return asked


def _written(value: Decimal | None, metric: Metric, currency: str) -> str | None:
    if value is None:
        return None
    if metric.unit is Unit.MONEY:
        return plain(value, currency)
    return f"{round(value, PLACES[metric.unit]):f}"


def _told(told: Told, months, currency: str) -> dict:
    metric = told.metric
    return {
        "code": metric.code, "name": metric.name, "formula": metric.formula, "window": metric.window,
        "unit": metric.unit.value,
        "values": [
            {"month": month.first.isoformat(), "as_of": month.ends.isoformat(),
             "value": _written(value, metric, currency)}
            for month, value in zip(months, told.values, strict=True)
        ],
    }  # fmt: skip


class Metrics(Endpoint):
    tag = "Metrics"

    @operation("metrics:read", "Read the metrics of a legal entity", gives=MetricsView, query=MetricsQuery)
    def get(self, request: Request) -> Response:
        """Month by month, the oldest first, each with its formula and its window; of one also of the parts of the book,
        the worst first."""
        entity = LegalEntity.objects.for_user(request.user).filter(code=self.query["entity"]).first()
        if entity is None:
            raise of_query("entity", "unknown", "There is no such legal entity.")
        currency, until = entity.base_currency, keeping.last_day(entity)
        shown = self.query.get("months", showing.SHOWN)
        metric, by = catalogue.BY_CODE.get(self.query.get("metric")), self.query.get("by")
        months, found = replica.read(lambda: showing.of_book(entity, until=until, shown=shown))
        parts = []
        if by:
            for part in replica.read(lambda: showing.of_parts(entity, metric, by, until=until)):
                before, now = (_written(value, metric, currency) for value in part.told.values)
                parts.append({"part": part.key, "month_before": before, "this_month": now})
        return Response(
            {
                "entity": entity.code,
                "currency": currency,
                "metrics": [_told(each, months, currency) for each in found if metric in (None, each.metric)],
                "parts": parts,
            }
        )


class SnapshotView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code")
    day = serializers.DateField()
    made_at = serializers.DateTimeField()
    recorded_before = serializers.DateTimeField(help_text="What was recorded from then on is not in it.")
    customers = serializers.IntegerField()


class BucketView(serializers.Serializer):
    currency = serializers.CharField()
    bucket = serializers.IntegerField(help_text="The first day past due that falls into it; 0: not due.")
    then = serializers.CharField(help_text="As it was known then.")
    now = serializers.CharField(help_text="By all that is known by now.")


class OneSnapshotView(SnapshotView):
    buckets = BucketView(many=True)


class SnapshotQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20)
    day = serializers.DateField(required=False)


class SnapshotEndpoint(Endpoint):
    tag = "Metrics"

    def rows(self) -> QuerySet[Snapshot]:
        return Snapshot.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), updated_at=F("made_at")
        )


class Snapshots(SnapshotEndpoint):
    @operation("metrics:read", "List the days that are kept", gives=SnapshotView, query=SnapshotQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was owed at the end of each day is kept every night and never changed."""
        return self.page(self.asked_for(self.rows(), entity="entity__code", day="day"), SnapshotView)


class OneSnapshot(SnapshotEndpoint):
    @operation("metrics:read", "Read a day: what was owed by age, then and now", gives=OneSnapshotView)
    def get(self, request: Request, pk: int) -> Response:
        row = self.find(self.rows().select_related("entity"), pk=pk)
        compared, _ = replica.read(lambda: reading.of_day(row, most=0))
        buckets = [
            {"currency": each.currency, "bucket": each.bucket, "then": plain(each.then, each.currency),
             "now": plain(each.now, each.currency)}
            for each in compared
        ]  # fmt: skip
        return Response(SnapshotView().to_representation(row) | {"buckets": buckets})


urlpatterns = [
    path("metrics", Metrics.as_view(), name="metrics"),
    path("snapshots", Snapshots.as_view(), name="snapshots"),
    path("snapshots/<int:pk>", OneSnapshot.as_view(), name="snapshot"),
]
