"""Mandates, direct debits and what banks answer to them, in the API. Runs are in `o2c.collections.debits_api`."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, states
from o2c.core.api.endpoints import Endpoint, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, MoneyOut, Text, View
from o2c.core.api.files import ReceivesFile
from o2c.core.api.problems import at
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.direct_debit import answers, mandates
from o2c.invoicing.models import BankAccount, BankDetailChange, Collection, Mandate, Scheme, Sequence
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named, entity_named

# --- Mandates


class MandateView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    reference = serializers.CharField(help_text="Unique mandate reference.")
    scheme = serializers.ChoiceField(choices=Scheme.choices)
    one_off = serializers.BooleanField(help_text="Good for a single collection.")
    last = serializers.BooleanField(help_text="The next collection is the last one.")
    state = serializers.ChoiceField(choices=Mandate.State.choices)
    signed_on = serializers.DateField()
    holder = serializers.CharField(help_text="Whose account it is.")
    iban = serializers.CharField()
    bic = serializers.CharField()
    activated_on = serializers.DateField(allow_null=True)
    used_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(help_text="Why it is blocked, or has ended.")
    updated_at = serializers.DateTimeField()


class DebitAccountIn(Body):
    iban = Text(max_length=42)
    holder = Text(required=False, max_length=70, allow_blank=True, default="", help_text="Left out: the customer.")
    bic = Text(required=False, max_length=11, allow_blank=True, default="")
    way = Choice(
        choices=BankDetailChange.Way.choices,
        default=BankDetailChange.Way.LETTER.value,
        help_text="How the customer told us; an account that is not known is confirmed by a call.",
    )


class MandateIn(DebitAccountIn):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    signed_on = Day()
    reference = Text(
        required=False, max_length=35, allow_blank=True, default="", help_text="Left out: the next of ours."
    )
    scheme = Choice(choices=Scheme.choices, default=Scheme.CORE.value)
    one_off = Flag(default=False)


class AmendIn(DebitAccountIn):
    last = Flag(default=False, help_text="The next collection is the last one.")


class CancelMandateIn(Body):
    reason = Text(max_length=300)


class MandateQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Mandate.State.choices, required=False)


class DebitEndpoint(Endpoint):
    refusals = (CashRefused, states.IllegalMove, states.LostRace)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        columns = {"customer": "customer_id", "entity": "entity__code", "state": "state", "run": "run_id"}
        return self.asked_for(rows, **columns)


class MandateEndpoint(DebitEndpoint):
    tag = "Mandates"

    def rows(self) -> QuerySet[Mandate]:
        return Mandate.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def named(self, pk: int) -> Mandate:
        return self.find(Mandate.objects.for_user(self.request.user).select_related("entity", "customer"), pk=pk)

    def answer(self, row: Mandate, status: int = 200) -> Response:
        location = reverse("api:mandate", args=[row.pk]) if status == 201 else None
        return self.one(self.find(self.rows(), pk=row.pk), MandateView, status=status, location=location)


class Mandates(MandateEndpoint):
    @operation("mandates:read", "List mandates", gives=MandateView, query=MandateQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers signed, so that what is due is collected from their accounts."""
        return self.page(self.narrowed(self.rows()), MandateView)

    @operation("mandates:write", "Write a mandate down", takes=MandateIn, gives=MandateView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """It is a draft. An account that nothing says is the customer's is to be confirmed by a call before it is used.

        A change of bank details is asked for with it then; see `/bank-detail-changes`.
        """
        facts = given | {
            "entity": entity_named(request.user, given["entity"]),
            "customer": customer_named(request.user, given["customer"]),
        }
        try:
            return self.answer(mandates.record(**facts, actor=self.actor), status=201)
        except BankRefused as refused:
            raise at(f"/{refused.field}", refused.field, str(refused)) from None


class OneMandate(MandateEndpoint):
    @operation("mandates:read", "Read a mandate", gives=MandateView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), MandateView)


class ActivateMandate(MandateEndpoint):
    @operation("mandates:write", "Activate a mandate", gives=MandateView)
    def post(self, request: Request, pk: int) -> Response:
        """Refused (409) while nothing says that its account is the customer's."""
        row = self.named(pk)
        return self.answer(mandates.activate(row, on=clock.today(row.entity.time_zone), actor=self.actor))


class AmendMandate(MandateEndpoint):
    @operation("mandates:write", "Amend a mandate", takes=AmendIn, gives=MandateView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Another account makes it a draft again, until that is confirmed and the mandate activated."""
        row = self.named(pk)
        try:
            return self.answer(mandates.amend(row, **given, actor=self.actor))
        except BankRefused as refused:
            raise at(f"/{refused.field}", refused.field, str(refused)) from None


class CancelMandate(MandateEndpoint):
    @operation("mandates:write", "Cancel a mandate", takes=CancelMandateIn, gives=MandateView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """For good."""
        row = self.named(pk)
        mandates.cancel(row, reason=given["reason"], on=clock.today(row.entity.time_zone), actor=self.actor)
        return self.answer(row)


# --- Direct debits


class CollectionView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    run = serializers.IntegerField(source="run_id")
    item = serializers.IntegerField(source="item_id", help_text="The open item that is collected.")
    mandate = serializers.IntegerField(source="mandate_id")
    state = serializers.ChoiceField(choices=Collection.State.choices)
    amount = MoneyOut("amount")
    scheme = serializers.ChoiceField(choices=Scheme.choices)
    sequence = serializers.ChoiceField(choices=Sequence.choices)
    reference = serializers.CharField(help_text="The end-to-end id that both banks carry.")
    from_on = serializers.DateField(help_text="Since when its item is under way.")
    until = serializers.DateField(allow_null=True, help_text="When that ended.")
    reason = serializers.CharField(help_text="Why it was dropped, or the bank's code.")
    updated_at = serializers.DateTimeField()


class CollectionQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Collection.State.choices, required=False)
    run = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class CollectionEndpoint(DebitEndpoint):
    tag = "Direct debits"

    def rows(self) -> QuerySet[Collection]:
        return Collection.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class Collections(CollectionEndpoint):
    @operation("debits:read", "List direct debits", gives=CollectionView, query=CollectionQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Each collects one open item by one mandate."""
        return self.page(self.narrowed(self.rows()), CollectionView)


class OneCollection(CollectionEndpoint):
    @operation("debits:read", "Read a direct debit", gives=CollectionView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), CollectionView)


# --- What banks answer


class AnsweredView(View):
    format = serializers.CharField()
    message_id = serializers.CharField(help_text="Of which file of ours it is.")
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Payments that the file of ours has not.")
    known_before = serializers.BooleanField(help_text="The same was sent before; nothing changed.")


class PaymentStatusReports(ReceivesFile, DebitEndpoint):
    tag = "Direct debits"

    @operation("debits:write", "Send what a bank answers", gives=AnsweredView, right="bank.load")
    def post(self, request: Request) -> Response:
        """The body is the status report as it came (ISO 20022 pain.002). It may be sent again."""
        seen = BankAccount.objects.for_user(request.user)
        try:
            done = answers.load(request._request.body, name="api", seen=seen, actor=self.actor)
        except Refused as refused:
            raise at("", "refused", str(refused)) from None
        return Response(AnsweredView().to_representation(done))


urlpatterns = [
    path("mandates", Mandates.as_view(), name="mandates"),
    path("mandates/<int:pk>", OneMandate.as_view(), name="mandate"),
    path("mandates/<int:pk>/activate", ActivateMandate.as_view(), name="activate-mandate"),
    path("mandates/<int:pk>/amend", AmendMandate.as_view(), name="amend-mandate"),
    path("mandates/<int:pk>/cancel", CancelMandate.as_view(), name="cancel-mandate"),
    path("collections", Collections.as_view(), name="collections"),
    path("collections/<int:pk>", OneCollection.as_view(), name="collection"),
    path("payment-status-reports", PaymentStatusReports.as_view(), name="payment-status-reports"),
]
