"""The lines that wait for a person: by what is the matter with each, and one after the other."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from o2c.core.models import User
from o2c.core.money import minor_unit
from o2c.invoicing.matching.running import FLAGS
from o2c.invoicing.models import BankLine, MatchProposal, OpenItem, Quarantine
from o2c.orders.models import Customer

PROPOSED, SEVERAL, NOBODY, HELD, FLAGGED = "proposed", "several", "nobody", "held", "flagged"
TITLES = {
    PROPOSED: "One answer",
    SEVERAL: "Several answers",
    NOBODY: "No answer",
    FLAGGED: "Flagged statement",
    HELD: "Held back",
}
MOST_FOUND = 20
MOST_ITEMS = 200


def waiting(user: User) -> QuerySet[BankLine]:
    """What came in and is not used, each with what is the matter (`why`); the oldest first."""
    answers = MatchProposal.objects.filter(line=OuterRef("pk"), state=MatchProposal.State.OPEN)
    return (
        BankLine.objects.for_user(user)
        .filter(is_money=True, open_amount__gt=0, is_reversal=False)
        .annotate(
            why=Case(
                When(
                    Exists(Quarantine.objects.filter(line=OuterRef("pk")).exclude(state="released")), then=Value(HELD)
                ),
                When(Q(statement__arithmetic_ok=False) | Q(statement__flags__overlap=FLAGS), then=Value(FLAGGED)),
                When(Exists(answers.filter(reasons__contains=[{"code": "rivals"}])), then=Value(SEVERAL)),
                When(Exists(answers), then=Value(PROPOSED)),
                default=Value(NOBODY),
                output_field=CharField(),
            )
        )
        .order_by("booked_on", "id")
    )


def counts(lines: QuerySet[BankLine]) -> dict[str, int]:
    """How many lines wait, by what is the matter."""
    found = dict(lines.order_by().values_list("why").annotate(Count("pk")))
    return {why: found.get(why, 0) for why in TITLES}


def sums(lines: QuerySet[BankLine]) -> list[tuple[str, Decimal]]:
    return list(lines.order_by("currency").values_list("currency").annotate(Sum("open_amount")))


def after(lines: QuerySet[BankLine], line: BankLine) -> int | None:
    """The line to look at after this one: the next of the same kind, else the first."""
    others = lines.exclude(pk=line.pk)
    later = others.filter(Q(booked_on__gt=line.booked_on) | Q(booked_on=line.booked_on, pk__gt=line.pk))
    return later.values_list("pk", flat=True).first() or others.values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Found:
    """A customer that a search found, and by what."""

    customer: Customer
    by: str


def find(user: User, line: BankLine, text: str) -> list[Found]:
    """Customers of the line's legal entity by number, name, or a document's number or open amount."""
    text = text.strip()
    if not text:
        return []
    seen = Customer.objects.for_user(user).filter(accounts__entity=line.entity_id)
    items = OpenItem.objects.filter(entity=line.entity_id, currency=line.currency).exclude(open_amount=0)
    found: dict[int, Found] = {}
    amount = _amount(text, line.currency)
    ways = [
        (items.filter(numbered__number__iexact=text), "document {0.number}"),
        (items.filter(open_amount=amount) if amount is not None else items.none(), "{0.number} is open with it"),
    ]
    for matches, told in ways:
        for item in matches.select_related("customer").order_by("due_on", "id")[:MOST_FOUND]:
            found.setdefault(item.customer_id, Found(item.customer, told.format(item)))
    named = seen.filter(Q(number__iexact=text) | Q(name__icontains=text)).order_by("name", "pk").distinct()
    for customer in named[:MOST_FOUND]:
        found.setdefault(customer.pk, Found(customer, customer.number))
    allowed = set(seen.filter(pk__in=found).values_list("pk", flat=True))
    return [each for pk, each in found.items() if pk in allowed][:MOST_FOUND]


def _amount(text: str, currency: str) -> Decimal | None:
    """ "1.234,50" and "1234.50" are one amount; what is none is None."""
    digits = text.replace(" ", "").replace("'", "")
    if "," in digits and digits.rfind(",") > digits.rfind("."):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return value if value.is_finite() and -value.as_tuple().exponent <= minor_unit(currency) else None


def payable(line: BankLine, customer: Customer) -> list[OpenItem]:
    """What the line's money can settle of the customer's group: what it owes, the longest due first, then credits."""
    items = OpenItem.objects.filter(
        payer_id=customer.payer_id or customer.pk, entity_id=line.entity_id, currency=line.currency,
        superseded_on=None,
    ).exclude(open_amount=0)  # fmt: skip
    return sorted(
        items.select_related("customer").order_by("due_on", "id")[:MOST_ITEMS], key=lambda item: item.amount < 0
    )
