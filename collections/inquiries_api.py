"""Inquiries in the API: opened, worked on, answered and closed; and how soon they are answered."""

import uuid
from datetime import UTC, datetime, time, timedelta

from django.db.models import F, Prefetch, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.activities import NothingSaid
from o2c.collections.inquiries import answering, changing, figures, opening, threads
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.inquiries.keeping import InquiryRefused
from o2c.collections.models import IncomingMail, Inquiry, InquiryAnswer
from o2c.collections.naming import check_one, somebody_named
from o2c.core import clock, replica
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, DecimalOut, Flag, Id, MoneyIn, Text, View
from o2c.core.api.problems import at
from o2c.core.money import MoneyError
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing.models import OpenItem
from o2c.orders.api.naming import AccountQuery, contact_named
from o2c.orders.models import Customer, LegalEntity

DAYS = 90
LONGEST = timedelta(days=3660)


class InquiryView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    kind = serializers.ChoiceField(choices=Inquiry.Kind.choices)
    state = serializers.ChoiceField(choices=Inquiry.State.choices)
    channel = serializers.ChoiceField(choices=Inquiry.Channel.choices)
    subject = serializers.CharField()
    text = serializers.CharField(help_text="In the customer's words.")
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    owner = serializers.CharField(source="owner_name", allow_null=True, help_text="User name.")
    queue = serializers.CharField(source="queue_code", allow_null=True)
    received_at = serializers.DateTimeField()
    asked_at = serializers.DateTimeField(help_text="When what waits for an answer was asked.")
    due_at = serializers.DateTimeField(help_text="By when that is to be answered.")
    escalates_at = serializers.DateTimeField()
    escalated_at = serializers.DateTimeField(allow_null=True)
    round = serializers.IntegerField(help_text="How often it was asked.")
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Why it was closed.")
    dispute = serializers.IntegerField(source="dispute_id", allow_null=True, help_text="That it became.")
    actor = serializers.CharField()
    updated_at = serializers.DateTimeField()


class AnswerView(View):
    id = serializers.IntegerField()
    round = serializers.IntegerField()
    how = serializers.ChoiceField(choices=InquiryAnswer.How.choices)
    subject = serializers.CharField()
    text = serializers.CharField()
    message = serializers.IntegerField(source="message_id", allow_null=True)
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField()
    minutes = serializers.IntegerField(help_text="Of business, from the question to the answer.")
    in_time = serializers.BooleanField()
    actor = serializers.CharField()


class InquirySaidView(View):
    kind = serializers.CharField(help_text="`note`, or `inquiry` where it tells what was done.")
    text = serializers.CharField()
    actor = serializers.CharField()
    happened_at = serializers.DateTimeField()


class OneInquiryView(InquiryView):
    items = serializers.ListField(child=serializers.IntegerField(), source="item_ids", help_text="Open items.")
    mails = serializers.ListField(
        child=serializers.IntegerField(), source="mail_ids", help_text="In which it is asked."
    )
    answers = AnswerView(many=True, source="all_answers")
    said = InquirySaidView(many=True, source="all_said", help_text="What was said and done, the latest last.")


class InquiryIn(Body):
    customer = Id()
    entity = Text(max_length=20, help_text="Code of the legal entity that is asked.")
    kind = Choice(choices=Inquiry.Kind.choices)
    subject = Text(max_length=200)
    text = Text(max_length=20_000, required=False, allow_blank=True, default="")
    channel = Choice(choices=Inquiry.Channel.choices, required=False, help_text="Of a mail: `mail`, whatever is said.")
    received_at = serializers.DateTimeField(required=False, help_text="Now, or before.")
    contact = Id(required=False)
    items = serializers.ListField(child=Id(), required=False, max_length=50)
    mail = Id(required=False, help_text="In which it is asked.")
    owner = Text(max_length=150, required=False, help_text="User name; left out: as the kind says.")
    queue = Text(max_length=20, required=False)

    def validate(self, given):
        return check_one(given, "owner", "queue")


class InquiryChange(Body):
    """What is left out stays as it is."""

    kind = Choice(choices=Inquiry.Kind.choices, required=False)
    subject = Text(max_length=200, required=False)
    items = serializers.ListField(child=Id(), required=False, max_length=50)
    owner = Text(max_length=150, required=False, help_text="User name.")
    queue = Text(max_length=20, required=False)

    def validate(self, given):
        return check_one(given, "owner", "queue")


class InquiryAnswerIn(Body):
    how = Choice(choices=InquiryAnswer.How.choices)
    subject = Text(max_length=200, required=False, help_text="Of an e-mail; left out: as the wording has it.")
    text = Text(max_length=4000, required=False, help_text="May name fields; left out: as the wording has it.")
    language = Choice(choices=[("en", "en"), ("de", "de"), ("fr", "fr")], required=False)
    contact = Id(required=False, help_text="Whom it goes to; left out: whoever wrote last, else the first that can.")
    invoices = serializers.ListField(child=Id(), required=False, max_length=20, help_text="Whose papers go along.")
    statement = Flag(required=False, default=False, help_text="The statement of account goes along.")


class CloseIn(Body):
    note = Text(max_length=300, required=False, allow_blank=True, default="", help_text="Needed where none answered.")


class InquiryNoteIn(Body):
    text = Text(max_length=4000)


class InquiryDisputeIn(Body):
    item = Id()
    reason = Text(max_length=200)
    amount = MoneyIn(required=False, positive=True, help_text="Left out: all of the item.")


class InquiryQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Inquiry.State.choices, required=False)
    kind = serializers.ChoiceField(choices=Inquiry.Kind.choices, required=False)
    owner = serializers.CharField(max_length=150, required=False, help_text="User name.")
    overdue = serializers.BooleanField(required=False, help_text="Open, and past the time.")


class FiguresView(View):
    subject = serializers.CharField()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    in_time = serializers.IntegerField()
    hours = DecimalOut(allow_null=True, help_text="Of business to the first answer, on average.")
    median = DecimalOut(allow_null=True, help_text="The same, in the middle.")


class AllFiguresView(View):
    by = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    figures = FiguresView(many=True)


class FiguresQuery(serializers.Serializer):
    by = serializers.ChoiceField(choices=list(figures.BY), required=False, default="kind")
    since = serializers.DateField(required=False, help_text="Due since; left out: ninety days until then.")
    until = serializers.DateField(required=False, help_text="Left out: today.")
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class InquiryEndpoint(Endpoint):
    tag = "Inquiries"
    refusals = (InquiryRefused, NothingSaid, MoneyError, IllegalMove, LostRace)

    def rows(self) -> QuerySet[Inquiry]:
        return Inquiry.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), owner_name=F("owner__username"), queue_code=F("queue__code")
        )

    def answer(self, inquiry: Inquiry, status: int = 200) -> Response:
        rows = self.rows().prefetch_related(
            Prefetch("answers", InquiryAnswer.objects.order_by("id"), to_attr="all_answers"),
            Prefetch("activities", inquiry.activities.model.objects.order_by("id"), to_attr="all_said"),
        )
        row = self.find(rows, pk=inquiry.pk)
        row.item_ids = list(row.items.order_by("item_id").values_list("item_id", flat=True))
        row.mail_ids = list(row.mails.order_by("mail_id").values_list("mail_id", flat=True))
        location = reverse("api:inquiry", args=[row.pk]) if status == 201 else None
        return self.one(row, OneInquiryView, status=status, location=location)

    def named(self, pk: int, *, written: bool = True) -> Inquiry:
        """The inquiry, locked, in the version that the caller names with If-Match."""
        found = self.find(Inquiry.objects.for_user(self.request.user), pk=pk)
        if written:
            rows = Inquiry.objects.select_for_update(no_key=True, of=("self",))
            found = rows.select_related("entity", "customer", "contact").get(pk=pk)
            conditions.check_writing(self.request, found)
        return found

    def items(self, given: dict) -> list[OpenItem]:
        wanted = given.get("items", [])
        found = list(OpenItem.objects.for_user(self.request.user).filter(pk__in=wanted))
        if len(found) != len(set(wanted)):
            raise at("/items", "unknown", "There is no such open item.")
        return found


class Inquiries(InquiryEndpoint):
    @operation("inquiries:read", "List inquiries", gives=InquiryView, query=InquiryQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers ask, and what became of it."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", kind="kind",
            owner="owner__username",
        )  # fmt: skip
        if self.query.get("overdue"):
            rows = rows.filter(state=Inquiry.State.OPEN, due_at__lt=clock.now())
        return self.page(rows, InquiryView)

    @operation("inquiries:write", "Open an inquiry", takes=InquiryIn, gives=OneInquiryView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """Its kind says who answers it, and by when. A mail brings its text, sender and time along, and is settled.

        Refused (409) for a time to come, items of another customer, and a mail that belongs to an inquiry already.
        """
        user = request.user
        customer = Customer.objects.for_user(user).filter(pk=given["customer"]).first()
        if customer is None:
            raise at("/customer", "unknown", "There is no such customer.")
        entity = LegalEntity.objects.for_user(user).filter(code=given["entity"]).first()
        if entity is None:
            raise at("/entity", "unknown", "There is no such legal entity.")
        facts = {name: given[name] for name in ("channel", "received_at") if name in given}
        if "contact" in given:
            facts["contact"] = contact_named(customer.pk, given)
        if "mail" in given:
            mails = IncomingMail.objects.for_user(user).filter(pk=given["mail"], customer=customer, entity=entity)
            facts["mail"] = mails.defer("raw").first()
            if facts["mail"] is None:
                raise at("/mail", "unknown", "There is no such mail of the customer.")
        made = opening.open(
            customer, entity, given["kind"], subject=given["subject"], text=given["text"], items=self.items(given),
            to=somebody_named(given, "owner", "queue"), actor=self.actor, **facts,
        )  # fmt: skip
        return self.answer(made, status=201)


class OneInquiry(InquiryEndpoint):
    @operation("inquiries:read", "Read an inquiry", gives=OneInquiryView)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.named(pk, written=False))

    @operation("inquiries:write", "Change an inquiry", takes=InquiryChange, gives=OneInquiryView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. Another kind brings its owner and deadline, unless you say another owner."""
        row = self.named(pk)
        wanted = {name: given[name] for name in ("kind", "subject") if name in given}
        if "items" in given:
            wanted["items"] = self.items(given)
        if (to := somebody_named(given, "owner", "queue")) is not None:
            wanted["to"] = to
        return self.answer(changing.change(row, **wanted, actor=self.actor))


class AnswerInquiry(InquiryEndpoint):
    @operation(
        "inquiries:write",
        "Answer an inquiry",
        takes=InquiryAnswerIn,
        gives=OneInquiryView,
        conditional=True,
        money=True,
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """By e-mail in the customer's thread, with the documents attached, or as a note of what was said elsewhere.

        Refused (409) once it was answered or closed, where nobody can be written to, for a field that there is not, and
        for documents that are more than an e-mail takes.
        """
        row = self.named(pk)
        _, language, text = answering.template(Desk.of(row), language=given.get("language", ""))
        asked = given.get("invoices", [])
        invoices = list(answering.papers(row).filter(pk__in=asked))
        if len(invoices) != len(set(asked)):
            raise at("/invoices", "unknown", "There is no such invoice of the customer with a paper.")
        draft = Draft(
            how=given["how"],
            subject=given.get("subject", text.subject),
            text=given.get("text", text.opening),
            language=language,
            to=str(given["contact"]) if "contact" in given else "",
            invoices=tuple(invoices),
            statement=given["statement"],
        )
        answering.answer(row, draft, key=uuid.uuid4(), actor=self.actor)
        return self.answer(row)


class CloseInquiry(InquiryEndpoint):
    @operation("inquiries:write", "Close an inquiry", takes=CloseIn, gives=OneInquiryView, conditional=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Refused (409) without a note where nobody has answered it, and once it is closed."""
        return self.answer(changing.close(self.named(pk), note=given["note"], actor=self.actor))


class ReopenInquiry(InquiryEndpoint):
    @operation("inquiries:write", "Open an inquiry again", gives=OneInquiryView, conditional=True)
    def post(self, request: Request, pk: int) -> Response:
        """Something is to be answered after all. Refused (409) for an open one."""
        return self.answer(threads.reopen(self.named(pk), actor=self.actor))


class NoteInquiry(InquiryEndpoint):
    @operation("inquiries:write", "Write a note on an inquiry", takes=InquiryNoteIn, gives=OneInquiryView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It stands in the case and in the customer's timeline, and changes no version."""
        row = self.find(Inquiry.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)
        changing.add_note(row, given["text"], actor=self.actor)
        return self.answer(row)


class DisputeInquiry(InquiryEndpoint):
    @operation(
        "inquiries:write", "Make a dispute of an inquiry", takes=InquiryDisputeIn, gives=OneInquiryView,
        conditional=True, money=True, right="disputes.open",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What is contested is settled there; the inquiry names it and is closed."""
        row = self.named(pk)
        item = OpenItem.objects.for_user(request.user).filter(pk=given["item"]).first()
        if item is None:
            raise at("/item", "unknown", "There is no such open item.")
        money = given.get("amount")
        if money is not None and str(money.currency) != item.currency:
            raise at("/amount/currency", "currency", f"The item is in {item.currency}.")
        changing.dispute(
            row, item, reason=given["reason"], amount=None if money is None else money.amount,
            on=clock.today(row.entity.time_zone), actor=self.actor,
        )  # fmt: skip
        return self.answer(row)


class InquiryFigures(InquiryEndpoint):
    @operation("inquiries:read", "How soon inquiries are answered", gives=AllFiguresView, query=FiguresQuery)
    def get(self, request: Request) -> Response:
        """What was to be answered in a period, in UTC, by kind, person, month or legal entity.

        What still waits past its time counts too, and not as in time.
        """
        ids = list(
            self.asked_for(LegalEntity.objects.for_user(request.user), entity="code").values_list("pk", flat=True)
        )
        until = self.query.get("until") or clock.today()
        since = self.query.get("since") or until - timedelta(days=DAYS - 1)
        if not timedelta(0) <= until - since <= LONGEST:
            raise at("/since", "range", "The period begins before it ends, and is at most ten years.")
        first, last = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
        found = replica.read(lambda: figures.figures(self.query["by"], first, last, ids, now=clock.now()))
        said = {"by": self.query["by"], "since": since.isoformat(), "until": until.isoformat()}
        return Response(said | {"figures": [FiguresView().to_representation(each) for each in found]})


urlpatterns = [
    path("inquiries", Inquiries.as_view(), name="inquiries"),
    path("inquiries/<int:pk>", OneInquiry.as_view(), name="inquiry"),
    path("inquiries/<int:pk>/answer", AnswerInquiry.as_view(), name="answer-inquiry"),
    path("inquiries/<int:pk>/close", CloseInquiry.as_view(), name="close-inquiry"),
    path("inquiries/<int:pk>/reopen", ReopenInquiry.as_view(), name="reopen-inquiry"),
    path("inquiries/<int:pk>/notes", NoteInquiry.as_view(), name="note-inquiry"),
    path("inquiries/<int:pk>/dispute", DisputeInquiry.as_view(), name="dispute-inquiry"),
    path("inquiry-figures", InquiryFigures.as_view(), name="inquiry-figures"),
]
