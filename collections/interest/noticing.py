"""What a notice costs: the fee of its level, and interest up to its day, charged as it is made and listed in it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from django.db import connection

from o2c.collections.interest import charging
from o2c.collections.interest.charging import Asked
from o2c.collections.letters import Cost
from o2c.collections.models import DunningRun, InterestNote, InterestRules
from o2c.core.actors import Actor, acting
from o2c.core.leases import Lease

Kind = InterestNote.Kind
# Where neither the notice nor the legal entity's rules say by when.
DAYS_TO_PAY = InterestRules._meta.get_field("days_to_pay").default

CHARGES = """
    SELECT EXISTS (
        SELECT FROM collections_notice n
        JOIN collections_noticeline l ON l.notice_id = n.id
        JOIN collections_dunninglevel v ON v.policy_id = coalesce(l.policy_id, n.policy_id) AND v.charges_interest
        WHERE n.run_id = %(run)s AND n.state = 'proposed' AND n.payer_id BETWEEN %(first)s AND %(last)s
    )
"""
# A fee is for chasing a debt: not for fees alone, nor of whom it was agreed that late payment costs nothing.
FEES = """
    SELECT n.id, n.customer_id, n.currency, f.amount, n.pay_by
    FROM collections_notice n
    JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level
    JOIN collections_levelfee f ON f.level_id = v.id AND f.currency = n.currency
    JOIN orders_customer c ON c.id = n.customer_id
    WHERE {notices}
        AND (NOT c.is_consumer OR EXISTS (
            SELECT FROM collections_dunningsettings s WHERE s.entity_id = n.entity_id AND s.fees_from_consumers))
        AND NOT EXISTS (SELECT FROM collections_interestagreement g
            WHERE g.entity_id = n.entity_id AND g.customer_id = n.customer_id AND g.pack_id IS NULL)
        AND EXISTS (SELECT FROM collections_noticeline l JOIN invoicing_openitem i ON i.id = l.item_id
            WHERE l.notice_id = n.id AND l.dropped_because = '' AND i.kind <> 'fee')
    ORDER BY n.id
"""
# Of a head office's notice, each branch owes its own. Where there is a notice for each item, the first tells of all.
BEARING = """
    SELECT DISTINCT ON (i.customer_id, n.currency) i.customer_id, n.currency, n.id, n.pay_by
    FROM collections_notice n
    JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level AND v.charges_interest
    JOIN collections_noticeline l ON l.notice_id = n.id AND l.dropped_because = ''
    JOIN invoicing_openitem i ON i.id = l.item_id AND i.kind = 'invoice'
    WHERE n.id = ANY(%(notices)s) ORDER BY i.customer_id, n.currency, n.id
"""


def prepare(run: DunningRun, lease: Lease) -> None:
    """Where notices of the part may charge interest, wait until nobody else charges any.

    To be called before their items are locked: who waives a note takes the same two locks in this order.
    """
    with connection.cursor() as cursor:
        cursor.execute(CHARGES, {"run": run.pk, "first": lease.first, "last": lease.last})
        (charges,) = cursor.fetchone()
    if charges:
        charging.lock(run.entity)


def charge(run: DunningRun, notices: Collection[int], *, on: date) -> dict[int, tuple[Cost, ...]]:
    """Charge what these notices cost, in the transaction that makes them, as who approved the run; by notice.

    A constant number of statements. Where the legal entity charges no interest, or a rate is missing, there is none,
    and the notice goes without.
    """
    if not notices:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FEES.format(notices="n.id = ANY(%(notices)s)"), {"notices": list(notices)})
        fees = cursor.fetchall()
        cursor.execute(BEARING, {"notices": list(notices)})
        bearing = {(customer, currency): (notice, pay_by) for customer, currency, notice, pay_by in cursor.fetchall()}
    if not fees and not bearing:
        return {}
    actor = Actor(run.approved_by or run.proposed_by)
    with acting(actor):
        rules = InterestRules.objects.filter(entity=run.entity_id).first()
        usual = on + timedelta(days=rules.days_to_pay if rules else DAYS_TO_PAY)
        asked = [
            Asked(Kind.FEE, customer, currency, amount, pay_by or usual, notice)
            for notice, customer, currency, amount, pay_by in fees
        ]
        if rules and bearing:
            charging.lock(run.entity)
            for each in charging.owed(run.entity, bearing, until=on, pay_by=usual):
                notice, pay_by = bearing[each.customer_id, each.currency]
                asked.append(replace(each, notice_id=notice, pay_by=pay_by or usual))
        notes = charging.write(run.entity, asked, until=on, on=on, actor=actor)
    return _told(notes)


def _told(notes: list[InterestNote]) -> dict[int, tuple[Cost, ...]]:
    """Interest first, as it is what the debt itself bears."""
    costs: dict[int, tuple[Cost, ...]] = defaultdict(tuple)
    for note in sorted(notes, key=lambda each: (each.kind != Kind.INTEREST, each.pk)):
        whose = note.customer.name if note.customer_id != note.notice.customer_id else ""
        costs[note.notice_id] += (Cost(note.kind == Kind.FEE, note.number, note.total, note.until, whose),)
    return dict(costs)
