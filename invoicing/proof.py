"""The invariants of the books, each a query that finds what breaks it. Empty is proven."""

from dataclasses import dataclass

from django.db import connection

from o2c.invoicing.bank.reconciling import RECEIVED
from o2c.invoicing.netting.payables import COUNTED


@dataclass(frozen=True)
class Finding:
    rule: str
    subject: str
    text: str


RULES = {
    "entries balance": """
        SELECT 'entry ' || entry_id, 'its postings sum to ' || sum(amount) || ' ' || currency
        FROM invoicing_posting GROUP BY entry_id, currency HAVING sum(amount) <> 0
    """,
    "entries balance in base currency": """
        SELECT 'entry ' || entry_id, 'its postings sum to ' || coalesce(sum(base_amount), 0) || ' in base currency'
        FROM invoicing_posting GROUP BY entry_id
        HAVING coalesce(sum(base_amount), 0) <> 0 OR count(base_amount) NOT IN (0, count(*))
    """,
    "every entry has postings": """
        SELECT 'entry ' || e.id, 'it has no postings' FROM invoicing_entry e
        WHERE NOT EXISTS (SELECT 1 FROM invoicing_posting p WHERE p.entry_id = e.id)
    """,
    "items equal their postings": """
        SELECT 'item ' || i.id, 'amount ' || i.amount || ', posted to receivables ' || coalesce(p.amount, 0)
        FROM invoicing_openitem i LEFT JOIN (
            SELECT p.item_id, p.currency, sum(p.amount) AS amount FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'receivables'
            WHERE p.item_id IS NOT NULL GROUP BY 1, 2
        ) p ON p.item_id = i.id AND p.currency = i.currency
        WHERE i.amount IS DISTINCT FROM p.amount
    """,
    "open amounts equal amounts less allocations": """
        SELECT 'item ' || i.id, 'open ' || i.open_amount || ', allocations leave ' || (i.amount + coalesce(t.delta, 0))
        FROM invoicing_openitem i LEFT JOIN (
            SELECT id, sum(delta) AS delta FROM (
                SELECT debit_item_id AS id, -amount AS delta FROM invoicing_allocation
                UNION ALL SELECT credit_item_id, amount FROM invoicing_allocation
            ) d GROUP BY id
        ) t ON t.id = i.id
        WHERE i.open_amount <> i.amount + coalesce(t.delta, 0)
    """,
    "receivables equal what is open": """
        SELECT 'legal entity ' || e.code, 'receivables ' || coalesce(p.total, 0) || ', open items ' ||
               coalesce(i.total, 0) || ' ' || coalesce(p.currency, i.currency)
        FROM (
            SELECT a.entity_id, p.currency, sum(p.amount) AS total FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'receivables' GROUP BY 1, 2
        ) p FULL JOIN (
            SELECT entity_id, currency, sum(open_amount) AS total FROM invoicing_openitem GROUP BY 1, 2
        ) i ON i.entity_id = p.entity_id AND i.currency = p.currency
        JOIN orders_legalentity e ON e.id = coalesce(p.entity_id, i.entity_id)
        WHERE coalesce(p.total, 0) <> coalesce(i.total, 0)
    """,
    "revaluations are taken back on the next day": """
        SELECT 'entry ' || e.id, 'it has no reversal on ' || (e.effective_on + 1) FROM invoicing_entry e
        WHERE e.kind = 'revaluation' AND NOT EXISTS (
            SELECT 1 FROM invoicing_entry r WHERE r.reverses_id = e.id AND r.effective_on = e.effective_on + 1
        )
    """,
    "allocations pair both signs of one entity and currency": """
        SELECT 'allocation ' || a.id, 'its items do not fit each other' FROM invoicing_allocation a
        JOIN invoicing_openitem d ON d.id = a.debit_item_id JOIN invoicing_openitem c ON c.id = a.credit_item_id
        WHERE d.amount <= 0 OR c.amount >= 0 OR d.entity_id <> c.entity_id
            OR d.currency <> a.currency OR c.currency <> a.currency
    """,
    "receipts equal their items": """
        SELECT 'receipt ' || r.id, 'amount ' || r.amount || ', its item ' || i.amount
        FROM invoicing_receipt r JOIN invoicing_openitem i ON i.id = r.item_id
        WHERE r.amount <> -i.amount OR r.currency <> i.currency OR r.entity_id <> i.entity_id
    """,
    "refunds to be paid equal their account": """
        SELECT 'legal entity ' || e.code, 'refunds to be paid ' || coalesce(r.total, 0) || ', their account '
            || coalesce(p.total, 0) || ' ' || coalesce(p.currency, r.currency)
        FROM (
            SELECT a.entity_id, p.currency, sum(p.amount) AS total FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'refunds' GROUP BY 1, 2
        ) p FULL JOIN (
            SELECT entity_id, currency, sum(amount) AS total FROM invoicing_refund
            WHERE state IN ('approved', 'exported') GROUP BY 1, 2
        ) r ON r.entity_id = p.entity_id AND r.currency = p.currency
        JOIN orders_legalentity e ON e.id = coalesce(p.entity_id, r.entity_id)
        WHERE coalesce(p.total, 0) + coalesce(r.total, 0) <> 0
    """,
    "netted payables are netting receipts": """
        SELECT 'netting ' || n.id, 'its receipt is '
            || coalesce(CASE WHEN r.reversed_on IS NULL THEN r.amount ELSE 0 END, 0) || ', its payables '
            || coalesce(p.amount, 0) || ', what stands settled by it ' || coalesce(a.amount, 0)
        FROM invoicing_netting n LEFT JOIN invoicing_receipt r ON r.id = n.receipt_id
        LEFT JOIN (SELECT netting_id, sum(amount) AS amount FROM invoicing_nettedpayable GROUP BY 1) p
            ON p.netting_id = n.id
        LEFT JOIN LATERAL (
            SELECT sum(a.amount) AS amount FROM invoicing_allocation a JOIN invoicing_netteditem x
                ON x.netting_id = n.id AND x.item_id = a.debit_item_id WHERE a.credit_item_id = r.item_id
        ) a ON true
        WHERE CASE n.state
            WHEN 'netted' THEN r.reversed_on IS NOT NULL OR r.method <> 'netting' OR r.amount IS DISTINCT FROM p.amount
                OR r.amount IS DISTINCT FROM a.amount
            WHEN 'undone' THEN r.reversed_on IS NULL OR coalesce(a.amount, 0) <> 0
            ELSE r.id IS NOT NULL OR p.amount IS DISTINCT FROM n.amount END
        UNION ALL
        SELECT 'receipt ' || r.id, r.number || ' is of no netting' FROM invoicing_receipt r
        WHERE r.method = 'netting' AND NOT EXISTS (SELECT 1 FROM invoicing_netting n WHERE n.receipt_id = r.id)
    """,
    "payables are netted as far as nettings say": f"""
        SELECT 'payable ' || p.id, p.number || ' has ' || p.netted || ' of ' || p.amount || ' netted and is ' || p.ahead
            || ' ahead, its nettings say ' || t.netted || ' and ' || t.ahead
        FROM invoicing_payable p JOIN ({COUNTED} GROUP BY p.id) t ON t.id = p.id
        WHERE (p.netted, p.ahead) IS DISTINCT FROM (t.netted, t.ahead) OR p.netted > p.amount
    """,  # noqa: S608 made of our own words
    "payers follow customers": """
        SELECT 'item ' || i.id, 'its payer is ' || i.payer_id || ', its customer''s ' || c.payer_id
        FROM invoicing_openitem i JOIN orders_customer c ON c.id = i.customer_id WHERE i.payer_id <> c.payer_id
    """,
    "numbers have no gaps": """
        SELECT 'series ' || s.owner || ' ' || s.series || ' ' || s.year,
            (s.next - s.first) || ' numbers taken, ' || count(d.number) || ' used'
        FROM core_numberseries s
        LEFT JOIN core_numberpattern p ON p.owner = s.owner AND p.series = s.series
        -- o2c.core.numbering.Pattern.head, and its standards
        CROSS JOIN LATERAL (SELECT coalesce(p.prefix, CASE s.series
                WHEN 'receipt' THEN 'R' WHEN 'invoice' THEN 'INV' WHEN 'mandate' THEN 'M'
                WHEN 'interest' THEN 'IN' WHEN 'delivery' THEN 'DN' WHEN 'order' THEN 'SO' ELSE 'CN' END)
            || CASE coalesce(p.year_digits, 4)
                WHEN 4 THEN lpad(s.year::text, 4, '0') WHEN 2 THEN lpad((s.year % 100)::text, 2, '0') ELSE '' END
            || coalesce(p.separator, '-') AS text) head
        LEFT JOIN orders_legalentity e ON e.code = s.owner
        LEFT JOIN (
            SELECT entity_id, 'receipt' AS series, number FROM invoicing_receipt WHERE number <> ''
            UNION ALL SELECT entity_id, kind, number FROM invoicing_invoice WHERE numbered_here AND number <> ''
            UNION ALL SELECT entity_id, 'mandate', reference FROM invoicing_mandate WHERE numbered_here
            UNION ALL SELECT entity_id, 'interest', number FROM invoicing_openitem
                WHERE kind = 'fee' AND source = 'o2c' AND starts_with(external_id, 'interest:')
            UNION ALL SELECT entity_id, 'delivery', number FROM orders_delivery
            UNION ALL SELECT entity_id, 'order', number FROM orders_order
        ) d ON d.entity_id = e.id AND d.series = s.series AND starts_with(d.number, head.text)
        GROUP BY s.owner, s.series, s.year, s.next, s.first HAVING count(d.number) <> s.next - s.first
    """,
    "invoices equal their lines": """
        SELECT 'invoice ' || i.id, i.number || ' comes to ' || i.gross_total || ', its lines and taxes to '
            || coalesce(t.total, 0)
        FROM invoicing_invoice i LEFT JOIN (
            SELECT invoice_id, sum(amount) AS total FROM (
                SELECT invoice_id, net AS amount FROM invoicing_invoiceline
                UNION ALL SELECT invoice_id, CASE WHEN is_charge THEN amount ELSE -amount END
                    FROM invoicing_invoiceadjustment WHERE line_id IS NULL
                UNION ALL SELECT invoice_id, tax FROM invoicing_invoicetax
            ) part GROUP BY 1
        ) t ON t.invoice_id = i.id
        WHERE i.gross_total <> coalesce(t.total, 0)
    """,
    "issued invoices are owed": """
        SELECT 'invoice ' || i.id, i.number || ': payable ' || i.payable || ', its items ' || coalesce(o.total, 0)
        FROM invoicing_invoice i LEFT JOIN (
            SELECT entry_id, sum(amount) AS total FROM invoicing_openitem GROUP BY 1
        ) o ON o.entry_id = i.entry_id
        -- what its source posts owes what the item of its source says
        WHERE NOT i.posted_elsewhere AND (
            i.state <> 'draft' AND CASE i.kind WHEN 'invoice' THEN 1 ELSE -1 END * i.payable <> coalesce(o.total, 0)
            OR i.state <> 'draft' AND i.entry_id IS NULL AND i.gross_total <> 0)
    """,
    "bank accounts hold what banks booked": """
        SELECT 'bank account ' || b.id, 'the ledger has ' || coalesce(p.total, 0) || ', its statements booked '
            || coalesce(l.total, 0) || ' and opened with ' || coalesce(o.total, 0) || ' ' || b.currency
        FROM invoicing_bankaccount b LEFT JOIN (
            SELECT a.bank_account_id, sum(p.amount) AS total FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'bank' GROUP BY 1
        ) p ON p.bank_account_id = b.id LEFT JOIN (
            SELECT account_id, sum(amount) AS total FROM invoicing_bankline WHERE is_money GROUP BY 1
        ) l ON l.account_id = b.id LEFT JOIN (
            SELECT s.account_id, sum(p.amount) AS total FROM invoicing_bankstatement s
            JOIN invoicing_posting p ON p.entry_id = s.opening_entry_id
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.bank_account_id = s.account_id GROUP BY 1
        ) o ON o.account_id = b.id
        WHERE coalesce(p.total, 0) <> coalesce(l.total, 0) + coalesce(o.total, 0)
    """,
    "open amounts of bank lines are what is not used": """
        SELECT 'bank line ' || l.id, 'open ' || l.open_amount || ', of '
            || CASE WHEN l.is_money THEN l.amount ELSE 0 END || ' used ' || coalesce(u.used, 0)
        FROM invoicing_bankline l LEFT JOIN (
            SELECT line_id, sum(amount) AS used FROM invoicing_lineuse GROUP BY 1
        ) u ON u.line_id = l.id
        WHERE l.open_amount <> CASE WHEN l.is_money THEN l.amount ELSE 0 END - coalesce(u.used, 0)
    """,
    # Clearing holds what was received and not seen on the bank, less what stands on the bank and nobody has said the
    # meaning of: nothing else may be in it.
    "clearing is what waits on either side": f"""
        SELECT 'legal entity ' || e.code, 'clearing has ' || coalesce(c.amount, 0) || ' ' || keys.currency
            || ', bank lines leave ' || coalesce(w.amount, 0) || ' open and receipts '
            || coalesce(r.amount, 0) || ' not seen on the bank'
        FROM (
            SELECT a.entity_id, p.currency FROM invoicing_posting p
                JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'cash' GROUP BY 1, 2
            UNION SELECT entity_id, currency FROM invoicing_bankline WHERE open_amount <> 0
            UNION SELECT entity_id, currency FROM invoicing_receipt
        ) keys JOIN orders_legalentity e ON e.id = keys.entity_id LEFT JOIN (
            SELECT a.entity_id, p.currency, sum(p.amount) AS amount FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'cash' GROUP BY 1, 2
        ) c ON c.entity_id = keys.entity_id AND c.currency = keys.currency LEFT JOIN (
            SELECT entity_id, currency, sum(open_amount) AS amount FROM invoicing_bankline
            WHERE open_amount <> 0 GROUP BY 1, 2
        ) w ON w.entity_id = keys.entity_id AND w.currency = keys.currency LEFT JOIN (
            {RECEIVED}
        ) r ON r.entity_id = keys.entity_id AND r.currency = keys.currency
        WHERE coalesce(c.amount, 0) + coalesce(w.amount, 0) <> coalesce(r.amount, 0)
    """,  # noqa: S608 made of our own words
    "payments make their batch": """
        SELECT 'bank line ' || b.id, 'amount ' || b.amount || ', its payments ' || m.total
        FROM invoicing_bankline b JOIN (
            SELECT batch_id, sum(amount) AS total FROM invoicing_bankline
            WHERE batch_id IS NOT NULL AND is_money GROUP BY 1
        ) m ON m.batch_id = b.id
        WHERE b.amount <> m.total OR b.is_money
    """,
    "what is applied stands": """
        SELECT 'proposal ' || p.id, 'it is ' || p.state || CASE p.state
            WHEN 'applied' THEN ', and its receipt is reversed' ELSE ', and its receipt stands' END
        FROM invoicing_matchproposal p JOIN invoicing_receipt r ON r.id = p.receipt_id
        WHERE (p.state = 'applied') <> (r.reversed_on IS NULL)
    """,
    "what is set aside is booked": """
        SELECT 'use ' || u.id, 'it takes ' || u.amount || ' of a bank line, its entry ' || coalesce(p.total, 0)
        FROM invoicing_lineuse u LEFT JOIN (
            SELECT p.entry_id, sum(p.amount) AS total FROM invoicing_posting p
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'cash' GROUP BY 1
        ) p ON p.entry_id = u.entry_id
        WHERE u.kind = 'set_aside' AND u.amount <> coalesce(p.total, 0)
    """,
}

# Enough to act on; a book with more findings than this has one cause.
MOST_FINDINGS = 100


def proof() -> list[Finding]:
    """Re-derive the books and list what does not hold, at most a hundred findings for each rule."""
    findings = []
    with connection.cursor() as cursor:
        for rule, sql in RULES.items():
            cursor.execute(f"SELECT * FROM ({sql}) broken LIMIT {MOST_FINDINGS}")  # noqa: S608
            findings += [Finding(rule, subject, text) for subject, text in cursor.fetchall()]
    return findings
