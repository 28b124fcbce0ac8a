"""Bank statements in the API: files sent, statements and lines read, and lines that are no customer's."""

from django.db.models import F, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import MONEY_SCHEMA, Body, Choice, Day, MoneyOut, Text, View
from o2c.core.api.files import ReceivesFile
from o2c.core.api.problems import Problem, at
from o2c.invoicing.bank import keeping, setting_aside
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.models import BankAccount, BankLine, BankStatement
from o2c.orders.api.naming import entity_named


class FileIn(Body):
    """The file itself is the body; there is nothing to read by name."""


class RefusalView(View):
    where = serializers.CharField(help_text="The place in the file.")
    reason = serializers.CharField()


SUMMARY_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": [
            "account",
            "currency",
            "number",
            "opening",
            "closing",
            "lines",
            "credits",
            "debits",
            "arithmetic_ok",
        ],
        "properties": {
            "account": {"type": "string"},
            "currency": {"type": "string"},
            "number": {"type": "string"},
            "opening": {"anyOf": [MONEY_SCHEMA, {"type": "null"}]},
            "closing": {"anyOf": [MONEY_SCHEMA, {"type": "null"}]},
            "lines": {"type": "integer"},
            "credits": MONEY_SCHEMA,
            "debits": MONEY_SCHEMA,
            "arithmetic_ok": {"type": ["boolean", "null"]},
        },
    },
}


class LoadedView(View):
    format = serializers.CharField()
    statements = serializers.SerializerMethodField(help_text="Credits and debits are booked ones.")
    created = serializers.IntegerField(help_text="Lines that are new.")
    unchanged = serializers.IntegerField(help_text="Lines that were known.")
    refused = RefusalView(many=True, help_text="Parts that were left out.")
    new_statements = serializers.ListField(child=serializers.IntegerField(), source="new")

    @extend_schema_field(SUMMARY_SCHEMA)
    def get_statements(self, row) -> list[dict]:
        return [each.as_json() for each in row.statements]


class BankStatementView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    bank_account = serializers.IntegerField(source="account_id")
    kind = serializers.ChoiceField(choices=BankStatement.Kind.choices)
    format = serializers.CharField()
    number = serializers.CharField()
    sequence = serializers.CharField()
    bank_id = serializers.CharField(help_text="The bank's own key.")
    currency = serializers.CharField()
    from_on = serializers.DateField(allow_null=True)
    until_on = serializers.DateField(allow_null=True)
    opening = MoneyOut("opening", allow_null=True)
    opening_on = serializers.DateField(allow_null=True)
    closing = MoneyOut("closing", allow_null=True)
    closing_on = serializers.DateField(allow_null=True)
    booked = MoneyOut("booked_sum", help_text="All that is booked on it.")
    line_count = serializers.IntegerField(help_text="Lines that stand in it, new ones or not.")
    arithmetic_ok = serializers.BooleanField(allow_null=True, help_text="null: the bank gave no balances.")
    flags = serializers.ListField(child=serializers.CharField())
    file_name = serializers.CharField()
    loaded_by = serializers.CharField()
    loaded_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class BankStatementQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    bank_account = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(choices=BankStatement.Kind.choices, required=False)


class EntityNamed(serializers.Serializer):
    entity = serializers.CharField(
        required=False, max_length=20, help_text="Whose accounts they are of (its code); needed where two have one."
    )


class BankEndpoint(Endpoint):
    tag = "Bank"
    refusals = (setting_aside.SetAsideRefused,)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        return self.asked_for(rows, entity="entity__code", bank_account="account_id")


class StatementEndpoint(BankEndpoint):
    def rows(self) -> QuerySet[BankStatement]:
        return BankStatement.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class BankStatements(ReceivesFile, StatementEndpoint):
    @operation("bank:read", "List bank statements", gives=BankStatementView, query=BankStatementQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What banks say of the accounts that you see."""
        rows = self.asked_for(self.narrowed(self.rows()), kind="kind")
        return self.page(rows, BankStatementView)

    @operation("bank:write", "Send a file of a bank", gives=LoadedView, query=EntityNamed, right="bank.load")
    def post(self, request: Request) -> Response:
        """The body is the file as it came (camt, MT940, MT942, BAI2, OFX, CODA, CFONB120, AEB43, also in gzip or ZIP).

        All of it is loaded or nothing; what is known already is left as it is, so it may be sent again. A file that is
        refused says where and why.
        """
        seen = BankAccount.objects.for_user(request.user)
        if "entity" in self.query:
            seen = seen.filter(entity=entity_named(request.user, self.query["entity"]))
        try:
            loaded = keeping.load(request._request.body, name="api", seen=seen, actor=self.actor)
        except Refused as refused:
            raise at("", "refused", str(refused)) from None
        return Response(LoadedView().to_representation(loaded))


class OneBankStatement(StatementEndpoint):
    @operation("bank:read", "Read a bank statement", gives=BankStatementView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), BankStatementView)


# --- Lines

CHARGES_SCHEMA = {"type": "array", "items": {"type": "object"}}


class BankLineView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    bank_account = serializers.IntegerField(source="account_id")
    statement = serializers.IntegerField(source="statement_id")
    batch = serializers.IntegerField(source="batch_id", allow_null=True, help_text="The line it is a payment of.")
    status = serializers.ChoiceField(choices=BankLine.Status.choices)
    booked_as = serializers.IntegerField(source="booked_as_id", allow_null=True, help_text="The line it has become.")
    is_money = serializers.BooleanField(help_text="Its amount waits to be used, or is used.")
    customer = serializers.IntegerField(source="payer_id", allow_null=True, help_text="Once it is known.")
    amount = MoneyOut("amount", help_text="Negative: money went out.")
    open_amount = MoneyOut("open_amount", help_text="What nobody has said the meaning of.")
    booked_on = serializers.DateField(allow_null=True)
    value_on = serializers.DateField(allow_null=True)
    is_reversal = serializers.BooleanField()
    bank_reference = serializers.CharField()
    customer_reference = serializers.CharField()
    end_to_end_id = serializers.CharField()
    mandate_id = serializers.CharField()
    creditor_references = serializers.ListField(child=serializers.CharField())
    documents = serializers.ListField(child=serializers.CharField())
    remittance = serializers.CharField()
    bank_text = serializers.CharField()
    party_name = serializers.CharField()
    party_iban = serializers.CharField()
    party_account = serializers.CharField()
    party_bic = serializers.CharField()
    party_ultimate = serializers.CharField()
    code = serializers.DictField(child=serializers.CharField())
    return_reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class BankLineQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    bank_account = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    statement = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    open = serializers.BooleanField(required=False, help_text="Only those with money that is left, or without.")
    status = serializers.ChoiceField(choices=BankLine.Status.choices, required=False)
    booked_since = serializers.DateField(required=False)


class LineEndpoint(BankEndpoint):
    def rows(self) -> QuerySet[BankLine]:
        return BankLine.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class BankLines(LineEndpoint):
    @operation("bank:read", "List bank lines", gives=BankLineView, query=BankLineQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Every movement, pending, reported or booked; `is_money` are those whose amount is in the books."""
        rows = self.asked_for(
            self.narrowed(self.rows()), statement="statement_id", status="status", booked_since="booked_on__gte"
        )
        if "open" in self.query:
            rows = rows.exclude(open_amount=0) if self.query["open"] else rows.filter(open_amount=0)
        return self.page(rows, BankLineView)


class OneBankLine(LineEndpoint):
    @operation("bank:read", "Read a bank line", gives=BankLineView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), BankLineView)


class SetAsideIn(Body):
    reason = Text(max_length=200)
    account = Choice(
        choices=[(role.value, words) for role, words in setting_aside.ACCOUNTS.items()],
        default=setting_aside.Role.SET_ASIDE.value,
    )
    on = Day(required=False, help_text="The accounting day; left out: today where the legal entity is.")


class SetAsideLine(LineEndpoint):
    @operation(
        "bank:write", "Set a bank line aside", takes=SetAsideIn, gives=BankLineView, right="bank.set_aside", money=True
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Book what is open of it to another account: it is no customer's."""
        line = self.find(self.rows().select_related("entity"), pk=pk)
        on = given.pop("on", None) or clock.today(line.entity.time_zone)
        setting_aside.set_aside(line, on=on, actor=self.actor, **given)
        return self.one(self.find(self.rows(), pk=pk), BankLineView)


class TakeBackIn(Body):
    on = Day(required=False, help_text="The accounting day; left out: today where the legal entity is.")


class TakeBackLine(LineEndpoint):
    @operation(
        "bank:write", "Take a bank line back", takes=TakeBackIn, gives=BankLineView, right="bank.set_aside", money=True
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What was set aside of it is open again."""
        line = self.find(self.rows().select_related("entity"), pk=pk)
        standing = setting_aside.standing(line)
        if not standing:
            raise Problem("conflict", "Nothing of this line is set aside.")
        for use in standing:
            setting_aside.take_back(use, on=given.get("on") or clock.today(line.entity.time_zone), actor=self.actor)
        return self.one(self.find(self.rows(), pk=pk), BankLineView)


urlpatterns = [
    path("bank-statements", BankStatements.as_view(), name="bank-statements"),
    path("bank-statements/<int:pk>", OneBankStatement.as_view(), name="bank-statement"),
    path("bank-lines", BankLines.as_view(), name="bank-lines"),
    path("bank-lines/<int:pk>", OneBankLine.as_view(), name="bank-line"),
    path("bank-lines/<int:pk>/set-aside", SetAsideLine.as_view(), name="set-aside-bank-line"),
    path("bank-lines/<int:pk>/take-back", TakeBackLine.as_view(), name="take-back-bank-line"),
]
