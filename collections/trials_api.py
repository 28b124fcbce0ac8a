"""Trials of two policies in the API: begun, ended, and what they have shown by a day."""

from datetime import date

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import trial_figures, trials
from o2c.collections.models import Trial
from o2c.collections.policy_forms import CODE
from o2c.collections.trial_figures import Arm, Difference, Estimate, Figures
from o2c.collections.trials import TrialRefused
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Day, Text, View, Whole
from o2c.core.api.problems import at
from o2c.core.money import plain
from o2c.orders.api.naming import entity_named


class TrialView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    champion = serializers.CharField(help_text="Code of the policy in use.")
    challenger = serializers.CharField(help_text="Code of the policy that is tried.")
    share = serializers.IntegerField(help_text="In percent of who pays: chased by the challenger.")
    first_on = serializers.DateField()
    until = serializers.DateField(help_text="The last day, as planned.")
    last_on = serializers.DateField(help_text="The last day.")
    salt = serializers.CharField(
        help_text="A payer is the challenger's where the first 24 bits of SHA-256 of this, a colon and the payer's id,"
        " as a fraction of one, are less than the share."
    )
    begun_at = serializers.DateTimeField()
    begun_by = serializers.CharField()
    ended_on = serializers.DateField(allow_null=True, help_text="From this day on it lasts no more; null: as planned.")
    ended_by = serializers.CharField()
    concluded = serializers.CharField(help_text="What came of it.")
    updated_at = serializers.DateTimeField()


class TrialIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    champion = serializers.RegexField(CODE, max_length=40)
    challenger = serializers.RegexField(CODE, max_length=40)
    share = Whole(min_value=1, max_value=99, help_text="In percent, of the challenger.")
    first_on = Day(help_text="Tomorrow or later.")
    until = Day()


class TrialEndIn(Body):
    concluded = Text(max_length=500, help_text="What came of it.")


class TrialQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class EstimateView(serializers.Serializer):
    value = serializers.FloatField()
    error = serializers.FloatField(help_text="The standard error, by payers.")


class MeasuresView(serializers.Serializer):
    days_by_item = EstimateView(allow_null=True, help_text="Mean days past due until paid, at most the horizon.")
    days_by_amount = EstimateView(allow_null=True)
    share_of_items = EstimateView(allow_null=True, help_text="Paid within the horizon.")
    share_of_amount = EstimateView(allow_null=True, help_text="Recovered within the horizon.")


class ArmView(serializers.Serializer):
    payers = serializers.IntegerField()
    reached = serializers.IntegerField(help_text="Payers of whom something has been due for the whole horizon.")
    customers = serializers.IntegerField()
    items = serializers.IntegerField(help_text="Invoices come due.")
    owed = serializers.CharField(help_text="In the currency of the legal entity.")
    paid = serializers.CharField()
    unpriced = serializers.IntegerField(help_text="Invoices without a rate, which are in no amount.")
    notices = serializers.IntegerField()
    tasks = serializers.IntegerField(help_text="Calls that the notices asked for.")
    calls = serializers.IntegerField(help_text="Calls made to the customers.")
    measures = MeasuresView()


class DifferenceView(serializers.Serializer):
    value = serializers.FloatField(help_text="The challenger's less the champion's.")
    low = serializers.FloatField(help_text="Lower end of the 95 % confidence interval.")
    high = serializers.FloatField()


class DifferencesView(serializers.Serializer):
    days_by_item = DifferenceView(allow_null=True)
    days_by_amount = DifferenceView(allow_null=True)
    share_of_items = DifferenceView(allow_null=True)
    share_of_amount = DifferenceView(allow_null=True)


class ReportView(serializers.Serializer):
    trial = serializers.IntegerField()
    as_of = serializers.DateField()
    last_on = serializers.DateField(help_text="Payments after this day are not looked at.")
    horizon = serializers.IntegerField()
    currency = serializers.CharField()
    verdict = serializers.ChoiceField(choices=["early", "open", "faster", "slower"])
    sentence = serializers.CharField(help_text="For a person, in English.")
    champion = ArmView()
    challenger = ArmView()
    difference = DifferencesView(help_text="null where it cannot be told yet.")


class ReportQuery(serializers.Serializer):
    as_of = serializers.DateField(required=False, help_text="Left out: today where the legal entity is.")
    horizon = serializers.IntegerField(
        required=False, min_value=1, max_value=365, default=trial_figures.USUAL_HORIZON, help_text="In days past due."
    )


class TrialEndpoint(Endpoint):
    tag = "Dunning policies"
    refusals = (TrialRefused,)

    def rows(self) -> QuerySet[Trial]:
        return Trial.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def answer(self, trial: Trial, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=trial.pk)
        location = reverse("api:dunning-trial", args=[row.pk]) if status == 201 else None
        return self.one(row, TrialView, status=status, location=location)


class Trials(TrialEndpoint):
    @operation("policies:read", "List trials of policies", gives=TrialView, query=TrialQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Two policies each, tried on customers that chance has parted."""
        return self.page(self.asked_for(self.rows(), entity="entity__code"), TrialView)

    @operation("policies:write", "Begin a trial", takes=TrialIn, gives=TrialView, statuses=(201,),
               right="policies.activate")  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """Refused (409) where the policies are not fit for it, or another trial of the champion falls into the time."""
        entity = entity_named(request.user, given.pop("entity"))
        return self.answer(trials.begin(entity, **given, actor=self.actor), status=201)


class OneTrial(TrialEndpoint):
    @operation("policies:read", "Read a trial", gives=TrialView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), TrialView)


class EndTrial(TrialEndpoint):
    @operation("policies:write", "End a trial early", takes=TrialEndIn, gives=TrialView, right="policies.activate")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Today is its last day. Refused (409) for one that is over."""
        found = self.find(Trial.objects.for_user(request.user), pk=pk)
        return self.answer(trials.end(found, concluded=given["concluded"], actor=self.actor))


class TrialReport(TrialEndpoint):
    @operation("policies:read", "Read what a trial has shown", gives=ReportView, query=ReportQuery)
    def get(self, request: Request, pk: int) -> Response:
        """By a day, as known then: days to pay and what was recovered by arm, with 95 % confidence intervals."""
        found = self.find(Trial.objects.for_user(request.user).select_related("entity"), pk=pk)
        today = clock.today(found.entity.time_zone)
        as_of: date = self.query.get("as_of") or today
        if as_of > today:
            raise at("/as_of", "to_come", "That day is still to come.")
        figures = trial_figures.of(found, as_of, self.query["horizon"])
        return Response(ReportView(_report(figures)).data)


MEASURES = {
    "days_by_item": ("days", trial_figures.BY_ITEM), "days_by_amount": ("days", trial_figures.BY_AMOUNT),
    "share_of_items": ("share", trial_figures.BY_ITEM), "share_of_amount": ("share", trial_figures.BY_AMOUNT),
}  # fmt: skip


def _report(figures: Figures) -> dict:
    said = trial_figures.verdict(figures)
    differences: dict[str, Difference | None] = {
        name: getattr(figures, of)(measure) for name, (of, measure) in MEASURES.items()
    }
    return {
        "trial": figures.trial.pk,
        "as_of": figures.as_of,
        "last_on": figures.last_on,
        "horizon": figures.horizon,
        "currency": figures.trial.entity.base_currency,
        "verdict": said.name,
        "sentence": said.sentence,
        **{arm.name: _arm(arm, figures.trial.entity.base_currency) for arm in figures.arms},
        "difference": differences,
    }


def _arm(arm: Arm, currency: str) -> dict:
    measures: dict[str, Estimate | None] = {
        name: getattr(arm, of).get(measure) if arm.reached else None for name, (of, measure) in MEASURES.items()
    }
    counted = ("payers", "reached", "customers", "items", "unpriced", "notices", "tasks", "calls")
    return {
        **{name: getattr(arm, name) for name in counted},
        "owed": plain(arm.owed, currency),
        "paid": plain(arm.paid, currency),
        "measures": measures,
    }


urlpatterns = [
    path("dunning-trials", Trials.as_view(), name="dunning-trials"),
    path("dunning-trials/<int:pk>", OneTrial.as_view(), name="dunning-trial"),
    path("dunning-trials/<int:pk>/end", EndTrial.as_view(), name="end-dunning-trial"),
    path("dunning-trials/<int:pk>/report", TrialReport.as_view(), name="dunning-trial-report"),
]
