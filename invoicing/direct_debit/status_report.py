"""Reading a bank's status report (ISO 20022 pain.002), in all versions: what it says of which file of ours.

Elements are known by their local names, as with bank statements. A document type is refused, and with it every entity.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from o2c.core.imports.mapping import Refused as Unwrapped
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
        for told in (self.payments.get(payment), self.batches.get(batch), self.whole):
            if told is not None and told.status and told.status != "PART":
                return told
        return Told()


def is_one(head: bytes) -> bool:
    """Whether content that begins so is a status report."""
    return MESSAGE.encode() in head or b"pain.002." in head


def read(content: bytes) -> Report:
    """Raises Refused for what is damaged, too large, has a document type or is no status report."""
    if len(content) > LARGEST:
        raise Refused("", f"A status report of more than {LARGEST >> 20} MB is none.")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, Unwrapped) as wrong:
        line = getattr(wrong, "lineno", None) or 1
        raise Refused(f"line {line}", "The XML is damaged or cut off.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("line 1", "The XML has a document type, which status reports have not.")
    top = next(_all(root, MESSAGE), None)
    if top is None:
        raise Refused("line 1", "The XML is no status report (pain.002).")
    original = next(_all(top, "OrgnlGrpInfAndSts"), None)
    if original is None or not _text(original, "OrgnlMsgId"):
        raise Refused(f"line {top.sourceline}", "It does not say of which file it is (OrgnlMsgId).")
    batches, payments = {}, {}
    for batch in _all(top, "OrgnlPmtInfAndSts"):
        batches[_text(batch, "OrgnlPmtInfId")] = _told(batch, "PmtInfSts")
        for one in _all(batch, "TxInfAndSts"):
            payments[_text(one, "OrgnlEndToEndId")] = _told(one, "TxSts")
    # version 2 has them beside the group
    for one in _all(top, "TxInfAndSts"):
        payments.setdefault(_text(one, "OrgnlEndToEndId"), _told(one, "TxSts"))
    payments.pop("", None)
    head = next(_all(top, "GrpHdr"), None)
    return Report(
        bank_id=_text(head, "MsgId")[:35] if head is not None else "",
        message_id=_text(original, "OrgnlMsgId"),
        whole=_told(original, "GrpSts"),
        batches=batches,
        payments=payments,
    )


def _told(element, name: str) -> Told:
    reasons = (
        _text(reason, "Cd") or _text(reason, "Prtry")
        for info in element
        if _local(info) in ("StsRsnInf", "OrgnlGrpStsRsnInf")
        for reason in _all(info, "Rsn")
    )
    return Told(_text(element, name)[:4].upper(), next((reason[:140] for reason in reasons if reason), ""))


def _all(element, name: str) -> Iterator:
    return (each for each in element.iter() if _local(each) == name)


def _text(element, name: str) -> str:
    """The text of a direct child."""
    return next(((each.text or "").strip() for each in element if _local(each) == name), "")


def _local(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
