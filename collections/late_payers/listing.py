"""The list by the rule: once a day who is to be on it, what follows is proposed for, and who is to be released."""

from datetime import date

from django.db import connection
from django.db.models import DateField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from o2c.collections.late_payers import judging, rules
from o2c.collections.late_payers.judging import Judged
from o2c.collections.models import (
    Activity,
    LatePayer,
    LatePayerReview,
    LatePayerRule,
)
from o2c.core import clock, locks, outbox
from o2c.core.actors import SYSTEM, acting
from o2c.orders.models import Customer, LegalEntity

State = LatePayer.State

# What stands already is not proposed: the account has such terms, is not open, or pays by such a pack.
PROPOSE = """
    WITH made AS (
        INSERT INTO collections_latepayerconsequence (late_payer_id, kind, state, terms_id, pack_id, proposed_on,
            applied_by, ended_by, left_because)
        SELECT l.id, k.kind, 'proposed', k.terms_id, k.pack_id, %(as_of)s, '', '', ''
        FROM collections_latepayer l
        JOIN collections_latepayerrule r ON r.id = %(rule)s
        JOIN orders_account a ON a.entity_id = l.entity_id AND a.customer_id = l.customer_id
        LEFT JOIN collections_interestagreement g ON g.entity_id = l.entity_id AND g.customer_id = l.customer_id
        CROSS JOIN LATERAL (VALUES
            ('terms', r.terms_id, NULL::bigint, r.terms_id IS NOT NULL AND a.terms_id IS DISTINCT FROM r.terms_id),
            ('prepayment', r.prepayment_id, NULL, r.prepayment_id IS NOT NULL
                AND a.terms_id IS DISTINCT FROM r.prepayment_id),
            ('hold', NULL, NULL, r.holds AND a.standing = 'open'),
            ('penalty', NULL, r.pack_id, r.pack_id IS NOT NULL AND g.pack_id IS DISTINCT FROM r.pack_id)
        ) AS k (kind, terms_id, pack_id, wanted)
        WHERE l.entity_id = %(entity)s AND l.state = 'listed' AND l.release_from IS NULL AND k.wanted
        ORDER BY l.id, k.kind
        ON CONFLICT DO NOTHING
        RETURNING late_payer_id
    )
    -- stamped, for who follows the changes
    UPDATE collections_latepayer l SET state = l.state
    WHERE l.id IN (SELECT late_payer_id FROM made)
"""


def review(entity: LegalEntity, as_of: date) -> LatePayerReview | None:
    """Look at a legal entity's customers by its rule as of a day: list, propose what follows, propose releases.

    In one transaction and a constant number of statements; the same again changes nothing. None where there is no rule
    that lists, or a later day was looked at already.
    """
    with acting(SYSTEM):
        locks.hold("late_payers", entity.pk)
        rule = rules.in_force(entity, as_of)
        later = LatePayerReview.objects.filter(entity=entity, as_of__gt=as_of).exists()
        if rule is None or not rule.lists or later:
            return None
        holding = {found.customer_id: found for found in judging.holding(entity, as_of, rule)}
        listed = _list(entity, as_of, rule, holding)
        here = LatePayer.objects.filter(entity=entity, state=State.LISTED)
        here.filter(customer__in=list(holding), lapsed_on__isnull=False).update(lapsed_on=None, release_from=None)
        lapsed = here.exclude(customer__in=list(holding))
        lapsed.filter(lapsed_on=None).update(lapsed_on=as_of)
        to_release = _propose_releases(lapsed, as_of, rule)
        with connection.cursor() as cursor:
            cursor.execute(PROPOSE, {"entity": entity.pk, "rule": rule.pk, "as_of": as_of})
        done, made = LatePayerReview.objects.get_or_create(
            entity=entity, as_of=as_of, defaults={"rule": rule, "listed": listed, "to_release": to_release}
        )
        if not made:
            done.rule, done.done_at = rule, clock.now()
            done.listed, done.to_release = done.listed + listed, done.to_release + to_release
            done.save(update_fields=["rule", "done_at", "listed", "to_release"])
        if listed or to_release:
            outbox.emit("late_payers.reviewed", entity_id=entity.pk, listed=listed, to_release=to_release)
        return done


def review_due() -> dict:
    """Review each legal entity whose day has turned since."""
    result = {"listed": 0, "to_release": 0}
    for entity in LegalEntity.objects.filter(late_payer_rules__isnull=False).distinct().order_by("pk"):
        today = clock.today(entity.time_zone)
        if LatePayerReview.objects.filter(entity=entity, as_of__gte=today).exists():
            continue
        done = review(entity, today)
        if done is not None:
            result = {name: count + getattr(done, name) for name, count in result.items()}
    return result


def rules_changed(payloads: list[dict]) -> None:
    """Handle events of rules that say otherwise now: the list is looked at by them at once."""
    for entity in LegalEntity.objects.filter(pk__in={payload["entity_id"] for payload in payloads}).order_by("pk"):
        review(entity, clock.today(entity.time_zone))


def _list(entity: LegalEntity, as_of: date, rule: LatePayerRule, holding: dict[int, Judged]) -> int:
    """Put on the list of whom the rule holds, unless they are on it, or a person has said: not before a day."""
    there = LatePayer.objects.filter(entity=entity, customer__in=list(holding))
    kept_off = set(there.filter(Q(state=State.LISTED) | Q(not_before__gt=as_of)).values_list("customer_id", flat=True))
    payers = dict(
        Customer.objects.filter(pk__in=holding.keys() - kept_off).order_by("pk").values_list("pk", "payer_id")
    )
    rows = LatePayer.objects.bulk_create(
        LatePayer(
            entity=entity,
            customer_id=customer_id,
            payer_id=payer_id,
            rule=rule,
            listed_on=as_of,
            why=judging.sentence(holding[customer_id], rule, entity.base_currency),
            invoices=holding[customer_id].invoices,
            late=holding[customer_id].late,
            late_amount=holding[customer_id].late_amount,
            average_days=holding[customer_id].average,
        )
        for customer_id, payer_id in payers.items()
    )
    Activity.objects.bulk_create(
        Activity(
            entity=entity,
            customer_id=row.customer_id,
            payer_id=row.payer_id,
            kind=Activity.Kind.NOTE,
            text=f"Listed as a persistent late payer: {row.why}",
            actor=SYSTEM.name,
        )
        for row in rows
    )
    return len(rows)


def _propose_releases(rows: QuerySet[LatePayer], as_of: date, rule: LatePayerRule) -> int:
    """Of those of whom it does not hold: since today the ones of whom it has not held for long enough."""
    months = Func(Value(rule.release_months), template="make_interval(months => %(expressions)s)")
    until = Cast(F("lapsed_on") + months, DateField())
    waiting = rows.filter(release_from=None).annotate(until=until)
    return waiting.filter(until__lte=as_of).update(release_from=as_of)
