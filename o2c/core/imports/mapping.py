"""The map: which of their columns is which of our fields, and how their file is written."""

import codecs
import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from o2c.core.imports import values
from o2c.core.imports.kinds import Kind

DEFAULT_DATE_FORMAT = "%Y-%m-%d"
DEFAULT_SOURCE = "file"
LONGEST_SOURCE = 60


class Refused(ValueError):
    """The file or its map cannot be used; nothing was written. The message says what to do."""


@dataclass(frozen=True)
class Mapping:
    """A checked map. `columns` is our field → their column; `constants` our field → one value for every row."""

    columns: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)
    date_format: str = DEFAULT_DATE_FORMAT
    decimal: str = "."
    source: str = DEFAULT_SOURCE
    delimiter: str = ""
    encoding: str = ""
    skip_lines: int = 0
    truthy: frozenset[str] = frozenset()
    falsy: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def column(self, our_field: str) -> str:
        """Their name of a field, for messages; our own where the field has no column."""
        return self.columns.get(our_field, our_field)

    def asked(self, our_field: str) -> bool:
        """Whether the file says anything about a field."""
        return our_field in self.columns or our_field in self.constants


CODE = re.compile(r"[A-Z]{3}")


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _translations(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(words, dict) and all(isinstance(word, str) for word in words.values()) for words in value.values()
    )


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _beside(value: Any) -> bool:
    """Names of files → by which of our file's columns a row finds its own by which of theirs."""
    return isinstance(value, dict) and all(
        name and "." not in name and isinstance(by, dict) and by and all(map(_text, by.values()))
        for name, by in value.items()
    )


# Every key of a map beside `columns` and a kind's own options, and what it must be.
KEYS = {
    "date_format": _text,
    "decimal": lambda value: value in (".", ","),
    "currency": _text,
    "source": lambda value: _text(value) and 0 < len(value) <= LONGEST_SOURCE,
    "delimiter": lambda value: _text(value) and (len(value) == 1 or value in ("tab", "\\t")),
    "encoding": _text,
    "sheet": lambda value: _text(value) and bool(value.strip()),
    "skip_lines": lambda value: isinstance(value, int) and 0 <= value <= 1000,
    "constants": lambda value: isinstance(value, dict) and all(_text(each) and each.strip() for each in value.values()),
    "truthy": _words,
    "falsy": _words,
    "empty": _words,
    "values": _translations,
    "beside": _beside,
}


def read(path: Path) -> dict[str, Any]:
    """The map file as it stands. Raises Refused where it is no JSON object."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as wrong:
        raise Refused(f"The map {path} cannot be read: {wrong.strerror}.") from None
    except ValueError as wrong:
        raise Refused(f"The map {path} is not JSON: {wrong}.") from None
    if not isinstance(raw, dict):
        raise Refused(f'The map {path} must be an object such as {{"columns": {{"number": "Invoice no"}}}}.')
    return raw


def check(raw: dict[str, Any], kind: Kind, header: list[str] | None = None) -> Mapping:
    """Judge a map against its kind and, where given, the file's header. Raises Refused, naming what does not fit."""
    known = [*KEYS, "columns", *kind.options]
    for key, value in raw.items():
        if key not in known:
            raise Refused(f"The map's key {key!r} is not known{_meant(key, known)}.")
        judge = KEYS.get(key) or kind.options.get(key)
        if judge and not judge(value):
            raise Refused(f"The map's {key!r} cannot be {json.dumps(value)}.")
    columns = raw.get("columns")
    if not isinstance(columns, dict) or not columns:
        raise Refused('The map has no "columns": our field → the name of their column.')
    fields = [each.name for each in kind.fields]
    for name, column in columns.items():
        if name not in fields:
            raise Refused(f"{kind.name} have no field {name!r}{_meant(name, fields)}. Fields: {', '.join(fields)}.")
        if not isinstance(column, str) or not column.strip():
            raise Refused(f"The column of {name!r} must be a column's name.")
    columns = {name: column.strip() for name, column in columns.items()}
    constants: dict[str, str] = {}
    for name, value in raw.get("constants", {}).items():
        if name not in fields:
            raise Refused(f'"constants" names {name!r}, which is no field of {kind.name}{_meant(name, fields)}.')
        if name in columns:
            raise Refused(f"The map gives {name!r} twice, as a constant and as a column.")
        constants[name] = value.strip()
    if "currency" in raw:
        if "currency" in constants:
            raise Refused('The map gives the currency twice, by "currency" and in "constants".')
        _place_currency(raw["currency"].strip(), fields, columns, constants, header)
    for each in kind.fields:
        if each.required and each.name not in columns and each.name not in constants and not each.like:
            raise Refused(f"The map names no column for {each.name!r}, which {kind.name} need.")
    for group in kind.one_of:
        if not any(name in columns or name in constants for name in group):
            raise Refused(f"The map names no column for {' or '.join(map(repr, group))}; {kind.name} need one of them.")
    if header is not None:
        for name, column in columns.items():
            if header.count(column) > 1:
                raise Refused(f"The file has {header.count(column)} columns {column!r}; {name!r} cannot tell which.")
        for name, column in columns.items():
            if column not in header:
                raise Refused(
                    f"The file has no column {column!r} for {name!r}{_meant(column, header)}."
                    f" Its columns: {', '.join(header[:40])}."
                )
    if "encoding" in raw:
        try:
            codecs.lookup(raw["encoding"])
        except LookupError:
            raise Refused(f"The encoding {raw['encoding']!r} is not known.") from None
    date_format = raw.get("date_format", DEFAULT_DATE_FORMAT)
    try:
        values.day_reader(date_format)
    except values.BadFormat as bad:
        raise Refused(f"{bad}.") from None
    translated = raw.get("values", {})
    for name in translated:
        if name not in fields:
            raise Refused(f'"values" names {name!r}, which is no field of {kind.name}.')
    delimiter = raw.get("delimiter", "")
    return Mapping(
        columns=columns,
        constants=constants,
        date_format=date_format,
        decimal=raw.get("decimal", "."),
        source=raw.get("source", DEFAULT_SOURCE),
        delimiter="\t" if delimiter in ("tab", "\\t") else delimiter,
        encoding=raw.get("encoding", ""),
        skip_lines=raw.get("skip_lines", 0),
        truthy=frozenset(word.casefold() for word in raw.get("truthy", [])),
        falsy=frozenset(word.casefold() for word in raw.get("falsy", [])),
        empty=frozenset(raw.get("empty", [])),
        values=translated,
        options={key: raw[key] for key in kind.options if key in raw},
    )


def _place_currency(
    said: str, fields: list[str], columns: dict[str, str], constants: dict[str, str], header: list[str] | None
) -> None:
    """Three capitals that are no column of the file are one currency for every row; anything else is a column."""
    if "currency" not in fields:
        raise Refused('"currency" is of no use here: this kind of file has none.')
    if CODE.fullmatch(said) and (header is None or said not in header):
        if header is None:
            constants["currency"] = said  # it may still turn out to be a column
            return
        try:
            constants["currency"] = values.currency(said)
        except values.Unreadable:
            raise Refused(f"The currency {said!r} is not one of ISO 4217.") from None
        if "currency" in columns:
            raise Refused("The map gives the currency twice, as a constant and as a column.")
    elif columns.setdefault("currency", said) != said:
        raise Refused("The map names two columns for the currency.")


def wanted(raw: dict[str, Any]) -> list[str]:
    """The column names a checked map may ask for: what the header is looked for by."""
    beside = raw.get("beside", {})
    named = [*raw["columns"].values(), raw.get("currency", ""), *(column for by in beside.values() for column in by)]
    return [name.strip() for name in named if name.partition(".")[0] not in beside]


def _meant(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    lower = [name for name in known if name.casefold() == word.casefold()]
    return f" (did you mean {(lower or near)[0]!r}?)" if lower or near else ""
