"""From proposals to receipts: one way, for the automatic run and for a clerk's click alike.

Lines are locked first, then items, each in the order of their ids, and everything is looked at again under these locks:
of two who apply the same proposal, or the same item, one comes first, and the other's proposal is gone. The number of
statements is the same for one proposal and for ten thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from o2c.core import locks, outbox
from o2c.core.actors import Actor, acting
from o2c.invoicing import cash
from o2c.invoicing.bookings import Bookings
from o2c.invoicing.guarding import checks
from o2c.invoicing.matching import learning
from o2c.invoicing.models import MatchProposal
from o2c.orders.models import LegalEntity

# Beyond so many customers, the legal entity's book has changed as a whole.
MANY_CUSTOMERS = 200


class MatchRefused(ValueError):
    """The line cannot be matched so; the text says why."""


class Overtaken(MatchRefused):
    """Somebody else used the money, or settled an item, in between: look again."""


@dataclass(frozen=True)
class Applied:
    """The ids of the proposals that were applied, that were overtaken, and whose money is held in quarantine."""

    applied: list[int]
    gone: list[int]
    held: list[int]


def apply(proposal_ids: Sequence[int], *, actor: Actor, on: date) -> Applied:
    """Apply proposals of one legal entity: receipts, what is let go of, allocations, uses of the lines' money.

    `on` is the day it is decided; the money counts from the day it was booked, or the first on which the books are
    open. What no longer fits (the money used, an item settled, the proposal decided) is gone, and nothing of it is
    written. What the checks of payments hold back stays proposed. Raises AppliedElsewhere where the legal entity's ERP
    applies cash.
    """
    if not proposal_ids:
        return Applied([], [], [])
    with acting(actor):
        entity = _entity(proposal_ids)
        locks.share("books", entity.pk)
        entity.refresh_from_db(fields=["closed_until", "cash_applied_by"])
        if not cash.by_hand(entity):
            raise cash.AppliedElsewhere(entity)
        facts = {"ids": list(proposal_ids), "on": on, "closed": entity.closed_until, "actor": actor.name}
        with connection.cursor() as cursor:
            for statement in (LOCK_LINES, LOCK_ITEMS, WANTED, SPLITS, *MISFITS):
                cursor.execute(statement, facts)
        held = _hold_back()
        bookings = Bookings(entity, actor_name=actor.name)
        try:
            bookings.add(RECEIPTS)
            for what in LET_GO:
                bookings.add(what, **facts)
            bookings.write(settling=ALLOCATIONS)
            with connection.cursor() as cursor:
                for statement in (USES, CONCEDED, DEDUCTED):
                    cursor.execute(statement, facts)
                cursor.execute(DECIDED, facts)
                decided = cursor.fetchall()
                cursor.execute(RIVALS, facts)
                _tell(cursor, entity)
        finally:
            _drop()
        done = sorted(id for id, state in decided if state == MatchProposal.State.APPLIED)
        learning.learn(done, actor=actor)
        return Applied(done, sorted(set(proposal_ids) - set(done) - held), sorted(held))


def apply_one(proposal: MatchProposal, *, actor: Actor, on: date) -> MatchProposal:
    """Apply a proposal because a person says so. One that comes back open is held back: two people look at it first,
    and what was found is kept, so this is no refusal. Raises Overtaken where it no longer fits."""
    done = apply([proposal.pk], actor=actor, on=on)
    proposal.refresh_from_db()
    if done.gone:
        raise Overtaken(
            {
                MatchProposal.State.APPLIED: "This was applied already.",
                MatchProposal.State.REJECTED: "This was rejected; propose it anew.",
                MatchProposal.State.RETURNED: "This was applied, and the payment came back.",
                MatchProposal.State.UNDONE: "This was applied and taken back; propose it anew.",
            }.get(proposal.state, "The money or an item was used for something else in between.")
        )
    return proposal


def _entity(proposal_ids: Sequence[int]) -> LegalEntity:
    entities = list(LegalEntity.objects.filter(matchproposal__in=proposal_ids).distinct()[:2])
    if len(entities) != 1:
        raise MatchRefused("These proposals are not of one legal entity.")
    return entities[0]


def _hold_back() -> set[int]:
    """The proposals whose payments the checks hold back; they are not applied, and stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT line_id, customer_id FROM applying WHERE fits ORDER BY line_id")
        lines = checks.look(cursor.fetchall())
        if not lines:
            return set()
        cursor.execute(
            "DELETE FROM applying_split s USING applying a"
            " WHERE a.proposal_id = s.proposal_id AND a.fits AND a.line_id = ANY(%s)",
            [list(lines)],
        )
        cursor.execute("DELETE FROM applying WHERE fits AND line_id = ANY(%s) RETURNING proposal_id", [list(lines)])
        return {id for (id,) in cursor.fetchall()}


def _tell(cursor, entity: LegalEntity) -> None:
    """Say whose items were settled."""
    cursor.execute(CUSTOMERS)
    customers = [id for (id,) in cursor.fetchall()]
    if len(customers) > MANY_CUSTOMERS:
        outbox.emit("book.changed", entity_id=entity.pk)
    else:
        for customer_id in customers:
            outbox.emit("items.settled", customer_id=customer_id, entity_id=entity.pk)


def _drop() -> None:
    """Another call may come in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS applying, applying_split")
    Bookings.drop()


LOCK_LINES = """
    SELECT id FROM invoicing_bankline
    WHERE id IN (SELECT line_id FROM invoicing_matchproposal WHERE id = ANY(%(ids)s)) ORDER BY id FOR NO KEY UPDATE
"""
LOCK_ITEMS = """
    SELECT id FROM invoicing_openitem
    WHERE id IN (SELECT item_id FROM invoicing_matchsplit WHERE proposal_id = ANY(%(ids)s))
    ORDER BY id FOR NO KEY UPDATE
"""
WANTED = """
    CREATE TEMP TABLE applying ON COMMIT DROP AS
    SELECT p.id AS proposal_id, p.line_id, p.entity_id, p.customer_id, c.payer_id, p.amount, l.currency,
           left(l.remittance, 200) AS reference,
           greatest(l.booked_on, %(closed)s::date + 1) AS received_on,
           greatest(l.booked_on, %(closed)s::date + 1, %(on)s::date) AS known_on,
           p.state = 'open' AND l.is_money AND l.open_amount >= p.amount
               AND row_number() OVER (PARTITION BY p.line_id, p.state ORDER BY p.id) = 1 AS fits
    FROM invoicing_matchproposal p
    JOIN invoicing_bankline l ON l.id = p.line_id
    JOIN orders_customer c ON c.id = p.customer_id
    WHERE p.id = ANY(%(ids)s)
"""
SPLITS = """
    CREATE TEMP TABLE applying_split ON COMMIT DROP AS
    SELECT s.*, i.customer_id, i.payer_id, i.number, i.currency, i.effective_on, i.known_on, i.open_amount,
           i.entity_id = a.entity_id AND i.currency = a.currency AND i.superseded_on IS NULL
               AND CASE WHEN s.amount < 0 OR i.amount < 0
                   THEN i.amount < 0 AND s.discount + s.charge + s.difference + s.deduction = 0
                       AND sum(s.amount) OVER mine >= i.open_amount
                   ELSE sum(s.amount + s.discount + s.charge + s.difference + s.deduction) OVER mine
                       + CASE WHEN s.deduction > 0 THEN coalesce((
                           SELECT sum(d.amount) FROM invoicing_deduction d WHERE d.item_id = i.id AND d.state = 'open'
                       ), 0) ELSE 0 END <= i.open_amount
               END AS fits
    FROM applying a
    JOIN invoicing_matchsplit s ON s.proposal_id = a.proposal_id
    JOIN invoicing_openitem i ON i.id = s.item_id
    WHERE a.fits
    WINDOW mine AS (PARTITION BY s.item_id ORDER BY a.line_id)
"""
MISFITS = (
    "CREATE INDEX ON applying_split (proposal_id)",
    """
    UPDATE applying a SET fits = false WHERE a.fits AND EXISTS (
        SELECT 1 FROM applying_split s WHERE s.proposal_id = a.proposal_id
        HAVING bool_or(NOT s.fits) OR sum(s.amount) > a.amount OR sum(s.amount) < 0)
    """,
    "DELETE FROM applying_split s USING applying a WHERE a.proposal_id = s.proposal_id AND NOT a.fits",
    "ANALYZE applying",
    "ANALYZE applying_split",
)
RECEIPTS = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, is_receipt, receipt_method,
                         receipt_reference)
    SELECT proposal_id, customer_id, payer_id, 'receipt', 'on_account', 'o2c', 'Payment', received_on, received_on,
           currency, -amount, received_on, known_on, %(cash)s, true, 'transfer', reference
    FROM applying WHERE fits
"""
# Kind, column and account of what is let go of with a payment.
_LET_GO = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, settles, settled, settles_from)
    SELECT s.proposal_id, s.customer_id, s.payer_id, '{entry}', '{kind}', 'o2c', s.number, d.day, d.day, s.currency,
           -s.{column}, d.day, greatest(a.known_on, s.known_on), {account}, s.item_id, s.{column},
           greatest(s.effective_on, s.known_on)
    FROM applying_split s JOIN applying a USING (proposal_id)
    CROSS JOIN LATERAL (SELECT greatest(a.received_on, s.effective_on) AS day) d
    WHERE s.{column} > 0
"""
LET_GO = (
    _LET_GO.format(entry="discount", kind="discount", column="discount", account="%(discount)s"),
    _LET_GO.format(entry="write_off", kind="charge", column="charge", account="%(bank_charges)s"),
    _LET_GO.format(entry="write_off", kind="write_off", column="difference", account="%(write_off)s"),
)
# The credits of a proposal, those that are netted first and the receipt last, are laid along its items: what
# overlaps is allocated.
ALLOCATIONS = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on, known_on,
                                      actor)
    WITH debit AS (
        SELECT s.*, sum(s.amount) OVER w - s.amount AS since, sum(s.amount) OVER w AS till
        FROM applying_split s WHERE s.amount > 0 WINDOW w AS (PARTITION BY s.proposal_id ORDER BY s.id)
    ), credit AS (
        SELECT proposal_id, item_id, effective_on, known_on, till - size AS since, till FROM (
            SELECT c.*, sum(size) OVER (PARTITION BY proposal_id ORDER BY is_receipt, item_id) AS till FROM (
                SELECT proposal_id, item_id, -amount AS size, effective_on, known_on, false AS is_receipt
                FROM applying_split WHERE amount < 0
                UNION ALL
                SELECT line, item_id, -amount, effective_on, known_on, true FROM booking WHERE is_receipt
            ) c
        ) c
    )
    SELECT d.item_id, c.item_id, d.payer_id, d.currency, least(d.till, c.till) - greatest(d.since, c.since),
           greatest(a.received_on, d.effective_on, c.effective_on), greatest(a.known_on, d.known_on, c.known_on),
           %(actor)s
    FROM debit d JOIN credit c ON c.proposal_id = d.proposal_id AND d.since < c.till AND c.since < d.till
    JOIN applying a ON a.proposal_id = d.proposal_id
    ORDER BY d.id, c.since
"""
# A use says who has paid as well: the trigger writes it to the line together with what is open of it.
USES = """
    INSERT INTO invoicing_lineuse (line_id, kind, amount, receipt_id, effective_on, actor, note)
    SELECT a.line_id, 'receipt', a.amount, r.id, a.received_on, %(actor)s, ''
    FROM applying a JOIN booking b ON b.line = a.proposal_id AND b.is_receipt
    JOIN invoicing_receipt r ON r.item_id = b.item_id ORDER BY a.line_id
"""
# What was let go of goes when the receipt does.
CONCEDED = """
    INSERT INTO invoicing_concession (receipt_id, item_id, settles_id)
    SELECT r.id, b.item_id, b.settles FROM booking b JOIN booking m ON m.line = b.line AND m.is_receipt
    JOIN invoicing_receipt r ON r.item_id = m.item_id WHERE NOT b.is_receipt ORDER BY b.item_id
"""
# As `deductions.record` writes one down and tells of it.
DEDUCTED = """
    WITH made AS (
        INSERT INTO invoicing_deduction (entity_id, customer_id, item_id, receipt_id, reason_id, state, currency,
                                         amount, note, opened_on, actor)
        SELECT a.entity_id, s.customer_id, s.item_id, r.id, s.reason_id, 'open', s.currency, s.deduction, '',
               greatest(a.received_on, %(on)s::date), %(actor)s
        FROM applying_split s JOIN applying a USING (proposal_id)
        JOIN booking b ON b.line = a.proposal_id AND b.is_receipt JOIN invoicing_receipt r ON r.item_id = b.item_id
        WHERE s.deduction > 0 ORDER BY s.id
        RETURNING id, item_id, entity_id
    )
    SELECT core_emit('item.deducted', jsonb_build_object('item_id', item_id, 'deduction_id', id,
                                                         'entity_id', entity_id)) FROM made
"""
DECIDED = """
    UPDATE invoicing_matchproposal p
    SET state = CASE WHEN a.fits THEN 'applied' ELSE 'gone' END, receipt_id = r.id, decided_by = %(actor)s,
        decided_at = now()
    FROM applying a LEFT JOIN booking b ON b.line = a.proposal_id AND b.is_receipt
    LEFT JOIN invoicing_receipt r ON r.item_id = b.item_id
    WHERE p.id = a.proposal_id AND p.state = 'open'
    RETURNING p.id, p.state
"""
RIVALS = """
    UPDATE invoicing_matchproposal p SET state = 'gone', decided_by = %(actor)s, decided_at = now()
    FROM invoicing_bankline l
    WHERE l.id = p.line_id AND p.state = 'open' AND p.amount > l.open_amount
        AND p.line_id IN (SELECT line_id FROM applying WHERE fits)
"""
CUSTOMERS = "SELECT customer_id FROM applying WHERE fits UNION SELECT customer_id FROM applying_split ORDER BY 1"
