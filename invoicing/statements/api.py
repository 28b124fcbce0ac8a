"""Statements of account in the API: runs that make them, and each as it was made."""

from django.db.models import F, Q, QuerySet
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, documents
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, FileEndpoint, PageQuery, operation
from o2c.core.api.fields import MONEY_SCHEMA, Body, Choice, Day, Flag, Text, View
from o2c.core.api.problems import Problem, at
from o2c.invoicing.models import Statement, StatementRun
from o2c.invoicing.statements import runs
from o2c.orders.api.naming import AccountQuery, entity_named


def money(text: str, currency: str) -> dict[str, str]:
    return {"amount": text, "currency": currency}


# --- Runs

SUM_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["total", "overdue", "customers"],
        "properties": {"total": MONEY_SCHEMA, "overdue": MONEY_SCHEMA, "customers": {"type": "integer"}},
    },
}


class StatementRunView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    kind = serializers.ChoiceField(choices=StatementRun.Kind.choices)
    as_of = serializers.DateField()
    from_on = serializers.DateField(allow_null=True, help_text="First day of an activity.")
    segment = serializers.CharField(help_text="Of accounts; empty: all.")
    who = serializers.ChoiceField(choices=StatementRun.Who.choices)
    channel = serializers.ChoiceField(choices=StatementRun.Channel.choices)
    state = serializers.ChoiceField(choices=StatementRun.State.choices)
    made = serializers.IntegerField(help_text="Statements; like the other counts, once the run is over.")
    mailed = serializers.IntegerField()
    no_address = serializers.IntegerField(help_text="Made, and sent to nobody: there is no usable address.")
    left_out = serializers.IntegerField(help_text="Customers with nothing to tell.")
    totals = serializers.SerializerMethodField(help_text="What they come to in each currency.")
    by_schedule = serializers.BooleanField(source="scheduled")
    asked_by = serializers.CharField()
    begun_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()

    @extend_schema_field(SUM_SCHEMA)
    def get_totals(self, row) -> list[dict]:
        return [
            {name: money(sums[name], currency) for name in ("total", "overdue")} | {"customers": sums["customers"]}
            for currency, sums in row.totals.items()
        ]


class StatementRunIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    as_of = Day(required=False, help_text="Left out: today where the legal entity is.")
    kind = Choice(choices=StatementRun.Kind.choices, default=StatementRun.Kind.OPEN_ITEMS)
    from_on = Day(required=False, help_text="First day of an activity; left out: a month before as_of.")
    segment = Text(required=False, max_length=40, allow_blank=True, default="")
    who = Choice(choices=StatementRun.Who.choices, default=StatementRun.Who.OPEN)
    channel = Choice(choices=StatementRun.Channel.choices, default=StatementRun.Channel.EMAIL)
    again = Flag(default=False, help_text="Send them although statements of that day went out before.")


class StatementRunQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    state = serializers.ChoiceField(choices=StatementRun.State.choices, required=False)


class RunEndpoint(Endpoint):
    tag = "Statements"
    refusals = (runs.SentBefore,)

    def rows(self) -> QuerySet[StatementRun]:
        seen = StatementRun.objects.for_user(self.request.user)
        return seen.annotate(entity_code=F("entity__code"), scheduled=Q(schedule__isnull=False))


class StatementRuns(RunEndpoint):
    @operation(
        "statements:read", "List runs of statements", gives=StatementRunView, query=StatementRunQuery, pages=True
    )
    def get(self, request: Request) -> Response:
        """What was made for whom as of which day."""
        rows = self.asked_for(self.rows(), entity="entity__code", state="state")
        return self.page(rows, StatementRunView)

    @operation(
        "statements:write", "Make statements", takes=StatementRunIn, gives=StatementRunView, statuses=(201,), money=True
    )
    def post(self, request: Request, given: dict) -> Response:
        """Workers make them; read the run until its state is no longer `making`.

        Refused (409) where statements of that day have been sent to those customers, unless you want them `again`.
        """
        entity = entity_named(request.user, given.pop("entity"))
        asked = {"as_of": clock.today(entity.time_zone), **given}
        try:
            run = runs.begin(entity=entity, actor=self.actor, **asked)
        except runs.SentBefore:
            raise
        except runs.RunRefused as refused:
            raise at(f"/{refused.field}", "refused", str(refused)) from None
        runs.enqueue(run)
        row = self.find(self.rows(), pk=run.pk)
        return self.one(row, StatementRunView, status=201, location=reverse("api:statement-run", args=[row.pk]))


class OneStatementRun(RunEndpoint):
    @operation("statements:read", "Read a run of statements", gives=StatementRunView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), StatementRunView)


# --- Statements

TOTAL_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["total", "overdue", "opening", "lines"],
        "properties": {
            "total": MONEY_SCHEMA,
            "overdue": MONEY_SCHEMA,
            "opening": {"anyOf": [MONEY_SCHEMA, {"type": "null"}]},
            "lines": {"type": "integer"},
        },
    },
}


class StatementView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    run = serializers.IntegerField(source="run_id")
    kind = serializers.ChoiceField(choices=StatementRun.Kind.choices, source="of_kind")
    as_of = serializers.DateField(source="of_day")
    from_on = serializers.DateField(source="of_first_day", allow_null=True, help_text="First day of an activity.")
    state = serializers.ChoiceField(choices=Statement.State.choices)
    language = serializers.CharField()
    totals = serializers.SerializerMethodField(help_text="What stands on it in each currency; opening: of an activity.")
    has_document = serializers.BooleanField(help_text="false: its paper was let go of after its time.")
    made_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(TOTAL_SCHEMA)
    def get_totals(self, row) -> list[dict]:
        return [
            {
                "total": money(part["total"], part["currency"]),
                "overdue": money(part["overdue"], part["currency"]),
                "opening": money(part["opening"], part["currency"]) if "opening" in part else None,
                "lines": part["lines"],
            }
            for part in row.totals
        ]


class StatementQuery(AccountQuery):
    run = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="Only of this run.")
    state = serializers.ChoiceField(choices=Statement.State.choices, required=False)


class StatementEndpoint(Endpoint):
    tag = "Statements"

    def rows(self) -> QuerySet[Statement]:
        return Statement.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"),
            of_kind=F("run__kind"),
            of_day=F("run__as_of"),
            of_first_day=F("run__from_on"),
            has_document=Q(document__isnull=False),
        )


class Statements(StatementEndpoint):
    @operation("statements:read", "List statements", gives=StatementView, query=StatementQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Each statement as it was made for a customer."""
        rows = self.asked_for(self.rows(), customer="customer_id", entity="entity__code", run="run_id", state="state")
        return self.page(rows, StatementView)


class OneStatement(StatementEndpoint):
    @operation("statements:read", "Read a statement", gives=StatementView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), StatementView)


class StatementDocument(FileEndpoint, StatementEndpoint):
    @operation("statements:read", "Read a statement's paper", media=documents.PDF)
    def get(self, request: Request, pk: int) -> Response:
        """The PDF as it was made; not found where it was let go of after its time."""
        row = self.find(self.rows().select_related("document"), pk=pk)
        if row.document is None:
            raise Problem("not-found", "Its paper was let go of after its time.")
        return self.file(
            documents.answer(row.document.name, row.document.media_type, bytes(row.document.content)),
            conditions.etag(row),
        )


urlpatterns = [
    path("statement-runs", StatementRuns.as_view(), name="statement-runs"),
    path("statement-runs/<int:pk>", OneStatementRun.as_view(), name="statement-run"),
    path("statements", Statements.as_view(), name="statements"),
    path("statements/<int:pk>", OneStatement.as_view(), name="statement"),
    path("statements/<int:pk>/document", StatementDocument.as_view(), name="statement-document"),
]
