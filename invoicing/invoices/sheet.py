"""The forms of a draft that is being written: its head, its lines, its allowances and charges, as they were sent."""

import re
from dataclasses import replace
from decimal import Decimal

from o2c.core.models import User
from o2c.invoicing.invoices.drafts import Draft
from o2c.invoicing.invoices.forms import (
    MOST_ADJUSTMENTS,
    MOST_LINES,
    AdjustmentForm,
    HeadForm,
    LineForm,
    initial_of,
)
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import Invoice
from o2c.orders.models import Customer

# A credit note says these as its invoice does.
FIXED = ("customer", "entity", "currency")
# What is judged by the customer, of whom nothing is known yet.
OF_CUSTOMER = ("/customer", "/terms", "/deliver_to_country")
POINTER = re.compile(
    r"/lines/(?P<line>\d+)/adjustments/(?P<part>\d+)/(?P<of_part>\w+)|/lines/(?P<place>\d+)/(?P<of_line>\w+)"
    r"|/adjustments/(?P<own>\d+)/(?P<of_own>\w+)|/(?P<of_head>\w+)"
)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


class Sheet:
    """Raw texts by row, from which forms are made: bound where they are judged, else as they stand."""

    def __init__(self, head: dict, lines: list[dict], adjustments: list[dict], *, user: User, corrects=None):
        self.user, self.corrects = user, corrects
        self.texts = head, lines, adjustments
        self.focus = None  # the place of the line whose description is typed next
        self.unknown = False  # whether it is tried without a customer
        self._make(bound=False)

    # --- Where it comes from

    @classmethod
    def fresh(cls, head: dict, usual: dict, *, user: User) -> "Sheet":
        sheet = cls(head, [_begun(usual)], [], user=user)
        sheet.focus = 0 if head.get("customer") else None
        sheet._make(bound=False)
        return sheet

    @classmethod
    def of(cls, draft: Draft, *, user: User) -> "Sheet":
        lines = [
            {
                "description": line.description, "product": line.product, "quantity": _plain(line.quantity),
                "unit": line.unit, "price": _plain(line.price), "category": line.category, "rate": _plain(line.rate),
                "price_per": "" if line.price_per == 1 else _plain(line.price_per),
            }
            for line in draft.lines
        ]  # fmt: skip
        owned = [(0, part) for part in draft.adjustments]
        owned += [(place, part) for place, line in enumerate(draft.lines, start=1) for part in line.adjustments]
        adjustments = [
            {
                "sign": "charge" if part.is_charge else "allowance", "line": str(place), "reason": part.reason,
                "percent": _plain(part.percent), "amount": _plain(part.amount), "category": part.category or "S",
                "rate": _plain(part.rate),
            }
            for place, part in owned
        ]  # fmt: skip
        return cls(initial_of(draft), lines or [_begun({})], adjustments, user=user, corrects=draft.corrects)

    @classmethod
    def sent(cls, data, *, user: User, corrects: Invoice | None = None) -> "Sheet":
        head = {name: data.get(name, "") for name in HeadForm.base_fields}
        lines = _rows(data, "line", LineForm.base_fields, MOST_LINES)
        adjustments = _rows(data, "adjustment", AdjustmentForm.base_fields, MOST_ADJUSTMENTS)
        return cls(head, lines or [_begun({})], adjustments, user=user, corrects=corrects)

    def _make(self, *, bound: bool) -> None:
        head, lines, adjustments = self.texts

        def made(kind, texts: dict, prefix: str | None, **more):
            if not bound:
                return kind(initial=texts, prefix=prefix, **more)
            return kind({f"{prefix}-{name}" if prefix else name: text for name, text in texts.items()},
                        prefix=prefix, **more)  # fmt: skip

        self.head = made(HeadForm, head, None, user=self.user)
        if self.corrects is not None:
            for name in FIXED:
                del self.head.fields[name]
        self.lines = [made(LineForm, texts, f"line{place}") for place, texts in enumerate(lines)]
        self.adjustments = [
            made(AdjustmentForm, texts, f"adjustment{place}", lines=len(lines))
            for place, texts in enumerate(adjustments)
        ]
        if self.focus is not None and self.focus < len(self.lines):
            self.lines[self.focus].fields["description"].widget.attrs["autofocus"] = True
        elif not bound and "customer" in self.head.fields and not head.get("customer"):
            self.head.fields["customer"].widget.attrs["autofocus"] = True

    # --- What its buttons do

    def pressed(self, press: str) -> "Sheet":
        """The sheet after a button: next, line, adjustment, up-line-3, down-line-3, drop-line-3, drop-adjustment-0."""
        _, lines, adjustments = self.texts
        act, _, rest = press.partition("-")
        what, _, place = rest.partition("-")
        at = int(place) if place else 0
        if act == "line" or (act == "next" and _filled(lines[-1])):
            if len(lines) < MOST_LINES:
                lines.append(_begun(lines[-1]))
            self.focus = len(lines) - 1
        elif act == "next":
            self.focus = len(lines) - 1
        elif act == "adjustment" and len(adjustments) < MOST_ADJUSTMENTS:
            adjustments.append({"sign": "allowance", "line": "0", "category": lines[0].get("category", "S"),
                                "rate": lines[0].get("rate", "")})  # fmt: skip
        elif act == "drop" and what == "adjustment" and at < len(adjustments):
            del adjustments[at]
        elif what == "line" and at < len(lines):
            self._move_line(act, at)
        self._make(bound=False)
        return self

    def _move_line(self, act: str, at: int) -> None:
        """Move or remove a line; what is taken off it, or put on it, goes with it."""
        head, lines, adjustments = self.texts
        order = list(range(len(lines)))
        if act == "drop":
            del order[at]
        else:
            other = at - 1 if act == "up" else at + 1
            if not 0 <= other < len(lines):
                return
            order[at], order[other] = order[other], order[at]
        now = {str(old + 1): str(new + 1) for new, old in enumerate(order)} | {"0": "0"}
        kept = [part | {"line": now[part["line"]]} for part in adjustments if part.get("line") in now]
        self.texts = head, [lines[old] for old in order] or [_begun(lines[at])], kept
        self.focus = min(at, len(self.texts[1]) - 1)

    # --- What it says

    def is_valid(self) -> bool:
        self._make(bound=True)
        judged = [form.is_valid() for form in (self.head, *self.lines, *self.adjustments)]  # each says what is wrong
        return all(judged)

    def draft(self, existing: Invoice | None) -> Draft:
        """The draft that valid forms say."""
        return self._draft(existing, self.head.cleaned_data, self._counting())

    def attempt(self, existing: Invoice | None) -> tuple[Draft | None, list[int]]:
        """As much of a draft as is well typed so far, and the places of its lines; None where nothing can be said."""
        trial = Sheet(*self.texts, user=self.user, corrects=self.corrects)
        trial.is_valid()
        told = dict(trial.head.cleaned_data)
        if self.corrects is None:
            # what it comes to depends on no customer
            told.setdefault("customer", Customer.objects.for_user(self.user).order_by("pk").first())
            if told["customer"] is None or not {"entity", "currency", "issued_on"} <= told.keys():
                return None, []
        elif "issued_on" not in told:
            return None, []
        for name in HeadForm.base_fields:
            told.setdefault(name, Decimal(0) if name in ("prepaid", "rounding") else "")
        for name in ("terms", "due_on", "delivered_on", "period_from", "period_until"):
            told[name] = told[name] or None
        self.unknown = "customer" in trial.head.errors
        places = [place for place in trial._counting() if trial.lines[place].is_valid()]
        return trial._draft(existing, told, places), places

    def _counting(self) -> list[int]:
        """The places of the lines that are not empty."""
        return [place for place, form in enumerate(self.lines) if not form.empty()]

    def _draft(self, existing: Invoice | None, told: dict, places: list[int]) -> Draft:
        parts: dict[int, list[int]] = {}
        for number, form in enumerate(self.adjustments):
            if form.is_valid() and not form.empty():
                parts.setdefault(form.cleaned_data["line"], []).append(number)
        self.places, self.parts = places, parts

        def adjustments(line: int) -> tuple:
            return tuple(self.adjustments[number].adjustment() for number in parts.get(line, ()))

        if self.corrects is not None:
            told = told | {name: getattr(self.corrects, name) for name in FIXED}
        draft = Draft(
            lines=tuple(self.lines[place].line(adjustments(place + 1)) for place in places),
            adjustments=adjustments(0),
            **{name: told[name] for name in HeadForm.base_fields},
        )
        if existing is None:
            return draft
        number = "" if existing.numbered_here else existing.number
        return replace(
            draft, kind=existing.kind, corrects=existing.corrects, number=number, source=existing.source,
            external_id=existing.external_id,
        )  # fmt: skip

    # --- What is wrong with it

    def tell(self, faults: list[Fault]) -> None:
        """Say faults of the draft at the fields that they are about."""
        for fault in faults:
            form, name = self._place_of(fault.pointer)
            form.add_error(name if name in form.fields else None, fault.text)

    def _place_of(self, pointer: str):
        at = POINTER.fullmatch(pointer)
        if at is None:
            return self.head, None
        if at["of_head"]:
            return self.head, at["of_head"]
        if at["of_line"]:
            return self.lines[self.places[int(at["place"])]], at["of_line"]
        if at["line"]:
            line, part, name = self.places[int(at["line"])] + 1, at["part"], at["of_part"]
        else:
            line, part, name = 0, at["own"], at["of_own"]
        return self.adjustments[self.parts[line][int(part)]], name

    def told(self, faults: list[Fault], places: list[int]) -> list[str]:
        """Faults as sentences, each with the line that it is about."""
        sentences = []
        if self.unknown:
            sentences.append("Say who buys.")
            faults = [fault for fault in faults if fault.pointer not in OF_CUSTOMER]
        for fault in faults:
            at = re.match(r"/lines/(\d+)/", fault.pointer)
            sentences.append(f"Line {places[int(at[1])] + 1}: {fault.text}" if at else fault.text)
        return list(dict.fromkeys(sentences))


def _begun(like: dict) -> dict:
    """A new line, taxed and counted as the one before."""
    return {
        "quantity": "1", "unit": like.get("unit") or "C62", "category": like.get("category") or "S",
        "rate": like.get("rate", ""),
    }  # fmt: skip


def _filled(line: dict) -> bool:
    return any((line.get(name) or "").strip() for name in ("description", "price"))


def _rows(data, prefix: str, names, most: int) -> list[dict]:
    count = data.get(f"{prefix}s", "")
    count = min(int(count), most) if count.isdecimal() and len(count) < 5 else 0
    return [{name: data.get(f"{prefix}{row}-{name}", "") for name in names} for row in range(count)]
