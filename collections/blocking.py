"""Blocking new business with those who owe what a notice of a level tells of, where the level says so."""

from datetime import date

from django.db import connection

from o2c.collections.models import Activity, DunningRun
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.orders import standing

# By the item's own level: a mixed notice of a head office blocks the branches that are so far, and no others.
OWING = """
    SELECT DISTINCT ON (i.customer_id) i.customer_id, n.payer_id, n.id, v.number, v.name
    FROM collections_noticeline l
    JOIN collections_notice n ON n.id = l.notice_id
    JOIN collections_dunninglevel v
        ON v.policy_id = coalesce(l.policy_id, n.policy_id) AND v.number = l.level AND v.blocks
    JOIN invoicing_openitem i ON i.id = l.item_id
    WHERE n.id = ANY(%(notices)s) AND l.dropped_because = ''
    ORDER BY i.customer_id, v.number DESC, n.id
"""


def block(run: DunningRun, notices: list[int], *, on: date) -> int:
    """Block the accounts that these notices' levels say, in the transaction that makes the notices; how many.

    Each with its reason, and for whoever looks at the customer. An account that is not open stays as it is; a person
    who looks after credit opens it again.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWING, {"notices": notices})
        rows = cursor.fetchall()
    if not rows:
        return 0
    with formats.written_for("en"):
        day = formats.day(on)
    reasons = {
        customer_id: f"Overdue: level {level}, {name}, told on {day} (notice {notice})"
        for customer_id, _, notice, level, name in rows
    }
    payers = {customer_id: payer_id for customer_id, payer_id, *_ in rows}
    actor = Actor(run.approved_by or run.proposed_by)
    with acting(actor):
        blocked = sorted(standing.block(run.entity, reasons, actor=actor))
        Activity.objects.bulk_create(
            Activity(
                entity_id=run.entity_id,
                customer_id=customer_id,
                payer_id=payers[customer_id],
                kind=Activity.Kind.HOLD,
                text=f"Blocked for new business with {run.entity.code}. {reasons[customer_id]}",
                actor=actor.name,
            )
            for customer_id in blocked
        )
        if blocked:
            outbox.emit("accounts.blocked", run_id=run.pk, accounts=len(blocked))
    return len(blocked)
