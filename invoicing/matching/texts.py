"""What a payer's text may mean by its figures: the keys by which documents are looked up.

Texts are copied by hand, read by machines and broken into lines by banks: letters stand for figures (O for 0), what
stands before the number is left out or added, leading zeros get lost, blanks come in between, and several numbers are
written as a list or a range. Everything that a text may mean is made a key here; whether a document of that number is
there, whose it is and whether the amount fits is asked later.
"""

import re
import unicodedata
from collections.abc import Iterable

from stdnum import iso11649

SHORTEST, LONGEST = 3, 18
MOST = 60  # keys of one line: more is noise
MOST_IN_RANGE = 60

RUN = re.compile(r"[A-Z0-9]+")
OTHER, NO_ACCOUNT = re.compile(r"[^A-Z0-9]+"), re.compile(r"[^A-Z0-9]")
FIGURES, INSTALMENT = re.compile(r"[0-9]+"), re.compile(r"([0-9]{5})/[0-9]{1,2}\Z")
WITH_INSTALMENT = re.compile(r"([A-Z0-9]{5})/([0-9]{1,2})(?![0-9])")
BETWEEN = re.compile(r"[\s,;:()]+")
LETTERS_FOR_FIGURES = str.maketrans({"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8"})
RANGE = re.compile(
    r"(?<!\d)(\d{3,18})\s*(?:-|–|—|\.\.|BIS|TO|UNTIL|THRU|AU|TOT|HASTA)\s*(?:[A-Z]{1,5}[-/ ]?)?(\d{2,18})(?!\d)"
)
REFERENCE = re.compile(r"RF\s?\d\d(?:\s?[A-Z0-9]){1,21}")
FORMS = re.compile(
    r"\b(GMBH|MBH|AG|KG|KGAA|OHG|UG|EK|EV|SE|LTD|LIMITED|PLC|LLC|LLP|INC|CORP|CORPORATION|CO|COMPANY|SA|SAS|SARL|SRL|SPA"
    r"|BV|NV|AB|OY|AS|APS|SL|SP|ZOO|SRO|KFT|UND|AND|ET)\b"
)


def plain(text: str) -> str:
    """Upper case without accents."""
    if text.isascii():
        return text.upper()
    text = text.translate({0xDF: "ss"})
    return "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))


def name_key(name: str) -> str:
    """A name as it is compared: without its legal form, dots and blanks."""
    text = plain(name).replace(".", "").replace("&", " ").replace("+", " ")
    text = OTHER.sub(" ", text)
    return " ".join(FORMS.sub(" ", text).split()) or text.strip()


def account_key(text: str) -> str:
    """An IBAN or account number as it is compared."""
    return NO_ACCOUNT.sub("", text.upper())


def figures(run: str) -> list[str]:
    """What a stretch of letters and figures may be as a number: without its prefix, and with all it may have meant."""
    if run.isalpha():
        return []
    if run.isdigit():
        return [run]
    found = []
    bare = run.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for text in (bare, run):
        folded = text.translate(LETTERS_FOR_FIGURES)
        if folded.isdigit() and folded not in found:
            found.append(folded)
    digits = "".join(c for c in bare if c.isdigit())
    if digits and digits not in found and not found:
        found.append(digits)
    return found


def number_keys(number: str) -> tuple[str, str]:
    """The figures of a document's number, and the last of them that stand together, as `invoicing_number_key` and
    `invoicing_number_tail` find them in what is ASCII; "" where there are none."""
    if "/" in number:
        number = INSTALMENT.sub(r"\1", number)
    runs = FIGURES.findall(number)
    if not runs:
        return "", ""
    return "".join(runs).lstrip("0")[-LONGEST:], runs[-1].lstrip("0")[-LONGEST:]


def keys(texts: Iterable[str]) -> set[str]:
    """The keys of everything that a line's texts may mean by their figures, without leading zeros."""
    found: set[str] = set()
    for text in texts:
        if not text:
            continue
        text = plain(text)
        runs = [each for each in map(figures, RUN.findall(text)) if each]
        for index, variants in enumerate(runs):
            for digits in variants:
                _add(found, digits)
            joined = variants[0]
            for following in runs[index + 1 : index + 4]:
                joined += following[0]
                _add(found, joined)
            if len(variants) > 1 and index:
                _add(found, runs[index - 1][0] + variants[1])
        for low, high in ranges(text):
            for number in range(low, high + 1):
                _add(found, str(number))
        if len(found) > MOST:
            break
    return found


def instalments(texts: Iterable[str]) -> set[tuple[str, int]]:
    """What is written as 2026-104711/3: the last five figures of the number, and which of its instalments is meant."""
    found = set()
    for text in texts:
        if "/" not in text:
            continue
        for before, number in WITH_INSTALMENT.findall(plain(text)):
            figures = before.translate(LETTERS_FOR_FIGURES)
            if figures.isdigit():
                found.add((figures, int(number)))
    return found


def _add(found: set[str], digits: str) -> None:
    if SHORTEST <= len(digits) <= LONGEST * 2:
        key = digits.lstrip("0")
        if key:
            found.add(key[-LONGEST:])


def ranges(text: str) -> list[tuple[int, int]]:
    """What is written as 4711-4715, 4711-15 or 4711 bis 4715, where it is a range of at most sixty."""
    found = []
    for first, last in RANGE.findall(text):
        if len(last) < len(first):
            last = first[: len(first) - len(last)] + last
        low, high = int(first), int(last)
        if len(last) == len(first) and low < high < low + MOST_IN_RANGE:
            found.append((low, high))
    return found


def references(texts: Iterable[str]) -> set[str]:
    """The creditor references (ISO 11649) that stand in texts with good check digits."""
    found = set()
    for text in texts:
        if "RF" not in text.upper():
            continue
        for written in REFERENCE.findall(plain(text)):
            compact = written.replace(" ", "")
            # What follows it may have been taken in with it.
            for end in range(len(compact), 4, -1):
                if iso11649.is_valid(compact[:end]):
                    found.add(compact[:end])
                    break
    return found


def words(texts: Iterable[str]) -> set[str]:
    """Words with a figure in them, as a customer's number is written."""
    found = set()
    for text in texts:
        if not text:
            continue
        for word in BETWEEN.split(text.upper()):
            word = word.strip(".#")
            if 3 <= len(word) <= 40 and not word.isalpha() and any(map(str.isdigit, word)):
                found.add(word)
    return found


def off_by_one(written: str, number: str) -> bool:
    """Whether one figure of six or more is wrong, lacking or too many, or two neighbours have changed places."""
    if len(number) < 6 or written == number or abs(len(written) - len(number)) > 1:
        return False
    if len(written) == len(number):
        wrong = [place for place, (ours, theirs) in enumerate(zip(number, written, strict=True)) if ours != theirs]
        if len(wrong) == 1:
            return True
        return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and (
            number[wrong[0]], number[wrong[1]]) == (written[wrong[1]], written[wrong[0]])  # fmt: skip
    longer, shorter = (written, number) if len(written) > len(number) else (number, written)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
