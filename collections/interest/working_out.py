"""Who owes what interest as of a day: facts of all items in one statement, worked out by the rules."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections.interest import packs, rules
from o2c.collections.models import InterestRules
from o2c.core.money import plain
from o2c.invoicing import ledger
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity

NOTHING = Decimal(0)

Kind = OpenItem.Kind
# What the seller credits, corrects or lets go of is taken for never owed: nobody pays interest on it.
LET_GO = [Kind.CREDIT_NOTE, Kind.CORRECTION, Kind.DISCOUNT, Kind.WRITE_OFF]
# Money counts from the day it was there, however late it was applied. Who was late with what is settled now owes
# interest for the time until then.
FACTS = """
    WITH late AS (
        SELECT i.id, i.customer_id, i.number, i.currency, i.amount, i.due_on, i.open_amount,
            i.disputed_on IS NOT NULL OR EXISTS (
                SELECT FROM collections_dispute d WHERE d.item_id = i.id AND d.closed_on IS NULL) AS disputed,
            EXISTS (SELECT FROM collections_placeditem p WHERE p.item_id = i.id AND p.until IS NULL) AS placed
        FROM invoicing_openitem i
        WHERE i.entity_id = %(entity)s AND i.kind = 'invoice' AND i.amount > 0 AND i.superseded_on IS NULL
            AND i.due_on >= %(begins)s AND i.due_on < %(until)s AND i.counts_from <= %(until)s
            AND (%(customers)s::bigint[] IS NULL OR i.customer_id = ANY (%(customers)s))
            AND (i.open_amount > 0 OR %(after)s)
    ), settled AS (
        SELECT l.id,
            jsonb_agg(jsonb_build_array(
                CASE WHEN c.kind = ANY (%(let_go)s) THEN l.due_on ELSE least(a.effective_on, c.effective_on) END,
                a.amount::text)) AS parts,
            bool_or(c.kind <> ALL (%(let_go)s) AND c.effective_on > l.due_on) AS late
        FROM late l
        JOIN invoicing_allocation a ON a.debit_item_id = l.id AND a.counts_from <= %(until)s
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        GROUP BY l.id
    ), charged AS (
        SELECT l.id, sum(h.interest) AS interest, sum(h.compensation) AS compensation, max(h.until) AS until
        FROM late l JOIN collections_interestcharge h ON h.item_id = l.id AND h.stands GROUP BY l.id
    )
    SELECT l.id, l.customer_id, c.name, c.number, c.is_consumer, g.id IS NOT NULL, g.pack_id, l.number, l.currency,
        l.amount, l.due_on, l.disputed, l.placed, s.parts, h.interest, h.compensation, h.until
    FROM late l
    JOIN orders_customer c ON c.id = l.customer_id
    LEFT JOIN collections_interestagreement g ON g.entity_id = %(entity)s AND g.customer_id = l.customer_id
        AND (g.begins_on IS NULL OR g.begins_on <= l.due_on)
    LEFT JOIN settled s ON s.id = l.id
    LEFT JOIN charged h ON h.id = l.id
    WHERE (l.open_amount > 0 OR s.late) AND (g.id IS NOT NULL OR NOT %(only_agreed)s)
    ORDER BY c.name, l.customer_id, l.currency, l.due_on, l.id
"""


@dataclass(frozen=True)
class Worked:
    """What one item bears. `because` says why it bears nothing; `too_much` what was charged that is not owed."""

    item_id: int
    number: str
    amount: Decimal
    due_on: date
    pack_id: int | None
    spans: list[rules.Span]
    interest: Decimal = NOTHING
    compensation: Decimal = NOTHING
    before: Decimal = NOTHING
    charged_until: date | None = None
    because: str = ""

    @property
    def total(self) -> Decimal:
        return self.interest + self.compensation

    @property
    def days(self) -> int:
        return sum(span.days for span in self.spans)


@dataclass
class Due:
    """What one customer would be charged in one currency."""

    customer_id: int
    customer: str
    customer_number: str
    is_consumer: bool
    currency: str
    items: list[Worked] = field(default_factory=list)
    because: str = ""

    @property
    def charged(self) -> list[Worked]:
        return [each for each in self.items if each.total and not each.because]

    @property
    def total(self) -> Decimal:
        return sum((each.total for each in self.charged), NOTHING)

    @property
    def key(self) -> str:
        return f"{self.customer_id}-{self.currency}"


def work_out(entity: LegalEntity, until: date, customers: Iterable[int] | None = None) -> list[Due]:
    """What each customer owes for late payment up to and with a day, less what was charged before, by name.

    A few statements, and two for each currency, however many items. Nothing where the entity has no rules. What is
    below the minimum, disputed, handed over, agreed otherwise or without a rate is there, with the reason.
    """
    own = InterestRules.objects.filter(entity=entity).first()
    if own is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            FACTS,
            {
                "entity": entity.pk,
                "until": until,
                "begins": own.begins_on,
                "after": own.after_payment,
                "let_go": LET_GO,
                "only_agreed": own.only_agreed,
                "customers": None if customers is None else sorted(set(customers)),
            },
        )
        rows = cursor.fetchall()
    known = packs.applied({own.pack_id} | {row[6] for row in rows if row[6]})
    found: dict[tuple[int, str], Due] = {}
    for row in rows:
        (item_id, customer_id, name, number, is_consumer, agreed, agreed_pack, *facts) = row
        currency = facts[1]
        due = found.setdefault((customer_id, currency), Due(customer_id, name, number, is_consumer, currency))
        applied = known.get(agreed_pack if agreed else own.pack_id)
        due.items.append(_item(item_id, applied, is_consumer, own.compensates, until, *facts))
    rates = {currency: _in_base(currency, entity, until) for currency in {due.currency for due in found.values()}}
    for due in found.values():
        rate = rates[due.currency]
        if due.total and rate is not None and due.total * rate < own.minimum:
            due.because = f"Less than the minimum of {plain(own.minimum, entity.base_currency)} {entity.base_currency}."
    return list(found.values())


def _in_base(currency: str, entity: LegalEntity, on: date) -> Decimal | None:
    """What one unit of the currency is worth, not rounded, as it is multiplied; None where no rate is known."""
    theirs, ours = ledger.rate(currency, on), ledger.rate(entity.base_currency, on)
    return None if theirs is None or ours is None else ours / theirs


def _item(
    item_id: int,
    applied: packs.Applied | None,
    is_consumer: bool,
    compensates: bool,
    until: date,
    number: str,
    currency: str,
    amount: Decimal,
    due_on: date,
    disputed: bool,
    placed: bool,
    parts: str | None,
    charged: Decimal | None,
    compensated: Decimal | None,
    charged_until: date | None,
) -> Worked:
    terms = applied.of(is_consumer) if applied else None
    facts = {
        "item_id": item_id, "number": number, "amount": amount, "due_on": due_on, "before": charged or NOTHING,
        "charged_until": charged_until, "pack_id": applied.pack.pk if applied else None,
    }  # fmt: skip
    if applied is None:
        return Worked(spans=[], because="Agreed: no interest.", **facts)
    if terms is None:
        return Worked(spans=[], because=f"{applied.pack.name} gives nothing of a private person.", **facts)
    if disputed:
        return Worked(spans=[], because="Disputed.", **facts)
    if placed:
        return Worked(spans=[], because="Handed over: the agency or lawyer claims it.", **facts)
    changes = [rules.Change(date.fromisoformat(day), -Decimal(by)) for day, by in json.loads(parts or "[]")]
    try:
        spans = rules.accrue(amount, changes, due_on, until, terms)
    except rules.NoRate as missing:
        return Worked(spans=[], because=str(missing), **facts)
    owed = rules.whole(spans, currency)
    interest = owed - facts["before"]
    if interest < 0:
        return Worked(
            spans=spans,
            because=f"{plain(-interest, currency)} {currency} too much was charged: reverse a note.",
            **facts,
        )
    once = NOTHING
    if compensates and spans and not compensated:
        once = rules.compensation(terms, spans[0].owed, currency)
    return Worked(spans=spans, interest=interest, compensation=once, **facts)
