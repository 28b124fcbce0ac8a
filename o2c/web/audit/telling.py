"""Rows of the trail in words: what was done to what, and each field before and after.

Whatever the rows of a page need is read in at most five statements, however many rows and kinds there are.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, models
from django.urls import reverse

from o2c.collections.models import (
    Dispute,
    DunningLevel,
    DunningPolicy,
    DunningRun,
    Hold,
    Inquiry,
    PromiseToPay,
    Queue,
    Team,
)
from o2c.core.audit.models import AccessRecord
from o2c.core.models import ApiKey, Message, User
from o2c.core.money import AmountField, minor_unit
from o2c.invoicing.models import Entry, OpenItem, StatementRun
from o2c.orders.models import Account, Contact, Customer, CustomerBankAccount, LegalEntity, PaymentTerms
from o2c.web.audit.parts import ACCESS, ALLOCATION, ENTRY, IMPORT, Part
from o2c.web.audit.trail import Row

# Columns that say nothing to a reader.
UNTOLD = {"id", "updated_at", "payer_id", "pgh_id", "pgh_label", "pgh_created_at", "pgh_obj_id", "pgh_context_id"}
# How a row that another one names is called.
CALLED: dict[type[models.Model], str] = {
    User: "SELECT 'core.user', id, username FROM core_user",
    LegalEntity: "SELECT 'orders.legalentity', id, code FROM orders_legalentity",
    Customer: "SELECT 'orders.customer', id, number || ' ' || name FROM orders_customer",
    PaymentTerms: "SELECT 'orders.paymentterms', id, code FROM orders_paymentterms",
    OpenItem: "SELECT 'invoicing.openitem', id, number FROM invoicing_openitem",
    DunningPolicy: "SELECT 'collections.dunningpolicy', id, code || ' v' || version FROM collections_dunningpolicy",
    DunningLevel: "SELECT 'collections.dunninglevel', l.id, p.code || ' v' || p.version || ' level ' || l.number"
    " FROM collections_dunninglevel l JOIN collections_dunningpolicy p ON p.id = l.policy_id",
    Team: "SELECT 'collections.team', id, name FROM collections_team",
    Queue: "SELECT 'collections.queue', id, name FROM collections_queue",
    ApiKey: "SELECT 'core.apikey', id, name FROM core_apikey",
    Message: "SELECT 'core.message', id, subject FROM core_message",
}
VERBS = {"insert": "added", "update": "changed", "delete": "removed"}
RUN_VERBS = {"proposing": "begun", "making": "begun", "sending": "sent", "done": "done"}
ENTRY_VERBS = {"reversal": "reversed", "revaluation": "revalued"}
# What of a file's loading is told.
COUNTS = ("rows", "created", "updated", "unchanged", "rejected", "warnings", "settled_as_absent")


@dataclass(frozen=True)
class Change:
    """A field before and after; None where there was or is none."""

    name: str
    title: str
    before: str | None
    after: str | None


@dataclass
class Line:
    """A row in words. `verb` says what was done, `subject` to what, `href` leads there."""

    row: Row
    who: str
    verb: str
    subject: str
    href: str = ""
    changes: list[Change] = field(default_factory=list)
    follows: bool = False  # the same act as the line above

    @property
    def at(self) -> datetime:
        return self.row.at

    @property
    def part(self) -> Part:
        return self.row.part

    @property
    def act(self) -> UUID | None:
        return self.row.act

    @property
    def whence(self) -> dict:
        return self.row.context

    @property
    def few(self) -> list[Change]:
        """The changes, where they are few enough to stand in the line."""
        return self.changes if self.row.label not in ("insert", "delete") and len(self.changes) <= 2 else []


def tell(rows: list[Row], entity_ids: Iterable[int] | None) -> list[Line]:
    """`entity_ids` are the legal entities the reader sees, None for all: no other is named."""
    values = _values(rows)
    names = _names(rows, values, None if entity_ids is None else set(entity_ids))
    entries, allocations = _entries(rows), _allocations(rows)
    lines = []
    for row in rows:
        who = row.context.get("actor") or row.actor or "unknown"
        if row.part is ENTRY:
            line = Line(row, who, **_of_entry(entries[row.id]))
        elif row.part is ALLOCATION:
            line = Line(row, who, **_of_allocation(allocations[row.id]))
        elif row.part is IMPORT:
            line = Line(row, who, **_of_import(values[row.part.name, row.id][0]))
        elif row.part is ACCESS:
            line = Line(row, who, **_of_access(values[row.part.name, row.id][0], names))
        else:
            line = Line(row, who, **_of_change(row, *values[row.part.name, row.id], names))
        line.follows = bool(lines) and row.act is not None and row.act == lines[-1].act
        lines.append(line)
    return lines


# --- Reading what the rows need


def _rows(sql: str, facts: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


def _values(rows: list[Row]) -> dict[tuple[str, int], tuple[dict, dict | None]]:
    """Each row's own values, and of histories those before: (part, id) → (after, before)."""
    ids: dict[Part, list[int]] = defaultdict(list)
    for row in rows:
        if row.part not in (ENTRY, ALLOCATION):
            ids[row.part].append(row.id)
    if not ids:
        return {}
    selects, facts = [], {}
    for part, wanted in ids.items():
        facts[part.name] = wanted
        before = "NULL::jsonb"
        if part.model:
            before = (
                f"(SELECT to_jsonb(p.*) FROM {part.table} p WHERE p.pgh_obj_id = t.pgh_obj_id"
                " AND p.pgh_id < t.pgh_id ORDER BY p.pgh_id DESC LIMIT 1)"
            )
        selects.append(
            f"SELECT '{part.name}', {part.id}::bigint, to_jsonb(t.*), {before} FROM {part.table} t"
            f" WHERE {part.id} = ANY(%({part.name})s)"
        )
    return {
        (name, id): (_loads(after), _loads(before))
        for name, id, after, before in _rows(" UNION ALL ".join(selects), facts)
    }


def _loads(text: str | None):
    return None if text is None else json.loads(text, parse_float=Decimal)


Names = dict[tuple[type[models.Model], int], str]


def _names(rows: list[Row], values: dict, seen: set[int] | None) -> Names:
    """How the rows that values name are called. A legal entity that the reader does not see is not named."""
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for row in rows:
        if row.part.model is None:
            if row.part is ACCESS:
                facts = values[row.part.name, row.id][0]
                wanted[User].add(facts["user_id"])
                wanted[Customer].add(facts["customer_id"])
            continue
        if row.part.model is Message:
            wanted[Message].add(row.object_id)
        for state in values[row.part.name, row.id]:
            for column, related in _references(row.part).items():
                if state and state.get(column) is not None:
                    wanted[related].add(state[column])
            if state and row.part.model is ApiKey:
                wanted[LegalEntity].update(state["entity_ids"])
    selects, facts = [], {}
    for model, ids in wanted.items():
        ids.discard(None)
        if model is LegalEntity and seen is not None:
            ids &= seen
        if model in CALLED and ids:
            key = model._meta.model_name
            facts[key] = sorted(ids)
            id_column = "l.id" if model is DunningLevel else "id"
            selects.append(f"{CALLED[model]} WHERE {id_column} = ANY(%({key})s)")
    if not selects:
        return {}
    labels = {model._meta.label_lower: model for model in CALLED}
    return {(labels[label], id): name for label, id, name in _rows(" UNION ALL ".join(selects), facts)}


def _references(part: Part) -> dict[str, type[models.Model]]:
    return {
        field.column: field.related_model
        for field in part.events._meta.fields
        if field.is_relation and field.column not in UNTOLD
    }


def _entries(rows: list[Row]) -> dict[int, dict]:
    ids = [row.id for row in rows if row.part is ENTRY]
    return _dicts(ENTRIES, ids)


def _allocations(rows: list[Row]) -> dict[int, dict]:
    ids = [row.id for row in rows if row.part is ALLOCATION]
    return _dicts(ALLOCATIONS, ids)


def _dicts(sql: str, ids: list[int]) -> dict[int, dict]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids})
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


# The item stands on the entry's posting to receivables, which is found by the entry; a revaluation has none.
ENTRIES = """
    SELECT e.id, e.kind, e.effective_on, e.known_on, en.code AS entity, i.id AS item_id, i.number, i.kind AS item_kind,
        i.amount, i.currency, i.customer_id, c.number AS customer, r.id AS receipt_id, r.number AS receipt,
        e.reverses_id
    FROM invoicing_entry e JOIN orders_legalentity en ON en.id = e.entity_id
    LEFT JOIN LATERAL (
        SELECT p.item_id FROM invoicing_posting p WHERE p.entry_id = e.id AND p.item_id IS NOT NULL
        ORDER BY p.id LIMIT 1
    ) p ON true
    LEFT JOIN invoicing_openitem i ON i.id = p.item_id LEFT JOIN orders_customer c ON c.id = i.customer_id
    LEFT JOIN invoicing_receipt r ON r.item_id = i.id
    WHERE e.id = ANY(%(ids)s)
"""
ALLOCATIONS = """
    SELECT a.id, a.amount, a.currency, a.effective_on, d.id AS item_id, d.number,
        coalesce(nullif(r.number, ''), k.number) AS credit, en.code AS entity, c.number AS customer
    FROM invoicing_allocation a JOIN invoicing_openitem d ON d.id = a.debit_item_id
    JOIN invoicing_openitem k ON k.id = a.credit_item_id LEFT JOIN invoicing_receipt r ON r.item_id = k.id
    JOIN orders_legalentity en ON en.id = d.entity_id JOIN orders_customer c ON c.id = d.customer_id
    WHERE a.id = ANY(%(ids)s)
"""


# --- In words


def _of_entry(entry: dict) -> dict:
    title = Entry.Kind(entry["kind"]).label
    changes = [Change("effective_on", "Effective on", None, entry["effective_on"].isoformat())]
    if entry["item_id"] is None:
        return {
            "verb": ENTRY_VERBS.get(entry["kind"], "booked"),
            "subject": f"{title} of {entry['entity']}",
            "changes": changes,
        }
    number, href = entry["number"], reverse("item", args=[entry["item_id"]])
    if entry["receipt_id"]:
        number, href = entry["receipt"] or "payment history", reverse("receipt", args=[entry["receipt_id"]])
    if entry["kind"] == Entry.Kind.ITEM:
        title = OpenItem.Kind(entry["item_kind"]).label
    money = _amount(abs(entry["amount"]), entry["currency"])
    return {
        "verb": ENTRY_VERBS.get(entry["kind"], "booked"),
        "subject": f"{title} {number}: {money} {entry['currency']}, {entry['customer']}, {entry['entity']}",
        "href": href,
        "changes": [
            Change("amount", "Amount", None, f"{money} {entry['currency']}"),
            *changes,
            Change("known_on", "Known on", None, entry["known_on"].isoformat()),
        ],
    }


def _of_allocation(row: dict) -> dict:
    money = f"{_amount(abs(row['amount']), row['currency'])} {row['currency']}"
    way = "to" if row["amount"] > 0 else "from"
    return {
        "verb": "applied" if row["amount"] > 0 else "undone",
        "subject": f"{money} of {row['credit']} {way} {row['number']}, {row['customer']}, {row['entity']}",
        "href": reverse("item", args=[row["item_id"]]),
        "changes": [Change("effective_on", "Effective on", None, row["effective_on"].isoformat())],
    }


def _of_import(values: dict) -> dict:
    return {
        "verb": "tried" if values["dry_run"] else "loaded",
        "subject": f"{values['file_name']}: {values['kind']}" + (f" of {values['owner']}" if values["owner"] else ""),
        "href": reverse("imports"),
        "changes": [
            Change(name, name.replace("_", " ").capitalize(), None, str(values[name]))
            for name in COUNTS
            if values[name]
        ],
    }


def _of_access(values: dict, names: Names) -> dict:
    kind = AccessRecord.Kind
    title = kind(values["kind"]).label.lower() if values["kind"] in kind.values else values["kind"].replace("_", " ")
    person = names.get((User, values["user_id"]), "")
    customer = names.get((Customer, values["customer_id"]), "")
    comings = values["kind"] not in (kind.EXPORTED, kind.CORRECTED, kind.TRAIL_CHANGED)
    subject = ", ".join(part for part in (values["what"], customer, person if comings else "") if part)
    return {
        "verb": title,
        "subject": subject or "a name that nobody has",
        "href": reverse("customer", args=[values["customer_id"]]) if customer else "",
        "changes": [
            Change(name, name.replace("_", " ").capitalize(), None, _plain(value))
            for name, value in values["facts"].items()
            if name != "name"
        ],
    }


def _of_change(row: Row, after: dict, before: dict | None, names: Names) -> dict:
    model, label = row.part.model, row.label
    known = before
    if label.startswith("was_"):  # the history of what a person decides names the state it was in
        known = {**after, "state": label.removeprefix("was_")}
    old = after if label == "delete" else None if label == "insert" else known
    new = None if label == "delete" else after
    changes = [
        Change(column, title, _told(field, old, names), _told(field, new, names))
        for column, (title, field) in _columns(row.part).items()
        if (old or {}).get(column) != (new or {}).get(column)
    ]
    if label in ("insert", "delete"):
        changes = [change for change in changes if (change.before or change.after) not in (None, "", "no", "–")]
    verb = VERBS.get(label, "changed")
    if model in (DunningRun, StatementRun) and new:
        verb = RUN_VERBS.get(new["state"], new["state"])
    elif model is Message:
        verb = "settled"
    return {
        "verb": verb,
        "subject": _subject(row, after, names),
        "href": _href(row, after),
        "changes": changes,
    }


def _columns(part: Part) -> dict[str, tuple[str, models.Field]]:
    return {
        field.column: (str(field.verbose_name).capitalize(), field)
        for field in part.events._meta.fields
        if field.column not in UNTOLD
    }


def _told(field: models.Field, values: dict | None, names: Names) -> str | None:
    if values is None or field.column not in values:
        return None
    value = values[field.column]
    if value is None or value == "":
        return "–"
    if field.is_relation:
        return names.get((field.related_model, value), f"#{value}")
    if field.column == "entity_ids":
        shown = [names[LegalEntity, id] for id in value if (LegalEntity, id) in names]
        hidden = len(value) - len(shown)
        return ", ".join(shown + ([f"{hidden} more"] if hidden else [])) or "–"
    if isinstance(field, AmountField) and values.get("currency"):
        return _amount(value, values["currency"])
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def _plain(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return str(value)


def _amount(value: Decimal | int, currency: str) -> str:
    """The exact amount in the places of its currency, with a point."""
    return f"{Decimal(value):.{minor_unit(currency)}f}"


def _subject(row: Row, values: dict, names: Names) -> str:
    model = row.part.model
    if model is Customer:
        return f"{values['number']} {values['name']}"
    if model in (DunningRun, StatementRun):
        return f"{names.get((LegalEntity, values['entity_id']), '')} of {values['as_of']}"
    if model is Message:
        return names.get((Message, row.object_id), f"#{row.object_id}")
    parts = [
        str(values[name]) for name in ("code", "username", "prefix", "name", "number", "iban") if values.get(name)
    ][:1]
    for column, related in _references(row.part).items():
        # what it belongs to; who looks after an account is a field of it
        if related in (
            Customer,
            LegalEntity,
            User,
            PaymentTerms,
            DunningPolicy,
            DunningLevel,
            ApiKey,
            OpenItem,
            Team,
            Queue,
        ) and (column not in ("collector_id", "terms_id", "parent_id") or model is not Account):
            parts.append(names.get((related, values.get(column)), ""))
    return ", ".join(part for part in parts if part) or f"#{row.object_id}"


def _href(row: Row, values: dict) -> str:
    model = row.part.model
    if model is Customer:
        return reverse("customer", args=[row.object_id])
    if model in (Account, Contact, CustomerBankAccount, Hold, PromiseToPay):
        return reverse("customer", args=[values["customer_id"]])
    pages = {
        Dispute: "dispute",
        Inquiry: "inquiry",
        DunningRun: "run",
        StatementRun: "statement_run",
        Message: "message",
        User: "person",
    }
    return reverse(pages[model], args=[row.object_id]) if model in pages else ""
