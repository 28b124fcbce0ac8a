"""What an invoice comes to: the calculation rules of EN 16931-1, set by set.

A line's net amount is rounded once (BT-131), the tax once for each category and rate (BR-CO-17), both half away from
zero to the currency's minor unit; everything else is a sum (BR-CO-10 to BR-CO-16). Drafts that are worked on are
summed up by the same statements whether it is one in a form or a hundred thousand from a file. Only what differs is
written.
"""
# ruff: noqa: S608 what is composed here is made of our own words

from django.db import connection

PLACES = "core_minor_unit(i.currency)"

# A line's percentages are of its quantity times price.
LINE_PERCENTS = f"""
    UPDATE invoicing_invoiceadjustment a SET amount = t.amount
    FROM (
        SELECT a.id, round(l.quantity * l.price / l.price_per * a.percent / 100, {PLACES}) AS amount
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        JOIN invoicing_invoiceadjustment a ON a.invoice_id = w.invoice_id
        JOIN invoicing_invoiceline l ON l.id = a.line_id
        WHERE a.percent IS NOT NULL
    ) t
    WHERE t.id = a.id AND t.amount <> a.amount
"""

# What the adjustments of a line add to it, and what it then comes to: by this the nets are written, and looked through.
ADDED = """
    LEFT JOIN (
        SELECT line_id, sum(CASE WHEN is_charge THEN amount ELSE -amount END) AS added
        FROM invoicing_invoiceadjustment JOIN working USING (invoice_id) WHERE line_id IS NOT NULL GROUP BY 1
    ) b ON b.line_id = l.id
"""
NET = f"round(l.quantity * l.price / l.price_per + coalesce(b.added, 0), {PLACES})"

LINES = f"""
    UPDATE invoicing_invoiceline l SET net = t.net
    FROM (
        SELECT l.id, {NET} AS net
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        JOIN invoicing_invoiceline l ON l.invoice_id = w.invoice_id
        {ADDED}
    ) t
    WHERE t.id = l.id AND t.net <> l.net
"""

# The document's own percentages are of the lines with the same tax.
PERCENTS = f"""
    UPDATE invoicing_invoiceadjustment a SET amount = t.amount
    FROM (
        SELECT a.id, round(coalesce((
            SELECT sum(l.net) FROM invoicing_invoiceline l
            WHERE l.invoice_id = a.invoice_id AND l.category = a.category AND l.rate = a.rate
        ), 0) * a.percent / 100, {PLACES}) AS amount
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        JOIN invoicing_invoiceadjustment a ON a.invoice_id = w.invoice_id
        WHERE a.percent IS NOT NULL AND a.line_id IS NULL
    ) t
    WHERE t.id = a.id AND t.amount <> a.amount
"""

# BR-S-8 and its sisters: what is taxed alike; BR-CO-17: its tax. Every line, allowance and charge of the document is in
# one of the rows. `stands`: whether the nets of its lines are as they must be.
TAXES = f"""
    CREATE TEMP TABLE working_tax ON COMMIT DROP AS
    SELECT t.invoice_id, t.category, t.rate, t.lines, t.allowances, t.charges, t.stands, s.taxable,
        round(s.taxable * t.rate / 100, {PLACES}) AS tax
    FROM (
        SELECT invoice_id, category, rate, coalesce(l.net, 0) AS lines, coalesce(a.allowances, 0) AS allowances,
            coalesce(a.charges, 0) AS charges, coalesce(l.stands, true) AS stands
        FROM (
            SELECT l.invoice_id, l.category, l.rate, sum(l.net) AS net, bool_and(l.net = {NET}) AS stands
            FROM working w
            JOIN invoicing_invoice i ON i.id = w.invoice_id
            JOIN invoicing_invoiceline l ON l.invoice_id = w.invoice_id
            {ADDED}
            GROUP BY 1, 2, 3
        ) l FULL JOIN (
            SELECT a.invoice_id, a.category, a.rate,
                coalesce(sum(a.amount) FILTER (WHERE NOT a.is_charge), 0) AS allowances,
                coalesce(sum(a.amount) FILTER (WHERE a.is_charge), 0) AS charges
            FROM working w JOIN invoicing_invoiceadjustment a ON a.invoice_id = w.invoice_id
            WHERE a.line_id IS NULL GROUP BY 1, 2, 3
        ) a USING (invoice_id, category, rate)
    ) t
    JOIN invoicing_invoice i ON i.id = t.invoice_id
    CROSS JOIN LATERAL (SELECT t.lines - t.allowances + t.charges AS taxable) s
"""
GONE_TAXES = """
    DELETE FROM invoicing_invoicetax t USING working w
    WHERE t.invoice_id = w.invoice_id AND NOT EXISTS (
        SELECT 1 FROM working_tax n WHERE (n.invoice_id, n.category, n.rate, n.taxable, n.tax)
            = (t.invoice_id, t.category, t.rate, t.taxable, t.tax))
"""
# Whatever of them is there by now is as it must be.
NEW_TAXES = """
    INSERT INTO invoicing_invoicetax (invoice_id, category, rate, taxable, tax)
    SELECT invoice_id, category, rate, taxable, tax FROM working_tax n
    WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoicetax t
        WHERE (t.invoice_id, t.category, t.rate) = (n.invoice_id, n.category, n.rate))
    ORDER BY invoice_id, rate DESC, category
"""

TOTALS = """
    UPDATE invoicing_invoice i SET line_total = t.line_total, allowance_total = t.allowances, charge_total = t.charges,
        net_total = t.line_total - t.allowances + t.charges, tax_total = t.tax,
        gross_total = t.line_total - t.allowances + t.charges + t.tax,
        payable = t.line_total - t.allowances + t.charges + t.tax - i.prepaid + i.rounding
    FROM (
        SELECT i.id, coalesce(s.lines, 0) AS line_total, coalesce(s.allowances, 0) AS allowances,
            coalesce(s.charges, 0) AS charges, coalesce(s.tax, 0) AS tax
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        LEFT JOIN (
            SELECT invoice_id, sum(lines) AS lines, sum(allowances) AS allowances, sum(charges) AS charges,
                sum(tax) AS tax
            FROM working_tax GROUP BY 1
        ) s ON s.invoice_id = i.id
        WHERE (i.line_total, i.allowance_total, i.charge_total, i.tax_total, i.payable) IS DISTINCT FROM
            (coalesce(s.lines, 0), coalesce(s.allowances, 0), coalesce(s.charges, 0), coalesce(s.tax, 0),
             coalesce(s.lines - s.allowances + s.charges + s.tax, 0) - i.prepaid + i.rounding)
    ) t
    WHERE t.id = i.id
"""


def calculate(*, again: bool = False) -> None:
    """Sum up the drafts that are worked on (`working.on`).

    `again`: they were summed up when they were written, so that nothing is written anew unless it is found to differ.
    """
    with connection.cursor() as cursor:
        cursor.execute(LINE_PERCENTS)
        stands = again and _sum_up(cursor)
        if not stands:
            cursor.execute(LINES)
        cursor.execute(PERCENTS)
        if not stands or cursor.rowcount:
            _sum_up(cursor)
        for statement in (GONE_TAXES, NEW_TAXES, TOTALS):
            cursor.execute(statement)


def _sum_up(cursor) -> bool:
    """Sum up what is taxed alike; whether the nets of all lines stand."""
    cursor.execute("DROP TABLE IF EXISTS working_tax")
    cursor.execute(TAXES)
    cursor.execute("ANALYZE working_tax (invoice_id)")
    cursor.execute("SELECT coalesce(bool_and(stands), true) FROM working_tax")
    return cursor.fetchone()[0]
