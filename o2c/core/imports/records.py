"""JSON: a line for each object (JSONL), or one array of objects. Keys inside keys are columns called `a.b`.

Numbers are taken as they are written and never pass through a float.
"""

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from o2c.core.imports.cells import MOST_COLUMNS, Broken, Cell
from o2c.core.imports.delimited import line_of, opened
from o2c.core.imports.mapping import Refused
from o2c.core.imports.progress import Progress

# The header is made of the keys of so many objects, and of as many more as it takes to find what the map names.
SAMPLE = 1000
# Characters of one object, and how deep keys may lie in keys.
LONGEST_OBJECT = 1 << 20
DEEPEST = 20
READ = 1 << 16
PLAIN = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?")
# Digits before and after the point, written out.
LONGEST_NUMBER = 60


class _Unfit(ValueError):
    """One object cannot be a row; the text says why."""


def _number(text: str) -> Cell:
    if PLAIN.fullmatch(text):
        return Cell(text, Cell.NUMBER)
    if len(text) > LONGEST_NUMBER:
        return Cell(text[:LONGEST_NUMBER], Cell.FAULT, "is a number with too many digits")
    number = Decimal(text)
    if not -LONGEST_NUMBER < number.adjusted() < LONGEST_NUMBER:
        return Cell(text, Cell.FAULT, "is a number out of all bounds")
    return Cell(f"{number:f}", Cell.NUMBER)


def _no_number(name: str):
    raise _Unfit(f"holds {name}, which is no number of JSON")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise _Unfit(f"has the key {key[:60]!r} twice")
            seen.add(key)
    return found


DECODER = json.JSONDecoder(
    parse_float=_number, parse_int=_number, parse_constant=_no_number, object_pairs_hook=_once, strict=False
)


def is_lines(start: str) -> bool:
    """Whether a text begins as JSONL does; else an array, where it begins with `[`."""
    return start.lstrip("\ufeff \t\r\n").startswith("{")


def is_array(start: str) -> bool:
    return re.match(r"[\ufeff\s]*\[\s*(\{|\]|$)", start) is not None


def header(path: Path, encoding: str, array: bool, wanted: list[str]) -> list[str]:
    """The keys of the first objects and those that the map names, in the order in which they appear."""
    names: dict[str, None] = {}
    missing = {name for name in wanted if name}
    for count, (_, found) in enumerate(_objects(path, encoding, array, None), start=1):
        if isinstance(found, dict):
            if count <= SAMPLE:
                names.update(dict.fromkeys(found))
            else:
                names.update(dict.fromkeys(missing & found.keys()))
            missing -= found.keys()
            if len(names) > MOST_COLUMNS:
                raise Refused(f"The objects have more than {MOST_COLUMNS:,} different keys.")
        if count >= SAMPLE and not missing:
            break
    if not names:
        raise Refused("The file holds no object with keys.")
    return list(names)


def rows(
    path: Path, encoding: str, array: bool, names: list[str], progress: Progress
) -> Iterator[tuple[int, list[str] | Broken]]:
    """Every object with the line it begins on; a key that an object lacks is an empty cell."""
    for line, found in _objects(path, encoding, array, progress):
        if isinstance(found, Broken):
            yield line, found
        else:
            yield line, [found.get(name, "") for name in names]


def _objects(
    path: Path, encoding: str, array: bool, progress: Progress | None
) -> Iterator[tuple[int, dict[str, str] | Broken]]:
    try:
        with opened(path, encoding, progress) as text:
            yield from _of_array(text) if array else _of_lines(text)
    except UnicodeError as bad:
        raise Refused(f"The file cannot be read as {encoding}: {bad}.") from None


def _of_lines(text: io.TextIOBase) -> Iterator[tuple[int, dict[str, str] | Broken]]:
    number = 0
    while line := line_of(text):
        number += 1
        line = line.strip("\ufeff \t\r\n")
        if not line:
            continue
        if len(line) > LONGEST_OBJECT:
            yield number, Broken(f"is longer than {LONGEST_OBJECT:,} characters", [line[:200]])
            continue
        try:
            value, end = DECODER.raw_decode(line)
            if end < len(line):
                raise _Unfit("holds more than one value")
            yield number, _flat(value)
        except _Unfit as why:
            yield number, Broken(str(why), [line[:200]])
        except RecursionError:
            yield number, Broken("is nested too deeply", [line[:200]])
        except ValueError as wrong:
            yield number, Broken(f"is not JSON: {wrong}", [line[:200]])


def _of_array(text: io.TextIOBase) -> Iterator[tuple[int, dict[str, str] | Broken]]:
    """The objects of one array, of which only one is ever held."""
    buffer = text.read(READ).lstrip("\ufeff")
    place, line, ended = 0, 1, False

    def more() -> bool:
        nonlocal buffer, place, ended
        chunk = text.read(READ)
        ended = not chunk
        buffer, place = buffer[place:] + chunk, 0
        return not ended

    def sign() -> str:
        """Step over white space; the sign that then comes, empty at the end."""
        nonlocal place, line
        while True:
            while place < len(buffer) and buffer[place] in " \t\r\n":
                line += buffer[place] == "\n"
                place += 1
            if place < len(buffer) or not more():
                return buffer[place : place + 1]

    sign()
    place += 1  # [
    comes = sign()
    while comes != "]":
        if not comes:
            raise Refused("The JSON is cut off: its array does not end.")
        while True:
            try:
                value, end = DECODER.raw_decode(buffer, place)
                break
            except _Unfit as why:
                raise Refused(f"The object on line {line} {why}.") from None
            except RecursionError:
                raise Refused(f"The object on line {line} is nested too deeply.") from None
            except ValueError as wrong:
                if len(buffer) - place > LONGEST_OBJECT or not more():
                    raise Refused(f"The JSON cannot be read from line {line} on: {wrong}.") from None
        try:
            found = _flat(value)
        except _Unfit as why:
            found = Broken(str(why), [buffer[place : min(end, place + 200)]])
        yield line, found
        line += buffer.count("\n", place, end)
        place = end
        comes = sign()
        if comes == ",":
            place += 1
            comes = sign()
            if comes == "]":
                raise Refused(f"The JSON cannot be read: a comma before the end of the array, on line {line}.")
        elif comes and comes != "]":
            raise Refused(f"The JSON cannot be read from line {line} on: a comma is missing.")
    place += 1
    if sign():
        raise Refused(f"The JSON goes on after its array, on line {line}.")


def _flat(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Unfit("is not an object")
    found: dict[str, str] = {}
    _lay("", value, found, 1)
    if len(found) > MOST_COLUMNS:
        raise _Unfit(f"has more than {MOST_COLUMNS:,} keys")
    return found


def _lay(before: str, value: dict[str, object], found: dict[str, str], depth: int) -> None:
    if depth > DEEPEST:
        raise _Unfit(f"is nested more than {DEEPEST} deep")
    for key, inner in value.items():
        name = before + key.strip()
        if isinstance(inner, dict):
            _lay(name + ".", inner, found, depth + 1)
            continue
        if name in found:
            raise _Unfit(f"has the key {name[:60]!r} twice")
        found[name] = _text(inner)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if all(isinstance(each, str | bool | None) for each in value):
        return "; ".join(filter(None, map(_text, value)))
    return Cell("[…]", Cell.FAULT, "is a list of lists or objects")
