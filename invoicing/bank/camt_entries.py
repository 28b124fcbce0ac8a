"""The parts of camt messages: values, parties and entries, from elements without their namespaces."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building
from o2c.invoicing.bank.camt_parts import every, find, first, text
from o2c.invoicing.bank.statements import Charge, Code, Kind, Line, Member, Party, Status

BOOKED, PENDING = frozenset(["BOOK", "BOOKED"]), frozenset(["PDNG", "FUTR", "INFO"])
YES = frozenset(["true", "1"])
NOBODY, NO_CODE = Party(), Code()


# --- Values


def amount(element) -> Decimal:
    if element is None or not element.text.strip():
        raise Unreadable("the amount is missing")
    return values.point_amount(element.text)


def currency_of(element) -> str:
    return values.currency(element.currency or "")


def sign(element) -> int:
    word = text(element, "CdtDbtInd")
    if word not in ("CRDT", "DBIT"):
        raise Unreadable(f"whether it is credit or debit cannot be read: {values.shown(word)}")
    return 1 if word == "CRDT" else -1


def signed(element, *path: str) -> Decimal:
    return sign(element) * amount(find(element, *path))


def moment(element) -> date | None:
    """The day an element says as its own text; None where it says none."""
    if element is None or not element.text.strip():
        return None
    return values.iso_day(element.text)


def choice_day(element, name: str) -> date | None:
    """The day in a choice of Dt and DtTm."""
    chosen = find(element, name)
    return None if chosen is None else moment(find(chosen, "Dt")) or moment(find(chosen, "DtTm"))


def summary(element) -> tuple[int | None, Decimal | None, Decimal | None]:
    count = text(element, "TtlNtries", "NbOfNtries")
    sums = [find(element, side, "Sum") for side in ("TtlCdtNtries", "TtlDbtNtries")]
    credits, debits = (None if found is None else amount(found) for found in sums)
    return int(count) if count.isascii() and count.isdigit() and len(count) < 16 else None, credits, debits


# --- Parties


def account_number(element) -> tuple[str, str]:
    """IBAN and account of an account element: both where the account is its IBAN."""
    iban = text(element, "Id", "IBAN").replace(" ", "")
    if iban:
        return values.iban(iban), iban
    other = (
        text(element, "Id", "Othr", "Id")
        or text(element, "Id", "BBAN")
        or text(element, "Id", "PrtryAcct", "Id")
        or text(element, "Id", "UPIC")
    )
    return values.iban(other), other


def account(building: Building, element) -> None:
    building.iban, building.account = account_number(element)
    building.account_name = text(element, "Nm") or text(element, "Ownr", "Nm")
    building.bank_bic = first(find(element, "Svcr", "FinInstnId"), "BICFI", "BIC")
    currency = text(element, "Ccy")
    if currency:
        building.account_currency = values.currency(currency)


def party_name(element) -> str:
    return (
        text(element, "Nm")
        or text(element, "Pty", "Nm")
        or text(element, "Agt", "FinInstnId", "Nm")
        or text(element, "Agt", "FinInstnId", "CmbndId", "Nm")
    )


def party(details, role: str) -> Party:
    """One of the two sides of a payment: Dbtr or Cdtr."""
    parties = find(details, "RltdPties")
    iban, number = account_number(find(parties, f"{role}Acct"))
    return Party(
        name=party_name(find(parties, role)),
        iban=iban,
        account=number,
        bic=first(find(details, "RltdAgts", f"{role}Agt", "FinInstnId"), "BICFI", "BIC"),
        ultimate=party_name(find(parties, f"Ultmt{role}")),
    )


def counterparty(details, credit: bool, returned: bool, own: str) -> Party:
    """Who stands on the other side of our account.

    Who pays in is the debtor. What comes back keeps the roles it had when it went out, at most banks: there the other
    role is looked at first, and both count. Our own account is never the other side.
    """
    roles = ["Dbtr", "Cdtr"] if credit else ["Cdtr", "Dbtr"]
    roles = roles[::-1] if returned else roles[:1]
    for role in roles:
        found = party(details, role)
        if found != NOBODY and not (own and found.account == own):
            return found
    return NOBODY


# --- Entries


def code(element) -> Code:
    found = find(element, "BkTxCd")
    return _code(
        text(found, "Domn", "Cd"),
        text(found, "Domn", "Fmly", "Cd"),
        text(found, "Domn", "Fmly", "SubFmlyCd"),
        text(found, "Prtry", "Cd"),
        text(found, "Prtry", "Issr"),
    )


@lru_cache(1000)
def _code(domain: str, family: str, subfamily: str, proprietary: str, issuer: str) -> Code:
    return Code(domain=domain, family=family, subfamily=subfamily, proprietary=proprietary, issuer=issuer)


def charges(element) -> tuple[Charge, ...]:
    """Each charge: version 2 has Chrgs again and again, later ones Chrgs/Rcrd. A sum counts only where it is alone."""
    found = []
    for each in every(element, "Chrgs"):
        records = every(each, "Rcrd") or ([each] if find(each, "Amt") is not None else [])
        if not records and (total := find(each, "TtlChrgsAndTaxAmt")) is not None and amount(total):
            found.append(Charge(amount=-amount(total), currency=currency_of(total)))
        for record in records:
            taken = amount(find(record, "Amt"))
            if taken:
                credit = text(record, "CdtDbtInd") == "CRDT"
                included = text(record, "ChrgInclInd")
                found.append(
                    Charge(
                        amount=taken if credit else -taken,
                        currency=currency_of(find(record, "Amt")),
                        included=included in YES if included else None,
                    )
                )
    return tuple(found)


def original(element, booked: Decimal, currency: str) -> dict:
    """What was instructed, where that is not what was booked, and the rate between the two."""
    details = find(element, "AmtDtls")
    instructed = find(details, "InstdAmt", "Amt")
    facts: dict = {}
    if instructed is not None:
        told = amount(instructed), currency_of(instructed)
        if told != (abs(booked), currency):
            facts = {"original_amount": told[0], "original_currency": told[1]}
    rate = first(details, "XchgRate")
    if rate:
        facts["rate"] = values.rate(rate)
    return facts


def remittance(details) -> dict:
    info = find(details, "RmtInf")
    structured = every(info, "Strd")
    free = [each.text.strip() for each in every(info, "Ustrd")]
    more = [each.text.strip() for each in structured for each in every(each, "AddtlRmtInf")]
    return {
        "remittance": values.joined([*free, *more]),
        "creditor_references": tuple(
            found
            for each in structured
            if (found := values.reference(first(find(each, "CdtrRefInf"), "Ref", "CdtrRef")))
        ),
        "documents": tuple(
            found
            for each in structured
            for document in every(each, "RfrdDocInf")
            if (found := text(document, "Nb") or text(document, "RfrdDocNb"))
        ),
    }


def facts(element, details, credit: bool, returned: bool, own: str) -> dict:
    """What a payment's details say, but for amounts. `element` is the details or the entry around them."""
    refs = find(details, "Refs")
    creditor = find(details, "RltdPties", "Cdtr")
    return {
        "customer_reference": values.reference(text(refs, "InstrId") or text(refs, "MsgId")),
        "end_to_end_id": values.reference(text(refs, "EndToEndId")),
        "mandate_id": values.reference(text(refs, "MndtId")),
        "creditor_id": first(find(creditor, "Id", "PrvtId"), "Id")
        or first(find(creditor, "Pty", "Id", "PrvtId"), "Id"),
        "counterparty": counterparty(details, credit, returned, own),
        "return_reason": text(details, "RtrInf", "Rsn", "Cd")
        or text(details, "RtrInf", "Rsn", "Prtry")
        or text(details, "RtrInf", "RtrRsn", "Cd"),
        "charges": charges(details),
        **remittance(details),
    }


def details_reference(details) -> str:
    refs = find(details, "Refs")
    return values.reference(text(refs, "AcctSvcrRef")) or values.reference(text(refs, "Prtry", "Ref"))


def entry(building: Building, element, where: str) -> Line:
    """One entry, with what its details say about it. Raises Unreadable."""
    money = find(element, "Amt")
    if money is None:
        raise Unreadable("the amount is missing")
    direction = sign(element)
    booked, currency = direction * amount(money), currency_of(money)
    credit = direction > 0
    reversal = text(element, "RvslInd") in YES
    told = [details for group in every(element, "NtryDtls") for details in every(group, "TxDtls")]
    # Version 1 has the details of one payment with NtryDtls' name left out.
    told = told or every(element, "TxDtls")
    batch = next((found for group in every(element, "NtryDtls") if (found := find(group, "Btch")) is not None), None)
    status = text(element, "Sts", "Cd") or text(element, "Sts", "Prtry") or text(element, "Sts")
    if status in BOOKED:
        kept_status = Status.BOOKED
    elif status in PENDING:
        kept_status = Status.PENDING
    else:
        raise Unreadable(f"whether it is booked or pending cannot be read: {values.shown(status)}")
    value = choice_day(element, "ValDt")
    day = choice_day(element, "BookgDt") or value
    if day is None and kept_status == Status.BOOKED and building.kind == Kind.STATEMENT:
        raise Unreadable("the day of booking is missing")
    count = text(batch, "NbOfTxs")
    members = (
        tuple(
            member(details, direction, currency, reversal, building, f"{where} TxDtls[{number}]")
            for number, details in enumerate(told, 1)
        )
        if len(told) > 1
        else ()
    )
    alone = told[0] if len(told) == 1 else None
    returned = reversal or (alone is not None and find(alone, "RtrInf") is not None)
    said = facts(element, alone, credit, returned, building.account)
    own_code = code(element)
    if own_code == NO_CODE and alone is not None:
        own_code = code(alone)
    if alone is None:
        said["charges"] = ()
    taken = charges(element)
    return Line(
        amount=booked,
        currency=currency,
        where=where,
        booking_date=day,
        value_date=value,
        status=kept_status,
        reversal=reversal,
        bank_reference=values.reference(text(element, "AcctSvcrRef")) or details_reference(alone),
        batch_id=values.reference(text(batch, "PmtInfId")) or values.reference(text(batch, "MsgId")),
        batch_count=int(count) if count.isascii() and count.isdigit() and len(count) < 16 else None,
        members=members,
        code=own_code,
        bank_text=values.joined([text(element, "AddtlNtryInf"), text(alone, "AddtlTxInf")]),
        **{**said, "charges": said["charges"] or taken},
        **(original(alone, booked, currency) if alone is not None else {}) or original(element, booked, currency),
    )


def member(details, entry_sign: int, booked_currency: str, reversal: bool, building: Building, where: str) -> Member:
    """One payment of a batch; where it says no direction, the entry's."""
    money = next(
        (
            found
            for path in [("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt")]
            if (found := find(details, *path)) is not None
        ),
        None,
    )
    direction = sign(details) if find(details, "CdtDbtInd") is not None else entry_sign
    own = None if money is None else direction * amount(money)
    currency = booked_currency if money is None else currency_of(money)
    returned = reversal or find(details, "RtrInf") is not None
    return Member(
        amount=own,
        currency=currency,
        where=where,
        bank_reference=details_reference(details),
        code=code(details),
        bank_text=text(details, "AddtlTxInf"),
        **facts(details, details, direction > 0, returned, building.account),
        **({} if own is None else original(details, own, currency)),
    )
