"""Orders that come from a source, written once each: new ones, and known ones as far as the source says something else.

The same for files of rows and for documents: many at once, in a constant number of statements for each few hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Fault
from o2c.orders import confirming
from o2c.orders.files import comparing
from o2c.orders.models import LegalEntity, Order, OrderLine, OrderProblem
from o2c.orders.ordering import writing
from o2c.orders.ordering.drafts import DraftOrder, OrderRefused, as_draft

STATE = Order.State
AT_ONCE = 500
WORDS = {
    "customer": "is of another customer", "gone": "lacks a line that it had", "position": "has another line",
    "ordered_on": "has another day", "product": "has another product", "given": "has another product",
}  # fmt: skip


@dataclass(frozen=True)
class Incoming:
    """An order as its source says it. `confirmed`: it was promised there, and nobody judges it here any more."""

    draft: DraftOrder
    confirmed: bool = False


@dataclass
class Written:
    """What became of the orders, by their keys in the source: the keys of new and of changed ones here, and why others
    could not be written."""

    created: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    refused: dict[str, list[Fault]] = field(default_factory=dict)


class Writer:
    """Takes orders of a legal entity and a source, some hundred at a time, inside one transaction of the caller's.

    `begin` locks all that are known in the order of their ids, before the first is written; `end` numbers the new ones,
    last.
    """

    def __init__(self, entity: LegalEntity, source: str, *, actor: Actor):
        self.entity, self.source, self.actor = entity, source, actor
        self.written = Written()
        self.confirmed: list[int] = []

    def begin(self, keys: Sequence[str], confirmed_customers: Sequence[int]) -> None:
        if confirmed_customers:
            confirming.lock_accounts(self.entity.pk, confirmed_customers)
        list(self._known(keys).select_for_update(no_key=True).order_by("pk").values_list("pk"))

    def take(self, incoming: Sequence[Incoming]) -> None:
        with acting(self.actor):
            known = {
                order.external_id: order
                for order in self._known([each.draft.external_id for each in incoming]).select_related(
                    "entity", "customer", "contract", "terms"
                )
            }
            stands = _drafts(list(known.values()))
            to_write, judged = [], []
            for each in incoming:
                key = each.draft.external_id
                order = known.get(key)
                try:
                    said = _numbered(each.draft)
                except OrderRefused as refused:
                    self._refuse(key, refused.faults)
                    continue
                if order is None:
                    to_write.append((each, said, None))
                    continue
                draft = comparing.merged(said, stands[order.pk])
                differs = next(comparing.differences(draft, stands[order.pk]), None)
                open_to_change = order.state in Order.OPEN_TO_CHANGE
                if each.draft.number and each.draft.number != order.number:
                    self._refuse(key, [Fault("/number", "kept", f"It is {order.number} here, and stays so.")])
                elif differs is not None and not open_to_change:
                    self._refuse(key, [_too_late(order, draft, *differs)])
                elif differs is not None:
                    to_write.append((each, replace(draft, submitted=draft.submitted or order.submitted), order))
                elif each.confirmed and open_to_change:
                    judged.append(order.pk)
                    self.written.updated[key] = order.pk
                else:
                    self.written.unchanged[key] = order.pk
            self._write([each for each in to_write if not each[0].confirmed], checked=True)
            judged += self._write([each for each in to_write if each[0].confirmed], checked=False)
            self.confirmed += judged

    def end(self) -> None:
        """Number what is new, and let go what was promised elsewhere."""
        with acting(self.actor):
            if self.confirmed:
                OrderProblem.objects.filter(order__in=self.confirmed, ended_at=None).update(ended_at=clock.now())
                Order.objects.filter(pk__in=self.confirmed).update(state=STATE.CONFIRMED)
            writing.number(self.written.created.values(), actor=self.actor)
            moved = Order.objects.filter(pk__in=self.confirmed).order_by("pk")
            if self.confirmed:
                outbox.emit_all("orders.confirmed", [confirming.named(order) for order in moved])

    def _known(self, keys: Sequence[str]):
        # that none is empty says that the keys are those of the index, also of more than PostgreSQL looks at one by one
        known = Order.objects.filter(entity=self.entity, source=self.source, external_id__in=list(keys))
        return known.exclude(external_id="")

    def _write(self, orders: list[tuple[Incoming, DraftOrder, Order | None]], *, checked: bool) -> list[int]:
        done = []
        pairs = [(draft, order) for _, draft, order in orders]
        made = writing.write_many(pairs, actor=self.actor, checked=checked) if pairs else []
        for (each, _, order), written in zip(orders, made, strict=True):
            key = each.draft.external_id
            if isinstance(written, OrderRefused):
                self._refuse(key, written.faults)
                continue
            (self.written.created if order is None else self.written.updated)[key] = written
            done.append(written)
        return done

    def _refuse(self, key: str, faults: list[Fault]) -> None:
        self.written.refused[key] = faults


def _numbered(draft: DraftOrder) -> DraftOrder:
    """Its lines with the numbers by which they are known again. Raises OrderRefused."""
    numbers = writing.positions(draft)
    lines = (replace(line, position=number) for line, number in zip(draft.lines, numbers, strict=True))
    return replace(draft, lines=tuple(lines))


def _drafts(orders: list[Order]) -> dict[int, DraftOrder]:
    """What known orders say, with the numbers of their lines, in one query."""
    rows: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    if orders:
        found = OrderLine.objects.filter(order__in=list(rows)).select_related("product").order_by("order", "position")
        for line in found:
            rows[line.order_id].append(line)
    drafts = {}
    for order in orders:
        lines = rows[order.pk]
        draft = as_draft(order, lines)
        numbered = (replace(said, position=row.position) for said, row in zip(draft.lines, lines, strict=True))
        drafts[order.pk] = replace(draft, lines=tuple(numbered))
    return drafts


def _too_late(order: Order, draft: DraftOrder, position: int | None, name: str) -> Fault:
    """That an order is not changed any more, at what would change."""
    place = next((n for n, line in enumerate(draft.lines) if position is not None and line.position == position), None)
    at = f"/{name}" if position is None else "/lines" if place is None else f"/lines/{place}/{name}"
    what = WORDS.get(name, f"says another {name.replace('_', ' ')}")
    return Fault(at, "not-open", f"{order.number} is {order.get_state_display().lower()}, and the source {what} now.")
