"""Which of a mandate's collections each is: first, recurrent, one-off, final (EPC AT-21).

The first is first until one was collected: a rejected one never was, one that came back was. Several at once are in the
order in which their items are due.
"""

from django.db import connection

# What the customer's bank has or had: a mandate of which there is one of these was used.
USED = ["exported", "accepted", "collected", "returned"]

RESEQUENCE = """
    UPDATE invoicing_collection c SET sequence = t.sequence
    FROM (
        SELECT c.id, CASE
                WHEN m.one_off THEN 'OOFF'
                WHEN m.last AND row_number() OVER same = count(*) OVER (PARTITION BY c.mandate_id) THEN 'FNAL'
                WHEN row_number() OVER same = 1 AND NOT EXISTS (
                    SELECT 1 FROM invoicing_collection u
                    WHERE u.mandate_id = c.mandate_id AND u.state = ANY(%(used)s)
                ) THEN 'FRST'
                ELSE 'RCUR'
            END AS sequence
        FROM invoicing_collection c
        JOIN invoicing_mandate m ON m.id = c.mandate_id
        JOIN invoicing_openitem i ON i.id = c.item_id
        WHERE c.run_id = %(run)s AND c.state = 'proposed'
        WINDOW same AS (PARTITION BY c.mandate_id ORDER BY i.due_on, c.id)
    ) t
    WHERE t.id = c.id AND c.sequence <> t.sequence
"""


def resequence(run_id: int) -> None:
    """Say of each collection of a run which one it is, as things are now. The mandates are locked by the caller."""
    with connection.cursor() as cursor:
        cursor.execute(RESEQUENCE, {"run": run_id, "used": USED})
