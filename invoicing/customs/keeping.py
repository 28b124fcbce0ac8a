"""The commercial invoice of a delivery, kept as it was given out."""

import hashlib

from o2c.core import documents
from o2c.core.actors import Actor, acting
from o2c.core.models import Document
from o2c.core.refusals import Fault, Refused
from o2c.invoicing.customs import reading
from o2c.invoicing.models import CustomsInvoice
from o2c.invoicing.papers.rendering import render, template_version
from o2c.invoicing.papers.wording import base_language
from o2c.orders.models import Delivery


class NoCustomsInvoice(Refused):
    """There can be none as it is; `faults` say what is missing and where."""

    def __init__(self, text: str, faults: list[Fault]):
        super().__init__(text)
        self.faults = faults


def document_of(delivery: Delivery, *, actor: Actor) -> Document:
    """The paper. While the delivery is in the house it is made of what is known now; once it has left with these lines,
    the paper that went with it, or the first that was asked for, stays. Raises NoCustomsInvoice.
    """
    with acting(actor):
        rows = Delivery.objects.select_for_update(no_key=True, of=("self",))
        delivery = rows.select_related("entity", "customer", "carrier").get(pk=delivery.pk)
        kept = CustomsInvoice.objects.filter(delivery=delivery).select_related("document").order_by("-id").first()
        digest = _digest(delivery)
        stays = delivery.state != Delivery.State.PLANNED
        if kept is not None and stays and kept.digest == digest:
            return kept.document
        if delivery.state == Delivery.State.CANCELLED:
            raise NoCustomsInvoice("The delivery is cancelled.", [])
        paper, faults = reading.read(delivery)
        if paper is None:
            raise NoCustomsInvoice("Something is missing for a commercial invoice.", faults)
        content = render(paper)
        if kept is not None and kept.document.sha256 == hashlib.sha256(content).hexdigest():
            return kept.document
        document = documents.of(
            f"customs-{delivery.number}.pdf", documents.PDF, content, language=base_language(paper.language),
            made_with=template_version(),
        )  # fmt: skip
        document.save()
        CustomsInvoice.objects.create(delivery=delivery, document=document, digest=digest, made_by=actor.name)
        return document


def _digest(delivery: Delivery) -> str:
    lines = delivery.lines.order_by("position").values_list("order_line", "quantity")
    return hashlib.md5(
        repr([(pk, str(quantity)) for pk, quantity in lines]).encode(), usedforsecurity=False
    ).hexdigest()
