"""Which convention a column's values are written in: day or month first, point or comma. Rules that never toss a coin.

What the values decide is said with the evidence; where they leave it open, or contradict each other, the answer has no
`chosen` and a person is asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from o2c.core.imports import values

# How often each text stands in a column; empty cells are left out.
Tally = Mapping[str, int]

# Where so many times more values speak for one convention than for its rival, the few are bad rows.
OVERWHELMING = 50
# A convention that reads less than this share of the values is not theirs.
READABLE_SHARE = 0.5
# What ERPs and spreadsheets write where there is no day or amount.
NOTHING_WORDS = frozenset(
    [
        "null",
        "(null)",
        "none",
        "nan",
        "n/a",
        "na",
        "#n/a",
        "-",
        "--",
        "00.00.0000",
        "00/00/0000",
        "00000000",
        "0000-00-00",
    ]
)

DATE = re.compile(
    r"(?P<a>[0-9]{1,4}|[A-Za-z]{3,9})(?P<s>[^0-9A-Za-z:]{1,2})(?P<b>[0-9]{1,2}|[A-Za-z]{3,9})(?P<t>[^0-9A-Za-z:]{1,2})"
    r"(?P<c>[0-9]{4}|[0-9]{1,2})(?P<end>\.?)"
)
COMPACT = re.compile(r"[0-9]{8}|[0-9]{6}")
CLOCK = re.compile(r"(?P<day>.*?)(?P<gap>[ T])[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?")
COMPACT_FORMATS = {8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 6: ("%y%m%d", "%d%m%y", "%m%d%y")}


@dataclass(frozen=True)
class Reading:
    """What the values say. `chosen` is None where `options`, the likeliest first, are left to a person."""

    chosen: str | None
    options: tuple[str, ...]
    reason: str

    @property
    def open(self) -> bool:
        return self.chosen is None and len(self.options) > 1


def without_nothing(column: Tally) -> dict[str, int]:
    """The values that are meant as values."""
    return {text: times for text, times in column.items() if text.casefold() not in NOTHING_WORDS}


# --- Days


def looks_like_day(text: str) -> bool:
    return bool(_formats(text))


def _formats(text: str) -> tuple[str, ...]:
    """The formats a day may be written in, by its shape alone."""
    clock = ""
    bare = values.MIDNIGHT.sub("", text)
    if bare == text and (matched := CLOCK.fullmatch(text)):
        bare = matched["day"]
        clock = matched["gap"] + "%H:%M" + (":%S" if matched["seconds"] else "")
    if COMPACT.fullmatch(bare):
        return tuple(each + clock for each in COMPACT_FORMATS[len(bare)])
    matched = DATE.fullmatch(bare)
    if not matched:
        return ()
    first, second, last = matched["a"], matched["b"], matched["c"]
    word = {True: "%b", False: "%B"}
    if first.isalpha() and second.isalpha():
        return ()
    year = "%Y" if len(last) == 4 else "%y"
    if second.isalpha():
        month = word[len(second) == 3]
        orders = [("%Y", month, "%d")] if len(first) == 4 else [("%d", month, year)]
    elif first.isalpha():
        orders = [(word[len(first) == 3], "%d", year)]
    elif len(first) == 4:
        orders = [("%Y", "%m", "%d")]
    elif len(first) == 3:
        return ()
    elif year == "%Y":
        orders = [("%d", "%m", "%Y"), ("%m", "%d", "%Y")]
    else:
        orders = [("%d", "%m", "%y"), ("%m", "%d", "%y"), ("%y", "%m", "%d")]
    return tuple(f"{a}{matched['s']}{b}{matched['t']}{c}{matched['end']}{clock}" for a, b, c in orders)


def date_format(column: Tally) -> Reading:
    """The format of a column of days. No options: nothing in it is a day."""
    column = without_nothing(column)
    shapes: dict[str, None] = {}
    for text in column:
        shapes |= dict.fromkeys(_formats(text))
    # a month in full is read by %B also where it has three letters
    formats = [each for each in shapes if not ("%b" in each and each.replace("%b", "%B") in shapes)]
    return _decide(column, {each: values.day_reader(each) for each in formats}, lambda each: f"as {spelled(each)}")


def spelled(date_format: str) -> str:
    """A format as people write it: "%d/%m/%Y" is DD/MM/YYYY."""
    for directive, word in (
        ("%Y", "YYYY"), ("%y", "YY"), ("%m", "MM"), ("%d", "DD"), ("%b", "MON"), ("%B", "MONTH"),
        ("%H", "hh"), ("%M", "mm"), ("%S", "ss"),
    ):  # fmt: skip
        date_format = date_format.replace(directive, word)
    return date_format


# --- Amounts

SIGNS = {".": "with the decimal point", ",": "with the decimal comma"}
THREE_AFTER = re.compile(r"[^0-9]*[0-9]{1,3}([.,])[0-9]{3}[^0-9]*")


def looks_like_amount(text: str) -> bool:
    return any(_reads(text, lambda text, sign=sign: values.amount(text, sign)) for sign in SIGNS)


def decimal(column: Tally, places: int | None = None) -> Reading:
    """The decimal sign of a column of amounts.

    `places`: the most decimal places that its currencies have, where that is known; a value that would have more is
    not written that way.
    """
    column = without_nothing(column)

    def reader(sign: str) -> Callable[[str], str]:
        def read(text: str) -> str:
            plain = values.amount(text, sign)
            if places is not None and values.places(plain) > places:
                raise values.Unreadable("is finer than its currency")
            return plain

        return read

    signs = {sign: reader(sign) for sign in SIGNS}
    if all(_reads(text, signs["."]) == _reads(text, signs[","]) for text in column) and any(
        _reads(text, signs["."]) for text in column
    ):
        return Reading(".", (".", ","), "the amounts are whole numbers, which read the same either way")
    return _decide(column, signs, SIGNS.__getitem__)


def _reads(text: str, read: Callable[[str], str]) -> str | None:
    try:
        return read(text)
    except values.Unreadable:
        return None


def _decide(column: Tally, readers: dict[str, Callable[[str], str]], name: Callable[[str], str]) -> Reading:
    """The convention that reads most values, unless a rival reads as many, or some that it does not."""
    whole = sum(column.values())
    read = {each: {text for text in column if _reads(text, reader) is not None} for each, reader in readers.items()}

    def weight(texts: set[str]) -> int:
        return sum(column[text] for text in texts)

    ranked = sorted((each for each in readers if read[each]), key=lambda each: -weight(read[each]))
    if not ranked or weight(read[ranked[0]]) < whole * READABLE_SHARE:
        return Reading(None, (), "the values are written in no way that is known")
    best, rivals = ranked[0], []
    for rival in ranked[1:]:
        mine, theirs = weight(read[best] - read[rival]), weight(read[rival] - read[best])
        if mine < theirs * OVERWHELMING or mine == theirs == 0:
            rivals.append(rival)
    left = whole - weight(read[best])
    if not rivals:
        others = [each for each in readers if each != best and read[each]]
        deciding = next((text for text in column if others and text in read[best] and text not in read[others[0]]), "")
        how = f": {deciding!r} can be read in no other way" if deciding else ""
        rest = f"; {left:,} of {whole:,} values cannot be read so" if left else ""
        return Reading(best, (best, *others), f"written {name(best)}{how}{rest}")
    options = (best, *rivals)
    names = " and ".join(name(each) for each in options)
    if all(read[each] == read[best] for each in rivals):
        some = next(iter(read[best]))
        reason = f"all {weight(read[best]):,} values, such as {some!r}, can be read {names}"
    else:
        only = [weight(read[each] - set().union(*(read[o] for o in options if o != each))) for each in options]
        told = ", ".join(f"{count:,} only {name(each)}" for each, count in zip(options, only, strict=True))
        reason = f"the values contradict each other: {told}"
    return Reading(None, options, reason)
