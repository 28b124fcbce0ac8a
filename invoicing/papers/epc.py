"""The QR code that a banking app reads as a euro credit transfer (EPC069-12, "Girocode").

Version 002, in which the BIC may be missing; UTF-8; error correction M, at most version 13 and 331 bytes.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

import schwifty
import segno
from schwifty.exceptions import SchwiftyException

from o2c.invoicing.papers.references import is_creditor_reference

LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
LONGEST_NAME, LONGEST_TEXT, LONGEST_PAYLOAD = 70, 140, 331
# Every reader undoes any of the eight masks. Trying all of them for the prettiest takes 14 ms a code, this one 3 ms,
# and it is the one that payments win most often with.
MASK = 2
RUN = re.compile(rb"\x01+")


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
    iban = _sepa_iban(transfer.iban)
    if iban is None or amount != amount.quantize(LEAST):
        return None
    text = _line(transfer.remittance)
    reference = "".join(text.split()).upper() if is_creditor_reference(text) else ""
    text = "" if reference else text[:LONGEST_TEXT].strip()
    while True:
        fields = ["BCD", "002", "1", "SCT", transfer.bic, name, iban, f"EUR{amount:.2f}", "", reference, text]
        said = "\n".join(fields).rstrip("\n").encode()
        if len(said) <= LONGEST_PAYLOAD:
            return said
        text = text[:-1]


def svg(transfer: Transfer, currency: str = "EUR") -> str | None:
    """The code as a picture without its quiet zone, which whoever places it leaves; None where there is none."""
    said = payload(transfer, currency)
    if said is None:
        return None
    rows = _code(len(said)).of(said)
    size = len(rows)
    bars = [
        f"M{run.start()} {place}h{run.end() - run.start()}v1H{run.start()}z"
        for place, row in enumerate(rows)
        for run in RUN.finditer(row)
    ]
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
    return f'{frame}<path d="{"".join(bars)}"/></svg>'


@dataclass
class Codes:
    """The codes of all texts of one length, each module a byte of 0 or 1, row by row.

    Of one length, version, level and mask a code is an affine map of its text over GF(2): the text's bits are copied,
    their correction (Reed and Solomon's) is a sum of them, and the mask is added. So the code of a text that differs
    from known ones only by what those differ in is a sum of theirs. Invoices of a company differ in their amounts and
    numbers: after some dozens of them no code needs the encoder any more.
    """

    size: int = 0
    first_text: int = 0
    first_code: int = 0
    # By the highest bit in which the texts differ: the difference of the texts and that of their codes.
    known: dict[int, tuple[int, int]] = field(default_factory=dict)

    def of(self, said: bytes) -> list[bytes]:
        if not self.size:
            self.first_text, (self.size, self.first_code) = int.from_bytes(said), _encoded(said)
        rest, code = int.from_bytes(said) ^ self.first_text, self.first_code
        while rest and (found := self.known.get(rest.bit_length())):
            rest ^= found[0]
            code ^= found[1]
        if rest:
            _, encoded = _encoded(said)
            self.known[rest.bit_length()] = (rest, code ^ encoded)
            code = encoded
        flat = code.to_bytes(self.size * self.size)
        return [flat[start : start + self.size] for start in range(0, len(flat), self.size)]


@lru_cache(maxsize=40)
def _code(length: int) -> Codes:
    """What is known of the codes of texts of a length; a company's are of a few."""
    return Codes()


def _encoded(said: bytes) -> tuple[int, int]:
    # The bytes are UTF-8 as field three says; an ECI header before them irritates some apps.
    matrix = segno.make_qr(said, error="m", boost_error=False, mode="byte", mask=MASK).matrix
    return len(matrix), int.from_bytes(b"".join(matrix))


@lru_cache(maxsize=1000)
def _sepa_iban(text: str) -> str | None:
    """A valid IBAN of the SEPA without spaces, else None."""
    try:
        iban = schwifty.IBAN(text)
    except (SchwiftyException, ValueError):
        return None
    return iban.compact if iban.in_sepa_zone else None


def _line(text: str) -> str:
    return " ".join(text.split())
