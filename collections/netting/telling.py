"""What the vendor ledger has to be told: nettings to book, and undone ones that it had booked, to reverse."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from o2c.core.money import plain
from o2c.invoicing.models import NettedPayable, Netting
from o2c.invoicing.statements.files import csv_line, text

COLUMNS = (
    "netting", "act", "day", "entity", "customer", "source", "external_id", "number", "currency", "amount", "receipt",
)  # fmt: skip


def waiting(rows: QuerySet[Netting]) -> QuerySet[Netting]:
    """Of nettings, those that the vendor ledger does not have as they are here."""
    return rows.filter(
        Q(state=Netting.State.NETTED, taken_over_on=None)
        | Q(state=Netting.State.UNDONE, taken_over_on__isnull=False, taken_back_on=None)
    )


def as_csv(rows: QuerySet[Netting]) -> Iterator[str]:
    """CSV (RFC 4180), one line a payable: to "book" or to "reverse" on a day. A netting stands in it until it is said
    to be taken over, or taken back. Text that a spreadsheet would run begins with an apostrophe."""
    yield csv_line(COLUMNS)
    lines = (
        NettedPayable.objects.filter(netting__in=waiting(rows))
        .select_related("netting__entity", "netting__customer", "netting__receipt", "payable")
        .order_by("netting_id", "id")
    )
    for line in lines.iterator(chunk_size=2000):
        netting, payable = line.netting, line.payable
        undone = netting.state == Netting.State.UNDONE
        yield csv_line(
            (
                netting.reference,
                "reverse" if undone else "book",
                (netting.undone_on if undone else netting.netted_on).isoformat(),
                text(netting.entity.code),
                text(netting.customer.number),
                text(payable.source),
                text(payable.external_id),
                text(payable.number),
                netting.currency,
                plain(line.amount, netting.currency),
                netting.receipt.number,
            )
        )
