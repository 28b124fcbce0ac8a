"""Bank lines in a list: which ones, as a reader asks for them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from o2c.core import typed
from o2c.core.models import User
from o2c.invoicing.models import BankAccount, BankLine
from o2c.invoicing.models.bank import SAID

# The money that nobody has said the meaning of, all of it, and what has not come yet.
OPEN, ALL, PENDING = "open", "all", "pending"
TABS = {OPEN: "Unidentified", ALL: "All", PENDING: "Pending"}


@dataclass(frozen=True)
class Asked:
    """`days`: booked at least so many days before `today`."""

    show: str = OPEN
    q: str = ""
    account: int | None = None
    way: str = ""
    days: int | None = None
    today: date | None = None


def accounts(user: User) -> list[BankAccount]:
    """Our accounts that the user sees."""
    seen = BankAccount.objects.for_user(user).select_related("entity")
    return list(seen.order_by("entity__code", "currency", "-is_main", "pk"))


def lines(user: User, asked: Asked) -> QuerySet[BankLine]:
    """The lines, the latest first. A batch is shown by its payments where these have its money."""
    found = BankLine.objects.for_user(user)
    if asked.show == OPEN:
        found = found.exclude(open_amount=0)
    elif asked.show == PENDING:
        found = found.filter(status="pending", booked_as=None)
    else:
        found = found.filter(batch=None, statement__kind="statement", status="booked")
    if asked.account:
        found = found.filter(account_id=asked.account)
    if asked.way:
        found = found.filter(**{"amount__gt" if asked.way == "in" else "amount__lt": 0})
    if asked.days and asked.today:
        found = found.filter(booked_on__lt=asked.today - timedelta(days=asked.days))
    if asked.q:
        found = found.alias(said=SAID).filter(_said(asked.q))
    return found.select_related("account", "entity", "statement").order_by("-booked_on", "-id")


def _said(text: str) -> Q:
    """An amount is looked for as one, with either sign, beside the texts that hold its digits."""
    said = Q(said__icontains=text)
    if amounts := typed.amounts(text):
        either = [*amounts, *(-amount for amount in amounts)]
        said |= Q(amount__in=either) | Q(open_amount__in=either)
    return said


def unidentified(user: User) -> list[dict]:
    """What is open in each currency: how much came in and went out, in how many lines."""
    found = BankLine.objects.for_user(user).exclude(open_amount=0).values("currency")
    return list(
        found.annotate(
            came=Sum("open_amount", filter=Q(open_amount__gt=0)),
            went=Sum("open_amount", filter=Q(open_amount__lt=0)),
            lines=Count("id"),
        ).order_by("currency")
    )
