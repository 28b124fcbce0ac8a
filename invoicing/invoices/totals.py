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

LINES = f"""
    UPDATE invoicing_invoiceline l SET net = t.net
    FROM (
        SELECT l.id, round(l.quantity * l.price / l.price_per + coalesce(a.added, 0), {PLACES}) AS net
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        JOIN invoicing_invoiceline l ON l.invoice_id = w.invoice_id
        LEFT JOIN (
            SELECT line_id, sum(CASE WHEN is_charge THEN amount ELSE -amount END) AS added
            FROM invoicing_invoiceadjustment JOIN working USING (invoice_id) WHERE line_id IS NOT NULL GROUP BY 1
        ) a ON a.line_id = l.id
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

# BR-S-8 and its sisters: what is taxed alike; BR-CO-17: its tax.
TAXES = f"""
    CREATE TEMP TABLE working_tax ON COMMIT DROP AS
    SELECT t.invoice_id, t.category, t.rate, sum(t.amount) AS taxable,
        round(sum(t.amount) * t.rate / 100, min({PLACES})) AS tax
    FROM (
        SELECT l.invoice_id, l.category, l.rate, l.net AS amount
        FROM invoicing_invoiceline l JOIN working w ON w.invoice_id = l.invoice_id
        UNION ALL
        SELECT a.invoice_id, a.category, a.rate, CASE WHEN a.is_charge THEN a.amount ELSE -a.amount END
        FROM invoicing_invoiceadjustment a JOIN working w ON w.invoice_id = a.invoice_id WHERE a.line_id IS NULL
    ) t
    JOIN invoicing_invoice i ON i.id = t.invoice_id
    GROUP BY 1, 2, 3
"""
GONE_TAXES = """
    DELETE FROM invoicing_invoicetax t USING working w
    WHERE t.invoice_id = w.invoice_id AND NOT EXISTS (
        SELECT 1 FROM working_tax n WHERE (n.invoice_id, n.category, n.rate, n.taxable, n.tax)
            = (t.invoice_id, t.category, t.rate, t.taxable, t.tax))
"""
NEW_TAXES = """
    INSERT INTO invoicing_invoicetax (invoice_id, category, rate, taxable, tax)
    SELECT invoice_id, category, rate, taxable, tax FROM working_tax ORDER BY invoice_id, rate DESC, category
    ON CONFLICT (invoice_id, category, rate) DO NOTHING
"""

TOTALS = """
    UPDATE invoicing_invoice i SET line_total = t.line_total, allowance_total = t.allowances, charge_total = t.charges,
        net_total = t.line_total - t.allowances + t.charges, tax_total = t.tax,
        gross_total = t.line_total - t.allowances + t.charges + t.tax,
        payable = t.line_total - t.allowances + t.charges + t.tax - t.prepaid + t.rounding
    FROM (
        SELECT i.id, i.prepaid, i.rounding, coalesce(l.net, 0) AS line_total, coalesce(a.allowances, 0) AS allowances,
            coalesce(a.charges, 0) AS charges, coalesce(x.tax, 0) AS tax
        FROM working w
        JOIN invoicing_invoice i ON i.id = w.invoice_id
        LEFT JOIN (
            SELECT l.invoice_id, sum(l.net) AS net
            FROM invoicing_invoiceline l JOIN working w ON w.invoice_id = l.invoice_id GROUP BY 1
        ) l ON l.invoice_id = i.id
        LEFT JOIN (
            SELECT a.invoice_id, sum(a.amount) FILTER (WHERE a.is_charge) AS charges,
                sum(a.amount) FILTER (WHERE NOT a.is_charge) AS allowances
            FROM invoicing_invoiceadjustment a JOIN working w ON w.invoice_id = a.invoice_id
            WHERE a.line_id IS NULL GROUP BY 1
        ) a ON a.invoice_id = i.id
        LEFT JOIN (SELECT invoice_id, sum(tax) AS tax FROM working_tax GROUP BY 1) x ON x.invoice_id = i.id
    ) t
    WHERE t.id = i.id AND (i.line_total, i.allowance_total, i.charge_total, i.tax_total, i.payable) IS DISTINCT FROM
        (t.line_total, t.allowances, t.charges, t.tax,
         t.line_total - t.allowances + t.charges + t.tax - t.prepaid + t.rounding)
"""


def calculate() -> None:
    """Sum up the drafts that are worked on (`working.on`)."""
    with connection.cursor() as cursor:
        for statement in (LINE_PERCENTS, LINES, PERCENTS, "DROP TABLE IF EXISTS working_tax", TAXES):
            cursor.execute(statement)
        cursor.execute("ANALYZE working_tax")
        for statement in (GONE_TAXES, NEW_TAXES, TOTALS):
            cursor.execute(statement)
