"""Disputes in the API: opened over open items, worked on, ended, and their files."""

from datetime import date

from django.db.models import F, Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import disputes
from o2c.collections.activities import NothingSaid
from o2c.collections.disputes import files, listing
from o2c.collections.models import Dispute, DisputeFile, IncomingMail
from o2c.collections.naming import check_one, somebody_named
from o2c.core import clock
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, FileEndpoint, FileRenderer, PlainJSONRenderer, operation
from o2c.core.api.fields import Body, Choice, Day, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.files import ReceivesFile
from o2c.core.api.problems import Problem, at
from o2c.core.audit import records
from o2c.core.money import MoneyError
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.models import OpenItem, ReasonCode, WriteOff
from o2c.orders.api.naming import AccountQuery, contact_named

HOW = Dispute.Resolution


class DisputeFileView(View):
    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    kept = serializers.BooleanField(help_text="False once it was removed.")
    actor = serializers.CharField()
    added_at = serializers.DateTimeField()


class SaidView(View):
    kind = serializers.CharField(help_text="`note`, or `dispute` where it tells what was done.")
    text = serializers.CharField()
    actor = serializers.CharField()
    happened_at = serializers.DateTimeField()


class DisputeView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    item = serializers.IntegerField(source="item_id")
    state = serializers.ChoiceField(choices=Dispute.State.choices)
    code = serializers.CharField(source="reason_code", allow_null=True, help_text="Code of the reason.")
    reason = serializers.CharField(help_text="In the customer's words.")
    cause = serializers.CharField(help_text="What was found; empty while it is not known.")
    contested = MoneyOut("contested", help_text="Of an open one at most what its item still owes.")
    whole = serializers.BooleanField(help_text="All of the item is contested, whatever it owes.")
    owner = serializers.CharField(source="owner_name", allow_null=True, help_text="User name.")
    queue = serializers.CharField(source="queue_code", allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="By when it is to be settled.")
    escalates_on = serializers.DateField(allow_null=True)
    escalated_on = serializers.DateField(allow_null=True)
    opened_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True, help_text="From this day on the item is chased again.")
    resolution = serializers.CharField(help_text="How it ended; empty while it is open.")
    asked_for = serializers.CharField(help_text="What waits for approval; else empty.")
    note = serializers.CharField(help_text="What came of it.")
    credit_note = serializers.IntegerField(source="credit_note_id", allow_null=True)
    replacement = serializers.IntegerField(source="replacement_id", allow_null=True, help_text="Written anew.")
    mail = serializers.IntegerField(source="mail_id", allow_null=True, help_text="The mail that says so.")
    actor = serializers.CharField()
    updated_at = serializers.DateTimeField()


class OneDisputeView(DisputeView):
    files = DisputeFileView(many=True, source="all_files")
    said = SaidView(many=True, source="all_said", help_text="What was said and done, the latest last.")


class DisputeIn(Body):
    item = Id()
    code = Text(max_length=20, required=False, help_text="Code of a reason in use.")
    reason = Text(max_length=200, help_text="In the customer's words.")
    amount = MoneyIn(required=False, positive=True, help_text="Left out: all of the item.")
    opened_on = Day(required=False, help_text="Today where the legal entity is, or a day before.")
    mail = Id(required=False, help_text="The mail that says so.")


class DisputeChange(Body):
    """What is left out stays as it is."""

    state = Choice(choices=[(each.value, each.label) for each in Dispute.WORKED], required=False)
    code = Text(max_length=20, required=False)
    reason = Text(max_length=200, required=False)
    amount = MoneyIn(required=False, positive=True, allow_null=True, help_text="null: all of the item.")
    cause = Choice(choices=Dispute.Cause.choices, required=False)
    owner = Text(max_length=150, required=False, help_text="User name.")
    queue = Text(max_length=20, required=False)
    due_on = Day(required=False)

    def validate(self, given):
        return check_one(given, "owner", "queue")


class ResolveIn(Body):
    how = Choice(choices=HOW.choices)
    note = Text(max_length=300, required=False, allow_blank=True, default="", help_text="Why; on the credit note.")
    cause = Choice(choices=Dispute.Cause.choices, required=False)
    amount = MoneyIn(required=False, positive=True, help_text="Left out: what is contested.")
    kind = Choice(choices=WriteOff.Kind.choices, required=False, help_text="Of a write-off.")
    letter = Text(max_length=4000, required=False, help_text="What the customer is written where it is rejected.")
    contact = Id(required=False, help_text="Who is written to; else the first of accounts payable.")


class DisputeNoteIn(Body):
    text = Text(max_length=5000)


class DisputeReasonIn(Body):
    note = Text(max_length=300, required=False, allow_blank=True, default="")


class DisputeQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Dispute.State.choices, required=False)
    code = serializers.CharField(max_length=20, required=False)
    owner = serializers.CharField(max_length=150, required=False, help_text="User name.")
    item = serializers.IntegerField(required=False, min_value=1)


class FileNamed(serializers.Serializer):
    name = serializers.CharField(max_length=400, required=False, help_text="What the file is called, with its ending.")


class DisputeEndpoint(Endpoint):
    tag = "Disputes"
    refusals = (disputes.DisputeRefused, NothingSaid, MoneyError, CashRefused, IllegalMove, LostRace)

    def rows(self) -> QuerySet[Dispute]:
        return listing.seen_by(self.request.user).annotate(
            entity_code=F("entity__code"),
            currency=F("item__currency"),
            reason_code=F("code__code"),
            owner_name=F("owner__username"),
            queue_code=F("queue__code"),
            credit_note_id=F("credit__credit_note"),
            whole=listing.WHOLE,
        )

    def answer(self, dispute: Dispute, status: int = 200) -> Response:
        kept = DisputeFile.objects.annotate(kept=listing.KEPT).order_by("id")
        rows = self.rows().prefetch_related(
            Prefetch("files", kept, to_attr="all_files"),
            Prefetch("activities", dispute.activities.model.objects.order_by("id"), to_attr="all_said"),
        )
        row = self.find(rows, pk=dispute.pk)
        location = reverse("api:dispute", args=[row.pk]) if status == 201 else None
        return self.one(row, OneDisputeView, status=status, location=location)

    def named(self, pk: int, *, written: bool = True) -> Dispute:
        """The case, locked, in the version that the caller names with If-Match."""
        found = self.find(Dispute.objects.for_user(self.request.user), pk=pk)
        if written:
            rows = Dispute.objects.select_for_update(no_key=True, of=("self",))
            found = rows.select_related("item", "entity").get(pk=pk)
            conditions.check_writing(self.request, found)
        return found

    def today(self, dispute: Dispute) -> date:
        return clock.today(dispute.entity.time_zone)


def reason_named(code: str) -> ReasonCode:
    found = ReasonCode.objects.filter(code=code, in_use=True).first()
    if found is None:
        raise at("/code", "unknown", "There is no such reason in use.")
    return found


def in_currency(given: dict, item: OpenItem):
    """The amount of a body, in the item's currency; None where it says none."""
    money = given.get("amount")
    if money is not None and str(money.currency) != item.currency:
        raise at("/amount/currency", "currency", f"The item is in {item.currency}.")
    return None if money is None else money.amount


class Disputes(DisputeEndpoint):
    @operation("disputes:read", "List disputes", gives=DisputeView, query=DisputeQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers contest, and how it ended."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", code="code__code",
            owner="owner__username", item="item_id",
        )  # fmt: skip
        return self.page(rows, DisputeView)

    @operation(
        "disputes:write", "Open a dispute", takes=DisputeIn, gives=OneDisputeView, statuses=(201,), money=True
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """What is contested is not chased until it is settled. The reason says who settles it, and by when.

        Refused (409) for more than is open, a day to come, and an item that is in dispute already.
        """
        seen = OpenItem.objects.for_user(request.user).select_related("entity")
        item = seen.filter(pk=given["item"]).first()
        if item is None:
            raise at("/item", "unknown", "There is no such open item.")
        mail = None
        if "mail" in given:
            mail = IncomingMail.objects.for_user(request.user).filter(pk=given["mail"]).defer("raw").first()
            if mail is None or mail.customer_id != item.customer_id:
                raise at("/mail", "unknown", "There is no such mail of the customer.")
        made = disputes.open(
            item,
            code=reason_named(given["code"]) if "code" in given else None,
            reason=given["reason"],
            amount=in_currency(given, item),
            on=given.get("opened_on") or clock.today(item.entity.time_zone),
            mail=mail,
            actor=self.actor,
        )
        return self.answer(made, status=201)


class OneDispute(DisputeEndpoint):
    @operation("disputes:read", "Read a dispute", gives=OneDisputeView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.named(pk, written=False))

    @operation("disputes:write", "Change a dispute", takes=DisputeChange, gives=OneDisputeView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. Another reason brings its owner and deadline, unless you say others."""
        row = self.named(pk)
        wanted = {name: given[name] for name in ("state", "reason", "cause", "due_on") if name in given}
        if "code" in given:
            wanted["code"] = reason_named(given["code"])
        if "amount" in given:
            wanted["amount"] = in_currency(given, row.item)
        if (to := somebody_named(given, "owner", "queue")) is not None:
            wanted["to"] = to
        return self.answer(disputes.change(row, **wanted, actor=self.actor))


class ResolveDispute(DisputeEndpoint):
    @operation(
        "disputes:write", "End a dispute", takes=ResolveIn, gives=OneDisputeView, conditional=True, money=True
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What gives money away is done at once within the caller's limit, else it waits for a person (`asked`).

        Refused (409) once it has ended or waits for approval, and where it cannot be done.
        """
        row = self.named(pk)
        facts = {name: given[name] for name in ("cause", "kind", "letter") if name in given}
        if "contact" in given:
            facts["tell_to"] = contact_named(row.customer_id, given)
        done = disputes.resolve(
            row, given["how"], note=given["note"], amount=in_currency(given, row.item), on=self.today(row), **facts,
            actor=self.actor,
        )  # fmt: skip
        return self.answer(done)


class WithdrawDispute(DisputeEndpoint):
    @operation(
        "disputes:write", "Withdraw a dispute", takes=DisputeReasonIn, gives=OneDisputeView, conditional=True,
        money=True,
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """The customer contests it no more; the item is chased again from today."""
        row = self.named(pk)
        return self.answer(disputes.withdraw(row, on=self.today(row), note=given["note"], actor=self.actor))


class TakeBackRequest(DisputeEndpoint):
    @operation("disputes:write", "Take back what waits for approval", gives=OneDisputeView, conditional=True)
    def post(self, request: Request, pk: int) -> Response:
        """The dispute is open again. Refused (409) for anybody but who asked."""
        return self.answer(disputes.take_back(self.named(pk), actor=self.actor))


class NoteDispute(DisputeEndpoint):
    @operation("disputes:write", "Write a note on a dispute", takes=DisputeNoteIn, gives=OneDisputeView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It stands in the case and in the customer's timeline, and changes no version."""
        row = self.find(Dispute.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)
        disputes.add_note(row, given["text"], actor=self.actor)
        return self.answer(row)


class AttachToDispute(ReceivesFile, DisputeEndpoint):
    largest = files.MOST_BYTES

    @operation("disputes:write", "Add a file to a dispute", gives=OneDisputeView, query=FileNamed)
    def post(self, request: Request, pk: int) -> Response:
        """The body is the file as it is, and `name` what it is called: told by its content, at most 10 MB.

        The same content again is the file that is there.
        """
        row = self.find(Dispute.objects.for_user(request.user), pk=pk)
        try:
            files.attach(row, self.query.get("name", ""), request._request.body, actor=self.actor)
        except disputes.DisputeRefused as refused:
            raise at("", "refused", str(refused)) from None
        return self.answer(row)


class AnyFileRenderer(FileRenderer):
    media_type = "application/octet-stream"
    format = "bin"


class FileOfDispute(FileEndpoint):
    tag = "Disputes"
    renderer_classes = [AnyFileRenderer, PlainJSONRenderer]

    @operation("disputes:read", "Read a file of a dispute", media="application/octet-stream")
    def get(self, request: Request, pk: int) -> HttpResponse:
        """As it was added; 404 once it was removed."""
        seen = DisputeFile.objects.for_user(request.user).select_related("document", "dispute")
        found = self.find(seen, pk=pk)
        if found.document is None:
            raise Problem("not-found")
        records.exported(
            "File of a dispute", actor=self.actor, entity_ids=[found.dispute.entity_id], dispute=found.dispute_id,
            file=found.document.name,
        )  # fmt: skip
        return self.file(files.answer(found), f'"{found.document_id}-{found.document.sha256[:16]}"')


class RemoveFileOfDispute(DisputeEndpoint):
    @operation("disputes:write", "Remove a file of a dispute", gives=OneDisputeView)
    def post(self, request: Request, pk: int) -> Response:
        """That it was there stays. Refused (409) where it was removed before."""
        found = self.find(DisputeFile.objects.for_user(request.user).select_related("dispute"), pk=pk)
        files.remove(found, actor=self.actor)
        return self.answer(found.dispute)


urlpatterns = [
    path("disputes", Disputes.as_view(), name="disputes"),
    path("disputes/<int:pk>", OneDispute.as_view(), name="dispute"),
    path("disputes/<int:pk>/resolve", ResolveDispute.as_view(), name="resolve-dispute"),
    path("disputes/<int:pk>/withdraw", WithdrawDispute.as_view(), name="withdraw-dispute"),
    path("disputes/<int:pk>/take-back", TakeBackRequest.as_view(), name="take-back-dispute"),
    path("disputes/<int:pk>/notes", NoteDispute.as_view(), name="note-dispute"),
    path("disputes/<int:pk>/files", AttachToDispute.as_view(), name="attach-to-dispute"),
    path("dispute-files/<int:pk>", FileOfDispute.as_view(), name="dispute-file"),
    path("dispute-files/<int:pk>/remove", RemoveFileOfDispute.as_view(), name="remove-dispute-file"),
]
