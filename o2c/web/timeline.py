"""Everything that happened with a customer, newest first, from all parts of the product in one statement."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from django.db import connection

from o2c.core.models import User
from o2c.orders.models import Customer, LegalEntity


class BadPlace(ValueError):
    """The place to go on from is not one that a page gave out."""


@dataclass(frozen=True)
class Happening:
    """One thing that happened on a day: what, about what, how much, and what became of it.

    `kind` is one of PARTS and `id` that row's; `detail` is the row's own kind (invoice, call, …) and `state` what it
    is now. `at` orders what happened on a day.
    """

    on: date
    at: datetime
    kind: str
    id: int
    entity: str
    detail: str
    number: str
    amount: Decimal | None
    currency: str
    state: str
    text: str
    actor: str

    @property
    def place(self) -> str:
        """Where the next page goes on."""
        return "~".join((self.on.isoformat(), self.at.isoformat(), self.kind, str(self.id)))


# Each kind's rows of a customer, in the columns COLUMNS. What has no accounting day of its own happened on the day it
# was in the legal entity's time zone.
PARTS = {
    "item": """
        SELECT t.effective_on AS "on", t.recorded_at AS at, t.id, t.entity_id, t.kind AS detail, t.number,
            t.amount, t.currency, CASE WHEN t.open_amount = 0 THEN 'settled' WHEN t.open_amount = t.amount THEN 'open'
            ELSE 'partly_settled' END AS state, 'due ' || t.due_on AS text, '' AS actor
        FROM invoicing_openitem t
        WHERE t.customer_id = %(customer)s AND t.kind NOT IN ('on_account', 'netting')
    """,
    "receipt": """
        SELECT t.received_on, i.recorded_at, t.id, t.entity_id, t.method, t.number, t.amount, t.currency,
            CASE WHEN t.reversed_on IS NULL THEN 'booked' ELSE 'reversed' END, t.reference, ''
        FROM invoicing_receipt t JOIN invoicing_openitem i ON i.id = t.item_id
        WHERE t.customer_id = %(customer)s
    """,
    "allocation": """
        SELECT t.effective_on, t.recorded_at, t.id, i.entity_id,
            CASE WHEN t.amount > 0 THEN 'applied' ELSE 'undone' END, i.number, t.amount, t.currency, '', c.number,
            t.actor
        FROM invoicing_allocation t JOIN invoicing_openitem i ON i.id = t.debit_item_id
        JOIN invoicing_openitem c ON c.id = t.credit_item_id
        WHERE t.payer_id = %(payer)s AND i.customer_id = %(customer)s
    """,
    "notice": """
        SELECT t.as_of, r.created_at, t.id, t.entity_id, 'level ' || t.level, t.items::text, t.total, t.currency,
            coalesce(m.state, t.state), coalesce(m.recipient, t.cancelled_because), r.proposed_by
        FROM collections_notice t JOIN collections_dunningrun r ON r.id = t.run_id
        LEFT JOIN core_message m ON m.id = t.message_id
        WHERE t.customer_id = %(customer)s AND t.scenario_id IS NULL
    """,
    "task": """
        SELECT (t.created_at AT TIME ZONE e.time_zone)::date, t.created_at, t.id, t.entity_id, t.kind, '',
            NULL::numeric, '', t.state, t.why, t.created_by
        FROM collections_task t JOIN orders_legalentity e ON e.id = t.entity_id WHERE t.customer_id = %(customer)s
    """,
    "activity": """
        SELECT (t.happened_at AT TIME ZONE e.time_zone)::date, t.happened_at, t.id, t.entity_id, t.kind, '',
            NULL::numeric, '', t.outcome, t.text, t.actor
        FROM collections_activity t JOIN orders_legalentity e ON e.id = t.entity_id
        WHERE t.customer_id = %(customer)s AND t.kind NOT IN ('promise', 'plan', 'dispute', 'inquiry')
    """,
    "mail": """
        SELECT (t.came_at AT TIME ZONE e.time_zone)::date, t.came_at, t.id, t.entity_id, t.kind, '',
            NULL::numeric, '', t.state, t.subject, coalesce(nullif(t.writer, ''), t.address)
        FROM collections_incomingmail t JOIN orders_legalentity e ON e.id = t.entity_id
        WHERE t.customer_id = %(customer)s
    """,
    "promise": """
        SELECT t.promised_on, t.recorded_at, t.id, t.entity_id, 'by ' || t.pay_by, '', t.amount, t.currency, t.state,
            '', t.actor
        FROM collections_promisetopay t WHERE t.customer_id = %(customer)s
    """,
    "promise_withdrawn": """
        SELECT t.withdrawn_on, t.recorded_at, t.id, t.entity_id, 'by ' || t.pay_by, '', t.amount, t.currency, t.state,
            '', ''
        FROM collections_promisetopay t WHERE t.customer_id = %(customer)s AND t.withdrawn_on IS NOT NULL
    """,
    "plan": """
        SELECT t.agreed_on, t.recorded_at, t.id, t.entity_id, 'until ' || t.ends_on, '', t.amount, t.currency, t.state,
            t.note, t.actor
        FROM collections_paymentplan t WHERE t.customer_id = %(customer)s
    """,
    "plan_withdrawn": """
        SELECT t.withdrawn_on, t.updated_at, t.id, t.entity_id, 'until ' || t.ends_on, '', t.amount, t.currency,
            t.state, t.withdrawn_because, ''
        FROM collections_paymentplan t WHERE t.customer_id = %(customer)s AND t.withdrawn_on IS NOT NULL
    """,
    "dispute": """
        SELECT t.opened_on, t.recorded_at, t.id, t.entity_id, '', i.number, NULL::numeric, '',
            CASE WHEN t.closed_on IS NULL THEN 'open' ELSE 'closed' END, t.reason, t.actor
        FROM collections_dispute t JOIN invoicing_openitem i ON i.id = t.item_id WHERE t.customer_id = %(customer)s
    """,
    "dispute_closed": """
        SELECT t.closed_on, t.recorded_at, t.id, t.entity_id, t.resolution, i.number, NULL::numeric, '', 'closed',
            coalesce(nullif(t.note, ''), t.reason), ''
        FROM collections_dispute t JOIN invoicing_openitem i ON i.id = t.item_id
        WHERE t.customer_id = %(customer)s AND t.closed_on IS NOT NULL
    """,
    "inquiry": """
        SELECT (t.received_at AT TIME ZONE e.time_zone)::date, t.received_at, t.id, t.entity_id, t.kind, '',
            NULL::numeric, '', t.state, t.subject, t.actor
        FROM collections_inquiry t JOIN orders_legalentity e ON e.id = t.entity_id WHERE t.customer_id = %(customer)s
    """,
    "inquiry_answered": """
        SELECT (a.answered_at AT TIME ZONE e.time_zone)::date, a.answered_at, t.id, t.entity_id, a.how, '',
            NULL::numeric, '', '', coalesce(nullif(a.subject, ''), t.subject), a.actor
        FROM collections_inquiry t JOIN collections_inquiryanswer a ON a.inquiry_id = t.id
        JOIN orders_legalentity e ON e.id = t.entity_id WHERE t.customer_id = %(customer)s
    """,
    "hold": """
        SELECT t.from_on, t.recorded_at, t.id, t.entity_id, coalesce('until ' || t.until, 'until lifted'),
            coalesce(i.number, ''), NULL::numeric, '', '', t.reason, t.actor
        FROM collections_hold t LEFT JOIN invoicing_openitem i ON i.id = t.item_id
        WHERE t.customer_id = %(customer)s
    """,
    "placement": """
        SELECT t.placed_on, t.placed_at, t.id, t.entity_id, a.kind, a.name, s.amount, t.currency, t.state, t.reason,
            t.placed_by
        FROM collections_placement t JOIN collections_agency a ON a.id = t.agency_id
        CROSS JOIN LATERAL (SELECT sum(amount) AS amount FROM collections_placeditem WHERE placement_id = t.id) s
        WHERE t.customer_id = %(customer)s
    """,
    "placement_ended": """
        SELECT t.ended_on, t.updated_at, t.id, t.entity_id, a.kind, a.name, NULL::numeric, '', t.state, t.end_reason,
            t.ended_by
        FROM collections_placement t JOIN collections_agency a ON a.id = t.agency_id
        WHERE t.customer_id = %(customer)s AND t.ended_on IS NOT NULL
    """,
}
COLUMNS = '"on", at, id, entity_id, detail, number, amount, currency, state, text, actor'
# What a reader may choose to see.
GROUPS = {
    "money": ("item", "receipt", "allocation"),
    "letters": ("notice", "mail", "inquiry", "inquiry_answered"),
    "agreed": ("promise", "promise_withdrawn", "plan", "plan_withdrawn"),
    "contested": ("dispute", "dispute_closed", "hold", "placement", "placement_ended"),
    "work": ("task", "activity"),
}
# Each part brings at most what a page can show, so that the union sorts little.
PART = f"""
    (SELECT '{{kind}}'::text COLLATE "C" AS kind, part.* FROM ({{sql}}) AS part ({COLUMNS})
    WHERE (part.entity_id IS NULL OR part.entity_id = ANY(%(entities)s)) AND part."on" <= %(on)s
        AND (part."on", part.at, '{{kind}}'::text COLLATE "C", part.id) < (%(on)s, %(at)s, %(kind)s, %(id)s){{said}}
    ORDER BY part."on" DESC, part.at DESC, part.id DESC LIMIT %(limit)s)
"""  # noqa: S608
SAID = """
        AND concat_ws(' ', part.detail, part.number, part.state, part.text, part.actor) ILIKE %(said)s"""
TIMELINE = """
    SELECT t."on", t.at, t.kind, t.id, coalesce(e.code, ''), t.detail, t.number, t.amount, t.currency, t.state, t.text,
        t.actor
    FROM ({parts}) t LEFT JOIN orders_legalentity e ON e.id = t.entity_id
    ORDER BY t."on" DESC, t.at DESC, t.kind DESC, t.id DESC LIMIT %(limit)s
"""
# Later than anything that happens.
END = (date(9999, 12, 31), datetime(9999, 12, 31, tzinfo=UTC), "~", 0)


def timeline(
    customer: Customer, user: User, *, limit: int = 50, before: str = "", kinds: Iterable[str] = (), said: str = ""
) -> list[Happening]:
    """What happened with the customer in the legal entities the user sees, newest first, at most so much.

    `before` is the `place` of the last one seen; `kinds` which of PARTS, all where none is named; `said` a text that
    its words must have in them. Raises BadPlace for a place that no page gave out.
    """
    on, at, kind, id = _place(before) if before else END
    facts = {
        "customer": customer.pk,
        "payer": customer.payer_id,
        "entities": list(LegalEntity.objects.for_user(user).values_list("pk", flat=True)),
        "limit": limit,
        "on": on,
        "at": at,
        "kind": kind,
        "id": id,
        "said": f"%{_escaped(said)}%",
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(kinds) or tuple(PARTS), bool(said)), facts)
        return [Happening(*row) for row in cursor]


@cache
def _statement(kinds: tuple[str, ...], is_searched: bool) -> str:
    parts = (PART.format(kind=kind, sql=PARTS[kind], said=SAID if is_searched else "") for kind in kinds)
    return TIMELINE.format(parts=" UNION ALL ".join(parts))


def _escaped(text: str) -> str:
    """As a pattern of LIKE: what is a sign there stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _place(text: str) -> tuple[date, datetime, str, int]:
    try:
        on, at, kind, id = text.split("~")
        moment = datetime.fromisoformat(at)
        if kind not in PARTS or moment.tzinfo is None:
            raise ValueError(text)
        return date.fromisoformat(on), moment, kind, int(id)
    except ValueError:
        raise BadPlace(f"{text!r} is no place in a timeline.") from None
