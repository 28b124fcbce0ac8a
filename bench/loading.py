"""Loading a file of open items, against a bare COPY of the same rows into the same tables."""

import json
import tempfile
from pathlib import Path

from django.db import connection

from bench.report import Report, manage, timed

COPY_RATIO = 3.0
MEMORY_LIMIT = 400
ROUNDS = 2

# The file is written from the benchmark's book; every third item of the second file was paid.
FILE = """
    SELECT c.number AS customer, i.external_id AS number, to_char(i.issued_on, 'DD.MM.YYYY') AS issued,
           to_char(i.due_on, 'DD.MM.YYYY') AS due, replace(i.amount::numeric(19,2)::text, '.', ',') AS amount,
           i.currency, CASE WHEN i.id % 3 < {paid} THEN to_char(i.due_on + 4, 'DD.MM.YYYY') ELSE '' END AS paid,
           CASE WHEN i.id % 50 = 0 THEN 'Ja' ELSE 'Nein' END AS disputed
    FROM invoicing_openitem i JOIN orders_customer c ON c.id = i.customer_id
    WHERE i.entity_id = (SELECT min(id) FROM orders_legalentity) AND core_minor_unit(i.currency) = 2
    UNION ALL
    SELECT c.number, 'B' || i.external_id, to_char(i.issued_on, 'DD.MM.YYYY'), to_char(i.due_on, 'DD.MM.YYYY'),
           replace(i.amount::numeric(19,2)::text, '.', ','), i.currency,
           CASE WHEN i.id % 3 < {paid} THEN to_char(i.due_on + 4, 'DD.MM.YYYY') ELSE '' END,
           CASE WHEN i.id % 50 = 0 THEN 'Ja' ELSE 'Nein' END
    FROM invoicing_openitem i JOIN orders_customer c ON c.id = i.customer_id
    WHERE i.entity_id <> (SELECT min(id) FROM orders_legalentity) AND core_minor_unit(i.currency) = 2
"""
MAP = {
    "columns": {
        "customer": "customer",
        "number": "number",
        "issued_on": "issued",
        "due_on": "due",
        "amount": "amount",
        "currency": "currency",
        "settled_on": "paid",
        "disputed": "disputed",
    },
    "date_format": "DD.MM.YYYY",
    "decimal": ",",
    "create_customers": True,
}

# What a load writes, in the order of the foreign keys. The trigger wants new items wholly open.
TABLES = {
    "invoicing_entry": "id, entity_id, payer_id, kind, text, effective_on, known_on, recorded_at, reverses_id, actor",
    "invoicing_openitem": (
        "id, entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on, due_on, currency, amount,"
        " open_amount, base_amount, cycle, disputed_on, superseded_on, effective_on, known_on, recorded_at, entry_id,"
        " import_run_id"
    ),
    "invoicing_posting": "id, entry_id, account_id, item_id, currency, amount, base_amount",
    "invoicing_receipt": (
        "id, entity_id, customer_id, payer_id, number, method, currency, amount, received_on, reference, item_id,"
        " reversed_on"
    ),
    "invoicing_allocation": (
        "id, debit_item_id, credit_item_id, payer_id, currency, amount, effective_on, known_on, recorded_at,"
        " reverses_id, actor"
    ),
}


def measure(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, paid in (("open items", 0), ("open items, a third of them paid", 1)):
            _measure(report, name, paid, Path(folder))


def _measure(report: Report, name: str, paid: int, folder: Path) -> None:
    file, mapping = folder / "items.csv", folder / "map.json"
    mapping.write_text(json.dumps(MAP))
    if not (folder / "book").exists():
        with connection.cursor() as cursor:
            for number in (0, 1):
                with (folder / f"items-{number}.csv").open("w") as out:
                    cursor.copy_expert(f"COPY ({FILE.format(paid=number)}) TO STDOUT WITH (FORMAT csv, HEADER)", out)
            cursor.execute("SELECT code FROM orders_legalentity ORDER BY id LIMIT 1")
            (folder / "book").write_text(cursor.fetchone()[0])
    entity = (folder / "book").read_text()
    file = folder / f"items-{paid}.csv"
    loads, copies, memory = [], [], 0.0
    for _ in range(ROUNDS):
        _empty()
        loaded = manage("load", "open-items", file, "--map", mapping, "--entity", entity, "--json")
        answer = json.loads(loaded.output)
        assert answer["created"] == answer["rows"] > 0, answer
        loads.append(loaded.seconds)
        memory = max(memory, loaded.megabytes)
        _dump(folder)
        _empty()
        copies.append(timed(lambda: _copy(folder)))
    report.limit(
        f"load {name}",
        min(loads) / min(copies),
        "x",
        COPY_RATIO,
        f"ours {min(loads):.1f} s, the whole command; bare COPY {min(copies):.1f} s; {answer['rows']:,} rows,"
        f" best of {ROUNDS}",
    )
    report.limit(f"memory to load {name}", memory, "MB", MEMORY_LIMIT, "peak of the process")
    again = manage("load", "open-items", file, "--map", mapping, "--entity", entity, "--json")
    assert json.loads(again.output)["unchanged"] == answer["rows"]
    report.fact(f"load {name} again, unchanged", again.seconds, "s")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE invoicing_entry, invoicing_openitem, invoicing_itemnumber, invoicing_posting, invoicing_receipt,"
            " invoicing_allocation CASCADE"
        )
        cursor.execute("CHECKPOINT")


def _dump(folder: Path) -> None:
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            whole = columns.replace("open_amount", "amount AS open_amount").replace("cycle", "1 AS cycle")
            with (folder / table).open("wb") as out:
                cursor.copy_expert(f"COPY (SELECT {whole} FROM {table} ORDER BY id) TO STDOUT", out)


def _copy(folder: Path) -> None:
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in TABLES.items():
            with (folder / table).open("rb") as rows:
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", rows)
