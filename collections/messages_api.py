"""Outgoing messages in the API: what went to whom about what, what became of it, and what a person decides of it."""

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast, Length
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections.incoming import about
from o2c.collections.models import Notice
from o2c.core import messages
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import View
from o2c.core.models import Message
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.api.naming import AccountQuery
from o2c.orders.models import LegalEntity

MOST = 2**63 - 1


class MessageView(View):
    id = serializers.IntegerField()
    key = serializers.CharField(help_text="What it is about; the same key is never sent twice.")
    message_id = serializers.CharField(
        source="named", help_text="Of its Message-ID the part before the @; the key under which others took it."
    )
    provider_id = serializers.CharField(help_text="What the provider calls it; empty for an e-mail.")
    entity = serializers.CharField(source="owner", help_text="Code of the legal entity that speaks.")
    customer = serializers.IntegerField(allow_null=True, help_text="Whom it is about; null where that is nobody.")
    notice = serializers.IntegerField(source="notice_id", allow_null=True, help_text="The notice that it tells of.")
    channel = serializers.ChoiceField(choices=Message.Channel.choices)
    recipient = serializers.CharField()
    subject = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField(choices=Message.State.choices, help_text="`sent`: it was taken, or posted.")
    fate = serializers.ChoiceField(
        choices=Message.Fate.choices, allow_blank=True, help_text="What was reported later; empty: nothing, as yet."
    )
    fate_at = serializers.DateTimeField(allow_null=True)
    fate_text = serializers.CharField()
    attempts = serializers.IntegerField()
    answer = serializers.CharField(
        source="server_answer", help_text="What was said when it was taken, or why it waits."
    )
    created_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(help_text="A queued one goes then at the earliest.")
    finished_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class FileView(View):
    name = serializers.CharField(source="document__name")
    size = serializers.IntegerField(help_text="Bytes.")


class OneMessageView(MessageView):
    text = serializers.CharField()
    html = serializers.CharField()
    in_reply_to = serializers.CharField(help_text="Message-ID of the mail that it answers.")
    files = FileView(many=True, help_text="What goes with it.")


class MessageQuery(AccountQuery):
    notice = serializers.IntegerField(required=False, min_value=1, max_value=MOST)
    state = serializers.ChoiceField(choices=Message.State.choices, required=False)
    fate = serializers.ChoiceField(choices=Message.Fate.choices, required=False)
    channel = serializers.ChoiceField(choices=Message.Channel.choices, required=False)


class MessageEndpoint(Endpoint):
    tag = "Messages"
    refusals = (IllegalMove, LostRace)

    def seen(self) -> QuerySet[Message]:
        """Messages of the legal entities that the caller sees."""
        user = self.request.user
        if user.all_entities:
            return Message.objects.all()
        return Message.objects.filter(owner__in=LegalEntity.objects.for_user(user).values("code"))

    def rows(self) -> QuerySet[Message]:
        return about.with_customer(self.seen()).annotate(
            notice_id=F("notice__id"), named=Cast("reference", TextField())
        )

    def answer(self, pk: int) -> Response:
        row = self.find(self.rows(), pk=pk)
        files = row.attachments.annotate(size=Length("document__content")).order_by("position")
        row.files = list(files.values_list("document__name", "size", named=True))
        return self.one(row, OneMessageView)


class Messages(MessageEndpoint):
    @operation("messages:read", "List messages", gives=MessageView, query=MessageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Messages to people outside, and what became of each."""
        rows = self.asked_for(self.rows(), entity="owner", state="state", fate="fate", channel="channel")
        if "customer" in self.query:
            rows = about.of_customer(rows, self.query["customer"])
        if "notice" in self.query:
            rows = rows.filter(pk__in=Notice.objects.filter(pk=self.query["notice"]).values("message_id"))
        return self.page(rows, MessageView)


class OneMessage(MessageEndpoint):
    @operation("messages:read", "Read a message", gives=OneMessageView)
    def get(self, request: Request, pk: int) -> Response:
        """With what it says, and the names of the files that go with it."""
        return self.answer(pk)


def _verdict(summary: str, act, text: str) -> type[MessageEndpoint]:
    """An address at which somebody says what is to become of a message that was refused, or is unsure."""

    class Verdict(MessageEndpoint):
        def post(self, request: Request, pk: int) -> Response:
            act(self.find(self.seen(), pk=pk), actor=self.actor)
            return self.answer(pk)

        post.__doc__ = text
        post = operation("messages:write", summary, gives=OneMessageView)(post)

    return Verdict


SendAgain = _verdict("Send a message again", messages.send_again, "Refused (409) unless it was refused, or is unsure.")
SettleAsSent = _verdict("Say that a message arrived", messages.settle_as_sent, "Refused (409) unless it is unsure.")
GiveUp = _verdict("Give a message up", messages.give_up, "Refused (409) for what is being sent, or was.")

urlpatterns = [
    path("messages", Messages.as_view(), name="messages"),
    path("messages/<int:pk>", OneMessage.as_view(), name="message"),
    path("messages/<int:pk>/send-again", SendAgain.as_view(), name="send-message-again"),
    path("messages/<int:pk>/settle-as-sent", SettleAsSent.as_view(), name="settle-message-as-sent"),
    path("messages/<int:pk>/give-up", GiveUp.as_view(), name="give-message-up"),
]
