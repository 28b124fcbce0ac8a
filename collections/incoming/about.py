"""Which customer a message is about, of many messages in one statement: its key says it, or a row that it is of.

A key is `notice:17`, `statement:3:5` (of a run, to a customer), `debits:3:5`, `invoice:8:1`, `answer:9:1` (to a mail),
`inquiry:4:1` (its first answer).
"""

from django.db import models
from django.db.models.expressions import RawSQL

from o2c.core.models import Message

# Only figures are read as a number: a key of another form is about nobody.
NUMBER = "nullif(regexp_replace(split_part(%(expressions)s, ':', {}), '\\D.*$', ''), '')::bigint"


class CustomerOf(models.Func):
    """The customer that a message is about, by its key."""

    template = f"""
        CASE split_part(%(expressions)s, ':', 1)
            WHEN 'notice' THEN (SELECT n.customer_id FROM collections_notice n WHERE n.id = {NUMBER.format(2)})
            WHEN 'invoice' THEN (SELECT i.customer_id FROM invoicing_invoice i WHERE i.id = {NUMBER.format(2)})
            WHEN 'answer' THEN (SELECT a.customer_id FROM collections_incomingmail a WHERE a.id = {NUMBER.format(2)})
            WHEN 'inquiry' THEN (SELECT q.customer_id FROM collections_inquiry q WHERE q.id = {NUMBER.format(2)})
            WHEN 'statement' THEN {NUMBER.format(3)}
            WHEN 'debits' THEN {NUMBER.format(3)}
        END
    """  # noqa: S608 made of our own words
    output_field = models.BigIntegerField(null=True)


# The keys of a row's messages lie side by side in the index of patterns.
OF_CUSTOMER = """(
    SELECT n.message_id FROM collections_notice n WHERE n.customer_id = %s AND n.message_id IS NOT NULL
    UNION
    SELECT s.message_id FROM invoicing_statement s WHERE s.customer_id = %s AND s.message_id IS NOT NULL
    UNION
    SELECT m.id FROM invoicing_collection c JOIN core_message m ON m.key = 'debits:' || c.run_id || ':' || c.customer_id
    WHERE c.customer_id = %s
    UNION
    SELECT m.id FROM (
        SELECT 'invoice:' || i.id AS key FROM invoicing_invoice i WHERE i.customer_id = %s
        UNION ALL
        SELECT 'answer:' || a.id FROM collections_incomingmail a WHERE a.customer_id = %s
        UNION ALL
        SELECT 'inquiry:' || q.id FROM collections_inquiry q WHERE q.customer_id = %s
    ) row JOIN core_message m ON m.key ~>=~ (row.key || ':') AND m.key ~<~ (row.key || ';')
)"""


def with_customer(rows: models.QuerySet[Message]) -> models.QuerySet[Message]:
    """Each with the `customer` that it is about, None where that is nobody."""
    return rows.annotate(customer=CustomerOf("key"))


def of_customer(rows: models.QuerySet[Message], customer_id: int) -> models.QuerySet[Message]:
    """Those that are about a customer."""
    return rows.filter(pk__in=RawSQL(OF_CUSTOMER, [customer_id] * 6))  # noqa: S611 the number is a parameter
