"""Posting to the ledger: entries that balance, and their reversal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from django.db import connection, transaction

from o2c.core.money import step
from o2c.invoicing.models import Entry, ExchangeRate, LedgerAccount, OpenItem, Posting
from o2c.orders.models import LegalEntity


@dataclass(frozen=True)
class Line:
    """A posting to be: debit positive, credit negative."""

    role: LedgerAccount.Role
    amount: Decimal
    item: OpenItem | None = None


def rate(currency: str, on: date) -> Decimal | None:
    """Units of the currency for one euro on the day, or on the last day before that has one; None if none has."""
    if currency == "EUR":
        return Decimal(1)
    return (
        ExchangeRate.objects.filter(currency=currency, on__lte=on)
        .order_by("-on")
        .values_list("rate", flat=True)
        .first()
    )


def in_base(amount: Decimal, currency: str, entity: LegalEntity, on: date) -> Decimal | None:
    """An amount in the entity's base currency at the rate of the day; None where no rate is known.

    `invoicing_in_base` in the database is the same rule over many rows.
    """
    if currency == entity.base_currency:
        return amount
    theirs, ours = rate(currency, on), rate(entity.base_currency, on)
    if theirs is None or ours is None:
        return None
    with localcontext(prec=60):  # the product of the longest amount and rate, so that only the division rounds
        return (amount * ours / theirs).quantize(step(entity.base_currency), ROUND_HALF_UP)


def in_base_each(entity: LegalEntity, amounts: Sequence[tuple[Decimal, str, date]]) -> list[Decimal | None]:
    """As `in_base`, of many amounts with their currencies and days, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT invoicing_in_base(a.amount, a.currency, %(base)s, a.day)
            FROM unnest(%(amounts)s::numeric[], %(currencies)s::text[], %(days)s::date[])
                WITH ORDINALITY AS a (amount, currency, day, place) ORDER BY a.place
            """,
            {
                "base": entity.base_currency,
                "amounts": [amount for amount, _, _ in amounts],
                "currencies": [currency for _, currency, _ in amounts],
                "days": [day for _, _, day in amounts],
            },
        )
        return [row[0] for row in cursor.fetchall()]


def standing(entry_id: int) -> int:
    """The entry that stands for another today: itself, or, where its reversal was reversed, that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT invoicing_standing_entry(%s)", [entry_id])
        return cursor.fetchone()[0]


@transaction.atomic
def post(entry: Entry, lines: list[Line], currency: str) -> list[Posting]:
    """Write an entry's postings in one statement. The database refuses an entry that does not balance.

    What rounding to the base currency leaves over goes to the last line.
    """
    base = [in_base(line.amount, currency, entry.entity, entry.effective_on) for line in lines]
    if None not in base:
        base[-1] -= sum(base)
    accounts = dict(LedgerAccount.objects.filter(entity_id=entry.entity_id).values_list("role", "id"))
    return Posting.objects.bulk_create(
        [
            Posting(
                entry=entry,
                account_id=accounts[line.role],
                item=line.item,
                currency=currency,
                amount=line.amount,
                base_amount=in_base_currency,
            )
            for line, in_base_currency in zip(lines, base, strict=True)
        ]
    )


@transaction.atomic
def post_reversal(undoing: Entry, original: Entry, opposite_items: dict[int, OpenItem]) -> list[Posting]:
    """Write the original's postings with every sign turned; what stood on an item stands on its opposite."""
    return Posting.objects.bulk_create(
        [
            Posting(
                entry=undoing,
                account_id=posting.account_id,
                item=opposite_items.get(posting.item_id),
                currency=posting.currency,
                amount=-posting.amount,
                base_amount=None if posting.base_amount is None else -posting.base_amount,
            )
            for posting in original.postings.order_by("id")
        ]
    )
