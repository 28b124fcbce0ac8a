"""The creditor reference of a document (ISO 11649): what a payer writes so that the payment is found again.

RF, two check digits (ISO 7064 mod 97-10, as an IBAN's) and up to 21 letters and figures. Banks check it on entry, so a
mistyped one never arrives.
"""

import re
import string
import unicodedata

from stdnum import iso11649

LONGEST = 21  # characters after RF and the check digits
NEITHER = re.compile(r"[^A-Z0-9]")
# ISO 7064: A is 10, Z is 35. Written out, since a run of invoices makes ten thousand of them; a test holds it equal to
# stdnum's.
FIGURES = {ord(letter): str(value) for value, letter in enumerate(string.ascii_uppercase, start=10)}


class NoReference(ValueError):
    """A number without any letter or figure of ASCII has no creditor reference."""


def creditor_reference(number: str) -> str:
    """The RF reference of a document number.

    Only the number's letters and figures go into it, letters as capitals without their accents, since that is all the
    standard has. Of a longer number the last 21 of them count: what tells documents of one series apart stands at the
    end. Two numbers may so share a reference ("A-1" and "A1"); it finds a document only together with its entity and
    payer. Raises NoReference where nothing is left.
    """
    plain = (number if number.isascii() else unicodedata.normalize("NFKD", number)).upper()
    body = NEITHER.sub("", plain)[-LONGEST:]
    if not body:
        raise NoReference(f"{number!r} has no letter or figure for a creditor reference.")
    return f"RF{98 - int(f'{body}RF00'.translate(FIGURES)) % 97:02}{body}"


def is_creditor_reference(text: str) -> bool:
    """Whether a text is a valid RF reference, written with or without spaces."""
    return iso11649.is_valid(text)


def grouped(reference: str) -> str:
    """A reference as it is printed: in fours."""
    compact = "".join(reference.split())
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
