"""Inquiries in a list: which, and how many."""

from datetime import datetime

from django.db.models import Q, QuerySet

from o2c.collections.models import Inquiry
from o2c.core.models import User

STATE = Inquiry.State
USUAL = "open"
SHOWS = {
    USUAL: "Open",
    "mine": "Open, with me",
    "overdue": "Overdue",
    "escalated": "Escalated",
    "answered": "Answered",
    "closed": "Closed",
    "all": "All",
}


def chosen(
    rows: QuerySet[Inquiry],
    *,
    now: datetime,
    show: str = USUAL,
    kind: str = "",
    entity: str = "",
    customer: str = "",
    me: User | None = None,
) -> QuerySet[Inquiry]:
    """Those that are asked for: of open ones the most urgent first, of others the latest."""
    if show in (STATE.ANSWERED, STATE.CLOSED):
        rows = rows.filter(state=show)
    elif show != "all":
        rows = rows.filter(state=STATE.OPEN)
    if show == "mine":
        teams = Q(owner=None, queue__teams__members=me)
        rows = rows.filter(pk__in=Inquiry.objects.filter(Q(owner=me) | teams).values("pk"))
    elif show == "overdue":
        rows = rows.filter(due_at__lt=now)
    elif show == "escalated":
        rows = rows.filter(escalated_at__isnull=False)
    if kind:
        rows = rows.filter(kind=kind)
    if entity:
        rows = rows.filter(entity__code=entity)
    if customer:
        rows = rows.filter(customer__number=customer)
    return rows.order_by("-id") if show in ("all", STATE.ANSWERED, STATE.CLOSED) else rows.order_by("due_at", "id")
