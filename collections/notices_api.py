"""Notices in the API: what customers are told, and the approval of those that wait for a person."""

from django.db.models import F, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import approving, leaving_out
from o2c.collections.dunning import DunningRefused
from o2c.collections.models import DunningRun, Notice
from o2c.core.api.cursors import MOST, USUAL
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Currency, Day, MoneyOut, Text, View, Whole


class NoticeView(View):
    id = serializers.IntegerField()
    run = serializers.IntegerField(source="run_id")
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id", help_text="Who is told.")
    as_of = serializers.DateField()
    level = serializers.IntegerField(help_text="The highest of its items.")
    total = MoneyOut("total")
    items = serializers.IntegerField(help_text="How many items it tells of.")
    state = serializers.ChoiceField(choices=Notice.State.choices)
    cancelled_because = serializers.CharField()
    missing = serializers.IntegerField(help_text="People who must still approve it.")
    alone = serializers.BooleanField(help_text="So large that it is approved by itself.")
    pay_by = serializers.DateField(allow_null=True, help_text="The last day to pay that it sets.")
    message = serializers.IntegerField(source="message_id", allow_null=True)


class NoticeQuery(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=USUAL, help_text="How many rows at most.")
    cursor = serializers.CharField(required=False, max_length=500, help_text="The next_cursor of the page before.")
    run = serializers.IntegerField(required=False)
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    customer = serializers.IntegerField(required=False)
    state = serializers.ChoiceField(choices=Notice.State.choices, required=False)
    waiting = serializers.BooleanField(required=False, help_text="Only those that wait for a person, or none of them.")


class LevelOfRunIn(Body):
    level = Whole(min_value=1, max_value=9, required=False, help_text="Left out: every level.")
    currency = Currency(required=False, help_text="Left out: every currency.")


class LeaveOutIn(Body):
    reason = Text(max_length=200)
    until = Day(required=False, help_text="On hold up to this day; left out: for this once.")


class ApprovedView(serializers.Serializer):
    approved = serializers.IntegerField(help_text="How many notices.")


class NoticeEndpoint(Endpoint):
    tag = "Dunning runs"
    refusals = (DunningRefused,)

    def rows(self) -> QuerySet[Notice]:
        found = Notice.objects.for_user(self.request.user).filter(scenario_id=None)
        return found.annotate(entity_code=F("entity__code"))

    def named(self, pk: int) -> Notice:
        found = Notice.objects.for_user(self.request.user).filter(scenario_id=None)
        return self.find(found.select_related("run", "customer", "entity"), pk=pk)

    def answer(self, notice: Notice) -> Response:
        return Response(NoticeView().to_representation(self.find(self.rows(), pk=notice.pk)))


class Notices(NoticeEndpoint):
    @operation("runs:read", "List notices", gives=NoticeView, query=NoticeQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers are told, or were, in dunning runs."""
        rows = self.asked_for(self.rows(), run="run_id", entity="entity__code", customer="customer_id", state="state")
        if "waiting" in self.query:
            waits = {"state": Notice.State.PROPOSED, "missing__gt": 0}
            rows = rows.filter(**waits) if self.query["waiting"] else rows.exclude(**waits)
        return self.page(rows, NoticeView)


class OneNotice(NoticeEndpoint):
    @operation("runs:read", "Read a notice", gives=NoticeView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.named(pk))


class ApproveNotice(NoticeEndpoint):
    @operation("runs:write", "Approve a notice", gives=NoticeView)
    def post(self, request: Request, pk: int) -> Response:
        """Only a person does (403 for a key). Of two, the second is neither the first nor who proposed the run."""
        notice = self.named(pk)
        approving.approve(notice.run, notice=notice, actor=self.actor)
        return self.answer(notice)


class LeaveOutNotice(NoticeEndpoint):
    @operation("runs:write", "Leave a notice out of its run", takes=LeaveOutIn, gives=NoticeView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """As long as the run, or the notice itself, waits for approval (409 otherwise)."""
        facts = {"reason": given["reason"], "until": given.get("until")}
        return self.answer(leaving_out.leave_out(self.named(pk), **facts, actor=self.actor))


class ApproveNotices(NoticeEndpoint):
    @operation("runs:write", "Approve the notices of a run", takes=LevelOfRunIn, gives=ApprovedView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Those that wait, of a level and a currency or all; never what is approved alone. Only a person does."""
        run = self.find(DunningRun.objects.for_user(request.user).filter(scenario_id=None), pk=pk)
        count = approving.approve(run, level=given.get("level"), currency=given.get("currency"), actor=self.actor)
        return Response({"approved": count})


urlpatterns = [
    path("dunning-notices", Notices.as_view(), name="notices"),
    path("dunning-notices/<int:pk>", OneNotice.as_view(), name="notice"),
    path("dunning-notices/<int:pk>/approve", ApproveNotice.as_view(), name="approve-notice"),
    path("dunning-notices/<int:pk>/leave-out", LeaveOutNotice.as_view(), name="leave-out-notice"),
    path("dunning-runs/<int:pk>/approve-notices", ApproveNotices.as_view(), name="approve-run-notices"),
]
