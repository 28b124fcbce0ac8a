"""RemittanceAdvice of UBL 2 (OASIS), alone or in an envelope.

Elements are known by their local names. A document type is refused, and with it every entity. Debit lines are what is
paid and credit lines what is taken off; senders who see it from the supplier's books write it the other way round,
which is told by which of the two makes the total.
"""

from dataclasses import replace
from decimal import Decimal

from o2c.core.reading import values, xml
from o2c.core.reading.values import Unreadable
from o2c.core.reading.xml import text
from o2c.invoicing.bank.sources import Source, bytes_of
from o2c.invoicing.remittances.facts import MOST_LINES, Advice, Flag, Line, Party, ReadFile, Refusal, Refused, checked

FORMAT = "ubl"
NAME = "RemittanceAdvice"
# An advice of ten thousand lines is about ten megabytes.
LARGEST = 64 << 20
DISCOUNT_WORDS = ("discount", "skonto", "escompte")


def read(source: Source) -> ReadFile:
    if source.path.stat().st_size > LARGEST:
        raise Refused("", f"The XML is larger than {LARGEST >> 20} MB.")
    with bytes_of(source) as file:
        root, was = xml.tree(file)
    found = list(root.iter(NAME))
    if not found:
        raise Refused("line 1", f"The XML is no remittance advice: it is {was}.")
    refused: list[Refusal] = []
    advices = []
    for number, element in enumerate(found, 1):
        where = f"{NAME}[{number}] (line {element.sourceline})"
        try:
            advices.append(_advice(element, where, refused))
        except Unreadable as unreadable:
            refused.append(Refusal(where, f"{unreadable}."))
    return ReadFile(FORMAT, tuple(advices), tuple(refused))


def find(element, *path: str):
    """The first element down a path of local names, or None."""
    return None if element is None else element.find("/".join(path))


def _advice(element, where: str, refused: list[Refusal]) -> Advice:
    total_of = find(element, "TotalPaymentAmount")
    currency = text(element, "DocumentCurrencyCode") or (total_of.get("currencyID", "") if total_of is not None else "")
    if not currency:
        first = find(element, "RemittanceAdviceLine", "DebitLineAmount")
        currency = first.get("currencyID", "") if first is not None else ""
    currency = values.currency(currency)
    lines: list[Line] = []
    flags: set[Flag] = set()
    for number, each in enumerate(element.findall("RemittanceAdviceLine"), 1):
        place = f"{where} RemittanceAdviceLine[{number}] (line {each.sourceline})"
        if number > MOST_LINES:
            raise Unreadable(f"it has more than {MOST_LINES:,} lines")
        try:
            lines.append(_line(each, currency, place))
        except Unreadable as unreadable:
            refused.append(Refusal(place, f"{unreadable}."))
            flags.add(Flag.INCOMPLETE)
    total = _money(element, currency, "TotalPaymentAmount")
    debit, credit = (_money(element, currency, name) for name in ("TotalDebitAmount", "TotalCreditAmount"))
    if total is None and (debit is not None or credit is not None):
        total = abs((debit or Decimal(0)) - (credit or Decimal(0)))
    if total is None:
        raise Unreadable("the total is missing")
    if lines and sum(line.paid for line in lines) == -total != 0:
        lines = [replace(line, paid=-line.paid, gross=None if line.gross is None else -line.gross) for line in lines]
    means = find(element, "PaymentMeans")
    return checked(
        Advice(
            where=where,
            currency=currency,
            total=total,
            payer=_party(element, "AccountingCustomerParty", text(means, "PayerFinancialAccount", "ID")),
            payee=_party(element, "AccountingSupplierParty", text(means, "PayeeFinancialAccount", "ID")),
            number=text(element, "ID")[:100],
            reference=_reference(element, means),
            paid_on=_paid_on(element, means),
            lines=tuple(lines),
            flags=frozenset(flags),
        )
    )


def _reference(element, means) -> str:
    """How the payment is known at the bank: by the payment's own id before the order's."""
    for found in (
        text(means, "PaymentID"),
        text(element, "PaymentOrderReference"),
        text(element, "PayerReference"),
    ):
        if found := values.reference(found):
            return found[:140]
    return ""


def _paid_on(element, means):
    for found in (text(means, "PaymentDueDate"), text(element, "IssueDate")):
        if found:
            return values.iso_day(found)
    return None


def _party(element, role: str, account: str) -> Party:
    party = find(element, role, "Party")
    number = text(element, role, "SupplierAssignedAccountID") or text(party, "PartyIdentification", "ID")
    name = text(party, "PartyName", "Name") or text(party, "PartyLegalEntity", "RegistrationName")
    return Party(name[:200], number[:60], values.iban(account))


def _money(element, currency: str, *path: str) -> Decimal | None:
    found = find(element, *path)
    if found is None or not (found.text or "").strip():
        return None
    if (said := found.get("currencyID", currency)) != currency:
        raise Unreadable(f"{path[-1]} is in {said}, not in {currency}")
    return values.either_amount(found.text)


def _line(element, currency: str, where: str) -> Line:
    debit, credit = (_money(element, currency, name) for name in ("DebitLineAmount", "CreditLineAmount"))
    if debit is None and credit is None:
        raise Unreadable("the amount of the line is missing")
    reference = find(element, "BillingReference")
    document = next(
        (
            found
            for name in ("InvoiceDocumentReference", "CreditNoteDocumentReference", "DebitNoteDocumentReference")
            if (found := find(reference, name)) is not None
        ),
        find(element, "DocumentReference"),
    )
    day = text(document, "IssueDate")
    gross = _money(element, currency, "BillingReference", "BillingReferenceLine", "Amount")
    discount, deduction, code, told = Decimal(0), Decimal(0), "", ""
    for each in element.findall("BillingReference/BillingReferenceLine/AllowanceCharge"):
        amount = _money(each, currency, "Amount") or Decimal(0)
        reason = text(each, "AllowanceChargeReason")
        if text(each, "ChargeIndicator") == "true":
            amount = -amount
        if any(word in reason.casefold() for word in DISCOUNT_WORDS):
            discount += amount
        else:
            deduction += amount
            code, told = code or text(each, "AllowanceChargeReasonCode"), told or reason
    return Line(
        paid=(debit or Decimal(0)) - (credit or Decimal(0)),
        document=text(document, "ID")[:100] or text(element, "InvoicingPartyReference")[:100],
        document_on=values.iso_day(day) if day else None,
        gross=gross,
        discount=discount,
        deduction=deduction,
        reason_code=code[:20],
        reason_text=(told or text(element, "Note"))[:200],
        where=where,
    )
