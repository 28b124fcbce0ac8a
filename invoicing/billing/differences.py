"""Where invoices differ from what was ordered: price, quantity, tax and terms, line by line, with the amount.

The rule is `invoicing_differences` in the database, and what of it holds a draft is `invoicing_beyond_tolerance`;
issuing asks the same (`o2c.invoicing.invoices.rules`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.core.states import ANY
from o2c.invoicing.billing.running import BillingRefused
from o2c.invoicing.invoices import drafts
from o2c.invoicing.models import AcceptedDifference, BillingTolerance, Invoice
from o2c.orders.models import Account

MOST = 500
LISTED = """
    SELECT i.id, i.number, i.state, i.currency, i.customer_id, c.number, c.name, o.id, o.number, d.kind, d.ordered,
        d.invoiced, d.amount, b.line_id IS NOT NULL
    FROM (
        SELECT i.* FROM invoicing_invoice i
        WHERE i.entity_id = ANY(%(entities)s) AND i.kind = 'invoice' AND i.state = ANY(%(states)s)
            AND EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.invoice_id = i.id AND l.order_line_id IS NOT NULL)
        ORDER BY i.id DESC LIMIT %(most)s
    ) i
    CROSS JOIN LATERAL invoicing_differences(ARRAY[i.id]) d
    LEFT JOIN LATERAL invoicing_beyond_tolerance(ARRAY[i.id]) b ON b.line_id = d.line_id AND b.kind = d.kind
    JOIN orders_customer c ON c.id = i.customer_id
    JOIN orders_orderline l ON l.id = d.order_line_id JOIN orders_order o ON o.id = l.order_id
    WHERE %(kind)s = '' OR d.kind = %(kind)s
    ORDER BY i.id DESC, d.line_id, d.kind
"""


@dataclass(frozen=True)
class Difference:
    """`amount` is what the invoice has more, net, in its currency; `held`: it keeps its draft from being issued."""

    invoice_id: int
    invoice: str
    state: str
    currency: str
    customer_id: int
    customer_number: str
    customer: str
    order_id: int
    order: str
    kind: str
    ordered: str
    invoiced: str
    amount: Decimal
    held: bool


def listed(entity_ids: list[int], *, kind: str = "", drafts_only: bool = True) -> list[Difference]:
    """The differences of the latest drafts, or of the latest invoices, that are of orders."""
    states = ["draft"] if drafts_only else ["draft", "issued"]
    with connection.cursor() as cursor:
        cursor.execute(LISTED, {"entities": entity_ids, "states": states, "kind": kind, "most": MOST})
        return [Difference(*row) for row in cursor.fetchall()]


def accept(invoice: Invoice, *, reason: str, actor: Actor, seen: datetime | None = ANY) -> AcceptedDifference:
    """Let a draft go as it is now; changed afterwards, it is held again. Raises BillingRefused, and LostRace where it
    is no draft any more."""
    reason = reason.strip()
    if not reason:
        raise BillingRefused("Say why.", "reason")
    with acting(actor):
        invoice = drafts.hold(invoice, None if seen is ANY else seen)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(amount), 0), count(*), invoicing_lines_digest(%(id)s)"
                " FROM invoicing_differences(ARRAY[%(id)s::bigint])",
                {"id": invoice.pk},
            )
            amount, count, digest = cursor.fetchone()
        if not count:
            raise BillingRefused("It does not differ from what was ordered.")
        made, _ = AcceptedDifference.objects.update_or_create(
            invoice=invoice,
            defaults={"amount": amount, "digest": digest, "reason": reason[:300], "accepted_by": actor.name},
        )
        outbox.emit("billing.accepted", invoice_id=invoice.pk, entity_id=invoice.entity_id)
        return made


def tolerate(account: Account, *, amount: Decimal, percent: Decimal, actor: Actor) -> BillingTolerance:
    """Say by how much a line of the account's invoices may differ. Raises BillingRefused."""
    if amount < 0:
        raise BillingRefused("At least nothing.", "amount")
    if not 0 <= percent <= 100:
        raise BillingRefused("Between 0 and 100 percent.", "percent")
    with acting(actor):
        made, _ = BillingTolerance.objects.update_or_create(
            account=account, defaults={"amount": amount, "percent": percent}
        )
        return made
