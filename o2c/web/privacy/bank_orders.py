"""Our orders to banks, and their answers: files that name many people, of whom one is to be forgotten.

A payment keeps its reference, its amount and its days, and the file its sums, so that it still says what was ordered.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from lxml import etree

from o2c.core import documents
from o2c.core.models import Document
from o2c.core.reading.xml import SAFE, local
from o2c.invoicing.models import Collection, DebitFile, PaymentStatus, Refund, RefundExport

# ISO 20022: one payment of a credit transfer (pain.001), of a direct debit (pain.008), of an answer to it (pain.002).
PAYMENTS = {"CdtTrfTxInf", "DrctDbtTxInf", "TxInfAndSts"}
# What of a payment tells of the other side: who it is, where, and what they wrote, also in the words of banks.
TELLING = {
    "Cdtr", "CdtrAcct", "CdtrAgt", "UltmtCdtr", "Dbtr", "DbtrAcct", "DbtrAgt", "UltmtDbtr", "OrgnlDbtr",
    "OrgnlDbtrAcct", "OrgnlDbtrAgt", "RmtInf", "AddtlInf",
}  # fmt: skip


def files_of(refunds: QuerySet[Refund], collections: QuerySet[Collection]) -> QuerySet[Document]:
    """Those by which refunds were paid and money collected, and what banks answered."""
    exports = RefundExport.objects.filter(pk__in=refunds.filter(export__isnull=False).values("export_id"))
    debits = DebitFile.objects.filter(pk__in=collections.filter(file__isnull=False).values("file_id"))
    answers = PaymentStatus.objects.filter(debit_file__in=debits)
    found = Q(pk__in=exports.values("file_id")) | Q(pk__in=debits.values("file_id"))
    return Document.objects.filter(found | Q(pk__in=answers.values("file_id")))


def blacken(refunds: QuerySet[Refund], collections: QuerySet[Collection], instead: str) -> None:
    """Take out of these files who the payments are with; whom else they are with, and every amount, stays.

    By the reference of a payment: a name is written in them as banks take it, without accents and cut off. A document
    never changes, so another one takes its place.
    """
    references = {row.reference for row in (*refunds, *collections)}
    for file in files_of(refunds, collections).order_by("pk"):
        content = _without(bytes(file.content), references, instead)
        if content is None:
            continue
        made = documents.of(file.name, file.media_type, content, language=file.language, made_with=file.made_with)
        made.save()
        for model in (RefundExport, DebitFile, PaymentStatus):
            model.objects.filter(file=file).update(file=made)
        file.delete()


def _without(content: bytes, references: Iterable[str], instead: str) -> bytes | None:
    """The file without them; None where it tells nothing of them any more."""
    root = etree.fromstring(content, etree.XMLParser(**SAFE))
    found = False
    for payment in root.iter(etree.Element):
        if local(payment) not in PAYMENTS:
            continue
        said = {each.text for each in payment.iter(etree.Element) if local(each) in {"EndToEndId", "OrgnlEndToEndId"}}
        if said.isdisjoint(references):
            continue
        for part in payment.iter(etree.Element):
            if local(part) in TELLING:
                for told in part.iter(etree.Element):
                    if len(told) == 0 and told.text and told.text != instead:
                        told.text, found = instead, True
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) if found else None
