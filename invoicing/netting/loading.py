"""Loading payables from a file: what we owe customers who are vendors too, as the ERP says.

The rows stand in `import_row` (see `o2c.core.imports`). The rule is that of one, `o2c.invoicing.netting.payables.put`.
"""

from o2c.core import outbox
from o2c.core.imports import undoing
from o2c.core.imports.asking import do, firsts, rows
from o2c.core.imports.files import Refused
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.imports.undoing import Undoing
from o2c.invoicing.loading import COMPLETE_LIMIT, COMPLETE_LIMIT_FROM
from o2c.invoicing.models import Payable
from o2c.invoicing.netting import payables
from o2c.orders import loading as customers
from o2c.orders import unloading
from o2c.orders.files.undoing import ask_changed
from o2c.orders.models import Account, Customer, LegalEntity

FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number; not the vendor's"),
    Field("number", required=True, length=100, note="The document's number as the vendor knows it"),
    Field("external_id", length=100, like="number", note="Its key in the source, where that is not the number"),
    Field("issued_on", Type.DATE, required=True),
    Field("due_on", Type.DATE, required=True),
    Field("currency", Type.CURRENCY, required=True),
    Field("amount", Type.AMOUNT, required=True, note="What was owed; more than nothing"),
    Field("open_amount", Type.AMOUNT, note="What is open of it in the source; all of it where empty"),
    Field("as_of", Type.DATE, required=True, note="The day as of which the source says what is open"),
    Field("blocked", Type.FLAG, note="Yes: its payment is blocked, so it is not netted"),
)
TRACKED = (Payable, Account, Customer)


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged payables of a legal entity."""
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {"entity": entity.pk, "source": run.source, "on": run.on}
    stage.reject(VALUES, facts)
    customers.find_or_open(stage, run, entity, create=False)
    do(KNOWN, facts)
    do(LOCK)
    stage.reject(IN_NETTING)
    stage.reject(NETTED)
    stage.warn(OLDER)
    absent = _absent(stage, run, facts) if run.complete else 0
    changed = firsts(CHANGED)
    created = do(NEW, facts)
    payables.recount([*changed, *(firsts("SELECT id FROM import_absent") if absent else [])])
    if created or changed or absent:
        outbox.emit("payables.changed", entity_id=entity.pk)
    return Counts(created=created, updated=len(changed), settled_as_absent=absent)


def _absent(stage: Stage, run: Run, facts: dict) -> int:
    """Nothing is open any more of what the source had open and no longer lists. Raises Refused above the set share."""
    if stage.unkeyed:
        run.say("Some rejected lines have no readable key, so what is absent from the file was left as it is.")
        return 0
    ((was_open, absent, ahead),) = rows(COUNT_ABSENT, facts)
    limit = run.mapping.options.get("complete_limit", COMPLETE_LIMIT)
    if was_open >= COMPLETE_LIMIT_FROM and absent > was_open * limit:
        raise Refused(
            f"{absent} of the {was_open} open payables of {run.source} are absent from the file, more than the"
            f" {limit:.0%} that complete_limit allows. Is it really all that is open?"
        )
    if ahead:
        run.say(f"{ahead} payables that are absent from the file are netted here and not taken over yet: they stay.")
    do(ABSENT, facts)
    return do(PAID)


def undo(taking: Undoing) -> None:
    """Refused where anything of it is in a netting, or anybody changed what was changed."""
    made = f"(SELECT id FROM {undoing.own_rows(taking, Payable)} WHERE made)"  # noqa: S608 our own name
    ask_changed(taking, Payable, "o.number")
    undoing.ask_references(taking, Payable, made)
    taking.refuse_if_built_on()
    changed = firsts("SELECT id FROM undo_invoicing_payable WHERE NOT made")
    taking.undone.restored += undoing.restore(taking, Payable)
    payables.recount(changed)
    taking.undone.taken_back += undoing.remove(Payable, made)
    unloading.remove_unused(taking)


VALUES = """
    SELECT line, w.field, w.value, w.why FROM import_row CROSS JOIN LATERAL (VALUES
        ('amount', amount::text, 'is not more than nothing: a vendor''s credits are not netted', amount <= 0),
        ('open_amount', open_amount::text, 'is not between nothing and the amount',
            NOT open_amount BETWEEN 0 AND amount AND amount > 0),
        ('due_on', due_on::text, 'is before the day of issue', due_on < issued_on),
        ('as_of', as_of::text, 'is later than the day of loading', as_of > %(on)s)) AS w (field, value, why, wrong)
    WHERE state = 'g' AND w.wrong
"""
KNOWN = """
    CREATE TEMP TABLE import_known ON COMMIT DROP AS
    SELECT r.line, p.id, c.id AS customer_id, r.as_of < p.as_of AS older FROM import_row r
    JOIN import_customer c ON c.number = r.customer
    LEFT JOIN invoicing_payable p
        ON p.entity_id = %(entity)s AND p.source = %(source)s AND p.external_id = r.external_id
    WHERE r.state = 'g'
"""
# In the order of the ids, as every writer does.
LOCK = """
    SELECT count(*) FROM (SELECT id FROM invoicing_payable WHERE id = ANY (ARRAY(SELECT id FROM import_known))
                          ORDER BY id FOR NO KEY UPDATE) locked
"""
IN_NETTING = """
    SELECT r.line, w.field, w.value, 'differs from what is known, and stands in a netting'
    FROM import_known k JOIN import_row r ON r.line = k.line JOIN invoicing_payable p ON p.id = k.id
    CROSS JOIN LATERAL (VALUES
        ('amount', r.amount::text, r.amount <> p.amount), ('currency', r.currency, r.currency <> p.currency),
        ('customer', r.customer, k.customer_id <> p.customer_id)) AS w (field, value, wrong)
    WHERE w.wrong AND NOT k.older AND EXISTS (SELECT 1 FROM invoicing_nettedpayable x WHERE x.payable_id = p.id)
"""
WAITING = """
    SELECT x.payable_id, sum(x.amount) AS amount, min('NETTING-' || n.id) AS first
    FROM invoicing_nettedpayable x JOIN invoicing_netting n ON n.id = x.netting_id
    WHERE n.state = 'netted' AND n.taken_over_on IS NULL GROUP BY 1
"""
NETTED = f"""
    SELECT r.line, 'open_amount', r.open_amount::text,
        'is less than the ' || trim_scale(w.amount) || ' ' || p.currency || ' that are netted here and not taken over'
        || ' yet: say first that ' || w.first || ' was'
    FROM import_known k JOIN import_row r ON r.line = k.line AND r.state = 'g' JOIN invoicing_payable p ON p.id = k.id
    JOIN ({WAITING}) w ON w.payable_id = p.id
    WHERE r.open_amount < w.amount AND NOT k.older
"""  # noqa: S608 made of our own words
OLDER = """
    SELECT r.line, 'as_of', r.as_of::text, 'is before ' || p.as_of || ', of which what is open is known; left as it is'
    FROM import_known k JOIN import_row r ON r.line = k.line AND r.state = 'g' JOIN invoicing_payable p ON p.id = k.id
    WHERE k.older
"""
CHANGED = """
    UPDATE invoicing_payable p SET customer_id = n.customer_id, number = n.number, issued_on = n.issued_on,
        due_on = n.due_on, currency = n.currency, amount = n.amount, source_open = n.source_open, as_of = n.as_of,
        blocked = n.blocked, reported_at = clock_timestamp()
    FROM (
        SELECT k.id, k.customer_id, r.number, r.issued_on, r.due_on, r.currency, r.amount,
            coalesce(r.open_amount, r.amount) AS source_open, r.as_of, coalesce(r.blocked, o.blocked) AS blocked
        FROM import_known k JOIN import_row r ON r.line = k.line AND r.state = 'g'
        JOIN invoicing_payable o ON o.id = k.id WHERE NOT k.older
    ) n
    WHERE n.id = p.id AND (p.ahead < 0 OR (n.customer_id, n.number, n.issued_on, n.due_on, n.currency, n.amount,
                                           n.source_open, n.as_of, n.blocked)
        IS DISTINCT FROM (p.customer_id, p.number, p.issued_on, p.due_on, p.currency, p.amount, p.source_open, p.as_of,
                          p.blocked))
    RETURNING p.id
"""
NEW = """
    INSERT INTO invoicing_payable (entity_id, customer_id, source, external_id, number, issued_on, due_on, currency,
                                   amount, source_open, as_of, blocked)
    SELECT %(entity)s, k.customer_id, %(source)s, r.external_id, r.number, r.issued_on, r.due_on, r.currency, r.amount,
        coalesce(r.open_amount, r.amount), r.as_of, coalesce(r.blocked, false)
    FROM import_known k JOIN import_row r ON r.line = k.line AND r.state = 'g' WHERE k.id IS NULL ORDER BY r.line
"""
# What is netted here and not taken over stands: the source cannot have paid it.
_ABSENT = f"""
    FROM invoicing_payable p LEFT JOIN ({WAITING}) w ON w.payable_id = p.id
    WHERE p.entity_id = %(entity)s AND p.source = %(source)s AND p.source_open > 0
"""
_MISSING = """
    NOT EXISTS (SELECT 1 FROM import_row r WHERE r.external_id = p.external_id)
        AND p.as_of <= (SELECT max(r.as_of) FROM import_row r WHERE r.state = 'g')
"""
COUNT_ABSENT = f"""
    SELECT count(*), count(*) FILTER (WHERE {_MISSING}), count(*) FILTER (WHERE {_MISSING} AND w.amount IS NOT NULL)
    {_ABSENT}
"""
ABSENT = f"""
    CREATE TEMP TABLE import_absent ON COMMIT DROP AS
    SELECT p.id {_ABSENT} AND w.amount IS NULL AND {_MISSING}
    ORDER BY p.id FOR NO KEY UPDATE OF p
"""
PAID = """
    UPDATE invoicing_payable p SET source_open = 0, as_of = (SELECT max(as_of) FROM import_row WHERE state = 'g'),
        reported_at = clock_timestamp()
    FROM import_absent a WHERE a.id = p.id
"""

PAYABLES = Kind(
    name="payables",
    title="Payables",
    description="What we owe customers who are vendors too, as the ERP keeps it; by agreement it is netted.",
    right="imports.payables",
    fields=FIELDS,
    key="external_id",
    book=book,
    options={"complete_limit": lambda value: isinstance(value, int | float) and 0 <= value <= 1},
    may_be_complete=True,
    undo=undo,
    tracked=TRACKED,
)
