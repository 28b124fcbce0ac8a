"""Which accounts are chronic, and who pays late again and again: each one statement over the whole book."""

from bench.report import Report, timed
from o2c.collections.chronic import recommending
from o2c.collections.chronic import rules as chronic_rules
from o2c.collections.late_payers import judging, rules
from o2c.core.actors import SYSTEM
from o2c.orders.models import LegalEntity


def measure(report: Report) -> None:
    as_of = report.book.as_of
    entities = list(LegalEntity.objects.order_by("code"))
    for entity in entities:
        chronic_rules.change(entity, chronic_rules.Wanted(), actor=SYSTEM)
    found = recommending.recommended(entities, as_of)
    report.fact(
        "what should become of chronic accounts", timed(lambda: recommending.recommended(entities, as_of)), "s",
        f"{len(found):,} accounts",
    )  # fmt: skip
    held = [judging.holding(entity, as_of, rules.Wanted()) for entity in entities]
    report.fact(
        "of whom the usual rule of late payers holds",
        timed(lambda: [judging.holding(entity, as_of, rules.Wanted()) for entity in entities]), "s",
        f"{sum(map(len, held)):,} customers",
    )  # fmt: skip
