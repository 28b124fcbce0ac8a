"""Advices that are here, for tests."""

from datetime import date
from decimal import Decimal

from o2c.core.actors import SYSTEM
from o2c.invoicing.models import RemittanceAdvice
from o2c.invoicing.remittances import keeping
from o2c.orders.models import LegalEntity


def table(*rows: str, header: str = "Payment reference,Payment date,Customer number,Payer,IBAN,Invoice number,"
          "Gross amount,Discount,Deduction,Reason,Amount paid,Currency") -> bytes:  # fmt: skip
    return "\n".join([header, *rows, ""]).encode()


def advice(*lines: str, reference: str = "", paid_on: date = date(2026, 3, 2), number: str = "", payer: str = "",
           iban: str = "", currency: str = "EUR", entity: str = "DE1") -> RemittanceAdvice:  # fmt: skip
    """Loads one. Each line: "document paid", then discount, deduction and reason where they are."""
    rows = []
    for line in lines:
        document, paid, *more = line.split()
        discount, deduction, reason = (*more, *("0", "0", "")[len(more) :])
        gross = Decimal(paid) + Decimal(discount) + Decimal(deduction)
        rows.append(
            ",".join([reference, paid_on.isoformat(), number, payer, iban, document, str(gross), discount, deduction,
                      reason, paid, currency])
        )  # fmt: skip
    loaded = keeping.load(
        table(*rows), name="advice.csv", seen=LegalEntity.objects.filter(code=entity), actor=SYSTEM,
        raw={"date_format": "%Y-%m-%d", "decimal": ".", "columns": {
            "reference": "Payment reference", "paid_on": "Payment date", "payer_number": "Customer number",
            "payer_name": "Payer", "payer_iban": "IBAN", "document": "Invoice number", "gross": "Gross amount",
            "discount": "Discount", "deduction": "Deduction", "reason": "Reason", "paid": "Amount paid",
            "currency": "Currency"}},
    )  # fmt: skip
    (pk,) = loaded.new
    return RemittanceAdvice.objects.get(pk=pk)
