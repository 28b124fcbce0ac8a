"""Cases in a list: which, how much is contested of each, and what that comes to."""

from datetime import date
from decimal import Decimal

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from o2c.collections.models import Dispute, Queue
from o2c.core.models import User
from o2c.core.money import AmountField

STATE = Dispute.State
# By what a list is asked for → which, and how that is called.
USUAL = "unsettled"
SHOWS = {
    USUAL: "All that are open",
    "worked": "To be worked on",
    STATE.CUSTOMER: STATE.CUSTOMER.label,
    STATE.INSIDE: STATE.INSIDE.label,
    STATE.ASKED: STATE.ASKED.label,
    "escalated": "Escalated",
    "resolved": "Resolved",
    "all": "All",
}

# All of its item is contested; its file is still there.
WHOLE = ExpressionWrapper(Q(amount__isnull=True), output_field=BooleanField())
KEPT = ExpressionWrapper(Q(document__isnull=False), output_field=BooleanField())


def seen_by(user: User) -> QuerySet[Dispute]:
    """The cases that a person sees, each with what is `contested` of it: of an open one at most what is still owed."""
    owed = Greatest(F("item__open_amount"), Value(Decimal(0)), output_field=AmountField())
    return Dispute.objects.for_user(user).annotate(
        contested=Case(
            When(closed_on=None, then=Least(Coalesce("amount", owed), owed, output_field=AmountField())),
            default=Coalesce("amount", "item__amount"),
            output_field=AmountField(),
        )
    )


def chosen(
    rows: QuerySet[Dispute],
    *,
    show: str = USUAL,
    code: str = "",
    owner: str = "",
    entity: str = "",
    customer: str = "",
    late_on: date | None = None,
    me: User | None = None,
) -> QuerySet[Dispute]:
    """Those that are asked for, the most urgent first; of what has ended the latest first."""
    if show in STATE.values:
        rows = rows.filter(state=show)
    elif show == "worked":
        rows = rows.filter(state__in=Dispute.WORKED)
    elif show == "escalated":
        rows = rows.filter(closed_on=None, escalated_on__isnull=False)
    elif show != "all":
        rows = rows.filter(closed_on=None)
    if code:
        rows = rows.filter(code__code=code)
    if entity:
        rows = rows.filter(entity__code=entity)
    if customer:
        rows = rows.filter(customer__number=customer)
    if late_on is not None:
        rows = rows.filter(closed_on=None, due_on__lt=late_on)
    rows = rows.filter(_with(owner, me)) if owner else rows
    order = ("-closed_on", "-id") if show == STATE.RESOLVED else ("-id",) if show == "all" else ("due_on", "id")
    return rows.order_by(*order)


def _with(owner: str, me: User | None) -> Q:
    if owner == "me":
        return Q(owner=me)
    kind, _, pk = owner.partition("-")
    return Q(**{"owner" if kind == "user" else "queue": int(pk)}) if pk.isdecimal() else Q()


def holders(rows: QuerySet[Dispute]) -> list[tuple[str, str]]:
    """Who has an open one of these, people first."""
    there = rows.filter(closed_on=None).order_by()
    people = User.objects.filter(pk__in=there.values("owner")).order_by("username")
    queues = Queue.objects.filter(pk__in=there.values("queue")).order_by("name")
    return [*((f"user-{each.pk}", str(each)) for each in people), *((f"queue-{each.pk}", each.name) for each in queues)]


def totals(rows: QuerySet[Dispute]) -> list[tuple[str, int, object]]:
    """How many, and how much is contested, by currency."""
    sums = rows.order_by().values("item__currency").annotate(count=Count("id"), total=Sum("contested"))
    return [(row["item__currency"], row["count"], row["total"]) for row in sums.order_by("item__currency")]
