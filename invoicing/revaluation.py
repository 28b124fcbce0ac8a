"""What open items in foreign currency are worth at a month's end, and the entries that say so for one day.

The difference between an item's balance at the closing rate and its carried amount (its base amount at the rate of
its own day, in the share that is still open) is posted on the month's last day and taken back on the next: IAS 21.23
and 21.28 without touching the items. Both entries are in the base currency alone, on two accounts of their own, so
the receivables account still equals what is open.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.core.actors import Actor, acting
from o2c.core.money import plain
from o2c.invoicing import chart, ledger, rates
from o2c.invoicing.models import Entry, LedgerAccount, Posting
from o2c.orders.models import LegalEntity


class RevaluationRefused(ValueError):
    """The month cannot be revalued; nothing was posted, and the text says what is missing."""


@dataclass(frozen=True)
class Difference:
    """What all open items of one currency are carried at, what they are worth, and what was posted for it now."""

    currency: str
    items: int
    balance: Decimal
    carried: Decimal
    closing: Decimal
    rate: Decimal
    rate_of: date
    posted: Decimal
    without_base: int

    @property
    def difference(self) -> Decimal:
        return self.closing - self.carried


@dataclass
class Revaluation:
    entity: LegalEntity
    on: date
    differences: list[Difference] = field(default_factory=list)

    def as_json(self) -> dict:
        base = self.entity.base_currency
        return {
            "entity": self.entity.code,
            "on": self.on.isoformat(),
            "reversed_on": (self.on + timedelta(days=1)).isoformat(),
            "base_currency": base,
            "currencies": [
                {
                    "currency": row.currency,
                    "items": row.items,
                    "balance": plain(row.balance, row.currency),
                    "carried": plain(row.carried, base),
                    "closing": plain(row.closing, base),
                    "difference": plain(row.difference, base),
                    "posted": plain(row.posted, base),
                    "rate": str(row.rate.normalize()),
                    "rate_of": row.rate_of.isoformat(),
                    "without_base": row.without_base,
                }
                for row in self.differences
            ],
        }


def last_day(month: str) -> date:
    """ "2026-03" → 31 March 2026. Raises RevaluationRefused."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise RevaluationRefused(f"{month!r} is not a month such as 2026-03.") from None
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def revalue(entity: LegalEntity, month: str, *, today: date, actor: Actor) -> Revaluation:
    """Post one entry for each foreign currency that brings what is open to the month's closing rate, and its reversal.

    Safe to run again: only what has changed since is posted. Items without a base amount (no rate on their day) are
    left out and counted. Raises RevaluationRefused while the month runs or where a closing rate is missing.
    """
    on = last_day(month)
    if on >= today:
        raise RevaluationRefused(f"{month} is not over yet.")
    with acting(actor):
        # One at a time for an entity, so that two runs do not post the same difference.
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        chart.open_books(entity)
        result = Revaluation(entity, on)
        for facts in _open(entity, on):
            result.differences.append(_post(entity, on, facts, actor))
        return result


def _open(entity: LegalEntity, on: date) -> list[tuple]:
    """Of each foreign currency: items, balance, carried and closing base amount, and how many have no base amount."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.currency, count(*) FILTER (WHERE i.base_amount IS NOT NULL),
                   coalesce(sum(b.balance) FILTER (WHERE i.base_amount IS NOT NULL), 0),
                   coalesce(sum(round(i.base_amount * b.balance / i.amount, core_minor_unit(%(base)s))), 0),
                   sum(invoicing_in_base(b.balance, b.currency, %(base)s, %(on)s))
                       FILTER (WHERE i.base_amount IS NOT NULL),
                   count(*) FILTER (WHERE i.base_amount IS NULL)
            FROM invoicing_balances(%(on)s) b JOIN invoicing_openitem i ON i.id = b.item_id
            WHERE b.entity_id = %(entity)s AND b.currency <> %(base)s
            GROUP BY b.currency
            -- A currency whose items are all settled by now may still have a difference posted that is to be undone.
            UNION ALL
            SELECT right(e.text, 3), 0, 0, 0, 0, 0 FROM invoicing_entry e
            WHERE e.entity_id = %(entity)s AND e.kind = 'revaluation' AND e.effective_on = %(on)s
                AND NOT EXISTS (
                    SELECT 1 FROM invoicing_balances(%(on)s) b
                    WHERE b.entity_id = e.entity_id AND b.currency = right(e.text, 3)
                )
            GROUP BY 1
            ORDER BY 1
            """,
            {"base": entity.base_currency, "on": on, "entity": entity.pk},
        )
        return cursor.fetchall()


def _post(entity: LegalEntity, on: date, facts: tuple, actor: Actor) -> Difference:
    currency, items, balance, carried, closing, without_base = facts
    theirs, ours = rates.rate_on(currency, on), rates.rate_on(entity.base_currency, on)
    if theirs is None or ours is None:
        missing = currency if theirs is None else entity.base_currency
        raise RevaluationRefused(f"There is no rate of {missing} on {on} or before; load the rates first.")
    text = f"Revaluation {on:%Y-%m} {currency}"
    revaluations = Entry.objects.filter(entity=entity, kind=Entry.Kind.REVALUATION, effective_on=on, text=text)
    before = sum(
        Posting.objects.filter(
            entry__in=revaluations, account__role=LedgerAccount.Role.RECEIVABLES_REVALUATION
        ).values_list("amount", flat=True),
        Decimal(0),
    )
    closing = closing or Decimal(0)
    posted = closing - carried - before
    if posted:
        entry = _entry(entity, text, on, Entry.Kind.REVALUATION, actor)
        lines = [
            ledger.Line(LedgerAccount.Role.RECEIVABLES_REVALUATION, posted),
            ledger.Line(LedgerAccount.Role.FX_UNREALISED, -posted),
        ]
        ledger.post(entry, lines, entity.base_currency)
        undoing = _entry(entity, text, on + timedelta(days=1), Entry.Kind.REVERSAL, actor, reverses=entry)
        ledger.post_reversal(undoing, entry, {})
    rate_of = min(theirs.on, ours.on)
    return Difference(
        currency, items, balance, carried, closing, theirs.rate / ours.rate, rate_of, posted, without_base
    )


def _entry(entity: LegalEntity, text: str, on: date, kind: Entry.Kind, actor: Actor, **facts) -> Entry:
    return Entry.objects.create(
        entity=entity, payer=None, kind=kind, text=text, effective_on=on, known_on=on, actor=actor.name, **facts
    )
