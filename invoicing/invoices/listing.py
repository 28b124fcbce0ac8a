"""Invoices in a list, narrowed and cut into pages by the database, however many there are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from o2c.invoicing.models import Invoice, OpenItem

# More are not summed up: whoever wants a sum asks for a period or a customer.
MOST_SUMMED = 20_000
# More numbers than these are not looked through; a longer piece of the number finds it.
MOST_NUMBERS = 2_000
SHORTEST_NUMBER = 3
SHOWS = {
    "": Q(),
    "drafts": Q(state=Invoice.State.DRAFT),
    "issued": Q(state=Invoice.State.ISSUED, kind=Invoice.Kind.INVOICE),
    "cancelled": Q(state=Invoice.State.CANCELLED),
    "credits": Q(kind=Invoice.Kind.CREDIT_NOTE),
}


@dataclass(frozen=True)
class InvoiceListing:
    """Which invoices, the newest day first: slicing it asks the database."""

    entity_ids: tuple[int, ...]
    show: str = ""
    customer: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None

    def _rows(self) -> QuerySet[Invoice]:
        rows = Invoice.objects.filter(SHOWS[self.show])
        if self.since:
            rows = rows.filter(issued_on__gte=self.since)
        if self.until:
            rows = rows.filter(issued_on__lte=self.until)
        if self.customer:
            rows = rows.filter(customer__number=self.customer)
        if self.number:
            by_number = Invoice.objects.filter(number__icontains=self.number).values("pk")[:MOST_NUMBERS]
            rows = rows.filter(pk__in=by_number)
        return rows

    @property
    def _at_once(self) -> bool:
        """Whether an index finds all of it; else each legal entity is read by itself, in its index's order."""
        return bool(self.customer or self.number or self.show == "drafts")

    def __getitem__(self, wanted: slice) -> list[Invoice]:
        order = ("-issued_on", "-id")
        start = wanted.start or 0
        if self._at_once:
            rows = self._rows().filter(entity_id__in=self.entity_ids)
            ids = list(rows.order_by(*order).values_list("pk", flat=True)[start : wanted.stop])
        else:
            parts = [
                self._rows().filter(entity_id=pk).order_by(*order).values_list("issued_on", "pk")[: wanted.stop]
                for pk in self.entity_ids
            ]
            ids = [pk for _, pk in sorted((row for part in parts for row in part), reverse=True)][start : wanted.stop]
        found = (
            Invoice.objects.filter(pk__in=ids)
            .select_related("customer", "entity")
            .defer("seller", "buyer", "agreed", "note")
            .order_by(*order)
        )
        return with_open(list(found))

    def _surely_many(self) -> bool:
        """Whether an index alone says that it is too much to sum up."""
        rows = Invoice.objects.filter(entity_id__in=self.entity_ids)
        if self.show in ("cancelled", "credits"):
            rows = rows.filter(SHOWS[self.show])
        if self.since:
            rows = rows.filter(issued_on__gte=self.since)
        if self.until:
            rows = rows.filter(issued_on__lte=self.until)
        return bool(rows.order_by().values_list("issued_on")[MOST_SUMMED : MOST_SUMMED + 1])

    def totals(self) -> list[tuple[str, int, Decimal]] | None:
        """How many there are and what they come to by currency, credit notes taken off; None where it is too much."""
        rows = self._rows().filter(entity_id__in=self.entity_ids).order_by()
        if not self._at_once and self._surely_many():
            return None
        sql, params = rows.values_list("currency", "kind", "gross_total")[: MOST_SUMMED + 1].query.sql_with_params()
        summed = f"""
            SELECT currency, count(*), sum(CASE kind WHEN 'invoice' THEN gross_total ELSE -gross_total END)
            FROM ({sql}) AS i (currency, kind, gross_total) GROUP BY 1 ORDER BY 1
        """  # noqa: S608 our own query
        with connection.cursor() as cursor:
            cursor.execute(summed, params)
            found = cursor.fetchall()
        return None if sum(count for _, count, _ in found) > MOST_SUMMED else found


def with_open(invoices: list[Invoice]) -> list[Invoice]:
    """The invoices, each with what is open of it as `open`; None where it has no open items."""
    entries = [invoice.entry_id for invoice in invoices if invoice.entry_id]
    open_by = dict(
        OpenItem.objects.filter(entry_id__in=entries).values_list("entry").annotate(open=Sum("open_amount")).order_by()
    )
    for invoice in invoices:
        invoice.open = open_by.get(invoice.entry_id)
    return invoices
