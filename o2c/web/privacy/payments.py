"""What banks, and the decisions about what banks said, tell of a person who paid or was paid.

A line keeps its amount, days, the bank's own number and its identity, so the books prove and the same file loaded again
adds nothing. What it says of a person goes, and so do the files of banks that hold it.
"""

from django.db import connection
from django.db.models import Q, QuerySet

from o2c.core.audit import records
from o2c.core.models import Document
from o2c.invoicing.models import (
    BankLine,
    BankStatement,
    MatchProposal,
    Quarantine,
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


def files_of(lines: QuerySet[BankLine]) -> QuerySet[Document]:
    """The files of banks that the lines stand in."""
    statements = BankStatement.objects.filter(pk__in=lines.values("statement_id"), file__isnull=False)
    return Document.objects.filter(pk__in=statements.values("file_id"))


def let_go_of_files(lines: QuerySet[BankLine]) -> None:
    """Keep the files of banks no longer that hold the lines: they name others too, and the bank has them."""
    files = set(
        BankStatement.objects.filter(pk__in=lines.values("statement_id"), file__isnull=False).values_list(
            "file_id", flat=True
        )
    )
    BankStatement.objects.filter(file__in=files).update(file=None)
    Document.objects.filter(pk__in=files).delete()


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
