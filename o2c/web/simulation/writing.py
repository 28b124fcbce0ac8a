"""Rows into the real tables by COPY, every trigger, key and CHECK on.

Rows are collected in the order their tables need and go out in batches, while the next batch is being made.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from io import StringIO

from django.db import connection

ACTOR = "simulation"

# In the order in which they can be written: what is referred to comes first.
TABLES = {
    "orders_customer": "id, number, name, vat_id, country, language, street, postal_code, city,"
    " parent_id, payer_id, source, external_id",
    "orders_customerbankaccount": "customer_id, iban, bic",
    "orders_contact": "customer_id, name, role, email, phone, language, in_use",
    "orders_account": "customer_id, entity_id, currency, segment, terms_id, credit_limit, collector_id,"
    " channel, policy",
    "invoicing_entry": "id, entity_id, payer_id, kind, text, effective_on, known_on, actor",
    "invoicing_openitem": "id, entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on, due_on,"
    " currency, amount, open_amount, base_amount, cycle, effective_on, known_on, entry_id",
    "invoicing_posting": "id, entry_id, account_id, item_id, currency, amount, base_amount",
    "invoicing_receipt": "id, entity_id, customer_id, payer_id, number, method, currency, amount, received_on,"
    " reference, item_id",
    "invoicing_allocation": "id, debit_item_id, credit_item_id, payer_id, currency, amount, effective_on, known_on,"
    " actor",
    "collections_dispute": "id, item_id, entity_id, customer_id, payer_id, state, reason, opened_on,"
    " closed_on, actor",
    "collections_hold": "id, customer_id, entity_id, payer_id, reason, from_on, until, actor",
    "collections_promisetopay": "id, entity_id, customer_id, payer_id, currency, amount, promised_on, pay_by, state,"
    " paid, actor",
    "collections_promiseditem": "promise_id, item_id, amount",
    "collections_activity": "id, entity_id, customer_id, payer_id, kind, outcome, text, actor, happened_at",
}  # fmt: skip
BATCH = 120_000

_ISO: dict[int, str] = {}


def iso(ordinal: int) -> str:
    """The day as PostgreSQL reads it."""
    text = _ISO.get(ordinal)
    if text is None:
        text = _ISO[ordinal] = date.fromordinal(ordinal).isoformat()
    return text


def field(value) -> str:
    """One value as COPY's text format writes it."""
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    text = str(value)
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


class Writer:
    """Collects rows and copies them. Use it as a context: leaving it well writes what is left, and sets sequences."""

    def __init__(self):
        self.rows: dict[str, list[str]] = {table: [] for table in TABLES}
        self.counts = dict.fromkeys(TABLES, 0)
        self.waiting = 0
        self.helper = ThreadPoolExecutor(max_workers=1)
        self.under_way: Future | None = None

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, error, trace) -> None:
        try:
            if error is None:
                self.flush()
                self.settle()
        finally:
            self.helper.shutdown()

    def add(self, table: str, *values) -> None:
        self.rows[table].append("\t".join(map(field, values)))
        self.waiting += 1

    def add_lines(self, table: str, *lines: str) -> None:
        """Rows that are written out already: the fast way of the big tables."""
        self.rows[table].extend(lines)
        self.waiting += len(lines)

    def breathe(self) -> None:
        """Send a batch off where one is full. Call it between stories, when all that belongs together is there."""
        if self.waiting >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand over what is there; waits only for the batch before."""
        batch = {table: rows for table, rows in self.rows.items() if rows}
        for table, rows in batch.items():
            self.counts[table] += len(rows)
            self.rows[table] = []
        self.waiting = 0
        self._wait()
        self.under_way = self.helper.submit(_copy, connection.connection, batch)

    def settle(self) -> None:
        """Wait for the last batch, and let the sequences go on behind what was written."""
        self._wait()
        with connection.cursor() as cursor:
            for table, columns in TABLES.items():
                if self.counts[table] and columns.startswith("id,"):
                    cursor.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                    )

    def _wait(self) -> None:
        if self.under_way is not None:
            self.under_way.result()
            self.under_way = None


def _copy(raw_connection, batch: dict[str, list[str]]) -> None:
    with raw_connection.cursor() as cursor:
        for table, rows in batch.items():
            rows.append("")
            cursor.copy_expert(f"COPY {table} ({TABLES[table]}) FROM STDIN", StringIO("\n".join(rows)))
            rows.clear()
