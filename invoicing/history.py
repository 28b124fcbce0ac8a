"""What a file says is paid already, booked as it became known: with its day, or on the day of loading.

The rows stand in `import_item` (see `o2c.invoicing.loading`); what is booked is collected in `booking`.
"""

from datetime import date

from o2c.invoicing.bookings import Bookings


def pay_new(bookings: Bookings, on: date) -> None:
    """Collect what is paid of the items that were just collected."""
    bookings.add("ANALYZE booking")
    bookings.add(DATED.format(target=NEW, part="w.dated"))
    bookings.add(UNDATED.format(target=NEW, part="(w.paid - w.dated)"), on=on)


def pay_known(bookings: Bookings, on: date) -> None:
    """Collect what is newly paid of items that were here before (`import_change`)."""
    bookings.add(DATED.format(target=KNOWN, part=LEFT_DATED))
    bookings.add(UNDATED.format(target=KNOWN, part=LEFT_UNDATED), on=on)


NEW = "(SELECT line, item_id AS id, issued_on AS counts_from FROM booking WHERE line IS NOT NULL AND settles IS NULL)"
KNOWN = """(SELECT c.line, c.id, c.paid, i.counts_from FROM import_change c JOIN invoicing_openitem i ON i.id = c.id
            WHERE NOT c.supersedes AND abs(c.wants_paid) > abs(c.paid))"""
# Of what is newly paid, the part that has a day: at most what the file dates, at most what is new.
LEFT_DATED = "(sign(w.amount) * least(abs(w.dated), abs(w.paid - t.paid)))"
LEFT_UNDATED = f"(w.paid - t.paid - {LEFT_DATED})"

# Payment history: money for an invoice is a receipt against cash; a credit note was cleared by something elsewhere.
DATED = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, settles, settled, settles_from, is_receipt)
    SELECT w.line, w.customer_id, w.payer_id,
           CASE WHEN w.amount > 0 THEN 'receipt' ELSE 'correction' END,
           CASE WHEN w.amount > 0 THEN 'on_account' ELSE 'correction' END, 'o2c',
           CASE WHEN w.amount > 0 THEN 'Payment' ELSE w.number END,
           w.settled_on, w.settled_on, w.currency, -{part}, w.settled_on, w.settled_on,
           CASE WHEN w.amount > 0 THEN %(cash)s ELSE %(opening)s END, t.id, abs({part}), t.counts_from, w.amount > 0
    FROM import_item w JOIN {target} t ON t.line = w.line
    WHERE w.settled_on IS NOT NULL AND {part} <> 0
"""

# Paid, but nobody says when: it is cleared against the opening balance, and counts from the day of loading.
UNDATED = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, settles, settled, settles_from)
    SELECT w.line, w.customer_id, w.payer_id, 'correction', 'correction', 'o2c', w.number,
           greatest(%(on)s, t.counts_from), greatest(%(on)s, t.counts_from), w.currency, -{part},
           greatest(%(on)s, t.counts_from), greatest(%(on)s, t.counts_from), %(opening)s, t.id, abs({part}),
           t.counts_from
    FROM import_item w JOIN {target} t ON t.line = w.line
    WHERE {part} <> 0
"""
