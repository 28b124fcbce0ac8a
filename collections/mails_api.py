"""Mail that came in, in the API: whose it is, what it seems to say, and what a person or a program makes of that."""

from django.db.models import F, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.incoming import acts
from o2c.collections.incoming.acts import MailRefused
from o2c.collections.incoming.models import IncomingMail
from o2c.collections.incoming.suggesting import About
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, Id, MoneyIn, Text, View
from o2c.core.api.problems import at
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing.models import OpenItem
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named

MOST = 2**63 - 1
MOST_ITEMS = 200
ABOUT = [each.value for each in About]
SUGGESTIONS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["about", "confidence", "words", "pay_by", "amount", "verdict"],
        "properties": {
            "about": {"enum": ABOUT},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "words": {"type": "string", "description": "The sentence that says it."},
            "pay_by": {"type": ["string", "null"], "format": "date", "description": "Of a promise."},
            "amount": {
                "type": ["string", "null"],
                "description": "Of a promise, as it is written, where one sum is named; its currency is the items'.",
            },
            "verdict": {"enum": [*IncomingMail.Verdict.values, None], "description": "null: nobody has judged it."},
        },
    },
}


class MailView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    kind = serializers.ChoiceField(choices=IncomingMail.Kind.choices)
    state = serializers.ChoiceField(choices=IncomingMail.State.choices)
    customer = serializers.IntegerField(source="customer_id", allow_null=True, help_text="null: nobody knows whose.")
    found_by = serializers.ChoiceField(
        choices=IncomingMail.Found.choices, allow_blank=True, help_text="How it was found whose it is."
    )
    contact = serializers.IntegerField(source="contact_id", allow_null=True, help_text="The contact who wrote it.")
    answers = serializers.IntegerField(source="message_id", allow_null=True, help_text="The message that it answers.")
    writer = serializers.CharField(help_text="The name that it bears. Anybody can write any name.")
    address = serializers.CharField()
    subject = serializers.CharField()
    written_at = serializers.DateTimeField(allow_null=True)
    came_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class MailFileView(serializers.Serializer):
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")


class OneMailView(MailView):
    text = serializers.CharField(help_text="With what it quotes.")
    said = serializers.CharField(help_text="Without.")
    report = serializers.CharField(help_text="What a server reported.")
    items = serializers.SerializerMethodField(help_text="The open items that it names.")
    files = serializers.SerializerMethodField(help_text="What came with it.")
    suggestions = serializers.SerializerMethodField(help_text="What it seems to say, the surest first.")

    def get_items(self, row: IncomingMail) -> list[int]:
        return sorted(row.items.values_list("item_id", flat=True))

    @extend_schema_field(MailFileView(many=True))
    def get_files(self, row: IncomingMail) -> list[dict]:
        return [{"name": file["name"], "size": file["size"]} for file in row.files]

    @extend_schema_field(SUGGESTIONS_SCHEMA)
    def get_suggestions(self, row: IncomingMail) -> list[dict]:
        return [
            {
                "about": str(each.about),
                "confidence": each.confidence,
                "words": each.words,
                "pay_by": each.on.isoformat() if each.on else None,
                "amount": None if each.amount is None else str(each.amount),
                "verdict": row.verdicts.get(each.about, {}).get("verdict"),
            }
            for each in acts.suggestions(row)
        ]


class MailQuery(AccountQuery):
    state = serializers.ChoiceField(choices=IncomingMail.State.choices, required=False)
    kind = serializers.ChoiceField(choices=IncomingMail.Kind.choices, required=False)
    notice = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="Only answers to this notice."
    )


class WhoseIn(Body):
    customer = CustomerName()


class AnswerIn(Body):
    text = Text(max_length=20_000)
    settled = Flag(default=True, help_text="Nothing more is to be done about the mail.")


class JudgedIn(Body):
    about = Choice(choices=ABOUT)


class MailItemIn(Body):
    item = Id()
    amount = MoneyIn(positive=True, required=False, help_text="Left out: all that is open of it.")


class AcceptIn(Body):
    about = Choice(choices=ABOUT)
    items = MailItemIn(
        many=True, required=False, max_length=MOST_ITEMS, help_text="Left out: those that it names, if that is clear."
    )
    pay_by = Day(required=False, help_text="Of a promise; left out: the day that it names.")
    reason = Text(max_length=200, allow_blank=True, default="", help_text="Of a dispute; left out: its sentence.")


class MailEndpoint(Endpoint):
    tag = "Mail"
    refusals = (MailRefused, IllegalMove, LostRace)

    def rows(self) -> QuerySet[IncomingMail]:
        seen = IncomingMail.objects.for_user(self.request.user).defer("raw").annotate(entity_code=F("entity__code"))
        return seen.select_related("entity")

    def named(self, pk: int) -> IncomingMail:
        return self.find(self.rows(), pk=pk)

    def answer(self, pk: int) -> Response:
        return self.one(self.named(pk), OneMailView)


class Mails(MailEndpoint):
    @operation("mail:read", "List mails that came in", gives=MailView, query=MailQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Letters of people, automatic answers, and what servers reported. Read one for what it says."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", kind="kind",
            notice="message__notice__id",
        )  # fmt: skip
        return self.page(rows.defer("raw", "text", "said", "files"), MailView)


class OneMail(MailEndpoint):
    @operation("mail:read", "Read a mail that came in", gives=OneMailView)
    def get(self, request: Request, pk: int) -> Response:
        """With what it says and what it seems to say, which nothing acts on by itself."""
        return self.answer(pk)


class LayMail(MailEndpoint):
    @operation("mail:write", "Say whose mail it is", takes=WhoseIn, gives=OneMailView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """That customer's collector is asked to answer. Refused (409) for one without an account there."""
        found = self.named(pk)
        acts.lay_to(found, customer_named(request.user, given["customer"]), actor=self.actor)
        return self.answer(pk)


class AcceptSuggestion(MailEndpoint):
    @operation("mail:write", "Accept what a mail seems to say", takes=AcceptIn, gives=OneMailView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """A promise is recorded, a dispute opened; of the others it is noted that it is so.

        Refused (409) where it does not seem to say that, was judged before, or leaves open what is meant.
        """
        found, about = self.named(pk), About(given["about"])
        if about in acts.RIGHTS:
            self.check_right(acts.RIGHTS[about])
        items = self.items(given["items"]) if "items" in given else None
        acts.accept(
            found, about, items=items, pay_by=given.get("pay_by"), reason=given["reason"], actor=self.actor
        )  # fmt: skip
        return self.answer(pk)

    def items(self, named: list[dict]) -> list:
        """The items that the caller sees, each with so much of it. Raises Problem."""
        seen = OpenItem.objects.for_user(self.request.user).in_bulk([each["item"] for each in named])
        chosen = []
        for place, each in enumerate(named):
            item, money = seen.get(each["item"]), each.get("amount")
            if item is None:
                raise at(f"/items/{place}/item", "unknown", "There is no such open item.")
            if money is not None and str(money.currency) != item.currency:
                raise at(f"/items/{place}/amount/currency", "currency", f"It is owed in {item.currency}.")
            chosen.append((item, money.amount if money is not None else None))
        return chosen


class DismissSuggestion(MailEndpoint):
    @operation("mail:write", "Dismiss what a mail seems to say", takes=JudgedIn, gives=OneMailView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It does not say so. Refused (409) where it does not seem to, or was judged before."""
        acts.dismiss(self.named(pk), About(given["about"]), actor=self.actor)
        return self.answer(pk)


class AnswerMail(MailEndpoint):
    @operation("mail:write", "Answer a mail", takes=AnswerIn, gives=OneMailView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """From the legal entity to whoever wrote it, in the same thread."""
        acts.answer(self.named(pk), given["text"], settled=given["settled"], actor=self.actor)
        return self.answer(pk)


class SettleMail(MailEndpoint):
    @operation("mail:write", "Put a mail aside", gives=OneMailView)
    def post(self, request: Request, pk: int) -> Response:
        """Nothing more is to be done about it."""
        acts.settle(self.named(pk), actor=self.actor)
        return self.answer(pk)


class ReopenMail(MailEndpoint):
    @operation("mail:write", "Take a mail up again", gives=OneMailView)
    def post(self, request: Request, pk: int) -> Response:
        """Something is to be done about it after all."""
        acts.reopen(self.named(pk), actor=self.actor)
        return self.answer(pk)


urlpatterns = [
    path("mails", Mails.as_view(), name="mails"),
    path("mails/<int:pk>", OneMail.as_view(), name="mail"),
    path("mails/<int:pk>/customer", LayMail.as_view(), name="lay-mail"),
    path("mails/<int:pk>/accept-suggestion", AcceptSuggestion.as_view(), name="accept-suggestion"),
    path("mails/<int:pk>/dismiss-suggestion", DismissSuggestion.as_view(), name="dismiss-suggestion"),
    path("mails/<int:pk>/answer", AnswerMail.as_view(), name="answer-mail"),
    path("mails/<int:pk>/settle", SettleMail.as_view(), name="settle-mail"),
    path("mails/<int:pk>/reopen", ReopenMail.as_view(), name="reopen-mail"),
]
