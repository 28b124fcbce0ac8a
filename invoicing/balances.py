"""What is open of which item on a day. `invoicing_balances(as_of)` in the database is the one rule."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True)
class Balance:
    item_id: int
    currency: str
    due_on: date
    balance: Decimal


def of_customer(customer_id: int, entity_ids: list[int], as_of: date) -> list[Balance]:
    """What a customer owed the legal entities on a day, item by item, oldest due date first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT item_id, currency, due_on, balance FROM invoicing_balances(%s)
            WHERE customer_id = %s AND entity_id = ANY(%s) ORDER BY due_on, item_id
            """,
            [as_of, customer_id, entity_ids],
        )
        return [Balance(*row) for row in cursor.fetchall()]


def of_item(item_id: int, as_of: date) -> Decimal:
    """What was open of one item on a day; zero before it counted and after it was settled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(balance), 0) FROM invoicing_balances(%s) WHERE item_id = %s", [as_of, item_id]
        )
        return cursor.fetchone()[0]
