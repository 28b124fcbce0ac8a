"""Runs of direct debits in the API. Programs may propose; only a signed-in person approves, and never who proposed."""

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import debiting
from o2c.core import documents
from o2c.core.api.endpoints import FileEndpoint, FileRenderer, PageQuery, PlainJSONRenderer, operation
from o2c.core.api.fields import Body, Day, Id, MoneyOut, View
from o2c.core.api.problems import at
from o2c.core.audit import records
from o2c.invoicing import sepa
from o2c.invoicing.cash.api.asking import DecisionNoteIn, RefusalIn
from o2c.invoicing.direct_debit.api import DebitEndpoint
from o2c.invoicing.models import BankAccount, DebitFile, DebitRun

APPROVES, EXPORTS = "debits.approve", "debits.export"


class DebitFileView(View):
    id = serializers.IntegerField()
    scheme = serializers.CharField()
    message_id = serializers.CharField()
    count = serializers.IntegerField()
    total = MoneyOut("total")


class DebitFilesView(View):
    files = DebitFileView(many=True)


class DebitRunView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    bank_account = serializers.IntegerField(source="account_id")
    state = serializers.ChoiceField(choices=DebitRun.State.choices)
    due_until = serializers.DateField(help_text="Invoices due by this day were looked at.")
    collect_on = serializers.DateField()
    count = serializers.IntegerField(help_text="Of what was chosen when it was proposed.")
    total = MoneyOut("total")
    left_out = serializers.IntegerField(help_text="Items of customers with a mandate that were not chosen.")
    asker = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Of whoever decided.")
    updated_at = serializers.DateTimeField()


class ProposeIn(Body):
    bank_account = Id(help_text="An account in euros with an IBAN, to which it is collected.")
    due_until = Day()
    collect_on = Day(required=False, help_text="Left out: the first day on which it can be.")


class DebitRunQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    state = serializers.ChoiceField(choices=DebitRun.State.choices, required=False)


class RunEndpoint(DebitEndpoint):
    tag = "Direct debits"

    def rows(self) -> QuerySet[DebitRun]:
        return DebitRun.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def asked(self, pk: int) -> DebitRun:
        return self.find(DebitRun.objects.for_user(self.request.user), pk=pk)

    def answer(self, row: DebitRun, status: int = 200) -> Response:
        location = reverse("api:debit-run", args=[row.pk]) if status == 201 else None
        return self.one(self.find(self.rows(), pk=row.pk), DebitRunView, status=status, location=location)


class DebitRuns(RunEndpoint):
    @operation("debits:read", "List runs of direct debits", gives=DebitRunView, query=DebitRunQuery, pages=True)
    def get(self, request: Request) -> Response:
        return self.page(self.narrowed(self.rows()), DebitRunView)

    @operation(
        "debits:write", "Propose direct debits", takes=ProposeIn, gives=DebitRunView, statuses=(201,), money=True
    )
    def post(self, request: Request, given: dict) -> Response:
        """Chooses the open invoices of customers with an active mandate. A person approves it."""
        seen = BankAccount.objects.for_user(request.user).select_related("entity")
        account = seen.filter(pk=given["bank_account"]).first()
        if account is None:
            raise at("/bank_account", "unknown", "There is no such bank account.")
        facts = {"due_until": given["due_until"], "collect_on": given.get("collect_on")}
        return self.answer(debiting.propose(account, **facts, actor=self.actor), status=201)


class OneDebitRun(RunEndpoint):
    @operation("debits:read", "Read a run of direct debits", gives=DebitRunView)
    def get(self, request: Request, pk: int) -> Response:
        """What is in it: `/collections?run=`."""
        return self.one(self.find(self.rows(), pk=pk), DebitRunView)


class ApproveDebitRun(RunEndpoint):
    @operation(
        "debits:write", "Approve direct debits", takes=DecisionNoteIn, gives=DebitRunView, money=True, right=APPROVES
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Only a person who did not propose it (403 otherwise). A large run stays `proposed` until a second one has."""
        return self.answer(debiting.approve(self.asked(pk), note=given["note"], actor=self.actor))


class RefuseDebitRun(RunEndpoint):
    @operation("debits:write", "Refuse direct debits", takes=RefusalIn, gives=DebitRunView, right=APPROVES)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        row = self.asked(pk)
        debiting.refuse(row, note=given["note"], actor=self.actor)
        return self.answer(row)


class WithdrawDebitRun(RunEndpoint):
    @operation("debits:write", "Withdraw direct debits", gives=DebitRunView)
    def post(self, request: Request, pk: int) -> Response:
        """Who proposed them, until they are approved; whoever may approve until the bank has them."""
        row = self.asked(pk)
        if row.state == DebitRun.State.APPROVED:
            self.check_right(APPROVES)
        debiting.withdraw(row, actor=self.actor)
        return self.answer(row)


class ExportDebitRun(RunEndpoint):
    @operation("debits:write", "Make the files for the bank", gives=DebitFilesView, money=True, right=EXPORTS)
    def post(self, request: Request, pk: int) -> Response:
        """Once; one a scheme. Their content is at `/debit-files/{id}`."""
        run = self.asked(pk)
        debiting.export(run, actor=self.actor)
        return Response(DebitFilesView().to_representation(run))


class XmlRenderer(FileRenderer):
    media_type = sepa.MEDIA_TYPE
    format = "xml"


class DebitFileContent(FileEndpoint, DebitEndpoint):
    tag = "Direct debits"
    renderer_classes = [XmlRenderer, PlainJSONRenderer]

    @operation("debits:read", "Read a file for the bank", media=sepa.MEDIA_TYPE, right=EXPORTS)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """ISO 20022 pain.008, as it was made."""
        row = self.find(DebitFile.objects.for_user(request.user).select_related("file"), pk=pk)
        kept = row.file
        records.exported("Direct debits", actor=self.actor, entity_ids=[row.entity_id], file=row.message_id)
        return self.file(
            documents.answer(kept.name, kept.media_type, bytes(kept.content)), f'"{kept.pk}-{kept.sha256[:16]}"'
        )


urlpatterns = [
    path("debit-runs", DebitRuns.as_view(), name="debit-runs"),
    path("debit-runs/<int:pk>", OneDebitRun.as_view(), name="debit-run"),
    path("debit-runs/<int:pk>/approve", ApproveDebitRun.as_view(), name="approve-debit-run"),
    path("debit-runs/<int:pk>/refuse", RefuseDebitRun.as_view(), name="refuse-debit-run"),
    path("debit-runs/<int:pk>/withdraw", WithdrawDebitRun.as_view(), name="withdraw-debit-run"),
    path("debit-runs/<int:pk>/export", ExportDebitRun.as_view(), name="export-debit-run"),
    path("debit-files/<int:pk>", DebitFileContent.as_view(), name="debit-file"),
]
