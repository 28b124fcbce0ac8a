"""The QR code that a banking app reads as a euro credit transfer (EPC069-12, "Girocode").

Version 002, in which the BIC may be missing; UTF-8; error correction M, at most version 13 and 331 bytes.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

import schwifty
import segno
from schwifty.exceptions import SchwiftyException

from o2c.invoicing.papers.references import is_creditor_reference

LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
LONGEST_NAME, LONGEST_TEXT, LONGEST_PAYLOAD = 70, 140, 331
# Every reader undoes any of the eight masks. Trying all of them for the prettiest takes 14 ms a code, this one 3 ms,
# and it is the one that payments win most often with.
MASK = 2


@dataclass(frozen=True)
class Transfer:
    """A euro credit transfer as a payer's bank takes it; `remittance` is an RF reference or any text."""

    name: str
    iban: str
    amount: Decimal
    remittance: str
    bic: str = ""


def payload(transfer: Transfer, currency: str = "EUR") -> bytes | None:
    """What the code says; None where there is no such transfer.

    That is: another currency, no valid IBAN of the SEPA, no name, or an amount that cannot be transferred. Too long
    names and texts are cut, as banks do.
    """
    name = _line(transfer.name)[:LONGEST_NAME].strip()
    amount = transfer.amount
    if currency != "EUR" or not name or not amount.is_finite() or not LEAST <= amount <= MOST:
        return None
    try:
        iban = schwifty.IBAN(transfer.iban)
    except (SchwiftyException, ValueError):
        return None
    if not iban.in_sepa_zone or amount != amount.quantize(LEAST):
        return None
    text = _line(transfer.remittance)
    reference = "".join(text.split()).upper() if is_creditor_reference(text) else ""
    text = "" if reference else text[:LONGEST_TEXT].strip()
    while True:
        fields = ["BCD", "002", "1", "SCT", transfer.bic, name, iban.compact, f"EUR{amount:.2f}", "", reference, text]
        said = "\n".join(fields).rstrip("\n").encode()
        if len(said) <= LONGEST_PAYLOAD:
            return said
        text = text[:-1]


def svg(transfer: Transfer, currency: str = "EUR") -> str | None:
    """The code as a picture without its quiet zone, which whoever places it leaves; None where there is none."""
    said = payload(transfer, currency)
    if said is None:
        return None
    # The bytes are UTF-8 as field three says; an ECI header before them irritates some apps.
    matrix = segno.make_qr(said, error="m", boost_error=False, mode="byte", mask=MASK).matrix
    size = len(matrix)
    bars = [
        f"M{run.start()} {row}h{run.end() - run.start()}v1H{run.start()}z"
        for row, modules in enumerate(matrix)
        for run in re.finditer(rb"\x01+", modules)
    ]
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
    return f'{frame}<path d="{"".join(bars)}"/></svg>'


def _line(text: str) -> str:
    return " ".join(text.split())
