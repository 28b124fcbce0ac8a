"""Interest notes in the API: what was charged for late payment and how; charge, send, waive, reverse."""

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.interest import charging, papers, sending
from o2c.collections.interest.charging import InterestRefused
from o2c.collections.models import InterestCharge, InterestNote
from o2c.core import clock, documents
from o2c.core.api.endpoints import Endpoint, FileEndpoint, operation
from o2c.core.api.fields import Body, Currency, Day, MoneyOut, Text, View
from o2c.core.audit import records
from o2c.core.money import plain
from o2c.core.states import LostRace
from o2c.invoicing.correspondents import NotSent
from o2c.invoicing.invoices.wire import SendIn, SentView
from o2c.orders.api.naming import AccountQuery, CustomerName, contact_named, customer_named, entity_named


class ChargeView(View):
    item = serializers.IntegerField(source="item_id")
    pack = serializers.CharField(source="pack.code")
    interest = serializers.SerializerMethodField(help_text="Less what was charged of the item before.")
    compensation = serializers.SerializerMethodField()
    spans = serializers.SerializerMethodField(help_text="How it was worked out, from the first day late on.")

    def get_interest(self, row: InterestCharge) -> str:
        return plain(row.interest, row.note.currency)

    def get_compensation(self, row: InterestCharge) -> str:
        return plain(row.compensation, row.note.currency)

    def get_spans(self, row: InterestCharge) -> list[dict[str, str]]:
        names = ("first", "last", "owed", "percent", "interest")
        return [dict(zip(names, span, strict=True)) for span in row.spans]


class NoteView(View):
    id = serializers.IntegerField()
    number = serializers.CharField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    kind = serializers.ChoiceField(choices=InterestNote.Kind.choices)
    notice = serializers.IntegerField(
        source="notice_id", allow_null=True, help_text="The notice with which it was charged; null: by itself."
    )
    state = serializers.ChoiceField(choices=InterestNote.State.choices)
    total = MoneyOut("total")
    item = serializers.IntegerField(source="item_id", help_text="The open item by which it is owed.")
    until = serializers.DateField(help_text="The last day that interest was charged for.")
    charged_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True, help_text="When it was waived or reversed.")
    reason = serializers.CharField(help_text="Why it was.")
    charges = ChargeView(many=True)
    updated_at = serializers.DateTimeField()


class InterestNoteIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    currency = Currency()
    until = Day(required=False, help_text="Left out: today where the legal entity is. None to come.")


class InterestReasonIn(Body):
    reason = Text(max_length=200)


class NoteQuery(AccountQuery):
    kind = serializers.ChoiceField(choices=InterestNote.Kind.choices, required=False)
    notice = serializers.IntegerField(required=False, min_value=1, help_text="The notice with which it was charged.")
    state = serializers.ChoiceField(choices=InterestNote.State.choices, required=False)


class NoteEndpoint(Endpoint):
    tag = "Interest"
    refusals = (InterestRefused, LostRace)

    def rows(self) -> QuerySet[InterestNote]:
        seen = InterestNote.objects.for_user(self.request.user)
        return seen.annotate(entity_code=F("entity__code")).prefetch_related("charges__pack")

    def answer(self, note: InterestNote, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=note.pk)
        location = reverse("api:interest-note", args=[row.pk]) if status == 201 else None
        return self.one(row, NoteView, status=status, location=location)

    def ended(self, pk: int, act, given: dict) -> Response:
        note = self.find(InterestNote.objects.for_user(self.request.user).select_related("entity"), pk=pk)
        return self.answer(act(note, reason=given["reason"], on=clock.today(note.entity.time_zone), actor=self.actor))


class Notes(NoteEndpoint):
    @operation("interest:read", "List interest notes", gives=NoteView, query=NoteQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was charged for late payment, and what was let go of again."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", kind="kind", notice="notice_id"
        )
        return self.page(rows, NoteView)

    @operation("interest:write", "Charge interest", takes=InterestNoteIn, gives=NoteView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """Charge a customer for late payment up to a day. Refused (409) where nothing is owed that is not charged."""
        entity = entity_named(request.user, given["entity"])
        customer = customer_named(request.user, given["customer"])
        today = clock.today(entity.time_zone)
        until = given.get("until") or today
        notes = charging.charge(entity, [(customer.pk, given["currency"])], until=until, on=today, actor=self.actor)
        if not notes:
            raise InterestRefused(f"By {until} nothing is owed for late payment that is not charged.")
        return self.answer(notes[0], status=201)


class OneNote(NoteEndpoint):
    @operation("interest:read", "Read an interest note", gives=NoteView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), NoteView)


class NoteDocument(FileEndpoint, NoteEndpoint):
    @operation("interest:read", "Read an interest note as PDF", media=documents.PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """As it was given out, the same for good."""
        note = self.find(InterestNote.objects.for_user(request.user), pk=pk)
        kept = papers.document_of(note)
        records.exported("InterestNote", actor=self.actor, entity_ids=[note.entity_id], note=pk)
        return self.file(
            documents.answer(kept.name, kept.media_type, bytes(kept.content)), f'"{kept.pk}-{kept.sha256[:16]}"'
        )


class SendNote(NoteEndpoint):
    refusals = (*NoteEndpoint.refusals, NotSent)

    @operation("interest:write", "Send an interest note by e-mail", takes=SendIn, gives=SentView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Its paper goes to the contact you name, else to who pays the customer's bills, in the contact's language.

        Refused (409) where it is not owed any more, where nobody can be written to, and where it went to that address
        before, unless you want it `again`.
        """
        note = self.find(InterestNote.objects.for_user(request.user), pk=pk)
        contact = contact_named(note.customer_id, given)
        message = sending.send(note, contact=contact, again=given["again"], actor=self.actor)
        return Response(SentView().to_representation(message))


class WaiveNote(NoteEndpoint):
    @operation("interest:write", "Waive an interest note", takes=InterestReasonIn, gives=NoteView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It is not owed, and what it charged for is never charged again."""
        return self.ended(pk, charging.waive, given)


class ReverseNote(NoteEndpoint):
    @operation("interest:write", "Reverse an interest note", takes=InterestReasonIn, gives=NoteView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It was wrong: its days may be charged again."""
        return self.ended(pk, charging.reverse, given)


urlpatterns = [
    path("interest-notes", Notes.as_view(), name="interest-notes"),
    path("interest-notes/<int:pk>", OneNote.as_view(), name="interest-note"),
    path("interest-notes/<int:pk>/document", NoteDocument.as_view(), name="interest-note-document"),
    path("interest-notes/<int:pk>/send", SendNote.as_view(), name="send-interest-note"),
    path("interest-notes/<int:pk>/waive", WaiveNote.as_view(), name="waive-interest-note"),
    path("interest-notes/<int:pk>/reverse", ReverseNote.as_view(), name="reverse-interest-note"),
]
