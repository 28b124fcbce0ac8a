"""What is owed in the API: open items, receipts, and what settles what."""

from datetime import date

from django.db.models import F, Q, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, Flag, Id, MoneyIn, MoneyOut, Text, View
from o2c.core.api.problems import Problem, at
from o2c.invoicing import cash, items
from o2c.invoicing.cash import CashRefused, conceding
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.matching import api as matching
from o2c.invoicing.matching import deciding
from o2c.invoicing.matching.applying import MatchRefused
from o2c.invoicing.models import (
    Allocation,
    BankAccount,
    OpenItem,
    ReasonCode,
    Receipt,
)
from o2c.invoicing.statements import api as statements
from o2c.orders import accounts, customers, terms
from o2c.orders.api.naming import (
    EXTERNAL,
    AccountQuery,
    CustomerName,
    check_key,
    customer_named,
    entity_named,
)
from o2c.orders.models import Account, Customer, LegalEntity

METHODS = [choice for choice in Receipt.Method.choices if choice[0] in Receipt.BOOKABLE]


class EntityQuery(serializers.Serializer):
    """The legal entity, where the source uses one key with several."""

    entity = serializers.CharField(required=False, max_length=20, help_text="Code of the legal entity.")


class DayIn(Body):
    on = Day(required=False, help_text="The accounting day; left out: today where the legal entity is.")


class BookEndpoint(Endpoint):
    """An endpoint for rows of a legal entity's book."""

    refusals = (ItemRefused, CashRefused, MatchRefused)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """Only what the list's usual filters ask for."""
        return self.asked_for(rows, customer="customer_id", entity="entity__code", source="source")

    def by_key(self, rows: QuerySet, source: str, external_id: str):
        """The one row with a key elsewhere. Raises Problem where several legal entities have one."""
        rows = self.asked_for(rows.filter(source=source, external_id=external_id), entity="entity__code")
        found = list(rows[:2])
        if not found:
            raise Problem("not-found")
        if len(found) > 1:
            raise Problem("conflict", "Several legal entities have one; say ?entity=.")
        return found[0]


# --- Bank accounts


class BankAccountView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    name = serializers.CharField()
    currency = serializers.CharField()
    iban = serializers.CharField(help_text="Empty where there are no IBANs: then account_number and bank.")
    bic = serializers.CharField()
    account_number = serializers.CharField()
    bank = serializers.CharField()
    is_main = serializers.BooleanField(help_text="Stands on notices in its currency.")
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class BankAccountQuery(PageQuery, EntityQuery):
    pass


class BankAccountEndpoint(BookEndpoint):
    tag = "Legal entities"

    def rows(self) -> QuerySet[BankAccount]:
        return BankAccount.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))


class BankAccounts(BankAccountEndpoint):
    @operation("entities:read", "List bank accounts", gives=BankAccountView, query=BankAccountQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Where the legal entities that you see are paid."""
        return self.page(self.narrowed(self.rows()), BankAccountView)


class OneBankAccount(BankAccountEndpoint):
    @operation("entities:read", "Read a bank account", gives=BankAccountView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), BankAccountView)


# --- Open items


class ItemView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    kind = serializers.ChoiceField(choices=OpenItem.Kind.choices)
    number = serializers.CharField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    amount = MoneyOut("amount", help_text="Negative: a credit note, or money on account.")
    open_amount = MoneyOut("open_amount", help_text="What is not settled of it today.")
    disputed_on = serializers.DateField(allow_null=True)
    superseded_on = serializers.DateField(allow_null=True, help_text="When its source replaced it by another.")
    effective_on = serializers.DateField()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ItemIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    amount = MoneyIn(help_text="The document's amount; negative: a credit note.")
    issued_on = Day()
    due_on = Day(required=False, help_text="Left out: by the account's payment terms.")
    number = Text(required=False, max_length=100, help_text="As the customer knows it; left out: the external_id.")
    disputed = Flag(required=False, help_text="Left out: as it is.")
    known_on = Day(required=False, help_text="When you knew of it; left out: the day of issue.")


class ItemQuery(AccountQuery):
    source = serializers.CharField(required=False, max_length=60)
    open = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="true: only what is not settled; false: only what is."
    )


class ItemEndpoint(BookEndpoint):
    tag = "Open items"

    def rows(self) -> QuerySet[OpenItem]:
        return OpenItem.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def answer(self, item: OpenItem, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=item.pk)
        location = reverse("api:item", args=[row.pk]) if status == 201 else None
        return self.one(row, ItemView, status=status, location=location)


class Items(ItemEndpoint):
    @operation("items:read", "List open items", gives=ItemView, query=ItemQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What customers owe, and what is owed to them, settled or not."""
        rows = self.narrowed(self.rows())
        if self.query["open"] is not None:
            rows = rows.exclude(open_amount=0) if self.query["open"] else rows.filter(open_amount=0)
        return self.page(rows, ItemView)


class OneItem(ItemEndpoint):
    @operation("items:read", "Read an open item", gives=ItemView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), ItemView)


class ExternalItem(ItemEndpoint):
    @operation("items:read", "Read an open item by its key elsewhere", gives=ItemView, query=EntityQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.by_key(self.rows().filter(superseded_on=None), source, external_id), ItemView)

    @operation(
        "items:write", "Book or change an open item by its key elsewhere",
        takes=ItemIn, gives=ItemView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing.

        Number, due date and dispute are changed. With another amount, currency, customer or day of issue it is another
        document: the old one is reversed and the new one booked, which is refused (409) once something is allocated to
        it. The key is one within the legal entity and the source.
        """
        check_key(source, external_id)
        if source == "o2c":
            raise Problem("validation", errors=[{"parameter": "source", "code": "reserved", "detail": "o2c is ours."}])
        money = given["amount"]
        if money.amount == 0:
            raise at("/amount/amount", "amount", "There is nothing to book.")
        account = self.account(given)
        entity, customer = account.entity, account.customer
        existing = items.held(entity, source, external_id)
        conditions.check_writing(request, existing)
        due_on = self.due_on(account, given)
        item = items.put(
            existing,
            entity=entity,
            customer=customer,
            source=source,
            external_id=external_id,
            number=given.get("number") or (existing.number if existing else external_id),
            amount=money.amount,
            currency=str(money.currency),
            issued_on=given["issued_on"],
            due_on=due_on,
            disputed=given.get("disputed"),
            known_on=given.get("known_on"),
            on=clock.today(entity.time_zone),
            actor=self.actor,
        )
        if existing is not None:
            return self.answer(item)
        item.entity_code = entity.code
        return self.one(item, ItemView, status=201, location=reverse("api:item", args=[item.pk]))

    def account(self, given: dict) -> Account:
        """The customer's account with the legal entity; it is opened where there is none yet, as files do."""
        account = accounts.named(self.request.user, given["entity"], given["customer"])
        if account is not None:
            return account
        entity = entity_named(self.request.user, given["entity"])
        customer = customer_named(self.request.user, given["customer"])
        currency = str(given["amount"].currency)
        return customers.open_account(customer, entity, currency=currency, actor=self.actor)

    def due_on(self, account: Account, given: dict) -> date:
        due_on = given.get("due_on")
        if due_on is None:
            if account.terms is None:
                raise at("/due_on", "required", "Say when it is due: the account has no payment terms.")
            due_on = terms.due_date(given["issued_on"], terms.Terms.of(account.terms))
        if due_on < given["issued_on"]:
            raise at("/due_on", "range", "It would be due before it was issued.")
        return due_on


class CancelItem(ItemEndpoint):
    @operation("items:write", "Cancel an open item", takes=DayIn, gives=ItemView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Take an item back that nothing is allocated to: its entry is reversed."""
        item = self.find(OpenItem.objects.for_user(request.user).select_related("entity"), pk=pk)
        if item.kind not in {OpenItem.Kind.INVOICE, OpenItem.Kind.CREDIT_NOTE}:
            raise Problem("conflict", "Only documents are cancelled; a receipt is reversed, an allocation undone.")
        items.cancel(item, on=given.get("on") or clock.today(item.entity.time_zone), actor=self.actor)
        return self.answer(item)


# --- Receipts


class ReceiptView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    number = serializers.CharField(help_text="Ours, without gaps; empty for another system's history.")
    method = serializers.ChoiceField(choices=Receipt.Method.choices)
    amount = MoneyOut("amount")
    received_on = serializers.DateField()
    reference = serializers.CharField()
    item = serializers.IntegerField(source="item_id", help_text="Its open item: allocate from it (credit_item).")
    reversed_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField()


class ReceiptIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    amount = MoneyIn(positive=True)
    received_on = Day()
    method = Choice(choices=METHODS, default=Receipt.Method.TRANSFER)
    reference = Text(required=False, max_length=200, allow_blank=True, default="")


class ReceiptQuery(AccountQuery):
    source = serializers.CharField(required=False, max_length=60)


class ReceiptEndpoint(BookEndpoint):
    tag = "Receipts"

    def rows(self) -> QuerySet[Receipt]:
        return Receipt.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def book(self, entity: LegalEntity, customer: Customer, given: dict, **external) -> Response:
        receipt = cash.receive(
            entity=entity,
            customer=customer,
            amount=given["amount"].amount,
            currency=str(given["amount"].currency),
            received_on=given["received_on"],
            method=given["method"],
            reference=given["reference"],
            actor=self.actor,
            **external,
        )
        return self.answer(receipt, status=201)

    def answer(self, receipt: Receipt, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=receipt.pk)
        location = reverse("api:receipt", args=[row.pk]) if status == 201 else None
        return self.one(row, ReceiptView, status=status, location=location)


class Receipts(ReceiptEndpoint):
    @operation("receipts:read", "List receipts", gives=ReceiptView, query=ReceiptQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Money that came in."""
        return self.page(self.narrowed(self.rows()), ReceiptView)

    @operation("receipts:write", "Book a receipt", takes=ReceiptIn, gives=ReceiptView, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """The money stands on the customer's account until it is allocated (POST /allocations)."""
        entity = entity_named(request.user, given["entity"])
        return self.book(entity, customer_named(request.user, given["customer"]), given)


class OneReceipt(ReceiptEndpoint):
    @operation("receipts:read", "Read a receipt", gives=ReceiptView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), ReceiptView)


class ExternalReceipt(ReceiptEndpoint):
    @operation("receipts:read", "Read a receipt by its key elsewhere", gives=ReceiptView, query=EntityQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.by_key(self.rows(), source, external_id), ReceiptView)

    @operation(
        "receipts:write", "Book a receipt by its key elsewhere",
        takes=ReceiptIn, gives=ReceiptView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. A receipt never changes: with other facts it is refused (409); reverse it."""
        check_key(source, external_id)
        entity = entity_named(request.user, given["entity"])
        customer = customer_named(request.user, given["customer"])
        locks.hold("receipt", entity.pk, source, external_id)
        existing = Receipt.objects.filter(entity=entity, source=source, external_id=external_id).first()
        conditions.check_writing(request, existing)
        if existing is None:
            return self.book(entity, customer, given, source=source, external_id=external_id)
        money = given["amount"]
        said = (given["received_on"], given["method"], given["reference"])
        booked = (existing.received_on, existing.method, existing.reference)
        if said != booked or (customer.pk, money) != (existing.customer_id, existing.money):
            raise Problem("conflict", "It is booked with other facts; a receipt does not change, reverse it.")
        return self.answer(existing)


class ReverseReceipt(ReceiptEndpoint):
    @operation("receipts:write", "Reverse a receipt", takes=DayIn, gives=ReceiptView, money=True)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Take a receipt back (a bounced cheque, a slip of the pen): what it settled is open again."""
        receipt = self.find(Receipt.objects.for_user(request.user).select_related("entity"), pk=pk)
        deciding.take_back(receipt, on=given.get("on") or clock.today(receipt.entity.time_zone), actor=self.actor)
        return self.answer(receipt)


# --- Allocations


class AllocationView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    debit_item = serializers.IntegerField(source="debit_item_id", help_text="The item that is settled …")
    credit_item = serializers.IntegerField(source="credit_item_id", help_text="… by this one.")
    amount = MoneyOut("amount", help_text="Negative where it undoes another.")
    effective_on = serializers.DateField()
    known_on = serializers.DateField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True, help_text="Which one it undoes.")
    actor = serializers.CharField()
    updated_at = serializers.DateTimeField()


class AllocationsView(View):
    data = AllocationView(many=True)


LET_GO = ("discount", "charge", "difference", "deduction")


class SplitIn(Body):
    item = Id(help_text="The open item that is settled.")
    amount = MoneyIn(positive=True)
    discount = MoneyIn(required=False, positive=True, help_text="Early-payment discount; only of a receipt.")
    charge = MoneyIn(required=False, positive=True, help_text="What a bank kept on the way.")
    difference = MoneyIn(required=False, positive=True, help_text="Written off, within the caller's limit.")
    deduction = MoneyIn(required=False, positive=True, help_text="Not paid, for a reason: it stays open, in dispute.")
    reason = Text(required=False, max_length=20, help_text="Code of the reason of the deduction.")


class AllocationsIn(Body):
    credit_item = Id(help_text="A receipt's item, or a credit note.")
    splits = SplitIn(many=True, allow_empty=False, max_length=1000)
    on = Day(required=False, help_text="The accounting day; left out: today where the legal entity is.")


class AllocationQuery(AccountQuery):
    item = serializers.IntegerField(required=False, min_value=1, help_text="Only of this item, on either side.")


class AllocationEndpoint(BookEndpoint):
    tag = "Allocations"

    def rows(self) -> QuerySet[Allocation]:
        # A row never changes, so it changed last when it was recorded.
        return Allocation.objects.for_user(self.request.user).annotate(
            entity_code=F("debit_item__entity__code"), updated_at=F("recorded_at")
        )


class Allocations(AllocationEndpoint):
    @operation("allocations:read", "List allocations", gives=AllocationView, query=AllocationQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was settled by what."""
        rows = self.asked_for(self.rows(), customer="debit_item__customer_id", entity="debit_item__entity__code")
        if "item" in self.query:
            rows = rows.filter(Q(debit_item_id=self.query["item"]) | Q(credit_item_id=self.query["item"]))
        return self.page(rows, AllocationView)

    @operation(
        "allocations:write", "Settle open items",
        takes=AllocationsIn, gives=AllocationsView, statuses=(201,), money=True,
    )  # fmt: skip
    def post(self, request: Request, given: dict) -> Response:
        """Settle items with a credit, all or nothing; what is not split stays on account.

        Refused (409) where a split is more than its item still owes, or all are more than what is left.
        """
        visible = OpenItem.objects.for_user(request.user).select_related("entity")
        found = visible.in_bulk([given["credit_item"], *(split["item"] for split in given["splits"])])
        credit = found.get(given["credit_item"])
        if credit is None:
            raise at("/credit_item", "unknown", "There is no such open item.")
        splits = []
        for index, split in enumerate(given["splits"]):
            if split["item"] not in found:
                raise at(f"/splits/{index}/item", "unknown", "There is no such open item.")
            if str(split["amount"].currency) != credit.currency:
                raise at(f"/splits/{index}/amount/currency", "currency", f"The credit is in {credit.currency}.")
            splits.append(cash.Split(found[split["item"]], split["amount"].amount))
        on = given.get("on") or clock.today(credit.entity.time_zone)
        if any(name in split for split in given["splits"] for name in LET_GO):
            made = self.with_let_go(credit, splits, given["splits"], on)
        else:
            made = cash.apply(credit, splits, on=on, actor=self.actor)
        rows = self.rows().filter(pk__in=[allocation.pk for allocation in made]).order_by("pk")
        write = AllocationView().to_representation
        return Response({"data": [write(row) for row in rows]}, status=201)

    def with_let_go(self, credit: OpenItem, splits: list[cash.Split], told: list[dict], on: date) -> list[Allocation]:
        """A receipt with what is let go of beside it; its concessions are among what was made."""
        receipt = Receipt.objects.filter(item=credit).select_related("entity", "item").first()
        if receipt is None:
            raise at("/credit_item", "receipt", "Only with a receipt something is let go of.")
        reasons = {row.code: row for row in ReasonCode.objects.filter(in_use=True)}
        parts = []
        for index, (split, each) in enumerate(zip(splits, told, strict=True)):
            for name in LET_GO:
                if name in each and str(each[name].currency) != credit.currency:
                    raise at(f"/splits/{index}/{name}/currency", "currency", f"The credit is in {credit.currency}.")
            if ("deduction" in each) != ("reason" in each) or each.get("reason", "") not in {"", *reasons}:
                raise at(f"/splits/{index}/reason", "reason", "A deduction has the code of a reason in use.")
            amounts = {name: each[name].amount for name in LET_GO if name in each}
            parts.append(conceding.Part(split.item, split.amount, reason=reasons.get(each.get("reason")), **amounts))
        return conceding.apply_parts(receipt, parts, on=on, actor=self.actor)


class OneAllocation(AllocationEndpoint):
    @operation("allocations:read", "Read an allocation", gives=AllocationView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), AllocationView)


class UndoAllocation(AllocationEndpoint):
    @operation(
        "allocations:write", "Undo an allocation", takes=DayIn, gives=AllocationView, statuses=(201,), money=True
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Both items are open again by its amount."""
        rows = Allocation.objects.for_user(request.user).select_related("debit_item__entity")
        allocation = self.find(rows, pk=pk)
        on = given.get("on") or clock.today(allocation.debit_item.entity.time_zone)
        undoing = self.find(self.rows(), pk=cash.unapply(allocation, on=on, actor=self.actor).pk)
        return self.one(undoing, AllocationView, status=201, location=reverse("api:allocation", args=[undoing.pk]))


urlpatterns = [
    *statements.urlpatterns,
    *matching.urlpatterns,
    path("bank-accounts", BankAccounts.as_view(), name="bank-accounts"),
    path("bank-accounts/<int:pk>", OneBankAccount.as_view(), name="bank-account"),
    path("open-items", Items.as_view(), name="items"),
    path("open-items/<int:pk>", OneItem.as_view(), name="item"),
    path("open-items/<int:pk>/cancel", CancelItem.as_view(), name="cancel-item"),
    path(f"open-items/{EXTERNAL}", ExternalItem.as_view(), name="external-item"),
    path("receipts", Receipts.as_view(), name="receipts"),
    path("receipts/<int:pk>", OneReceipt.as_view(), name="receipt"),
    path("receipts/<int:pk>/reverse", ReverseReceipt.as_view(), name="reverse-receipt"),
    path(f"receipts/{EXTERNAL}", ExternalReceipt.as_view(), name="external-receipt"),
    path("allocations", Allocations.as_view(), name="allocations"),
    path("allocations/<int:pk>", OneAllocation.as_view(), name="allocation"),
    path("allocations/<int:pk>/undo", UndoAllocation.as_view(), name="undo-allocation"),
]
