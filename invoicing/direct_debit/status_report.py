"""Reading a bank's status report (ISO 20022 pain.002), in all versions: what it says of which file of ours."""

from dataclasses import dataclass
from io import BytesIO

from o2c.core.reading import xml
from o2c.core.reading.xml import text
from o2c.invoicing.bank.statements import Refused

MESSAGE = "CstmrPmtStsRpt"
# A report says little of each payment; a larger one is none.
LARGEST = 32 << 20
REJECTED, PENDING = "RJCT", frozenset({"PDNG", "RCVD"})


@dataclass(frozen=True)
class Told:
    """A status, and why; of the file, of a batch of it, or of one payment."""

    status: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """What the bank says of one message of ours. A batch is known by our name of it, a payment by its end-to-end id."""

    bank_id: str
    message_id: str
    whole: Told
    batches: dict[str, Told]
    payments: dict[str, Told]

    def of(self, batch: str, payment: str) -> Told:
        """The status of one payment: its own, else its batch's, else the file's. A rejection of the whole is final.

        PART is no status of a single payment: what is not named is neither.
        """
        named = [told for told in (self.payments.get(payment), self.batches.get(batch), self.whole) if told is not None]
        if self.whole.status == REJECTED:
            return next(told for told in named if told.status == REJECTED)
        return next((told for told in named if told.status and told.status != "PART"), Told())


def is_one(head: bytes) -> bool:
    """Whether content that begins so is a status report."""
    return MESSAGE.encode() in head or b"pain.002." in head


def read(content: bytes) -> Report:
    """Raises Refused for what is damaged, too large, has a document type or is no status report."""
    if len(content) > LARGEST:
        raise Refused("", f"A status report of more than {LARGEST >> 20} MB is none.")
    root, _ = xml.tree(BytesIO(content))
    top = next(root.iter(MESSAGE), None)
    if top is None:
        raise Refused("line 1", "The XML is no status report (pain.002).")
    original = next(top.iter("OrgnlGrpInfAndSts"), None)
    if original is None or not text(original, "OrgnlMsgId"):
        raise Refused(f"line {top.sourceline}", "It does not say of which file it is (OrgnlMsgId).")
    batches, payments = {}, {}
    for batch in top.iter("OrgnlPmtInfAndSts"):
        batches[text(batch, "OrgnlPmtInfId")] = _told(batch, "PmtInfSts")
        for one in batch.iter("TxInfAndSts"):
            payments[text(one, "OrgnlEndToEndId")] = _told(one, "TxSts")
    # version 2 has them beside the group
    for one in top.iter("TxInfAndSts"):
        payments.setdefault(text(one, "OrgnlEndToEndId"), _told(one, "TxSts"))
    payments.pop("", None)
    head = next(top.iter("GrpHdr"), None)
    return Report(
        bank_id=text(head, "MsgId")[:35],
        message_id=text(original, "OrgnlMsgId"),
        whole=_told(original, "GrpSts"),
        batches=batches,
        payments=payments,
    )


def _told(element, name: str) -> Told:
    reasons = (
        text(reason, "Cd") or text(reason, "Prtry")
        for info in element
        if info.tag in ("StsRsnInf", "OrgnlGrpStsRsnInf")
        for reason in info.iter("Rsn")
    )
    return Told(text(element, name)[:4].upper(), next((reason[:140] for reason in reasons if reason), ""))
