"""Orders of 200 lines: validated anew, tried as they are typed, and written."""

import statistics
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.report import Report, timed

LINES = 200
FEW = 2
VALIDATED_MS = 50


def measure(report: Report) -> None:
    from o2c.core.actors import SYSTEM
    from o2c.orders.checking import keeping
    from o2c.orders.models import Account, LegalEntity, ListPrice, Order, PaymentTerms, Product
    from o2c.orders.ordering import trying, writing
    from o2c.orders.ordering.drafts import DraftLine, DraftOrder
    from o2c.orders.prices import lists

    entity, on = LegalEntity.objects.order_by("pk").first(), report.book.as_of
    terms, _ = PaymentTerms.objects.get_or_create(code="BENCH30", defaults={"name": "30 days", "days": 30})
    entity.accounts.filter(terms=None).update(terms=terms)
    account = Account.objects.filter(
        entity=entity, standing="open", currency=entity.base_currency, customer__country=entity.country
    ).order_by("pk")[0]
    sold = Product.objects.bulk_create(
        Product(number=f"B-{n:03}", name=f"Part {n} of the machine", tax_rate=Decimal(19)) for n in range(LINES)
    )
    standard = lists.create(
        entity, code="BENCH", name="Standard", currency=entity.base_currency, is_default=True, actor=SYSTEM
    )
    ListPrice.objects.bulk_create(
        ListPrice(price_list=standard, product=each, price=Decimal("10.50"), valid_from=on - timedelta(days=30))
        for each in sold
    )

    def draft(count: int) -> DraftOrder:
        lines = tuple(DraftLine(quantity=Decimal(3), product=each) for each in sold[:count])
        return DraftOrder(
            entity=entity, customer=account.customer, ordered_on=on, channel=Order.Channel.API, lines=lines,
            customer_reference=f"PO-{count}", submitted=True,
        )  # fmt: skip

    many, few = writing.write(draft(LINES), actor=SYSTEM), writing.write(draft(FEW), actor=SYSTEM)
    statements = []
    for order in (few, many):
        with CaptureQueriesContext(connection) as asked:
            keeping.revalidate([order.pk], actor=SYSTEM)
        statements.append(len(asked))
    turns = 3 if report.small else 20

    def median(what) -> tuple[float, str]:
        rounds = [timed(what) * 1000 for _ in range(turns)]
        return statistics.median(rounds), f"median of {turns}, the best {min(rounds):.1f} ms"

    def write() -> None:
        with transaction.atomic():
            writing.write(draft(LINES), actor=SYSTEM)
            transaction.set_rollback(True)

    value, detail = median(lambda: keeping.revalidate([many.pk], actor=SYSTEM))
    report.limit(
        f"validating an order of {LINES} lines", value, "ms", VALIDATED_MS, f"{detail}; {statements[1]} statements"
    )
    report.limit(f"statements more for {LINES} lines than for {FEW}", statements[1] - statements[0], "", 0)
    value, detail = median(lambda: trying.attempt(draft(LINES), actor=SYSTEM))
    report.fact(f"trying one of {LINES} lines as it is typed: written, checked, taken back", value, "ms", detail)
    value, detail = median(write)
    report.fact(f"writing one of {LINES} lines with its check", value, "ms", detail)
