"""What a line is for by its remittance advice: the payer's own word, which is the strongest evidence there is.

The line is split as the advice says. What an item no longer owes, a document that nobody knows, an amount that is of no
document, or an advice that does not add up or differs from the line leave it to a person. A discount is granted as far
as it is earned; what was taken beyond it stays open, in dispute, as does every deduction, for the payer's reason.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection

from o2c.invoicing.matching.candidates import Search
from o2c.invoicing.matching.facts import Answer, Item, Part, Rules
from o2c.invoicing.matching.scoring import WEIGHTS
from o2c.invoicing.models import ReasonCode
from o2c.orders.models import LegalEntity

# The usual reasons of X12 (element 426, two digits) and EDIFACT (4465, without the zero), where no two meanings clash.
TOLD_REASONS = {
    "01": "price", "10": "price", "04": "quality", "05": "quality", "06": "quantity",
    "2": "quality", "3": "quality", "4": "quantity", "5": "price", "17": "quality", "19": "rebate", "21": "rebate",
}  # fmt: skip
UNEARNED, UNKNOWN = "discount", "unknown"
DISPUTED = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Told:
    """A line of an advice in whole minor units, with the items that its document may be."""

    paid: int
    document: str
    discount: int = 0
    deduction: int = 0
    reason: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Advised:
    """An advice as it is reasoned about. `sound`: it adds up, and all of it could be read."""

    id: int
    name: str
    total: int
    customer_id: int | None
    payer_id: int | None
    lines: tuple[Told, ...]
    sound: bool = True


def answer(advice: Advised, amount: int, paid_on: date, rules: Rules) -> Answer | None:
    """How the advice splits a line of so much money; None where none of its documents owes anything."""
    split = _Split(advice, paid_on, rules)
    for told in advice.lines:
        split.take(told)
    split.kept_of_all()
    parts = {id: part for id, part in split.parts.items() if part.amount or part.discount or part.deduction}
    whole = sum(part.amount for part in parts.values())
    if not parts or whole <= 0 or any(part.amount == 0 for part in parts.values()):
        return None
    if whole > amount:
        split.doubt("advice_more")
        parts = _within(parts, amount)
    elif advice.total != amount:
        split.doubt("advice_differs")
    if not advice.sound:
        split.doubt("advice_unsound")
    payers = {split.items[id].payer_id for id in parts}
    payer_id = advice.payer_id if advice.payer_id in payers or advice.payer_id else next(iter(sorted(payers)))
    if payers != {payer_id}:
        split.doubt("other_payer", payers=sorted(payers - {payer_id}))
    owners = {split.items[id].customer_id for id in parts}
    customer_id = advice.customer_id or (owners.pop() if len(owners) == 1 else payer_id)
    numbers = sorted({split.items[id].number for id in parts})
    doubt = (1 - WEIGHTS["advice"]) * (1 - (WEIGHTS["part"] if split.doubts else WEIGHTS["exact"]))
    reasons = (
        {"code": "advice", "advice": advice.name, "id": advice.id, "numbers": numbers[:10], "count": len(numbers)},
        *split.notes,
        *split.doubts,
    )
    return Answer(
        payer_id, customer_id, tuple(sorted(parts.values())), round(1 - doubt, 3), reasons, firm=not split.doubts
    )


def _within(parts: dict[int, Part], amount: int) -> dict[int, Part]:
    """As much of the parts as the money is, in their order."""
    left, kept = amount, {}
    for id, part in sorted(parts.items(), key=lambda each: (each[1].amount > 0, each[0])):
        if part.amount > 0:
            part = part._replace(amount=min(part.amount, left))
        if part.amount:
            kept[id] = part
            left -= part.amount
    return kept


class _Split:
    """The parts while the lines of an advice are laid on items."""

    def __init__(self, advice: Advised, paid_on: date, rules: Rules):
        self.advice, self.paid_on, self.rules = advice, paid_on, rules
        self.parts: dict[int, Part] = {}
        self.items: dict[int, Item] = {}
        self.doubts: list[dict] = []
        self.notes: list[dict] = []
        self.unplaced: list[Told] = []

    def doubt(self, code: str, **facts) -> None:
        if not any(each["code"] == code for each in self.doubts):
            self.doubts.append({"code": code} | facts)

    def note(self, code: str, **facts) -> None:
        if not any(each["code"] == code for each in self.notes):
            self.notes.append({"code": code} | facts)

    def take(self, told: Told) -> None:
        if not told.document:
            self.unplaced.append(told)
            return
        items = self._meant(told)
        if not items:
            self.doubt("advice_unknown", documents=[told.document])
        elif told.paid < 0 or len(items) == 1:
            self._one(told, items[0])
        elif told.discount or told.deduction:
            self.doubt("advice_several", documents=[told.document])
        else:
            self._instalments(told, items)

    def _meant(self, told: Told) -> list[Item]:
        """The items of the document that is meant: on the side of the amount, of the advice's payer where it is known,
        and of one document only."""
        side = [item for item in told.items if (item.amount < 0) == (told.paid < 0)]
        own = [item for item in side if item.payer_id == self.advice.payer_id]
        side = own or side
        exactly = [item for item in side if told.document in (item.number, item.base)]
        side = exactly or side
        if len({(item.base or item.number, item.customer_id) for item in side}) > 1:
            self.doubt("advice_several", documents=[told.document])
        return sorted(side, key=lambda item: (item.open == 0, item.due_on, item.id))

    def _one(self, told: Told, item: Item) -> None:
        discount, deduction, reason = told.discount, told.deduction, told.reason
        if item.amount < 0:
            if told.discount or told.deduction > 0:
                self.doubt("advice_several", documents=[told.document])
            discount = deduction = 0
        earned = item.discount(self.paid_on, self.rules.grace_days)
        if discount > earned + self.rules.difference:
            deduction, discount = deduction + discount - earned, earned
            reason = reason or UNEARNED
            self.note("advice_unearned")
        if deduction < 0:
            # more than the document is paid: what it is for, nobody here knows
            self.doubt("advice_over", documents=[told.document])
            deduction = 0
        elif deduction:
            self.note("advice_deduction")
        self._add(item, told.paid, discount, deduction, reason)

    def _instalments(self, told: Told, items: Sequence[Item]) -> None:
        """Who names an invoice of instalments pays the ones that are due first."""
        left = told.paid
        for item in items:
            taken = min(left, self._free(item))
            if taken > 0:
                self._add(item, taken, 0, 0, "")
                left -= taken
        if left:
            self._add(items[0], left, 0, 0, "")

    def _free(self, item: Item) -> int:
        had = self.parts.get(item.id)
        return item.open - ((had.amount + had.discount + had.deduction) if had else 0)

    def _add(self, item: Item, amount: int, discount: int, deduction: int, reason: str) -> None:
        """So much of the item; what it does not owe any more is left away, and a person looks at it."""
        self.items[item.id] = item
        free = self._free(item)
        if item.amount < 0:
            if amount < free:
                self.doubt("advice_less", documents=[item.number])
            amount = max(amount, free)
        elif (over := amount + discount + deduction - free) > 0:
            self.doubt("advice_less", documents=[item.number])
            less = min(over, deduction)
            deduction, over = deduction - less, over - less
            less = min(over, discount)
            discount, over = discount - less, over - less
            amount = max(0, amount - over)
        had = self.parts.get(item.id, Part(item.id, 0))
        self.parts[item.id] = had._replace(
            amount=had.amount + amount, discount=had.discount + discount, deduction=had.deduction + deduction,
            reason=had.reason or (reason or UNKNOWN if deduction else ""),
        )  # fmt: skip

    def kept_of_all(self) -> None:
        """What was kept of the payment as a whole is a deduction of its largest item; what was added is of nothing."""
        kept = -sum(told.paid for told in self.unplaced)
        if not self.unplaced or not kept:
            return
        debits = [part for part in self.parts.values() if part.amount > kept]
        self.doubt("advice_of_none")
        if kept < 0 or not debits:
            return
        largest = max(debits, key=lambda part: (part.amount, -part.item_id))
        reason = next((told.reason for told in self.unplaced if told.reason), "")
        self.parts[largest.item_id] = largest._replace(
            amount=largest.amount - kept, deduction=largest.deduction + kept,
            reason=largest.reason or reason or UNKNOWN,
        )  # fmt: skip


# --- From the database


def answers(
    entity: LegalEntity, line_ids: Sequence[int], rules: Rules, *, today: date
) -> dict[int, tuple[int, Answer | None]]:
    """For each line that has an advice, its id and how it splits the line."""
    heads = _rows(HEADS, {"lines": list(line_ids)})
    if not heads:
        return {}
    search = Search(entity, today)
    reasons = _reasons()
    items: dict[int, dict[int, Item]] = defaultdict(dict)
    currency_of = {advice_id: currency for advice_id, _, currency, *_ in heads}
    told_lines = _rows(LINES, {"advices": list(currency_of)})
    for line_id, advice_id, *row in _rows(search.sql(ITEMS), {"advices": list(currency_of), "entity": entity.pk}):
        item = search.item(row, currency_of[advice_id], referred=False)
        items[line_id][item.id] = item
    of_advice: dict[int, list[Told]] = defaultdict(list)
    for advice_id, id, document, paid, discount, deduction, code, text in told_lines:
        currency = currency_of[advice_id]
        of_advice[advice_id].append(
            Told(
                search.minor(paid, currency), document, search.minor(discount, currency),
                search.minor(deduction, currency), reason_of(code, text, reasons) if deduction or not document else "",
                tuple(items[id].values()),
            )
        )  # fmt: skip
    found = {}
    for advice_id, bank_line_id, currency, name, total, customer_id, payer_id, flags, amount, booked, value in heads:
        advice = Advised(
            advice_id, name, search.minor(total, currency), customer_id, payer_id, tuple(of_advice[advice_id]),
            sound=not flags,
        )  # fmt: skip
        paid_on = min(value or booked, booked)
        found[bank_line_id] = advice_id, answer(advice, search.minor(amount, currency), paid_on, rules)
    return found


def put_first(found: list[Answer], own: Answer | None) -> list[Answer]:
    """The advice's answer before all others, none of which is then firm: the payer says something else. Where it is
    firm there are no others."""
    if own is None:
        return [replace(each, firm=False, reasons=(*each.reasons, {"code": "advice_contradicts"})) for each in found]
    if own.firm:
        return [own]
    others = [each for each in found if each.signature != own.signature]
    return [own, *(replace(each, firm=False) for each in others)]


def _reasons() -> dict[str, str]:
    """Code by code and by name, in capitals."""
    found = {}
    for code, name in ReasonCode.objects.filter(in_use=True).order_by("pk").values_list("code", "name"):
        found[_plain(name)] = found[_plain(code)] = code
    return found


def reason_of(code: str, text: str, reasons: dict[str, str]) -> str:
    """Our code of the payer's reason, by code, by the standards' codes, by a word in the text; else "unknown"."""
    for word in (code, text, TOLD_REASONS.get(code.upper(), "")):
        if word and _plain(word) in reasons:
            return reasons[_plain(word)]
    for word in re.findall(r"[^\W\d_]{4,}", text):
        if _plain(word) in reasons:
            return reasons[_plain(word)]
    return UNKNOWN


def _plain(text: str) -> str:
    return DISPUTED.sub("", text.upper())


def _rows(sql: str, facts: dict) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


HEADS = """
    SELECT a.id, l.id, a.currency, coalesce(nullif(a.number, ''), nullif(a.reference, ''), a.id::text), a.total,
        a.customer_id, c.payer_id, a.flags, l.open_amount, l.booked_on, l.value_on
    FROM invoicing_remittanceadvice a JOIN invoicing_bankline l ON l.id = a.line_id
    LEFT JOIN orders_customer c ON c.id = a.customer_id
    WHERE a.line_id = ANY(%(lines)s) ORDER BY a.id
"""
LINES = """
    SELECT advice_id, id, document, paid, discount, deduction, reason_code, reason_text
    FROM invoicing_adviceline WHERE advice_id = ANY(%(advices)s) ORDER BY id
"""
ITEMS = """
    WITH asked AS MATERIALIZED (
        SELECT l.id, a.id AS advice, a.currency, invoicing_number_key(l.document) AS key
        FROM invoicing_adviceline l JOIN invoicing_remittanceadvice a ON a.id = l.advice_id
        WHERE a.id = ANY(%(advices)s) AND l.document <> ''
    )
    SELECT t.id, t.advice, {ITEM}
    FROM asked t CROSS JOIN LATERAL (
        SELECT i.* FROM invoicing_itemnumber n JOIN invoicing_openitem i ON i.id = n.item_id
        WHERE n.key = t.key AND i.entity_id = %(entity)s AND i.currency = t.currency
            AND i.superseded_on IS NULL ORDER BY i.open_amount = 0, i.id LIMIT 50
    ) i {FACTS}
    WHERE t.key <> ''
"""
