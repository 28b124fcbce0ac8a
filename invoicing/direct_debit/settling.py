"""What the bank's lines make of collections: collected, and come back. Worked out anew from what was booked.

A line that carries our end-to-end id and was taken as a receipt has collected it; the receipt's return is its return.
"""

from collections import defaultdict

from django.db import connection
from django.db.models import F

from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.invoicing.direct_debit import mandates
from o2c.invoicing.direct_debit.words import MANDATE_IS_BAD, of_bank
from o2c.invoicing.models import Collection, Mandate
from o2c.orders.models import LegalEntity

# So many returns that say that the mandate is no good block it.
MOST_RETURNS = 2

COLLECTED = """
    UPDATE invoicing_collection c SET state = 'collected', until = l.booked_on
    FROM invoicing_bankline l
    JOIN invoicing_lineuse u ON u.line_id = l.id AND u.kind = 'receipt' AND u.reverses_id IS NULL
    WHERE l.end_to_end_id <> '' AND l.end_to_end_id = 'DEBIT-' || c.id AND l.entity_id = c.entity_id
        AND l.amount = c.amount
        AND l.currency = c.currency AND c.state IN ('exported', 'accepted') AND c.entity_id = ANY(%(entities)s)
        AND NOT EXISTS (SELECT 1 FROM invoicing_lineuse r WHERE r.reverses_id = u.id)
"""
# A bank that credits a batch in one sum names no payment: what is settled once its day has come was collected.
SETTLED = """
    UPDATE invoicing_collection c SET state = 'collected', until = r.collect_on
    FROM invoicing_openitem i, invoicing_debitrun r
    WHERE i.id = c.item_id AND r.id = c.run_id AND c.state IN ('exported', 'accepted') AND c.entity_id = %(entity)s
        AND i.open_amount = 0 AND r.collect_on <= %(today)s
"""
RETURNED = """
    UPDATE invoicing_collection c
    SET state = 'returned', until = coalesce(c.until, r.returned_on), reason = left(r.reason, 140), returned_id = r.id
    FROM invoicing_returnedpayment r
    JOIN invoicing_lineuse u ON u.receipt_id = r.receipt_id AND u.kind = 'receipt' AND u.reverses_id IS NULL
    JOIN invoicing_bankline l ON l.id = u.line_id
    WHERE l.end_to_end_id = 'DEBIT-' || c.id AND l.entity_id = c.entity_id
        AND r.id = ANY(%(returns)s) AND c.state IN ('exported', 'accepted', 'collected')
    RETURNING c.mandate_id
"""


def items_settled(payloads: list[dict]) -> None:
    """Handle events of settled items: what the bank has credited is collected."""
    collected({payload["entity_id"] for payload in payloads})


def collected(entity_ids) -> int:
    """Take as collected what a line of the bank with our end-to-end id was used for, or is settled; how many.

    Safe to run again.
    """
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(COLLECTED, {"entities": sorted(entity_ids)})
        count = cursor.rowcount
        for entity in LegalEntity.objects.filter(pk__in=entity_ids).order_by("pk"):
            cursor.execute(SETTLED, {"entity": entity.pk, "today": clock.today(entity.time_zone)})
            count += cursor.rowcount
        return count


def payments_returned(payloads: list[dict]) -> None:
    """Handle events of payments that came back: the collection did, and a mandate that is no good is blocked."""
    ids = sorted({payload["returned_id"] for payload in payloads})
    with acting(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute(RETURNED, {"returns": ids})
            touched = sorted({row[0] for row in cursor.fetchall()})
        block_bad(touched)


def block_bad(mandate_ids: list[int]) -> None:
    """Block the active ones of these mandates that have two returns or rejections for want of a good mandate."""
    bad = Collection.objects.filter(
        mandate__in=mandate_ids, mandate__state=Mandate.State.ACTIVE, state__in=["returned", "rejected"],
        from_on__gte=F("mandate__activated_on"),
    )  # fmt: skip
    found: dict[int, list[str]] = defaultdict(list)
    for mandate_id, reason in bad.order_by("pk").values_list("mandate_id", "reason"):
        if reason[:4].upper() in MANDATE_IS_BAD:
            found[mandate_id].append(reason)
    by_reason: dict[str, list[int]] = defaultdict(list)
    for mandate_id, reasons in found.items():
        if len(reasons) >= MOST_RETURNS:
            by_reason[f"{len(reasons)} collections came back. {of_bank(reasons[-1])}"].append(mandate_id)
    for why, ids in by_reason.items():
        mandates.block(ids, reason=why, actor=SYSTEM)
