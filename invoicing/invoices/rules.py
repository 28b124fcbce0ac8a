"""What must hold before an invoice is issued: rules of EN 16931-1 by their numbers, and the books' own.

Each is a query over the invoices that are worked on; it finds what breaks it, with the place in the draft and a
sentence for who wrote it.
"""
# ruff: noqa: S608 what is composed here is made of our own words

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft: a JSON pointer to the place, the rule, and what to do."""

    pointer: str
    code: str
    text: str


# Each SELECT gives: invoice, pointer, code, text. `d` is the draft, `e` its legal entity, `c` its customer.
DRAFT = """
    FROM working w JOIN invoicing_invoice d ON d.id = w.invoice_id
    JOIN orders_legalentity e ON e.id = d.entity_id JOIN orders_customer c ON c.id = d.customer_id
    LEFT JOIN orders_account k ON k.customer_id = d.customer_id AND k.entity_id = d.entity_id
"""
TAXED = DRAFT + " JOIN invoicing_invoicetax t ON t.invoice_id = d.id"
OF_CATEGORY = "(SELECT 1 FROM invoicing_invoicetax t WHERE t.invoice_id = d.id AND t.category {})"

RULES = (
    f"SELECT d.id, '/lines', 'BR-16', 'There are no lines.' {DRAFT}"
    " WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.invoice_id = d.id)",
    f"""SELECT d.id, '/lines/' || (l.position - 1) || '/rate', 'BR-S-5', 'The standard rate of tax is more than 0 %%.'
        {DRAFT} JOIN invoicing_invoiceline l ON l.invoice_id = d.id WHERE l.category = 'S' AND l.rate = 0""",
    f"""SELECT d.id, '/lines/' || (l.position - 1) || '/rate', 'BR-' || replace(l.category, 'K', 'IC') || '-5',
            'Only the standard rate of tax is more than 0 %%.'
        {DRAFT} JOIN invoicing_invoiceline l ON l.invoice_id = d.id WHERE l.category <> 'S' AND l.rate <> 0""",
    f"""SELECT d.id, '/adjustments/' || (a.position - 1) || '/rate', 'BR-' || replace(a.category, 'K', 'IC') || '-6',
            'The standard rate of tax is more than 0 %%, every other is 0 %%.'
        {DRAFT} JOIN invoicing_invoiceadjustment a ON a.invoice_id = d.id AND a.line_id IS NULL
        WHERE (a.category = 'S') <> (a.rate > 0)""",
    f"""SELECT d.id, '/entity', 'BR-S-2', e.code || ' has no VAT id; say it where the legal entity is set up.' {DRAFT}
        WHERE e.vat_id = '' AND EXISTS {OF_CATEGORY.format("<> 'O'")}""",
    f"""SELECT d.id, '/customer', 'BR-AE-2', c.number || ' has no VAT id, which reverse charge and intra-community'
            ' supplies need.' {DRAFT}
        WHERE c.vat_id = '' AND EXISTS {OF_CATEGORY.format("IN ('AE', 'K')")}""",
    f"""SELECT d.id, '/delivered_on', 'BR-IC-11', 'Say when it was delivered, or over which period.' {DRAFT}
        WHERE d.delivered_on IS NULL AND d.period_from IS NULL AND EXISTS {OF_CATEGORY.format("= 'K'")}""",
    f"""SELECT d.id, '/deliver_to_country', 'BR-IC-12', 'Say to which country it was delivered.' {DRAFT}
        WHERE d.deliver_to_country = '' AND c.country = '' AND EXISTS {OF_CATEGORY.format("= 'K'")}""",
    f"""SELECT d.id, '/exemption_reason', 'BR-E-10', 'Say why it is exempt from tax.' {DRAFT}
        WHERE d.exemption_reason = '' AND EXISTS {OF_CATEGORY.format("= 'E'")}""",
    f"""SELECT d.id, '/lines', 'BR-O-11', 'What is outside the scope of tax stands on an invoice of its own.' {DRAFT}
        WHERE EXISTS {OF_CATEGORY.format("= 'O'")} AND EXISTS {OF_CATEGORY.format("<> 'O'")}""",
    f"""SELECT d.id, '/period_until', 'BR-29', 'The period ends before it begins.' {DRAFT}
        WHERE d.period_until < d.period_from""",
    f"""SELECT d.id, '/lines', 'negative', CASE d.kind WHEN 'invoice'
            THEN 'It comes to less than nothing: write a credit note.'
            ELSE 'It comes to less than nothing: amounts of a credit note are positive.' END {DRAFT}
        WHERE d.gross_total < 0 OR d.net_total < 0""",
    f"SELECT d.id, '/prepaid', 'BR-CO-16', 'More was received before than it comes to.' {DRAFT}"
    " WHERE d.gross_total >= 0 AND d.payable < 0",
    f"SELECT d.id, '/customer', 'account', c.number || ' has no account with ' || e.code || '; open one.' {DRAFT}"
    " WHERE k.id IS NULL",
    f"""SELECT d.id, '/terms', 'required', 'Say the payment terms: the account has none.' {DRAFT}
        WHERE d.kind = 'invoice' AND d.due_on IS NULL AND d.terms_id IS NULL AND k.terms_id IS NULL
            AND k.id IS NOT NULL""",
    f"SELECT d.id, '/due_on', 'range', 'It would be due before it is issued.' {DRAFT} WHERE d.due_on < d.issued_on",
    f"""SELECT d.id, '/issued_on', 'closed', 'The books of ' || e.code || ' are closed until ' || e.closed_until
            || ': issue it on a later day.' {DRAFT} WHERE d.issued_on <= e.closed_until""",
    f"SELECT d.id, '/issued_on', 'future', 'It cannot be issued before its day has come.' {DRAFT}"
    " WHERE d.issued_on > %(today)s",
    f"""SELECT d.id, '/currency', 'BR-53', 'There is no exchange rate of ' || d.currency || ' on ' || d.issued_on
            || ' or before, by which the tax is due in ' || e.base_currency || '.' {DRAFT}
        WHERE d.currency <> e.base_currency AND d.tax_total <> 0
            AND invoicing_in_base(1, d.currency, e.base_currency, d.issued_on) IS NULL""",
    f"""SELECT d.id, '/corrects', 'corrects', CASE
            WHEN o.state = 'cancelled' THEN o.number || ' is cancelled as a whole.'
            WHEN o.state = 'draft' THEN 'A draft is changed, not credited.'
            WHEN o.kind <> 'invoice' THEN 'Only an invoice is credited.'
            ELSE o.number || ' is another customer''s, or in another currency.' END
        {DRAFT} JOIN invoicing_invoice o ON o.id = d.corrects_id
        WHERE o.state <> 'issued' OR o.kind <> 'invoice' OR o.entity_id <> d.entity_id
            OR o.customer_id <> d.customer_id OR o.currency <> d.currency""",
    # What is credited of an invoice, with what was before and what is being issued beside it.
    f"""SELECT d.id, '/lines', 'over-credited', 'Of ' || o.number || ' only '
            || round(o.gross_total - s.before, core_minor_unit(o.currency)) || ' ' || o.currency
            || ' are left to credit.'
        {DRAFT} JOIN invoicing_invoice o ON o.id = d.corrects_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n.gross_total) FILTER (WHERE n.state <> 'draft'), 0) AS before,
                coalesce(sum(n.gross_total), 0) AS altogether
            FROM invoicing_invoice n WHERE n.corrects_id = o.id
                AND (n.state <> 'draft' OR EXISTS (SELECT 1 FROM working x WHERE x.invoice_id = n.id))
        ) s WHERE s.altogether > o.gross_total""",
    f"""SELECT d.id, '/lines', 'over-credited', 'Of what ' || o.number || ' taxes at ' || t.category || ' '
            || trim_scale(t.rate) || ' %% less is left to credit.'
        {TAXED} JOIN invoicing_invoice o ON o.id = d.corrects_id
        LEFT JOIN invoicing_invoicetax ot ON ot.invoice_id = o.id AND ot.category = t.category AND ot.rate = t.rate
        CROSS JOIN LATERAL (
            SELECT sum(nt.taxable) AS altogether FROM invoicing_invoice n
            JOIN invoicing_invoicetax nt ON nt.invoice_id = n.id AND nt.category = t.category AND nt.rate = t.rate
            WHERE n.corrects_id = o.id
                AND (n.state <> 'draft' OR EXISTS (SELECT 1 FROM working x WHERE x.invoice_id = n.id))
        ) s WHERE s.altogether > coalesce(ot.taxable, 0) AND s.altogether > 0""",
)  # fmt: skip
# Whatever its invoice lacks, it can be taken back.
ALWAYS = "'closed', 'future', 'corrects', 'over-credited'"
QUERY = f"""
    SELECT f.id, f.pointer, f.code, f.text FROM ({" UNION ALL ".join(RULES)}) AS f (id, pointer, code, text)
    JOIN invoicing_invoice d ON d.id = f.id WHERE NOT d.cancels OR f.code IN ({ALWAYS}) ORDER BY f.id, f.pointer
"""


def faults(today: date) -> dict[int, list[Fault]]:
    """What is wrong with the invoices that are worked on, by invoice; they are summed up already."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(QUERY, {"today": today})
        for invoice_id, *fault in cursor.fetchall():
            found[invoice_id].append(Fault(*fault))
    return dict(found)
