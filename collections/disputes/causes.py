"""What customers contest again and again, and what could be checked before it is invoiced.

Which salesperson sold it is not kept here, so causes are told by customer, by product and by legal entity alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.collections.disputes.keeping import DisputeRefused
from o2c.collections.models import Dispute, DisputeSuggestion
from o2c.core import clock, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.orders.models import LegalEntity

STATE = DisputeSuggestion.State
# So many of a kind within so many days are a pattern.
LEAST = 3
DAYS = 90
BY = {"reason": "Reason", "customer": "Customer", "product": "Product", "entity": "Legal entity"}

# Each dispute that was opened in a period, but for what was withdrawn, with what it is about.
# A dispute of an invoice of several products counts for each of them, with their share of what is contested.
ABOUT = {
    "reason": "'' AS subject, NULL::bigint AS subject_id, 1::numeric AS share",
    "customer": "c.name AS subject, c.id AS subject_id, 1::numeric AS share",
    "entity": "e.code AS subject, e.id AS subject_id, 1::numeric AS share",
    "product": "p.product AS subject, NULL::bigint AS subject_id, p.share",
}
OF_PRODUCT = """
    JOIN invoicing_invoice n ON n.entry_id = i.entry_id
    JOIN LATERAL (
        SELECT l.product, CASE WHEN n.line_total > 0 THEN sum(l.net) / n.line_total ELSE 1 END AS share
        FROM invoicing_invoiceline l WHERE l.invoice_id = n.id AND l.product <> '' GROUP BY l.product
    ) p ON true
"""
CAUSES = """
    SELECT t.subject, t.subject_id, t.code, t.name, t.cause, t.currency, count(*) AS disputes,
        sum(round(t.contested * t.share, core_minor_unit(t.currency))) AS contested,
        coalesce(sum(round(t.given * t.share, core_minor_unit(t.currency))), 0) AS given
    FROM (
        SELECT {about}, coalesce(r.code, '') AS code, coalesce(r.name, '') AS name, d.cause, i.currency,
            coalesce(d.amount, i.amount) AS contested,
            CASE WHEN d.resolution IN ('credited', 'written_off', 'replaced')
                THEN coalesce(q.amount, w.amount, d.amount, i.amount) END AS given
        FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id
        JOIN orders_customer c ON c.id = d.customer_id JOIN orders_legalentity e ON e.id = d.entity_id
        LEFT JOIN invoicing_reasoncode r ON r.id = d.code_id
        LEFT JOIN invoicing_creditrequest q ON q.id = d.credit_id AND d.resolution IN ('credited', 'replaced')
        LEFT JOIN invoicing_writeoff w ON w.id = d.write_off_id AND d.resolution = 'written_off'
        {joined}
        WHERE d.entity_id = ANY(%(entities)s) AND d.opened_on BETWEEN %(since)s AND %(until)s
            AND d.resolution <> 'withdrawn'
    ) t
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY disputes DESC, contested DESC, t.subject, t.code, t.cause, t.currency
    LIMIT %(most)s
"""
MOST = 500


@dataclass(frozen=True)
class Cause:
    """So many disputes about a subject, for a reason, of which this was found; `given` was credited or let go of."""

    subject: str
    subject_id: int | None
    code: str
    reason: str
    cause: str
    currency: str
    disputes: int
    contested: Decimal
    given: Decimal

    @property
    def cause_title(self) -> str:
        return Dispute.Cause(self.cause).label if self.cause else ""


def causes(by: str, since: date, until: date, entity_ids: Collection[int], most: int = MOST) -> list[Cause]:
    """What was contested in a period, by one of BY, the most frequent first. One statement, whatever there is."""
    text = CAUSES.format(about=ABOUT[by], joined=OF_PRODUCT if by == "product" else "")
    facts = {"entities": list(entity_ids), "since": since, "until": until, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(text, facts)
        return [Cause(*row) for row in cursor]


# --- What could be checked before it is invoiced

# Of a kind is what one customer contests for one reason, or what is contested of one product for one reason. Proposed
# once; what was decided is proposed again only by disputes that were opened after that.
PROPOSE = f"""
    WITH opened AS (
        SELECT d.id, d.entity_id, d.customer_id, d.code_id, d.opened_on, d.cause, i.entry_id
        FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id
        WHERE d.entity_id = %(entity)s AND d.code_id IS NOT NULL AND d.resolution NOT IN ('withdrawn', 'rejected')
            AND d.opened_on BETWEEN %(since)s AND %(on)s
    ), of_kind AS (
        SELECT id, opened_on, cause, code_id, customer_id, ''::varchar AS product FROM opened
        UNION ALL
        SELECT DISTINCT o.id, o.opened_on, o.cause, o.code_id, NULL::bigint, l.product
        FROM opened o JOIN invoicing_invoice n ON n.entry_id = o.entry_id
        JOIN invoicing_invoiceline l ON l.invoice_id = n.id AND l.product <> ''
    ), kind AS (
        SELECT k.customer_id, k.product, k.code_id, array_agg(k.id ORDER BY k.id) AS ids, min(k.opened_on) AS first_on,
            max(k.opened_on) AS last_on, coalesce(mode() WITHIN GROUP (ORDER BY nullif(k.cause, '')), '') AS cause
        FROM of_kind k
        WHERE NOT EXISTS (
            SELECT 1 FROM collections_disputesuggestion s
            WHERE s.entity_id = %(entity)s AND s.code_id = k.code_id AND s.product = k.product
                AND s.customer_id IS NOT DISTINCT FROM k.customer_id
                AND (s.state = 'open' OR s.decided_on >= k.opened_on)
        )
        GROUP BY 1, 2, 3 HAVING count(*) >= {LEAST}
    )
    INSERT INTO collections_disputesuggestion (entity_id, customer_id, product, code_id, cause, disputes, first_on,
        last_on, state, note, decided_by, proposed_on)
    SELECT %(entity)s, customer_id, product, code_id, cause, ids, first_on, last_on, 'open', '', '', %(on)s
    FROM kind ORDER BY code_id, customer_id, product
    ON CONFLICT DO NOTHING
"""  # noqa: S608 what is composed here is made of our own words


def propose(entity: LegalEntity, on: date) -> int:
    """Write down what was contested again and again lately, once; how many. Safe to run again."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(PROPOSE, {"entity": entity.pk, "on": on, "since": on - timedelta(days=DAYS - 1)})
        return cursor.rowcount


def decide(suggestion: DisputeSuggestion, to: str, *, note: str = "", actor: Actor) -> DisputeSuggestion:
    """Accept or dismiss what is suggested; what is accepted is checked where orders are kept, by people.

    Raises DisputeRefused once it was decided, and for a dismissal without a reason.
    """
    if to == STATE.DISMISSED and not note.strip():
        raise DisputeRefused("Say why.", "note")
    with acting(actor):
        rows = DisputeSuggestion.objects.select_for_update(no_key=True, of=("self",)).select_related("entity")
        row = rows.get(pk=suggestion.pk)
        if row.state != STATE.OPEN:
            raise DisputeRefused(f"{row.decided_by} has {row.get_state_display().lower()} it already.")
        today = clock.today(row.entity.time_zone)
        states.move(row, to, note=note.strip()[:300], decided_by=actor.name, decided_on=today)
        return row


AFTER = """
    SELECT s.id, (
        SELECT count(DISTINCT d.id) FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id
        WHERE d.entity_id = s.entity_id AND d.code_id = s.code_id AND d.resolution <> 'withdrawn'
            AND d.opened_on > s.decided_on AND d.opened_on <= %(on)s
            AND (s.customer_id IS NULL OR d.customer_id = s.customer_id)
            AND (s.product = '' OR EXISTS (
                SELECT 1 FROM invoicing_invoice n JOIN invoicing_invoiceline l ON l.invoice_id = n.id
                WHERE n.entry_id = i.entry_id AND l.product = s.product))
    ) FROM collections_disputesuggestion s WHERE s.id = ANY(%(ids)s) AND s.state = 'accepted'
"""


def since_accepted(suggestions: Collection[DisputeSuggestion], on: date) -> dict[int, tuple[int, int, Decimal]]:
    """Of each that was accepted: how many of the kind came since, in how many days, and how many were to be expected by
    how often they came before."""
    with connection.cursor() as cursor:
        cursor.execute(AFTER, {"ids": [row.pk for row in suggestions], "on": on})
        counts = dict(cursor.fetchall())
    told = {}
    for row in suggestions:
        if row.pk in counts:
            days = (on - row.decided_on).days
            told[row.pk] = counts[row.pk], days, (Decimal(len(row.disputes)) * days / DAYS).quantize(Decimal("0.1"))
    return told
