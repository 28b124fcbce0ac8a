"""The free text of MT940 (field 86) and what banks of a country agreed to write into it.

Germany, Austria and Poland number subfields (?20, >20, ~20); Dutch and Nordic banks name them (/EREF/…); SEPA puts
named references into the text (EREF+…). What follows none of these is remittance as it came.
"""

import re

from o2c.core.reading import values
from o2c.invoicing.bank.statements import Charge, Party

NUMBERED = re.compile(r"\s*(\d{3})\s*([^\w\s:/,.;+-])(?=\d\d)", re.ASCII)
REMITTANCE = [*range(20, 30), *range(60, 64)]
# A subfield that is full goes on in the next one; one that is not, has ended.
FULL = 27
TAGS = "EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|BREF|RREF|IBAN|BIC|PREF|COAM|OAMT|PURP"
TAG = re.compile(rf"(?:^|(?<=\s))({TAGS})\+")
STARTS_WITH_TAG = re.compile(rf"(?:{TAGS})\+")
# Returned direct debits and transfers: there the code of subfield 34 is the reason.
RETURNS = frozenset(["108", "109", "159", "181", "184", "185"])
SLASH = re.compile(
    "/(ACCW|ADDR|BENM|BIC|CHGS|CNTP|CREF|CSID|EREF|EXCH|IBAN|ID|INIT|ISDT|KREF|MARF|NAME|NRTX|OCMT|ORDP|PREF|PURP"
    "|REMI|RREF|RTRN|RTYP|SVCL|SVWZ|TRCD|TRTP|UCRD|UDTR|ULTC|ULTD)/"
)
AMOUNT = r"([A-Z]{3})([0-9]+,[0-9]*)"
OCMT, CHGS, EXCH = re.compile(rf"/OCMT/{AMOUNT}"), re.compile(rf"/CHGS/{AMOUNT}"), re.compile(r"/EXCH/([0-9]+,[0-9]*)")


def read(lines: list[str]) -> dict:
    """The facts in the lines of a text, with the text itself as `bank_text`."""
    whole = values.joined(line.rstrip() for line in lines)
    flowing = "".join(lines)
    numbered = NUMBERED.match(flowing)
    if numbered:
        found = _numbered(flowing, numbered)
    elif len(set(SLASH.findall(flowing))) > 1:
        found = _slashed(flowing)
    elif TAG.search(whole):
        found = _tagged(whole)
    else:
        found = {"remittance": whole}
    return {**found, **amounts(flowing), "bank_text": whole}


def amounts(flowing: str) -> dict:
    """Original amount, rate and charges, as SWIFT writes them into texts."""
    found: dict = {}
    if original := OCMT.search(flowing):
        found |= {"original_amount": values.comma_amount(original[2]), "original_currency": original[1]}
    if rate := EXCH.search(flowing):
        found["rate"] = values.rate(rate[1].rstrip(","))
    taken = [(each[1], values.comma_amount(each[2])) for each in CHGS.finditer(flowing)]
    if any(amount for _, amount in taken):
        found["charges"] = tuple(Charge(amount=-amount, currency=currency) for currency, amount in taken if amount)
    return found


def _numbered(flowing: str, matched: re.Match) -> dict:
    gvc, mark = matched.groups()
    fields: dict[int, list[str]] = {}
    for piece in re.split(rf"{re.escape(mark)}(?=\d\d)", flowing[matched.start(2) :])[1:]:
        fields.setdefault(int(piece[:2]), []).append(piece[2:])
    flat = {number: "".join(pieces).strip() for number, pieces in fields.items()}
    text, last = "", FULL
    for number in REMITTANCE:
        for piece in fields.get(number, []):
            ended = last < FULL or STARTS_WITH_TAG.match(piece)
            text += ("\n" if text and ended else "") + piece
            last = len(piece)
    found = _tagged(text.strip())
    name = flat.get(32, "") + (fields[33][0] if 33 in fields else "")
    account = flat.get(31, "") or flat.get(38, "")
    told = found.get("counterparty", Party())
    extra = flat.get(34, "")
    found["counterparty"] = Party(
        name=name.strip(),
        iban=values.iban(account) or values.iban(flat.get(38, "")) or told.iban,
        account=account or told.account,
        bic=flat.get(30, "") or told.bic,
        ultimate=told.ultimate,
    )
    if gvc in RETURNS and extra.strip("0"):
        found["return_reason"] = extra
    return {**found, "gvc": gvc, "posting_text": flat.get(0, "")}


def _tagged(text: str) -> dict:
    """SEPA's named references; a reference has no line ends in it."""
    parts = TAG.split(text)
    named: dict[str, str] = {}
    for tag, told in zip(parts[1::2], parts[2::2], strict=True):
        named.setdefault(tag, told.strip())
    if not named:
        return {"remittance": text}
    one_line = {tag: values.reference(told.replace("\n", "")) for tag, told in named.items()}
    account = one_line.get("IBAN", "")
    return {
        "remittance": named["SVWZ"] if "SVWZ" in named else parts[0].strip(),
        "end_to_end_id": one_line.get("EREF", ""),
        "mandate_id": one_line.get("MREF", ""),
        "creditor_id": one_line.get("CRED", ""),
        "counterparty": Party(
            iban=values.iban(account),
            account=account,
            bic=one_line.get("BIC", ""),
            ultimate=one_line.get("ABWA", "") or one_line.get("ABWE", ""),
        ),
    }


def _slashed(flowing: str) -> dict:
    parts = SLASH.split(flowing)
    named: dict[str, str] = {}
    for word, told in zip(parts[1::2], parts[2::2], strict=True):
        if told.strip(" /"):
            named.setdefault(word, told.strip())
    account, name, bic = named.get("IBAN", "") or named.get("ACCW", ""), named.get("NAME", ""), named.get("BIC", "")
    if "CNTP" in named:
        # account, BIC, name and city, set apart by slashes
        account, bic, name = ([*named["CNTP"].split("/"), "", "", ""])[:3]
    text = named.get("REMI", "") or named.get("SVWZ", "")
    references: tuple[str, ...] = ()
    if text.startswith("USTD//"):
        text = text.removeprefix("USTD//").rstrip("/")
    elif structured := re.fullmatch(r"STRD/(?:CUR|ISO|[A-Z]*)/(.*?)/?", text):
        references, text = (structured[1],), ""
    return {
        "remittance": text,
        "creditor_references": references,
        "end_to_end_id": values.reference(named.get("EREF", "").rstrip("/")),
        "mandate_id": values.reference(named.get("MARF", "").rstrip("/")),
        "creditor_id": values.reference(named.get("CSID", "").rstrip("/")),
        "return_reason": named.get("RTRN", "").strip("/"),
        "counterparty": Party(
            name=name.strip("/ "),
            iban=values.iban(account.strip("/ ")),
            account=account.strip("/ "),
            bic=bic.strip("/ "),
            ultimate=(named.get("UDTR", "") or named.get("UCRD", "")).strip("/ "),
        ),
    }


def national(lines: list[str]) -> dict:
    """Field NS, of lines that begin with two digits: 01 to 14 remittance, 15 and 16 the name, 33 and 34 the account."""
    fields: dict[int, str] = {}
    rest = []
    for line in lines:
        if re.match(r"\d\d", line, re.ASCII):
            fields[int(line[:2])] = line[2:].strip()
        else:
            rest.append(line.strip())
    account = fields.get(34, "")
    return {
        "remittance": values.joined([*(fields.get(number, "") for number in range(1, 15)), *rest]),
        "counterparty": Party(
            name=fields.get(15, "") + fields.get(16, ""),
            account=account,
            iban=values.iban(account),
            bic=fields.get(33, ""),
        ),
        "posting_text": fields.get(17, ""),
        "bank_text": values.joined(line.rstrip() for line in lines),
    }
