"""Customers: the list, the search, and the page of one."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from o2c.analytics.models import CustomerRollup
from o2c.analytics.scoring import showing
from o2c.collections import calling
from o2c.collections.incoming import keeping as incoming
from o2c.collections.models import (
    Dispute,
    Hold,
    LatePayer,
    NoticeLine,
    PaymentPlan,
    PlacedItem,
    Placement,
    PlanItem,
    PromisedItem,
    PromiseToPay,
    Task,
)
from o2c.collections.strategies import ranking
from o2c.collections.worklist import LIVE
from o2c.core import addresses, clock, phones
from o2c.core.models import User
from o2c.core.money import plain
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.invoicing.models import (
    BankDetailChange,
    Collection,
    Mandate,
    OpenItem,
    PayerAlias,
    Statement,
)
from o2c.invoicing.models.direct_debits import UNDER_WAY
from o2c.orders.models import (
    Account,
    Contact,
    Customer,
    CustomerBankAccount,
)
from o2c.web import search

MOST_ITEMS = 50


# --- The list


@needs("book.read")
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Who owes most; with a search, who fits it; or everybody by name."""
    text = request.GET.get("q", "").strip()[:100]
    asked = request.GET.get("page")
    order = request.GET.get("order") if request.GET.get("order") == "name" else "overdue"
    context = {"text": text, "order": order}
    if text:
        page = cut(search.customers(request.user, text), asked)
        context |= {"page": page, "found": _with_figures(request.user, page.rows)}
        context["items"] = search.items(request.user, text) if page.number == 1 else []
        context["invoices"] = search.invoices(request.user, text) if page.number == 1 else []
        context["payments"] = search.payments(request.user, text) if page.number == 1 else []
    elif order == "name":
        page = cut(Customer.objects.for_user(request.user).order_by("name", "pk"), asked)
        context |= {"page": page, "found": _with_figures(request.user, page.rows)}
    else:
        owing = CustomerRollup.objects.for_user(request.user).select_related("customer", "entity")
        if request.GET.get("entity"):
            owing = owing.filter(entity__code=request.GET["entity"])
        if request.GET.get("currency"):
            owing = owing.filter(currency=request.GET["currency"].upper())
        page = cut(owing.order_by(F("base_overdue").desc(nulls_last=True), "id"), asked)
        context |= {"page": page, "today": clock.today()}
    return render(request, "web/customers.html", context)


def _with_figures(user: User, rows: list[Customer]) -> list[tuple[Customer, list[CustomerRollup]]]:
    owed = defaultdict(list)
    figures = CustomerRollup.objects.for_user(user).filter(customer__in=rows).select_related("entity")
    for figure in figures.order_by("entity__code", "currency"):
        owed[figure.customer_id].append(figure)
    return [(customer, owed[customer.pk]) for customer in rows]


# --- One customer


@dataclass
class Exposure:
    """What a customer owes a legal entity in a currency today."""

    account: Account
    currency: str
    total: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)
    items: int = 0
    latest: int = 0

    @property
    def of_limit(self) -> int | None:
        """How much of the credit limit is used, in percent; None without one, or in another currency."""
        limit = self.account.credit_limit
        if not limit or self.account.currency != self.currency:
            return None
        return max(int(self.total * 100 / limit), 0)


@dataclass
class Shown:
    """An open item as the page shows it."""

    item: OpenItem
    days_late: int
    remarks: list[tuple[str, str]] = field(default_factory=list)
    is_held: bool = False

    @property
    def plain_amount(self) -> str:
        return plain(self.item.open_amount, self.item.currency)

    @property
    def is_asked_for(self) -> bool:
        """Whether a caller asks for it: overdue, and nothing said or agreed stands against it."""
        item = self.item
        agreed = item.promised_now or item.planned_now or item.collected_now or item.placed_now
        return item.open_amount > 0 and self.days_late > 0 and not self.is_held and not agreed


@needs("book.read")
@require_safe
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    made = Statement.objects.filter(customer=pk, entity__in=page["entities"]).select_related("run", "entity")
    return render(request, "web/customer.html", page | {"statements": list(made.order_by("-pk")[:6])})


@needs("book.read")
@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """A task with everything about its customer: what a collector needs during a call."""
    found = get_object_or_404(
        Task.objects.for_user(request.user).select_related("claimed_by", "assignee", "queue", "entity", "notice"), pk=pk
    )
    about = {"task": found, "ranked": ranking.explain([found]).get(found.pk)}
    if found.kind == Task.Kind.REPLY:
        about["mail"] = incoming.waiting(found.customer_id, found.entity_id).defer("raw").first()
    if found.kind == Task.Kind.DISPUTE:
        about["dispute"] = int(found.key.split(":")[1])
    if found.kind == Task.Kind.INQUIRY:
        about["inquiry"] = int(found.key.split(":")[1])
    if found.kind == Task.Kind.CONTRACT:
        about["contract"] = int(found.key.split(":")[1])
    if found.kind == Task.Kind.DISCREPANCY:
        about["draft"] = int(found.key.split(":")[1])
    page = _page(request, found.customer_id)
    if found.state == Task.State.CLAIMED and found.claimed_by_id == request.user.pk:
        about |= _call(request.user, found, page)
    return render(request, "web/customer.html", page | about)


def _call(user: User, task: Task, page: dict) -> dict:
    """What a call needs: what time it is there, what to begin with, and how it may end by one key."""
    person = next((contact for contact in page["contacts"] if contact.phone), None)
    found = {
        "there": calling.there(page["customer"].country, clock.now()),
        "outcomes": [(key, outcome, outcome.label) for key, outcome in enumerate(calling.BY_KEY, start=1)],
    }
    rows = [row.item for row in page["items"] if row.item.entity_id == task.entity_id and row.is_asked_for]
    if not rows or page["more_items"]:
        return found
    # In the currency of the oldest: one thing at a time.
    rows = [item for item in rows if item.currency == rows[0].currency]
    owed = calling.Owed(
        sum((item.open_amount for item in rows), Decimal(0)), rows[0].currency, len(rows), rows[0].number,
        rows[0].due_on,
    )  # fmt: skip
    last = next((row for row in page["promises"] if row["entity_id"] == task.entity_id), None)
    broken = None
    if last and last["state"] in (PromiseToPay.State.BROKEN, PromiseToPay.State.PARTLY_KEPT):
        broken = calling.Broken(last["amount"], last["paid"], last["currency"], last["until"])
    language = (person and person.language) or page["customer"].language
    said = calling.opening(owed, broken, me=str(user), seller=task.entity.name, language=language)
    return found | {"to_say": said, "to_say_in": language[:2].lower()}


def _page(request: HttpRequest, pk: int) -> dict:
    """Everything about one customer with the legal entities the user sees."""
    listed = LatePayer.objects.filter(customer=pk, entity=OuterRef("entity"), state=LatePayer.State.LISTED)
    told = JSONObject(id="id", on=Cast("listed_on", TextField()), why="why", release_from="release_from")
    accounts = list(
        Account.objects.for_user(request.user)
        .filter(customer_id=pk)
        .annotate(listed=Subquery(listed.values(told=told)), predicted=showing.of_account())
        .select_related("entity", "collector", "terms", "customer__parent")
        .order_by("entity__code")
    )
    if not accounts:
        raise Http404
    found = accounts[0].customer
    entities = [account.entity for account in accounts]
    today = {entity.pk: clock.today(entity.time_zone) for entity in entities}
    items = _open_items(found, entities)
    holds = [
        hold
        for hold in Hold.objects.filter(Q(entity__isnull=True) | Q(entity__in=entities), customer=found)
        .select_related("item")
        .order_by("from_on", "id")
        if hold.until is None or hold.until >= max(today.values())
    ]
    disputes = list(
        Dispute.objects.filter(customer=found, entity__in=entities, closed_on=None)
        .select_related("item")
        .order_by("opened_on", "id")
    )
    return {
        "customer": found,
        "accounts": accounts,
        "entities": entities,
        "scores": showing.told(accounts),
        "exposures": _exposures(accounts, items[:MOST_ITEMS], today)
        if len(items) <= MOST_ITEMS
        else _exposures_of_many(found, accounts, today),
        "items": _shown(items[:MOST_ITEMS], today, holds, {row.item_id for row in disputes}),
        "more_items": len(items) > MOST_ITEMS,
        "bank_details": _bank_details(found),
        "mandates": _mandates(found, entities, request.user),
        "contacts": _contacts(found),
        **_promised(found, entities),
        "holds": holds,
        "placements": list(
            Placement.objects.filter(customer=found, entity__in=entities, state=Placement.State.PLACED)
            .select_related("agency", "entity")
            .order_by("-id")
        )
        if any(item.placed_now for item in items)
        else [],
        "disputes": disputes,
        "payers": list(
            PayerAlias.objects.filter(customer=found, entity__in=entities, withdrawn_at=None)
            .select_related("entity")
            .order_by("kind", "key", "id")[:20]
        ),
        "tasks": list(
            Task.objects.filter(customer=found, entity__in=entities, state__in=LIVE)
            .select_related("assignee", "claimed_by")
            .order_by("-rank", "id")[:10]
        ),
        "acts": [(name, label, stroke) for right, name, label, stroke in ITEM_ACTS if may(request.user, right)],
        "today": max(today.values()),
    }


# What can be done with ticked items: the right, the page, the word, the key.
ITEM_ACTS = (
    ("promises.record", "record_promise", "Promise…", "P"),
    ("plans.agree", "agree_plan", "Instalments…", "I"),
    ("disputes.open", "dispute_items", "Dispute…", "D"),
    ("holds.set", "hold_items", "Hold…", "H"),
    ("tasks.work", "send_items", "Send again…", "S"),
    ("cash.book", "write_off_items", "Write off…", "W"),
)
PROMISED = ("id", "entity_id", "amount", "currency", "state", "paid", "actor")


def _promised(found: Customer, entities: list) -> dict:
    """The latest promises and payment plans, in one query."""
    parts = [
        model.objects.filter(customer=found, entity__in=entities)
        .order_by(f"-{day}", "-id")
        .values(
            "id",
            "entity_id",
            "amount",
            "currency",
            "state",
            "paid",
            "actor",
            kind=Value(kind),
            on=F(day),
            until=F(until),
        )[:6]
        for kind, model, day, until in (
            ("promises", PromiseToPay, "promised_on", "pay_by"),
            ("plans", PaymentPlan, "agreed_on", "ends_on"),
        )
    ]
    rows = sorted(parts[0].union(parts[1], all=True), key=lambda row: (row["on"], row["id"]), reverse=True)
    return {kind: [row for row in rows if row["kind"] == kind] for kind in ("promises", "plans")}


def _open_items(found: Customer, entities: list) -> list[OpenItem]:
    """What is open, the longest due first; one more than is shown, to know whether there are more."""
    told = (
        NoticeLine.objects.filter(
            item=OuterRef("pk"), cycle=OuterRef("cycle"), scenario_id__isnull=True, dropped_because=""
        )
        .values("item")
        .annotate(level=Max("level"))
        .values("level")
    )
    promised = PromisedItem.objects.filter(item=OuterRef("pk"), promise__state=PromiseToPay.State.OPEN)
    planned = PlanItem.objects.filter(item=OuterRef("pk"), runs=True)
    collected = Collection.objects.filter(item=OuterRef("pk"), state__in=UNDER_WAY)
    placed = PlacedItem.objects.filter(item=OuterRef("pk"), until=None)
    rows = OpenItem.objects.filter(customer=found, entity__in=entities).still_open()
    # chosen first, so that what was agreed is looked up for these alone and not read whole
    first = rows.order_by("due_on", "id").values("pk")[: MOST_ITEMS + 1]
    return list(
        OpenItem.objects.filter(pk__in=first)
        .annotate(
            told=Subquery(told),
            promised_now=Exists(promised),
            planned_now=Exists(planned),
            collected_now=Exists(collected),
            placed_now=Exists(placed),
        )
        .select_related("entity")
        .order_by("due_on", "id")
    )


def _contacts(customer: Customer) -> list[Contact]:
    """Each with whether mail or text messages do not reach it."""
    found = list(addresses.marked(Contact.objects.filter(customer=customer, in_use=True)).order_by("role", "id"))
    numbers = {contact.pk: phones.mobile(contact.phone, customer.country) for contact in found if contact.phone}
    dead = addresses.dead_numbers(numbers.values()) if numbers else set()
    for contact in found:
        contact.has_dead_number = numbers.get(contact.pk) in dead
    return found


def _shown(items: list[OpenItem], today: dict[int, date], holds: list[Hold], disputed: set[int]) -> list[Shown]:
    held = {hold.item_id for hold in holds if hold.item_id}
    shown = []
    for item in items:
        contested = bool(item.pk in disputed or item.disputed_on)
        row = Shown(item, (today[item.entity_id] - item.due_on).days, is_held=contested or item.pk in held)
        if item.placed_now:
            row.remarks.append(("warn", "Handed over"))
        if contested:
            row.remarks.append(("warn", "Disputed"))
        if item.promised_now:
            row.remarks.append(("info", "Promised"))
        if item.planned_now:
            row.remarks.append(("info", "In a plan"))
        if item.collected_now:
            row.remarks.append(("info", "Direct debit"))
        if item.pk in held:
            row.remarks.append(("", "On hold"))
        if item.kind != OpenItem.Kind.INVOICE:
            row.remarks.append(("", item.get_kind_display()))
        shown.append(row)
    return shown


def _exposures(accounts: list[Account], items: list[OpenItem], today: dict[int, date]) -> list[Exposure]:
    by_entity = {account.entity_id: account for account in accounts}
    found: dict[tuple[int, str], Exposure] = {}
    for item in items:
        key = (item.entity_id, item.currency)
        row = found.setdefault(key, Exposure(by_entity[item.entity_id], item.currency))
        late = (today[item.entity_id] - item.due_on).days
        row.total += item.open_amount
        row.items += 1
        row.overdue += item.open_amount if late > 0 else 0
        row.credits += min(item.open_amount, Decimal(0))
        row.latest = max(row.latest, late if item.open_amount > 0 else 0)
    for account in accounts:
        found.setdefault((account.entity_id, account.currency), Exposure(account, account.currency))
    return sorted(found.values(), key=lambda row: (row.account.entity.code, -row.overdue, -row.total))


def _exposures_of_many(found: Customer, accounts: list[Account], today: dict[int, date]) -> list[Exposure]:
    """The same for a customer with more items than the page shows: the database adds up all of them."""
    by_entity = {account.entity_id: account for account in accounts}
    late = Q()
    for entity_id, day in today.items():
        late |= Q(entity=entity_id, due_on__lt=day)
    sums = (
        # by the payer too: its index holds what is open alone
        OpenItem.objects.filter(payer=found.payer_id, customer=found, entity__in=by_entity)
        .still_open()
        .values("entity_id", "currency")
        .annotate(
            total=Sum("open_amount"),
            overdue=Coalesce(Sum("open_amount", filter=late), Decimal(0)),
            credits=Coalesce(Sum("open_amount", filter=Q(open_amount__lt=0)), Decimal(0)),
            items=Count("*"),
            oldest=Min("due_on", filter=late & Q(open_amount__gt=0)),
        )
    )
    rows = []
    for row in sums:
        entity_id, oldest = row.pop("entity_id"), row.pop("oldest")
        latest = (today[entity_id] - oldest).days if oldest else 0
        rows.append(Exposure(by_entity[entity_id], latest=latest, **row))
    return sorted(rows, key=lambda row: (row.account.entity.code, -row.overdue, -row.total))


def _mandates(customer: Customer, entities: list, user: User) -> list[Mandate] | None:
    """By which the customer is collected from, the living first; None for whoever may not see them."""
    if not may(user, "debits.read"):
        return None
    rows = Mandate.objects.filter(customer=customer, entity__in=entities).select_related("entity").order_by("-id")[:20]
    return sorted(rows, key=lambda row: row.ended_on is not None)


def _bank_details(customer: Customer) -> list[tuple[str, str]]:
    """The customer's accounts, and why or how far each is to be believed; in one query."""
    on_file = CustomerBankAccount.objects.filter(customer=customer).values(
        "pk", "iban", said=Value(""), called=Value("")
    )
    asked = BankDetailChange.objects.filter(customer=customer).exclude(state__in=["refused", "withdrawn"])
    changes = asked.values("pk", "iban", said=F("state"), called=F("called_number"))
    rows = sorted(on_file.union(changes, all=True), key=lambda row: row["pk"])
    remarks = {
        row["iban"]: f"Confirmed by a call to {row['called']}"
        if row["said"] == "approved"
        else BankDetailChange.State(row["said"]).label
        for row in rows
        if row["said"]
    }
    kept = [row["iban"] for row in rows if not row["said"]]
    return [(iban, remarks.pop(iban, "On file, not confirmed by a call")) for iban in kept] + list(remarks.items())
