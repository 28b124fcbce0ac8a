"""Open items of a day in a list, filtered and cut into pages by the database."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.invoicing.models import OpenItem

# Each order is total, so that pages neither repeat nor leave out a row.
ORDERS = {
    "due": "b.due_on, b.item_id",
    "newest": "b.due_on DESC, b.item_id DESC",
    "amount": "b.balance DESC, b.item_id",
    "credits": "b.balance, b.item_id",
}


@dataclass(frozen=True)
class Row:
    """An item as it stood on the day; `days_late` is negative before the due date."""

    id: int
    number: str
    kind: str
    entity: str
    customer_id: int
    customer_number: str
    customer_name: str
    collector: str
    issued_on: date
    due_on: date
    days_late: int
    disputed_on: date | None
    currency: str
    amount: Decimal
    balance: Decimal

    @property
    def kind_title(self) -> str:
        return OpenItem.Kind(self.kind).label


@dataclass(frozen=True)
class Listing:
    """Which items: slicing it asks the database. Amounts are signed; credits are negative."""

    as_of: date
    entity_ids: tuple[int, ...]
    customer: str = ""
    currency: str = ""
    collector: str = ""
    late_over: int | None = None
    late_up_to: int | None = None
    order: str = "due"

    def __getitem__(self, rows: slice) -> list[Row]:
        where, facts = self._where()
        # Nothing of the caller's is in the text: the order and the conditions are this module's own.
        sql = f"""
            SELECT i.id, i.number, i.kind, e.code, c.id, c.number, c.name, coalesce(u.username, ''), i.issued_on,
                   b.due_on, %(as_of)s::date - b.due_on, b.disputed_on, b.currency, b.amount, b.balance
            FROM (
                SELECT b.* FROM invoicing_balances(%(as_of)s) b {self._joins()}
                WHERE {where} ORDER BY {ORDERS[self.order]} LIMIT %(limit)s OFFSET %(offset)s
            ) b
            JOIN invoicing_openitem i ON i.id = b.item_id
            JOIN orders_customer c ON c.id = b.customer_id
            JOIN orders_legalentity e ON e.id = b.entity_id
            LEFT JOIN orders_account a ON a.customer_id = b.customer_id AND a.entity_id = b.entity_id
            LEFT JOIN core_user u ON u.id = a.collector_id
            ORDER BY {ORDERS[self.order]}
        """  # noqa: S608
        start = rows.start or 0
        with connection.cursor() as cursor:
            cursor.execute(sql, {**facts, "limit": rows.stop - start, "offset": start})
            return [Row(*row) for row in cursor.fetchall()]

    def totals(self) -> list[tuple[str, int, Decimal]]:
        """How many items there are and what is open of them, for each currency."""
        where, facts = self._where()
        sql = f"""
            SELECT b.currency, count(*), sum(b.balance) FROM invoicing_balances(%(as_of)s) b {self._joins()}
            WHERE {where} GROUP BY 1 ORDER BY 1
        """  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, facts)
            return cursor.fetchall()

    def overdue(self) -> "Listing":
        return replace(self, late_over=max(self.late_over or 0, 0))

    def _joins(self) -> str:
        if not self.collector:
            return ""
        return """
            LEFT JOIN orders_account a ON a.customer_id = b.customer_id AND a.entity_id = b.entity_id
            LEFT JOIN core_user u ON u.id = a.collector_id
        """

    def _where(self) -> tuple[str, dict]:
        conditions = ["b.entity_id = ANY(%(entities)s)"]
        if self.customer:
            conditions.append("b.customer_id = (SELECT id FROM orders_customer WHERE number = %(customer)s)")
        if self.currency:
            conditions.append("b.currency = %(currency)s")
        if self.collector:
            conditions.append("coalesce(u.username, '') = %(collector)s")
        # due dates, not differences, so that an index on them could serve
        if self.late_over is not None:
            conditions.append("b.due_on < %(as_of)s::date - %(late_over)s::int")
        if self.late_up_to is not None:
            conditions.append("b.due_on >= %(as_of)s::date - %(late_up_to)s::int")
        facts = {
            "as_of": self.as_of,
            "entities": list(self.entity_ids),
            "customer": self.customer,
            "currency": self.currency,
            "collector": "" if self.collector == NOBODY else self.collector,
            "late_over": self.late_over,
            "late_up_to": self.late_up_to,
        }
        return " AND ".join(conditions), facts


# What the filter calls customers without a collector; no user can have this name.
NOBODY = "-"
