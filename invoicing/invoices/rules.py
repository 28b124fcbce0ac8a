"""What must hold before an invoice is issued: rules of EN 16931-1 by their numbers, and the books' own.

They are asked of all the invoices that are worked on at once; what breaks one is told with the place in the draft and a
sentence for who wrote it.
"""
# ruff: noqa: S608 what is composed here is made of our own words

from collections import defaultdict
from datetime import date

from django.db import connection

from o2c.core.refusals import Fault

# `d` is the draft, `e` its legal entity, `c` its customer, `k` the account, `x` what is taxed on it. All drafts are
# gone through once: of each is asked whether it breaks a rule, and only of those that do what there is to say.
DRAFTS = """
    working w JOIN invoicing_invoice d ON d.id = w.invoice_id
    JOIN orders_legalentity e ON e.id = d.entity_id JOIN orders_customer c ON c.id = d.customer_id
    LEFT JOIN orders_account k ON k.customer_id = d.customer_id AND k.entity_id = d.entity_id
    LEFT JOIN (
        SELECT t.invoice_id, array_agg(t.category) AS categories
        FROM working JOIN invoicing_invoicetax t USING (invoice_id) GROUP BY 1
    ) x ON x.invoice_id = d.id
"""
# Each: when it is broken, the place, the rule, and what to do.
RULES = (
    (
        # Without lines nothing is asked of the table of all lines but where they could be missing.
        "d.line_total = 0 AND NOT EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.invoice_id = d.id)",
        "/lines", "BR-16", "'There are no lines.'",
    ),
    (
        "e.vat_id = '' AND 'O' <> ANY (x.categories)",
        "/entity", "BR-S-2", "e.code || ' has no VAT id; say it where the legal entity is set up.'",
    ),
    (
        "c.vat_id = '' AND x.categories && '{AE,K}'",
        "/customer", "BR-AE-2",
        "c.number || ' has no VAT id, which reverse charge and intra-community supplies need.'",
    ),
    (
        "d.delivered_on IS NULL AND d.period_from IS NULL AND 'K' = ANY (x.categories)",
        "/delivered_on", "BR-IC-11", "'Say when it was delivered, or over which period.'",
    ),
    (
        "d.deliver_to_country = '' AND c.country = '' AND 'K' = ANY (x.categories)",
        "/deliver_to_country", "BR-IC-12", "'Say to which country it was delivered.'",
    ),
    (
        "d.exemption_reason = '' AND 'E' = ANY (x.categories)",
        "/exemption_reason", "BR-E-10", "'Say why it is exempt from tax.'",
    ),
    (
        "'O' = ANY (x.categories) AND 'O' <> ANY (x.categories)",
        "/lines", "BR-O-11", "'What is outside the scope of tax stands on an invoice of its own.'",
    ),
    ("d.period_until < d.period_from", "/period_until", "BR-29", "'The period ends before it begins.'"),
    (
        "d.gross_total < 0 OR d.net_total < 0",
        "/lines", "negative",
        "CASE d.kind WHEN 'invoice' THEN 'It comes to less than nothing: write a credit note.'"
        " ELSE 'It comes to less than nothing: amounts of a credit note are positive.' END",
    ),
    (
        "d.gross_total >= 0 AND d.payable < 0",
        "/prepaid", "BR-CO-16", "'More was received before than it comes to.'",
    ),
    (
        "e.peppol_address <> '' AND c.peppol_address <> '' AND d.buyer_reference = '' AND d.order_reference = ''",
        "/buyer_reference", "PEPPOL-EN16931-R003",
        "c.number || ' is reached over Peppol, where its reference or the number of its order must be said.'",
    ),
    ("k.id IS NULL", "/customer", "account", "c.number || ' has no account with ' || e.code || '; open one.'"),
    (
        "d.kind = 'invoice' AND k.standing <> 'open'",
        "/customer", "not-open",
        "c.number || ' is ' || k.standing || ' with ' || e.code || coalesce(': ' || nullif(k.standing_reason, ''), '')"
        " || '. Who agrees credits can open the account again.'",
    ),
    (
        "d.kind = 'invoice' AND d.due_on IS NULL AND d.terms_id IS NULL AND k.terms_id IS NULL AND k.id IS NOT NULL",
        "/terms", "required", "'Say the payment terms: the account has none.'",
    ),
    ("d.due_on < d.issued_on", "/due_on", "range", "'It would be due before it is issued.'"),
    (
        "d.issued_on <= e.closed_until",
        "/issued_on", "closed",
        "'The books of ' || e.code || ' are closed until ' || e.closed_until || ': issue it on a later day.'",
    ),
    ("d.issued_on > %(today)s", "/issued_on", "future", "'It cannot be issued before its day has come.'"),
    (
        "d.currency <> e.base_currency AND d.tax_total <> 0"
        " AND invoicing_in_base(1, d.currency, e.base_currency, d.issued_on) IS NULL",
        "/currency", "BR-53",
        "'There is no exchange rate of ' || d.currency || ' on ' || d.issued_on"
        " || ' or before, by which the tax is due in ' || e.base_currency || '.'",
    ),
)  # fmt: skip
OF_DRAFTS = f"""
    SELECT d.id, d.cancels, v.pointer, v.code, v.text FROM {DRAFTS}
    CROSS JOIN LATERAL (VALUES {
    ", ".join(f"(({broken}), '{pointer}', '{code}', {text})" for broken, pointer, code, text in RULES)
}) AS v (broken, pointer, code, text)
    WHERE ({" OR ".join(f"({broken})" for broken, *_ in RULES)}) AND v.broken
"""
# What is wrong with a line's tax shows in the sums of the taxes, which are fewer.
OF_LINES = """
    SELECT d.id, d.cancels, '/lines/' || (l.position - 1) || '/rate',
        'BR-' || replace(l.category, 'K', 'IC') || '-5',
        CASE l.category WHEN 'S' THEN 'The standard rate of tax is more than 0 %%.'
            ELSE 'Only the standard rate of tax is more than 0 %%.' END
    FROM (
        SELECT DISTINCT t.invoice_id FROM working JOIN invoicing_invoicetax t USING (invoice_id)
        WHERE CASE t.category WHEN 'S' THEN t.rate = 0 ELSE t.rate <> 0 END
    ) t JOIN invoicing_invoice d ON d.id = t.invoice_id
    JOIN invoicing_invoiceline l ON l.invoice_id = d.id
    WHERE CASE l.category WHEN 'S' THEN l.rate = 0 ELSE l.rate <> 0 END
"""
OF_ADJUSTMENTS = """
    SELECT d.id, d.cancels, '/adjustments/' || (a.position - 1) || '/rate',
        'BR-' || replace(a.category, 'K', 'IC') || '-6',
        'The standard rate of tax is more than 0 %%, every other is 0 %%.'
    FROM working w JOIN invoicing_invoiceadjustment a ON a.invoice_id = w.invoice_id AND a.line_id IS NULL
    JOIN invoicing_invoice d ON d.id = w.invoice_id
    WHERE (a.category = 'S') <> (a.rate > 0)
"""
# What is credited of an invoice `o`, with what was before and what is being issued beside it.
CREDITS = """
    working w JOIN invoicing_invoice d ON d.id = w.invoice_id AND d.corrects_id IS NOT NULL
    JOIN invoicing_invoice o ON o.id = d.corrects_id
"""
COUNTED = "(n.state <> 'draft' OR EXISTS (SELECT 1 FROM working x WHERE x.invoice_id = n.id))"
OF_CREDITS = (
    f"""
    SELECT d.id, d.cancels, '/corrects', 'corrects', CASE
            WHEN o.state = 'cancelled' THEN o.number || ' is cancelled as a whole.'
            WHEN o.state = 'draft' THEN 'A draft is changed, not credited.'
            WHEN o.kind <> 'invoice' THEN 'Only an invoice is credited.'
            WHEN o.posted_elsewhere THEN o.number || ' is posted by the system that it came from: credit it there.'
            ELSE o.number || ' is another customer''s, or in another currency.' END
    FROM {CREDITS}
    WHERE o.state <> 'issued' OR o.kind <> 'invoice' OR o.posted_elsewhere OR o.entity_id <> d.entity_id
        OR o.customer_id <> d.customer_id OR o.currency <> d.currency
    """,
    f"""
    SELECT d.id, d.cancels, '/lines', 'over-credited', 'Of ' || o.number || ' only '
            || round(o.gross_total - s.before, core_minor_unit(o.currency)) || ' ' || o.currency
            || ' are left to credit.'
    FROM {CREDITS} CROSS JOIN LATERAL (
        SELECT coalesce(sum(n.gross_total) FILTER (WHERE n.state <> 'draft'), 0) AS before,
            coalesce(sum(n.gross_total), 0) AS altogether
        FROM invoicing_invoice n WHERE n.corrects_id = o.id AND {COUNTED}
    ) s WHERE s.altogether > o.gross_total
    """,
    f"""
    SELECT d.id, d.cancels, '/lines', 'over-credited', 'Of what ' || o.number || ' taxes at ' || t.category || ' '
            || trim_scale(t.rate) || ' %% less is left to credit.'
    FROM {CREDITS} JOIN invoicing_invoicetax t ON t.invoice_id = d.id
    LEFT JOIN invoicing_invoicetax ot ON ot.invoice_id = o.id AND ot.category = t.category AND ot.rate = t.rate
    CROSS JOIN LATERAL (
        SELECT sum(nt.taxable) AS altogether FROM invoicing_invoice n
        JOIN invoicing_invoicetax nt ON nt.invoice_id = n.id AND nt.category = t.category AND nt.rate = t.rate
        WHERE n.corrects_id = o.id AND {COUNTED}
    ) s WHERE s.altogether > coalesce(ot.taxable, 0) AND s.altogether > 0
    """,
)
# What differs from what was ordered, beyond the account's tolerance, and was not accepted.
OF_ORDERS = """
    SELECT d.id, d.cancels, '/lines/' || (l.position - 1), 'differs',
        CASE b.kind WHEN 'price' THEN 'The price is ' || b.invoiced || ', and ' || b.ordered || ' was ordered'
            WHEN 'tax' THEN 'The tax is ' || b.invoiced || ', and ' || b.ordered || ' was ordered'
            WHEN 'quantity' THEN b.invoiced || ' are invoiced, and ' || b.ordered || ' were ordered'
            ELSE 'The terms are ' || b.invoiced || ', and ' || b.ordered || ' were agreed' END
        || '. Correct it, or let it be accepted with a reason.'
    FROM invoicing_beyond_tolerance((SELECT array_agg(invoice_id) FROM working)) b
    JOIN invoicing_invoice d ON d.id = b.invoice_id JOIN invoicing_invoiceline l ON l.id = b.line_id
"""
# Whatever its invoice lacks, it can be taken back.
ALWAYS = "'closed', 'future', 'corrects', 'over-credited'"
QUERY = f"""
    SELECT f.id, f.pointer, f.code, f.text
    FROM ({" UNION ALL ".join((OF_DRAFTS, OF_LINES, OF_ADJUSTMENTS, OF_ORDERS, *OF_CREDITS))})
        AS f (id, cancels, pointer, code, text)
    WHERE NOT f.cancels OR f.code IN ({ALWAYS}) ORDER BY f.id, f.pointer
"""


def faults(today: date) -> dict[int, list[Fault]]:
    """What is wrong with the invoices that are worked on, by invoice; they are summed up already."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(QUERY, {"today": today})
        for invoice_id, *fault in cursor.fetchall():
            found[invoice_id].append(Fault(*fault))
    return dict(found)
