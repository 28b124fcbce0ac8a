"""What banks, and the decisions about what banks said, tell of a person who paid or was paid.

A line keeps its amount, days, the bank's own number and its identity, so the books prove and the same file loaded again
adds nothing. What it says of a person goes, and so do the files of banks that hold it.
"""

from xml.sax.saxutils import escape

from django.db import connection
from django.db.models import Q, QuerySet

from o2c.core.audit import records
from o2c.core.models import Document
from o2c.invoicing.models import (
    BankLine,
    BankStatement,
    MatchProposal,
    Quarantine,
    Refund,
    RefundExport,
)
from o2c.orders.models import Customer

SETTLED = [MatchProposal.State.APPLIED, MatchProposal.State.UNDONE]


def lines_of(customer: Customer, ibans: list[str], names: list[str]) -> QuerySet[BankLine]:
    """The lines that were a customer's, and those that name their account or, as the other side, their name.

    With the pending, reported and notified ones that have become one of them.
    """
    nobodys = Q(payer=None) | Q(payer=customer)
    found = Q(payer=customer) | Q(uses__receipt__customer=customer) | Q(uses__refund__customer=customer)
    found |= Q(proposals__customer=customer, proposals__state__in=SETTLED)
    found |= Q(party_iban__in=ibans) & nobodys
    for name in names:
        found |= Q(party_name__iexact=name[:200]) & nobodys
    ids = set(BankLine.objects.filter(found).values_list("pk", flat=True))
    ids |= set(BankLine.objects.filter(booked_as__in=ids).values_list("pk", flat=True))
    return BankLine.objects.filter(pk__in=ids)


def files_of(lines: QuerySet[BankLine], refunds: QuerySet[Refund]) -> QuerySet[Document]:
    """The files of banks that the lines stand in, and ours to banks by which refunds were paid."""
    statements = BankStatement.objects.filter(pk__in=lines.values("statement_id"), file__isnull=False)
    exports = RefundExport.objects.filter(pk__in=refunds.filter(export__isnull=False).values("export_id"))
    return Document.objects.filter(Q(pk__in=statements.values("file_id")) | Q(pk__in=exports.values("file_id")))


def let_go_of_files(lines: QuerySet[BankLine]) -> None:
    """Keep the files of banks no longer that hold the lines: they name others too, and the bank has them."""
    files = set(
        BankStatement.objects.filter(pk__in=lines.values("statement_id"), file__isnull=False).values_list(
            "file_id", flat=True
        )
    )
    BankStatement.objects.filter(file__in=files).update(file=None)
    Document.objects.filter(pk__in=files).delete()


def blacken_orders(refunds: QuerySet[Refund], instead: str) -> None:
    """Take account and holder out of our files to the bank; whom else they pay, and how much, stays."""
    for refund in refunds.filter(export__isnull=False).exclude(iban="").select_related("export__file"):
        file = refund.export.file
        text = bytes(file.content).decode()
        for said in (refund.iban, escape(refund.holder), escape(refund.customer.name)):
            text = text.replace(said, instead) if said else text
        Document.objects.filter(pk=file.pk).update(content=text.encode())


def forget_decisions(customer: Customer, instead: str) -> None:
    """What was found about their payments and written beside decisions: the finding stays, whom it names goes."""
    MatchProposal.objects.filter(customer=customer).update(reasons=[])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE invoicing_paymentfinding f SET facts = f.facts || (
                SELECT jsonb_object_agg(said, %(instead)s::text) FROM unnest(ARRAY['iban', 'paid_from']) AS s (said)
                WHERE f.facts ? said)
            WHERE customer_id = %(customer)s AND facts ?| ARRAY['iban', 'paid_from']
            """,
            {"instead": instead, "customer": customer.pk},
        )
        held = Quarantine.objects.filter(customer=customer)
        for column in ("why", "decision"):
            held.exclude(**{column: ""}).update(**{column: instead})
        with records.rewriting("erasure"):
            cursor.execute(
                """
                UPDATE invoicing_quarantineevent SET why = CASE WHEN why = '' THEN '' ELSE %(instead)s END,
                    decision = CASE WHEN decision = '' THEN '' ELSE %(instead)s END WHERE customer_id = %(customer)s
                """,
                {"instead": instead, "customer": customer.pk},
            )
