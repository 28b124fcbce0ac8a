"""Guessing a map from a file's header and values: which column is which field, with a confidence and a reason.

A pure rule. It proposes what it is sure of and says how sure it is; where two readings fit, it asks. What the words of
a trade are is not known here: they come as `Clues`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rapidfuzz import fuzz

from o2c.core.imports import conventions, values
from o2c.core.imports.conventions import Reading
from o2c.core.imports.kinds import Field, Kind, Type
from o2c.core.imports.looking import Column, Look
from o2c.core.money import UnknownCurrency, minor_unit

# Names that are nearly a known one; what is only a little like it is proposed for fields that cannot be left out.
NEAR, SHORTEST_NEAR = 87, 5
LIKELY_ENOUGH = 60
# Two columns whose scores lie so close for one field are a person's to choose between.
CLOSE = 3
SURE, LIKELY = 90, 75
# So large a share of a column's values must be what the field holds; less where its name leaves no doubt.
FIT, FIT_OF_SURE = 0.8, 0.5
FEW_WORDS = 12


@dataclass(frozen=True)
class Clue:
    """What a field is called elsewhere, in order of how surely; `pattern` is what its values look like."""

    words: tuple[str, ...] = ()
    pattern: str = ""


Clues = Mapping[str, Clue]


@dataclass(frozen=True)
class Match:
    """A field and the column it was found in. `confidence` is of 100."""

    field: str
    column: str
    confidence: int
    reason: str

    @property
    def grade(self) -> str:
        return "sure" if self.confidence >= SURE else "likely" if self.confidence >= LIKELY else "unsure"


@dataclass(frozen=True)
class Question:
    """What only a person can say. `about` is the map's key or the field; `options` are (value, what it means)."""

    about: str
    why: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A map as far as it can be guessed, how each part of it was found, and what is left to say.

    The map is complete when every question is answered.
    """

    map: dict[str, Any]
    matches: list[Match]
    questions: list[Question]
    notes: dict[str, str] = field(default_factory=dict)

    def match(self, name: str) -> Match | None:
        return next((each for each in self.matches if each.field == name), None)

    def question(self, about: str) -> Question | None:
        return next((each for each in self.questions if each.about == about), None)


@cache
def plain(name: str) -> str:
    """A name without what writers differ in: "InvoiceDate", "invoice_date" and "Invoice date" are one."""
    text = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def propose(kind: Kind, look: Look, clues: Clues) -> Proposal:
    """Guess the map of a file of a kind. Where two conventions or two columns fit nothing is decided: it is asked."""
    twice = {name for name in look.header if look.header.count(name) > 1}
    usable = [each for each in look.columns if each.name and each.name not in twice]
    scored = _scores(kind, usable, clues)
    matches, questions = _assign(kind, scored)
    matches += _by_elimination(kind, usable, matches)
    raw: dict[str, Any] = {"columns": {each.field: each.column for each in matches}, **look.told}
    notes: dict[str, str] = {}
    chosen = {each.field: look.column(each.column) for each in matches}
    matches = _write_dates(kind, raw, chosen, matches, questions, notes)
    _write_decimal(kind, raw, chosen, questions, notes)
    _write_currency(kind, raw, chosen, questions)
    for name, judge in kind.options.items():
        if yes_or_no(judge):
            questions.append(Question(name, "The file does not say.", (("yes", "Yes"), ("no", "No"))))
    nothing = sorted(
        {text for column in chosen.values() for text in column.values if _means_nothing(kind, chosen, column, text)}
    )
    if nothing:
        raw["empty"] = nothing
        notes["empty"] = f"{', '.join(nothing)} stand where there is nothing"
    order = {each.name: index for index, each in enumerate(kind.fields)}
    matches.sort(key=lambda each: order[each.field])
    raw["columns"] = {each.field: each.column for each in matches}
    asked = {*raw["columns"], *(question.about for question in questions)}
    for each in kind.fields:
        if each.required and not each.like and each.name not in asked:
            questions.append(Question(each.name, "No column of the file looks like it."))
    for group in kind.one_of:
        if not asked.intersection(group):
            questions.append(Question(group[0], "No column of the file looks like it."))
    return Proposal(raw, matches, questions, notes)


def yes_or_no(judge: Callable[[Any], bool]) -> bool:
    """Whether an option of a kind is one of yes and no, by what it accepts."""
    return judge(True) and judge(False) and not judge(1)


# --- Names


def _name_score(name: str, words: tuple[str, ...]) -> tuple[int, str]:
    """How surely a column's name is one of a field's, and why."""
    theirs = plain(name)
    if not theirs:
        return 0, ""
    best, why = 0, ""
    for position, word in enumerate(words):
        ours = plain(word)
        score, said = 0, ""
        if theirs == ours or theirs.replace(" ", "") == ours.replace(" ", ""):
            score, said = 100 - min(position, 40) // 4, f"is called {word!r}"
        elif sorted(theirs.split()) == sorted(ours.split()):
            score, said = 94, f"is called {word!r}, in another order"
        elif len(ours) >= SHORTEST_NEAR and _may_be_near(theirs, ours) and (ratio := fuzz.ratio(theirs, ours)) >= NEAR:
            score, said = int(ratio) - 8, f"is nearly called {word!r}"
        elif set(ours.split()) < set(theirs.split()):
            score = 58 + 24 * len(ours.split()) // len(theirs.split())
            said = f"has {word!r} in its name"
        if score > best:
            best, why = score, said
    return best, why


def _may_be_near(theirs: str, ours: str) -> bool:
    """A slip of the pen leaves the number of words as it is; a word more is another name."""
    count = len(theirs.split())
    return count in (1, len(ours.split()))


def _words(kind: Kind, each: Field, clues: Clues) -> tuple[str, ...]:
    own = each.name.replace("_", " ")
    found = [clues[name].words for name in (f"{kind.name}.{each.name}", each.name) if name in clues]
    # a kind's own words stand in for the general ones, which may mean something else there
    return (own, *(found[0] if found else ()))


def _pattern(kind: Kind, each: Field, clues: Clues) -> str:
    found = [clues[name].pattern for name in (f"{kind.name}.{each.name}", each.name) if name in clues]
    return next((pattern for pattern in found if pattern), "")


# --- Values


def _share(column: Column, good: Callable[[str], bool], kind: str = "") -> float:
    """The share of a column's values that are good, or are of a kind by themselves."""
    counted = conventions.without_nothing(column.values)
    whole = sum(counted.values())
    fine = sum(
        times
        for text, times in counted.items()
        if (column.typed.get(text) == kind if kind and text in column.typed else good(text))
    )
    return fine / whole if whole else 1.0


def is_numeric(each: Field) -> bool:
    return each.type.value.startswith("numeric")


def _is_currency(text: str) -> bool:
    try:
        values.currency(text)
    except values.Unreadable:
        return False
    return True


def _is_flag(text: str) -> bool:
    return text.casefold() in values.TRUTHY | values.FALSY


def _value_fit(each: Field, column: Column, pattern: str, enough: float = FIT) -> tuple[float, str]:
    """From 0 (cannot be it) to 1, and what speaks against it."""
    if not column.filled:
        return 0.8, "it is empty in all rows seen"
    if is_numeric(each):
        return (1, "") if _share(column, conventions.looks_like_amount, "number") >= enough else (0, "")
    match each.type:
        case Type.DATE:
            return (1, "") if _share(column, conventions.looks_like_day, "day") >= enough else (0, "")
        case Type.CURRENCY:
            return (1, "") if _share(column, _is_currency) >= enough else (0, "")
        case Type.FLAG:
            if _share(column, _is_flag) >= 1:
                return 1, ""
            return (0.75, "its words for yes and no must be told") if len(column.values) <= FEW_WORDS else (0, "")
        case Type.CHOICE:
            if _share(column, lambda text: text.casefold() in each.choices) >= 1:
                return 1, ""
            return (0.7, "its words must be translated") if len(column.values) <= FEW_WORDS else (0, "")
        case _:
            if pattern and _share(column, lambda text: bool(re.fullmatch(pattern, text))) < enough:
                return 0, ""
            return (1, "") if _share(column, lambda text: len(text) <= each.length) >= enough else (0, "")


# --- Putting fields and columns together


@dataclass(frozen=True)
class _Scored:
    field: Field
    column: Column
    score: int
    reason: str


def _scores(kind: Kind, usable: list[Column], clues: Clues) -> list[_Scored]:
    # where more than one field makes the key, each of them may repeat
    keys = set() if kind.key_sql else {kind.key, kind.field(kind.key).like}
    found = []
    for each in kind.fields:
        words, pattern = _words(kind, each, clues), _pattern(kind, each, clues)
        enough = LIKELY_ENOUGH if each.required else LIKELY
        for column in usable:
            score, reason = _name_score(column.name, words)
            if score < enough:
                continue
            fit, against = _value_fit(each, column, pattern, FIT_OF_SURE if score >= SURE else FIT)
            if not fit:
                continue
            if each.name in keys and column.filled and not column.unique:
                fit, against = fit * 0.85, "its values repeat, where each row should have its own"
            if each.type in (Type.FLAG, Type.CHOICE) and fit < 1 and not each.required:
                continue  # better left out than read wrongly; it can still be chosen
            score = int(score * fit)
            if score >= LIKELY_ENOUGH:  # what speaks against it has been weighed by now
                found.append(_Scored(each, column, score, f"{reason}; {against}" if against else reason))
    return found


def _assign(kind: Kind, scored: list[_Scored]) -> tuple[list[Match], list[Question]]:
    """Each field its best column and each column one field, the surest first."""
    order = {each.name: index for index, each in enumerate(kind.fields)}
    ranked = sorted(scored, key=lambda each: (-each.score, order[each.field.name], each.column.index))
    matches: list[Match] = []
    questions: list[Question] = []
    fields: set[str] = set()
    columns: set[str] = set()
    for best in ranked:
        if best.field.name in fields or best.column.name in columns:
            continue
        rivals = [
            each
            for each in ranked
            if each.field is best.field
            and each.column is not best.column
            and each.column.name not in columns
            and best.score - each.score <= CLOSE
            # a column that another field wants more is no rival
            and not any(o.column is each.column and o.score > each.score for o in ranked if o.field.name not in fields)
        ]
        fields.add(best.field.name)
        if rivals:
            options = [best, *rivals]
            names = " and ".join(repr(each.column.name) for each in options)
            questions.append(
                Question(
                    best.field.name,
                    f"{names} fit alike.",
                    tuple((each.column.name, each.reason) for each in options),
                )
            )
            continue
        columns.add(best.column.name)
        matches.append(Match(best.field.name, best.column.name, best.score, best.reason))
    asked = {value for question in questions for value, _ in question.options}
    return [each for each in matches if each.column not in asked], questions


def _by_elimination(kind: Kind, usable: list[Column], matches: list[Match]) -> list[Match]:
    """A required day, amount or currency for which only one column is left is probably that column."""
    taken, found = {each.column for each in matches}, []
    have = {each.field for each in matches}
    for kind_of in (Type.DATE, Type.AMOUNT, Type.CURRENCY):
        missing = [each for each in kind.fields if each.required and each.type == kind_of and each.name not in have]
        left = [
            column
            for column in usable
            if column.filled and column.name not in taken and _value_fit(missing[0], column, "")[0] == 1
        ] if missing else []  # fmt: skip
        if len(missing) == 1 and len(left) == 1:
            what = {Type.DATE: "days", Type.AMOUNT: "amounts", Type.CURRENCY: "currencies"}[kind_of]
            certain = 80 if kind_of == Type.CURRENCY else 50
            found.append(Match(missing[0].name, left[0].name, certain, f"is the only column left that holds {what}"))
            taken.add(left[0].name)
    return found


# --- How the values are written


def _pooled(columns: list[Column]) -> dict[str, int]:
    pool: dict[str, int] = {}
    for column in columns:
        for text, times in column.texts.items():
            pool[text] = pool.get(text, 0) + times
    return pool


def _written(kind: Kind, chosen: dict[str, Column], wanted: Callable[[Field], bool]) -> list[Field]:
    """The fields found of a type whose values are written somehow, the required ones first."""
    found = [
        each
        for each in kind.fields
        if wanted(each) and each.name in chosen and conventions.without_nothing(chosen[each.name].texts)
    ]
    return sorted(found, key=lambda each: not each.required)


def _write_dates(kind, raw, chosen, matches, questions, notes) -> list[Match]:
    """Say how days are written: by all columns of days together, which one map reads alike."""
    fields = _written(kind, chosen, lambda each: each.type == Type.DATE)
    if not fields:
        return matches
    first = conventions.date_format(chosen[fields[0].name].texts)
    together, dropped = [fields[0]], []
    for each in fields[1:]:
        own = conventions.date_format(chosen[each.name].texts)
        (together if set(own.options) & set(first.options) else dropped).append(each)
    reading = conventions.date_format(_pooled([chosen[each.name] for each in together]))
    _write(raw, "date_format", reading, questions, notes, conventions.spelled)
    names = {each.name for each in dropped}
    for name in names:
        notes[name] = (
            f"{chosen.pop(name).name!r} is written otherwise than the other days, and one map reads them alike"
        )
    return [each for each in matches if each.field not in names]


def _write_decimal(kind, raw, chosen, questions, notes) -> None:
    fields = _written(kind, chosen, is_numeric)
    if not fields:
        return
    reading = conventions.decimal(_pooled([chosen[each.name] for each in fields]), _places(kind, chosen))
    _write(raw, "decimal", reading, questions, notes, lambda sign: conventions.SIGNS[sign].removeprefix("with the "))


def _places(kind: Kind, chosen: dict[str, Column]) -> int | None:
    """The most decimal places of the file's currencies; None where they are not known."""
    column = next(
        (chosen[each.name] for each in kind.fields if each.type == Type.CURRENCY and each.name in chosen), None
    )
    if column is None or not column.whole or not column.values:
        return None
    try:
        return max(minor_unit(code.upper()) for code in column.values)
    except UnknownCurrency:
        return None


def _write(raw, key: str, reading: Reading, questions, notes, name) -> None:
    if reading.chosen is not None:
        raw[key] = reading.chosen
        notes[key] = reading.reason
    elif reading.options:
        questions.append(Question(key, reading.reason, tuple((each, name(each)) for each in reading.options)))
    else:
        questions.append(Question(key, reading.reason))


def _write_currency(kind: Kind, raw: dict, chosen: dict[str, Column], questions: list[Question]) -> None:
    for each in kind.fields:
        if each.type == Type.CURRENCY and each.required and each.name not in chosen:
            questions.append(Question(each.name, "No column says the currency: say the one that all rows are in."))


def _means_nothing(kind: Kind, chosen: dict[str, Column], column: Column, text: str) -> bool:
    if text.casefold() not in conventions.NOTHING_WORDS:
        return False
    name = next(name for name, each in chosen.items() if each is column)
    return kind.field(name).type in (Type.DATE, Type.AMOUNT)
