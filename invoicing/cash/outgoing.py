"""Lines of the bank going out that say by themselves what they are: payments that came back, refunds that were paid."""

from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing import cash
from o2c.invoicing.cash import refunds, returns
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import BankLine
from o2c.orders.models import LegalEntity

# The oldest first; whoever works through them brings the others up.
MOST = 10_000


def bank_loaded(payloads: list[dict]) -> None:
    """Handle events of statements that were loaded."""
    for entity in LegalEntity.objects.filter(pk__in={payload["entity_id"] for payload in payloads}).order_by("pk"):
        recognise(entity)


def recognise(entity: LegalEntity, *, actor: Actor = SYSTEM) -> dict[str, int]:
    """Book what open lines going out are beyond doubt; how many returns and refunds. Safe to run again.

    A line that cannot be booked (its day is closed, say) is left to a person and holds up no other.
    """
    counts = {"returns": 0, "refunds": 0}
    lines = BankLine.objects.filter(entity=entity, open_amount__lt=0).select_related("entity", "statement")
    for line in lines.order_by("booked_on", "pk")[:MOST]:
        try:
            if line.return_reason or line.is_reversal:
                counts["returns"] += returns.recognise(line, actor=actor) is not None
            else:
                counts["refunds"] += len(refunds.recognise(line, actor=actor))
        except (cash.CashRefused, ItemRefused, states.IllegalMove, states.LostRace):
            continue
    return counts
