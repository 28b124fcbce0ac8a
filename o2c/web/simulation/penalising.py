"""Interest on late payment in the demo: charged by the terms of sale at the end of the last month."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.collections.interest import charging, packs
from o2c.collections.interest.working_out import work_out
from o2c.core.actors import Actor
from o2c.orders.models import LegalEntity

CHARGED = 8


def charge(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """Let every legal entity charge nine percent, its largest debtors of last month already; one note is waived."""
    pack = packs.write(
        code="terms-of-sale", name="Terms of sale, § 7", source="Terms of sale of 1 January 2024, § 7 (late payment)",
        points=Decimal(9), consumer_points=None, has_reference=False, kept=False, year=365, compensation=None,
        currency="", actor=actor,
    )  # fmt: skip
    month_end = as_of.replace(day=1) - timedelta(days=1)
    for entity in entities:
        packs.rule(
            entity, pack=pack, begins_on=month_end - timedelta(days=180), minimum=Decimal(10), after_payment=True,
            compensates=False, days_to_pay=14, actor=actor,
        )  # fmt: skip
        owed = sorted(
            (due for due in work_out(entity, month_end) if due.total and not due.because), key=lambda due: -due.total
        )
        chosen = [(due.customer_id, due.currency) for due in owed[:CHARGED]]
        notes = charging.charge(entity, chosen, until=month_end, on=month_end, actor=actor)
        if len(notes) == CHARGED:
            charging.waive(notes[-1], reason="Goodwill: first delay in years", on=as_of, actor=actor)
