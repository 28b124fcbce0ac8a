"""Issuing drafts in one run (totals, tax, number, entry, open items), and a plain INSERT of the same rows."""

from datetime import timedelta

from django.db import connection, transaction

from bench.report import Report, timed

INVOICES = 10_000
LINES = 5
A_SECOND = 2_000
# Lines with their nets. Drafts are then summed up, as `drafts.write` leaves them, or taxes and totals are left to the
# run; it works them out in any case, and writes what differs.
DRAFTS = """
    INSERT INTO invoicing_invoice (entity_id, customer_id, payer_id, kind, state, number, numbered_here, cancels,
        issued_on, currency, buyer_reference, order_reference, contract_reference, deliver_to_country, exemption_reason,
        note, line_total, allowance_total, charge_total, net_total, tax_total, gross_total, prepaid, rounding, payable,
        policy, reference, issued_by, created_by)
    SELECT a.entity_id, a.customer_id, c.payer_id, 'invoice', 'draft', '', true, false, %(on)s, %(currency)s, '',
        'PO-' || n, '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', 'bench'
    FROM generate_series(1, %(count)s) n
    JOIN (
        SELECT row_number() OVER (ORDER BY customer_id) - 1 AS place, count(*) OVER () AS of, a.* FROM orders_account a
        WHERE entity_id = %(entity)s
    ) a ON a.place = n %% a.of
    JOIN orders_customer c ON c.id = a.customer_id
    RETURNING id
"""
DRAFT_LINES = """
    INSERT INTO invoicing_invoiceline (invoice_id, position, product, description, quantity, unit, price, price_per,
        category, rate, net)
    SELECT i.id, n, 'P-' || n, 'Part ' || n || ' of the machine', quantity, 'C62', price, 1, 'S',
        CASE WHEN n %% 4 = 0 THEN 7 ELSE 19 END, quantity * price
    FROM unnest(%s::bigint[]) AS i (id) CROSS JOIN generate_series(1, %s) n
    CROSS JOIN LATERAL (SELECT 1 + (i.id + n) %% 7 AS quantity, 10 + (i.id * n) %% 900 + 0.99 AS price) line
"""
# What a run has written, table by table in the order of the keys: the columns that are shifted to make them new.
WRITTEN = {
    "invoicing_entry": ({"id"}, "id IN (SELECT entry_id FROM invoicing_invoice WHERE id = ANY(%(ids)s))"),
    "invoicing_invoice": ({"id", "entry_id"}, "id = ANY(%(ids)s)"),
    "invoicing_invoicetax": ({"id", "invoice_id"}, "invoice_id = ANY(%(ids)s)"),
    "invoicing_openitem": (
        {"id", "entry_id"},
        "entry_id IN (SELECT entry_id FROM invoicing_invoice WHERE id = ANY(%(ids)s))",
    ),
    "invoicing_posting": (
        {"id", "entry_id", "item_id"},
        "entry_id IN (SELECT entry_id FROM invoicing_invoice WHERE id = ANY(%(ids)s))",
    ),
}
SHIFT = 10**12


def measure(report: Report) -> None:
    from o2c.core.actors import SYSTEM
    from o2c.invoicing.invoices import issuing, totals, working
    from o2c.orders.models import LegalEntity

    entity = LegalEntity.objects.order_by("pk").first()
    LegalEntity.objects.filter(vat_id="").update(vat_id="DE123456789")
    count = 1_000 if report.small else INVOICES
    on = report.book.as_of + timedelta(days=1)
    times = {"summed up": [], "bare": []}
    for turn in range(2 if report.small else 6):
        name = list(times)[turn % 2]
        with connection.cursor() as cursor:
            cursor.execute(DRAFTS, {"on": on, "currency": entity.base_currency, "count": count, "entity": entity.pk})
            ids = [row[0] for row in cursor]
            cursor.execute(DRAFT_LINES, [ids, LINES])
            cursor.execute("ANALYZE invoicing_invoice; ANALYZE invoicing_invoiceline; CHECKPOINT")
        if name == "summed up":
            with transaction.atomic():
                working.on(ids)
                totals.calculate()
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE invoicing_invoice, invoicing_invoicetax")
                cursor.execute("CHECKPOINT")
        times[name].append(timed(lambda ids=ids: _issue(issuing, entity, ids, on, SYSTEM)))
    plain = _plain(ids)
    for name, rounds in times.items():
        seconds = min(rounds)
        detail = f"{count / seconds:,.0f} a second; {', '.join(f'{each:.2f} s' for each in rounds)}"
        wanted = A_SECOND * seconds / count
        if name == "bare":
            report.fact(f"issuing {count:,} drafts without totals: wanted over reached", wanted, "x", detail)
        else:
            detail += f"; a plain INSERT of the rows it writes {plain:.2f} s"
            report.limit(f"issuing {count:,} invoices of {LINES} lines: wanted over reached", wanted, "x", 1.0, detail)


def _issue(issuing, entity, ids, on, actor) -> None:
    done = issuing.issue_all(ids, entity=entity, actor=actor, today=on)
    if len(done.numbers) != len(ids):
        raise RuntimeError(f"{len(done.refused)} were refused: {next(iter(done.refused.values()), '')}")


def _plain(ids: list[int]) -> float:
    """Seconds of writing the same rows by INSERT … SELECT, every key, trigger and CHECK on."""
    statements = []
    with connection.cursor() as cursor:
        for table, (shifted, where) in WRITTEN.items():
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            values = [
                f"{name} + {SHIFT}" if name in shifted
                else f"{name} || '-x'" if name == "number" or (name == "external_id" and table == "invoicing_openitem")
                else "amount" if name == "open_amount"
                else name
                for name in columns
            ]  # fmt: skip
            names = ", ".join(columns)
            cursor.execute(
                f"CREATE TEMP TABLE plain_{table} ({names}) AS SELECT {', '.join(values)} FROM {table} WHERE {where}",
                {"ids": ids},
            )
            statements.append(f"INSERT INTO {table} ({names}) SELECT * FROM plain_{table}")
        # Taxes belong to a draft when they are written, so the invoices become issued last.
        cursor.execute("CHECKPOINT")

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE invoicing_invoicetax DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)

    return timed(write)
