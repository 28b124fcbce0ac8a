"""Which words of a payer's text may tell who pays: its own account number at us, a contract, a site. A pure rule.

What tells of one payment only is none: days, amounts, numbers of documents, references of banks. Nor is a word that is
too short to be one payer's alone.
"""

import re
from collections.abc import Iterable

from stdnum import iso11649

from o2c.invoicing.matching import texts

SHORTEST, LONGEST = 5, 20
FEWEST_FIGURES = 3
MOST = 3  # words of one line: more is a list of something
YEAR = r"(?:19|20)\d\d"
MONTHS = r"(?:JAN|FEB|MAR|MAE|APR|MAY|MAI|JUN|JUL|AUG|SEP|OCT|OKT|NOV|DEC|DEZ)[A-Z]*"
DAYS = re.compile(
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-](?:{YEAR}|\d\d)|{YEAR}[./-]\d{{1,2}}(?:[./-]\d{{1,2}})?|\d{{1,2}}[./-]{YEAR}"
    rf"|{YEAR}[01]\d[0-3]\d|[0-3]\d[01]\d{YEAR}|{YEAR}[./-]Q[1-4]|Q[1-4][./-]{YEAR}|{MONTHS}[./-]?{YEAR}"
    rf"|\d{{1,2}}[./-]?{MONTHS}[./-]?(?:{YEAR}|\d\d)|{YEAR}[./-]{YEAR}|\d\d?:\d\d(?::\d\d)?"
)
AMOUNT = re.compile(
    r"[A-Z€$£]{0,3}[-+]?(?:\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,3})?|\d+[.,]\d{1,3})[-+]?[A-Z€$£]{0,3}"
    r"|(?:EUR|USD|GBP|CHF)\d+|\d+(?:EUR|USD|GBP|CHF)"
)
ACCOUNT = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def key(word: str) -> str:
    """A word as it is compared."""
    return texts.plain(word)


def qualifies(word: str) -> bool:
    """Whether a word is of a kind that may stand for a payer."""
    word = key(word)
    if not SHORTEST <= len(word) <= LONGEST or sum(map(str.isdigit, word)) < FEWEST_FIGURES:
        return False
    return not (
        DAYS.fullmatch(word)
        or AMOUNT.fullmatch(word)
        or ACCOUNT.fullmatch(word)
        or (word.startswith("RF") and iso11649.is_valid(word))
    )


def words(written: str, *, references: Iterable[str] = (), documents: frozenset[str] = frozenset()) -> list[str]:
    """The words of a payer's text that may stand for it, as they are compared, in the order of the alphabet.

    `references` are the payment's own, `documents` the keys of numbers of documents (`texts.keys`). None where so many
    are left that the text is a list of something.
    """
    own = " ".join(key(reference) for reference in references)
    found = sorted({key(word) for word in texts.words([written]) if qualifies(word)})
    found = [word for word in found if word not in own and not texts.keys([word]) & documents]
    return found if len(found) <= MOST else []
