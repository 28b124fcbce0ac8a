"""Handing entries over to the general ledger, in the accounts of the company's own chart, each of them once.

What is handed over follows from who keeps the books. Where o2c does, every entry is. Where the ERP does, only what
arose here is: what came from it, by file or by its key in the API, is never given back, nor is its reversal.
"""

import json
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from django.db import connection

from o2c.core import locks
from o2c.core.actors import Actor, acting
from o2c.core.money import plain
from o2c.invoicing.models import JournalExport, LedgerAccount
from o2c.invoicing.statements.files import csv_line, text
from o2c.orders.models import LegalEntity

COLUMNS = (
    "entry", "day", "kind", "text", "customer", "reverses", "account", "account_name", "currency", "debit", "credit",
    "base_currency", "base_debit", "base_credit",
)  # fmt: skip
AT_ONCE = 5000


class JournalRefused(ValueError):
    """The entries cannot be exported; the text says why and what to do."""


def unmapped(entity: LegalEntity) -> list[LedgerAccount]:
    """The accounts that have no account in the company's own chart yet."""
    return list(LedgerAccount.objects.filter(entity=entity, company_code="").order_by("code"))


# An item with a key elsewhere or from a file, or a receipt that another system knows. Items are reached through the
# postings, which are indexed by their entry.
FROM_ELSEWHERE = """
    SELECT 1 FROM invoicing_posting p JOIN invoicing_openitem i ON i.id = p.item_id
    LEFT JOIN invoicing_receipt r ON r.item_id = i.id
    WHERE p.entry_id = {entry} AND (i.source <> 'o2c' OR i.import_run_id IS NOT NULL OR coalesce(r.source, '') <> '')
"""
CHOOSE = f"""
    INSERT INTO invoicing_exportedentry (export_id, entry_id, again)
    SELECT %(export)s, e.id, x.id IS NOT NULL
    FROM invoicing_entry e LEFT JOIN invoicing_exportedentry x ON x.entry_id = e.id AND NOT x.again
    WHERE e.entity_id = %(entity)s AND e.effective_on BETWEEN %(first)s AND %(last)s AND (%(again)s OR x.id IS NULL)
        AND (%(ours)s OR NOT EXISTS ({FROM_ELSEWHERE.format(entry="e.id")})
            AND NOT EXISTS ({FROM_ELSEWHERE.format(entry="e.reverses_id")}))
"""  # noqa: S608 made of our own words


def export(entity: LegalEntity, first: date, last: date, *, actor: Actor, again: bool = False) -> JournalExport | None:
    """Take the entries of some days that were not exported yet (with `again`, also those that were); None where none.

    Raises JournalRefused while an account has no account in the company's own chart, or the days are out of order.
    """
    if first > last:
        raise JournalRefused(f"{first} is after {last}.")
    with acting(actor):
        # One export of an entity at a time, so that none finds what another takes.
        locks.hold("journal", entity.pk)
        if missing := unmapped(entity):
            names = "; ".join(f"{account.code} {account.name}" for account in missing)
            raise JournalRefused(f"These accounts of {entity.code} have no account in your own chart yet: {names}.")
        codes = {account.key: account.company_code for account in LedgerAccount.objects.filter(entity=entity)}
        made = JournalExport.objects.create(
            entity=entity, from_on=first, until_on=last, again=again, accounts=codes, actor=actor.name
        )
        with connection.cursor() as cursor:
            cursor.execute(
                CHOOSE,
                {
                    "export": made.pk,
                    "entity": entity.pk,
                    "first": first,
                    "last": last,
                    "again": again,
                    "ours": entity.books_kept_by == LegalEntity.Keeper.O2C,
                },
            )
            made.entries = cursor.rowcount
        if not made.entries:
            made.delete()
            return None
        made.save(update_fields=["entries"])
        return made


LINES = """
    SELECT e.id, e.effective_on, e.kind, e.text, coalesce(c.number, ''), e.reverses_id,
           CASE a.role WHEN 'bank' THEN a.role || ':' || a.code ELSE a.role END, a.name, p.currency,
           p.amount, p.base_amount
    FROM invoicing_exportedentry x
    JOIN invoicing_entry e ON e.id = x.entry_id
    JOIN invoicing_posting p ON p.entry_id = e.id
    JOIN invoicing_ledgeraccount a ON a.id = p.account_id
    LEFT JOIN LATERAL (
        SELECT c.number FROM invoicing_posting q JOIN invoicing_openitem i ON i.id = q.item_id
        JOIN orders_customer c ON c.id = i.customer_id WHERE q.entry_id = e.id LIMIT 1
    ) c ON true
    WHERE x.export_id = %(export)s AND e.id > %(after)s ORDER BY e.id, p.id
"""


def rows(made: JournalExport) -> Iterator[dict]:
    """The postings of an export in the order of their entries, as they were handed over: it can be read again."""
    base = made.entity.base_currency
    for found in _read(made):
        entry, day, kind, words, customer, reverses, key, name, currency, amount, base_amount = found
        yield {
            "entry": entry,
            "day": day.isoformat(),
            "kind": kind,
            "text": words,
            "customer": customer,
            "reverses": reverses,
            "account": made.accounts[key],
            "account_name": name,
            "currency": currency,
            "debit": plain(amount, currency) if amount > 0 else "",
            "credit": plain(-amount, currency) if amount < 0 else "",
            "base_currency": base,
            "base_debit": plain(base_amount, base) if (base_amount or 0) > 0 else "",
            "base_credit": plain(-base_amount, base) if (base_amount or 0) < 0 else "",
        }


def as_csv(made: JournalExport) -> Iterator[str]:
    """CSV (RFC 4180), one line a posting; text that a spreadsheet would run begins with an apostrophe."""
    yield csv_line(COLUMNS)
    for row in rows(made):
        words = {name: text(row[name]) for name in ("text", "customer", "account", "account_name")}
        yield csv_line("" if value is None else value for value in {**row, **words}.values())


def as_json(made: JournalExport) -> Iterator[str]:
    """One JSON document: the export, its entries, and their postings."""
    head = {
        "export": made.pk,
        "entity": made.entity.code,
        "from": made.from_on.isoformat(),
        "until": made.until_on.isoformat(),
        "base_currency": made.entity.base_currency,
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": ['
    separator = "\n"
    of_entry = ("entry", "day", "kind", "text", "customer", "reverses")
    for _, group in groupby(rows(made), key=lambda row: row["entry"]):
        lines = list(group)
        entry = {name: lines[0][name] for name in of_entry}
        entry["postings"] = [
            {name: value for name, value in line.items() if name not in (*of_entry, "base_currency") and value != ""}
            for line in lines
        ]
        yield separator + json.dumps(entry, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


FORMATS = {"csv": as_csv, "json": as_json}


def _read(made: JournalExport) -> Iterator[tuple]:
    """All lines in constant memory: in chunks of whole entries, so that a slow reader holds no transaction open."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"{LINES} LIMIT {AT_ONCE}", {"export": made.pk, "after": after})
            found = cursor.fetchall()
        if not found:
            return
        if len(found) == AT_ONCE:
            # The last entry may be cut off; it is read whole with the next ones.
            last = found[-1][0]
            whole = [row for row in found if row[0] != last]
            found = whole or found
        after = found[-1][0]
        yield from found
