"""What an order would come to, and what would be wrong with it, before it is saved: written, looked at, taken back."""

from dataclasses import dataclass, field, replace

from django.db import transaction

from o2c.core.actors import Actor
from o2c.core.refusals import Fault
from o2c.orders.models import Order, OrderLine, OrderProblem
from o2c.orders.ordering import writing
from o2c.orders.ordering.drafts import DraftOrder, OrderRefused
from o2c.orders.ordering.totals import Priced, Taxed, total


@dataclass
class Tried:
    """`order` is None where it cannot be written at all, for its `faults`."""

    order: Order | None = None
    lines: list[OrderLine] = field(default_factory=list)
    problems: list[OrderProblem] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    taxes: tuple[Taxed, ...] = ()


def attempt(draft: DraftOrder, *, actor: Actor, existing: Order | None = None) -> Tried:
    """Write the order as it would be, check it, and leave no trace.

    As a new one, so that nobody waits for the row of an order that is only looked at; `existing` is not its own
    duplicate, and what was waived of it stays so.
    """
    plain = replace(
        draft,
        source="",
        external_id="",
        submitted=False,
        lines=tuple(replace(line, line_id=None, position=None) for line in draft.lines),
    )
    with transaction.atomic():
        try:
            written = writing.write(plain, actor=actor, trial=True)
            lines = list(
                written.lines.select_related("product", "contract_price__contract", "list_price__price_list").order_by(
                    "position"
                )
            )
            problems = list(written.problems.select_related("line").order_by("pk"))
            priced = (Priced(x.quantity, x.price, x.price_per, x.tax_category, x.tax_rate) for x in lines)
            found = Tried(
                written, lines, _as_before(problems, draft, existing) if existing else problems,
                taxes=total(priced, written.currency).taxes,
            )  # fmt: skip
        except OrderRefused as refused:
            found = Tried(faults=refused.faults)
        transaction.set_rollback(True)
    return found


def _as_before(problems: list[OrderProblem], draft: DraftOrder, existing: Order) -> list[OrderProblem]:
    waived = {
        (each.line_id, each.code): each for each in existing.problems.filter(ended_at=None).exclude(waived_at=None)
    }
    found = []
    for each in problems:
        if each.code == "duplicate":
            others = [number for number in each.facts["orders"] if number != existing.number]
            if not others:
                continue
        line_id = draft.lines[each.line.position - 1].line_id if each.line else None
        before = waived.get((line_id, each.code))
        if before is not None and before.facts == each.facts:
            each.waived_at, each.waived_by, each.waived_reason = (
                before.waived_at,
                before.waived_by,
                before.waived_reason,
            )
        found.append(each)
    return found
