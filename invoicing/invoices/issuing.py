"""Issuing: drafts become invoices, numbered without gaps, posted, with their open items, all in one transaction.

Every step is one statement over all the drafts that are issued together. The order is that of the locks: the drafts
and what they correct by their ids, the items that a credit note settles, then the counter of the numbers, last.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction
from django.db.models import Prefetch

from o2c.core import clock, locks, numbering, outbox
from o2c.core.actors import Actor, acting
from o2c.core.states import LostRace
from o2c.invoicing import banks, sepa
from o2c.invoicing.cash import by_hand
from o2c.invoicing.direct_debit import mandates
from o2c.invoicing.invoices import of_orders, posting, rules, totals, working
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import BankAccount, Invoice
from o2c.invoicing.papers.references import NoReference, creditor_reference
from o2c.orders import terms
from o2c.orders.models import EarlyPaymentDiscount, Instalment, LegalEntity, PaymentTerms

SERIES = {Invoice.Kind.INVOICE: numbering.INVOICE, Invoice.Kind.CREDIT_NOTE: numbering.CREDIT_NOTE}

# The right (o2c.core.rights) that a person needs to issue one.
RIGHT = {Invoice.Kind.INVOICE: "invoices.issue", Invoice.Kind.CREDIT_NOTE: "invoices.correct"}


@dataclass
class Issued:
    """The numbers that were given, by invoice, and why the others were left as drafts."""

    numbers: dict[int, str] = field(default_factory=dict)
    refused: dict[int, list[Fault]] = field(default_factory=dict)


def issue(invoice: Invoice, *, actor: Actor, today: date | None = None) -> Invoice:
    """Issue one draft. Raises InvoiceRefused where a rule is broken, LostRace where it is a draft no longer."""
    done = issue_all([invoice.pk], entity=invoice.entity, actor=actor, today=today)
    if invoice.pk in done.refused:
        raise InvoiceRefused(done.refused[invoice.pk])
    return Invoice.objects.select_related("entity", "customer", "corrects").get(pk=invoice.pk)


def issue_all(
    ids: Iterable[int],
    *,
    entity: LegalEntity,
    actor: Actor,
    today: date | None = None,
    as_of_issue: bool = False,
    partly: bool = False,
) -> Issued:
    """Issue a legal entity's drafts together, in the order of their days.

    `today` is the entity's day unless said otherwise. The business knows of them from today on; `as_of_issue`: it knew
    of each on its day, as of what another system issued. Where rules are broken nothing is issued, and `refused` says
    why; `partly`: the others are. Raises LostRace where one is no draft of the entity any more.
    """
    today = today or clock.today(entity.time_zone)
    done = Issued()
    with acting(actor):
        locks.share("books", entity.pk)
        working.on(ids)
        held = working.lock(entity)
        if not held.drafts:
            raise LostRace("It is no draft any more: it was issued or thrown away meanwhile.")
        ordered = of_orders.lock()
        if held.corrects:
            posting.lock_items()
        totals.calculate(again=True)
        done.refused = rules.faults(today)
        if done.refused:
            if not partly:
                return done
            working.without(done.refused)
        _prepare(today, as_of_issue)
        posting.prepare(entity)
        done.numbers = _number(entity)
        posting.write(entity, actor)
        _finish(entity, actor)
        of_orders.follow(ordered)
        if held.corrects:
            posting.settle(actor, apply=by_hand(entity) or actor.user_id is None)
        if done.numbers:
            _tell(entity, len(done.numbers))
    return done


def take_over(entries: Mapping[int, int | None], *, entity: LegalEntity, actor: Actor) -> None:
    """Let drafts stand as issued by the system that they came from, which posts them: nothing is posted here. Each
    owes what stands in the entry of its open item, which is given beside it (None: nothing).

    The drafts, and what they cancel, are locked; they have their numbers, and were summed up.
    """
    with acting(actor):
        working.on(entries)
        working.lock(entity)
        ordered = of_orders.lock()
        _prepare(clock.today(entity.time_zone), as_of_issue=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE issuing s SET entry_id = n.entry_id"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS n (invoice_id, entry_id)"
                " WHERE n.invoice_id = s.invoice_id",
                [list(entries), list(entries.values())],
            )
        _number(entity)
        _finish(entity, actor)
        of_orders.follow(ordered)


def hindrances(invoice: Invoice, *, today: date | None = None) -> list[Fault]:
    """What would keep a draft from being issued now."""
    with transaction.atomic():
        working.on([invoice.pk])
        return rules.faults(today or clock.today(invoice.entity.time_zone)).get(invoice.pk, [])


# --- What is fixed when it is issued

ISSUING = """
    CREATE TEMP TABLE issuing ON COMMIT DROP AS
    SELECT d.id AS invoice_id, d.kind, d.customer_id, d.payer_id, d.currency, d.issued_on, d.payable, d.numbered_here,
        d.number, d.cancels, d.corrects_id, coalesce(d.terms_id, k.terms_id) AS terms_id,
        coalesce(k.policy, '') AS policy, CASE d.kind WHEN 'invoice' THEN 1 ELSE -1 END AS sign,
        CASE WHEN %(as_of_issue)s THEN d.issued_on ELSE greatest(d.issued_on, %(today)s) END AS known_on,
        CASE d.kind WHEN 'invoice' THEN d.due_on END AS agreed_due_on, core_minor_unit(d.currency) AS places,
        nextval((SELECT pg_get_serial_sequence('invoicing_entry', 'id')::regclass)) AS entry_id,
        ''::varchar AS reference
    FROM working w JOIN invoicing_invoice d ON d.id = w.invoice_id
    LEFT JOIN orders_account k ON k.customer_id = d.customer_id AND k.entity_id = d.entity_id
"""
# `issue_due`: the days of each set of terms and day of issue. `issue_part`: what falls due when, as open items.
TABLES = """
    CREATE TEMP TABLE issue_due (terms_id bigint, issued_on date, due_on date, PRIMARY KEY (terms_id, issued_on))
        ON COMMIT DROP;
    CREATE TEMP TABLE issue_tier (terms_id bigint, issued_on date, until date, percent numeric) ON COMMIT DROP;
    CREATE TEMP TABLE issue_part (
        item_id bigint NOT NULL DEFAULT nextval('{items}'), invoice_id bigint NOT NULL, position int NOT NULL,
        of int NOT NULL, due_on date NOT NULL, amount numeric(19,4) NOT NULL, opposite_of bigint
    ) ON COMMIT DROP
"""
# A cancellation takes back the very items; another credit note is due at once.
PARTS = """
    INSERT INTO issue_part (invoice_id, position, of, due_on, amount, opposite_of)
    SELECT s.invoice_id, 1, 1, coalesce(s.agreed_due_on, d.due_on, s.issued_on), s.sign * s.payable, NULL
    FROM issuing s LEFT JOIN issue_due d ON d.terms_id = s.terms_id AND d.issued_on = s.issued_on AND s.kind = 'invoice'
    WHERE s.payable <> 0 AND NOT s.cancels
        AND NOT EXISTS (SELECT 1 FROM issue_part p WHERE p.invoice_id = s.invoice_id)
    UNION ALL
    SELECT s.invoice_id, row_number() OVER (PARTITION BY s.invoice_id ORDER BY i.id),
        count(*) OVER (PARTITION BY s.invoice_id), s.issued_on, -i.amount, i.id
    FROM issuing s JOIN invoicing_invoice o ON o.id = s.corrects_id JOIN invoicing_openitem i ON i.entry_id = o.entry_id
    WHERE s.cancels
    ORDER BY 1, 2
"""


def _prepare(today: date, as_of_issue: bool) -> None:
    with connection.cursor() as cursor:
        for table in ("issuing", "issue_due", "issue_tier", "issue_part"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(ISSUING, {"today": today, "as_of_issue": as_of_issue})
        cursor.execute("SELECT pg_get_serial_sequence('invoicing_openitem', 'id')")
        cursor.execute(TABLES.format(items=cursor.fetchone()[0]))
        _fall_due(cursor)
        cursor.execute(PARTS)
        cursor.execute("ANALYZE issuing (invoice_id, corrects_id); ANALYZE issue_part (invoice_id)")


def _fall_due(cursor) -> None:
    """Work out the days of the terms: once for each set and day of issue; by instalments for each invoice."""
    cursor.execute(
        "SELECT DISTINCT terms_id, issued_on FROM issuing WHERE kind = 'invoice' AND terms_id IS NOT NULL ORDER BY 1, 2"
    )
    wanted = cursor.fetchall()
    agreed = _terms({terms_id for terms_id, _ in wanted})
    due = [(pk, on, terms.due_date(on, agreed[pk])) for pk, on in wanted]
    tiers = [(pk, on, *tier) for pk, on in wanted for tier in terms.discount_until(on, agreed[pk])]
    cursor.execute("INSERT INTO issue_due SELECT * FROM unnest(%s::bigint[], %s::date[], %s::date[])", _columns(due, 3))
    cursor.execute(
        "INSERT INTO issue_tier SELECT * FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::numeric[])",
        _columns(tiers, 4),
    )
    in_parts = [pk for pk, facts in agreed.items() if facts.shares]
    if not in_parts:
        return
    cursor.execute(
        "SELECT invoice_id, terms_id, issued_on, payable, currency FROM issuing"
        " WHERE kind = 'invoice' AND payable <> 0 AND agreed_due_on IS NULL AND terms_id = ANY(%s) ORDER BY invoice_id",
        [in_parts],
    )
    parts = []
    for invoice_id, terms_id, issued_on, payable, currency in cursor.fetchall():
        schedule = [part for part in terms.schedule(issued_on, payable, currency, agreed[terms_id]) if part[1]]
        parts += [(invoice_id, place, len(schedule), *part) for place, part in enumerate(schedule, start=1)]
    cursor.execute(
        "INSERT INTO issue_part (invoice_id, position, of, due_on, amount)"
        " SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::date[], %s::numeric[])",
        _columns(parts, 5),
    )


def _terms(ids: set[int]) -> dict[int, terms.Terms]:
    rows = PaymentTerms.objects.filter(pk__in=ids).prefetch_related(
        Prefetch("discounts", EarlyPaymentDiscount.objects.order_by("days")),
        Prefetch("instalments", Instalment.objects.order_by("number")),
    )
    return {row.pk: terms.Terms.of(row) for row in rows}


def _columns(rows: list[tuple], width: int) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


# --- Numbers, and what the payer writes


def _number(entity: LegalEntity) -> dict[int, str]:
    """Number what has no number yet, by day and then by age, and say what the payer writes of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT invoice_id, kind, extract(year FROM issued_on)::int, currency, CASE WHEN NOT numbered_here"
            " THEN number END FROM issuing ORDER BY kind, issued_on, invoice_id"
        )
        numbers: dict[int, str] = {}
        currencies: dict[int, str] = {}
        series: dict[tuple[str, int], list[int]] = {}
        for invoice_id, kind, year, currency, number in cursor.fetchall():
            currencies[invoice_id] = currency
            if number is None:
                series.setdefault((kind, year), []).append(invoice_id)
            else:
                numbers[invoice_id] = number
        for (kind, year), ids in sorted(series.items()):
            given = numbering.reserve(entity.code, SERIES[kind], date(year, 1, 1), len(ids))
            numbers.update(zip(ids, given.texts(), strict=True))
        pay_to = banks.pay_to(entity, set(currencies.values()))
        rows = [
            (pk, number, _reference(number, pay_to[currencies[pk]], currencies[pk])) for pk, number in numbers.items()
        ]
        cursor.execute(
            "UPDATE issuing s SET number = n.number, reference = n.reference"
            " FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[]) AS n (id, number, reference)"
            " WHERE n.id = s.invoice_id",
            _columns(rows, 3),
        )
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS issue_payee (currency varchar(3), facts jsonb) ON COMMIT DROP;"
            " TRUNCATE issue_payee"
        )
        cursor.execute(
            "INSERT INTO issue_payee SELECT * FROM unnest(%s::varchar[], %s::jsonb[])",
            _columns([(currency, json.dumps(_payee(account))) for currency, account in pay_to.items()], 2),
        )
    return numbers


def _reference(number: str, account: BankAccount | None, currency: str) -> str:
    """The creditor reference of a euro transfer (ISO 11649), else the number."""
    if currency == "EUR" and account is not None and account.iban:
        try:
            return creditor_reference(number)
        except NoReference:
            pass
    return number[:40]


def _payee(account: BankAccount | None) -> dict | None:
    if account is None:
        return None
    return {name: getattr(account, name) for name in ("iban", "bic", "account_number", "bank", "currency")}


# --- The invoice itself

# What many of them have in common is put together once.
FINISH = f"""
    WITH seller AS MATERIALIZED (
        SELECT e.base_currency, jsonb_build_object('code', e.code, 'name', e.name, 'address', e.address,
            'country', e.country, 'vat_id', e.vat_id, 'registration_number', e.registration_number, 'email', e.email,
            'phone', e.phone, 'base_currency', e.base_currency, 'peppol_address', e.peppol_address) AS facts
        FROM orders_legalentity e WHERE e.id = %(entity)s
    ), terms AS MATERIALIZED (
        SELECT t.id, jsonb_build_object('code', t.code, 'name', t.name, 'kind', t.kind, 'days', t.days,
            'day_of_month', t.day_of_month) AS facts
        FROM orders_paymentterms t WHERE t.id IN (SELECT terms_id FROM issuing WHERE kind = 'invoice')
    ), collected AS (
        SELECT m.customer_id, to_jsonb(m) - 'customer_id' AS facts FROM ({mandates.COLLECTED}) m
    )
    UPDATE invoicing_invoice i SET state = 'issued', number = s.number, reference = s.reference, payer_id = s.payer_id,
        entry_id = s.entry_id, policy = s.policy, issued_at = statement_timestamp(), issued_by = %(actor)s,
        due_on = CASE s.kind WHEN 'invoice' THEN coalesce(s.agreed_due_on, p.due_on, d.due_on, s.issued_on) END,
        base_tax = CASE WHEN i.currency <> e.base_currency
            THEN invoicing_in_base(i.tax_total, i.currency, e.base_currency, i.issued_on) END,
        deliver_to_country = CASE WHEN i.deliver_to_country = '' AND EXISTS (
                SELECT 1 FROM invoicing_invoicetax t WHERE t.invoice_id = i.id AND t.category = 'K')
            THEN c.country ELSE i.deliver_to_country END,
        seller = e.facts,
        buyer = jsonb_build_object('number', c.number, 'name', c.name, 'street', c.street,
            'postal_code', c.postal_code, 'city', c.city, 'country', c.country, 'vat_id', c.vat_id,
            'language', c.language, 'peppol_address', c.peppol_address),
        agreed = jsonb_build_object(
            'terms', t.facts, 'instalments', coalesce(p.parts, '[]'), 'discounts', coalesce(x.tiers, '[]'),
            'pay_to', b.facts, 'collected', m.facts)
    FROM issuing s
    JOIN orders_customer c ON c.id = s.customer_id
    LEFT JOIN terms t ON t.id = s.terms_id AND s.kind = 'invoice'
    LEFT JOIN issue_due d ON d.terms_id = s.terms_id AND d.issued_on = s.issued_on
    LEFT JOIN issue_payee b ON b.currency = s.currency
    LEFT JOIN collected m ON m.customer_id = s.customer_id AND s.kind = 'invoice' AND s.currency = %(sepa)s
    LEFT JOIN (
        SELECT q.invoice_id, min(q.due_on) AS due_on,
            jsonb_agg(jsonb_build_object('due_on', q.due_on,
                'amount', round(q.amount, g.places)::text) ORDER BY q.position) FILTER (WHERE q.of > 1) AS parts
        FROM issue_part q JOIN issuing g ON g.invoice_id = q.invoice_id GROUP BY 1
    ) p ON p.invoice_id = s.invoice_id
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('until', r.until, 'percent', trim_scale(r.percent)::text,
                'discount', r.discount::text, 'pay', (round(s.payable, s.places) - r.discount)::text) ORDER BY r.until)
                AS tiers
        FROM (SELECT until, percent, round(s.payable * percent / 100, s.places) AS discount
              FROM issue_tier WHERE terms_id = s.terms_id AND issued_on = s.issued_on) r
        WHERE s.kind = 'invoice' AND r.discount <> 0
    ) x ON true
    CROSS JOIN seller e
    WHERE i.id = s.invoice_id
"""  # noqa: S608 made of our own words
CANCELLED = """
    UPDATE invoicing_invoice o SET state = 'cancelled' FROM issuing s WHERE s.cancels AND o.id = s.corrects_id
"""


def _finish(entity: LegalEntity, actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FINISH, {"entity": entity.pk, "actor": actor.name, "sepa": sepa.CURRENCY})
        cursor.execute(CANCELLED)


def _tell(entity: LegalEntity, count: int) -> None:
    """One event for each customer of few, one for the book of many."""
    outbox.emit("invoices.issued", entity_id=entity.pk)
    if count > 100:
        outbox.emit("book.changed", entity_id=entity.pk)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, bool_or(corrects_id IS NOT NULL) FROM issuing GROUP BY 1 ORDER BY 1")
        for customer_id, corrects in cursor.fetchall():
            if corrects:
                outbox.emit("items.settled", customer_id=customer_id, entity_id=entity.pk)
            else:
                outbox.emit("items.booked", customer_id=customer_id, entity_id=entity.pk)
