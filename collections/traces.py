"""What collectors did about items since a load: it builds on the load, though it does not refer to the items."""

from o2c.core.imports.undoing import Question

# At the customers of the items, in their legal entity; what was called off builds on nothing.
BUILT_ON_ITEMS = (
    Question(
        "item",
        "tasks at its customers since",
        """
        SELECT DISTINCT c.number || ': ' || t.why FROM {rows} u
        JOIN collections_task t ON t.customer_id = u.customer_id AND t.entity_id = u.entity_id
        JOIN orders_customer c ON c.id = t.customer_id
        WHERE t.created_at > %(ended)s::timestamptz AND t.state <> 'cancelled'
        """,
    ),
    Question(
        "item",
        "promises of its customers since",
        """
        SELECT DISTINCT c.number || ' on ' || p.promised_on FROM {rows} u
        JOIN collections_promisetopay p ON p.customer_id = u.customer_id AND p.entity_id = u.entity_id
        JOIN orders_customer c ON c.id = p.customer_id
        WHERE p.recorded_at > %(ended)s::timestamptz AND p.state <> 'withdrawn'
        """,
    ),
    Question(
        "item",
        "payment plans of its customers since",
        """
        SELECT DISTINCT c.number || ' on ' || p.agreed_on FROM {rows} u
        JOIN collections_paymentplan p ON p.customer_id = u.customer_id AND p.entity_id = u.entity_id
        JOIN orders_customer c ON c.id = p.customer_id
        WHERE p.recorded_at > %(ended)s::timestamptz AND p.state <> 'withdrawn'
        """,
    ),
)
