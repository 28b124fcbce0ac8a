"""Excel workbooks (.xlsx), a row at a time: the XML is read as it is unpacked and never held.

Nothing in a workbook is run, evaluated or fetched. Of a formula only the value that was stored with it counts. XML with
a document type, and with it every entity, is refused.
"""

import re
import tempfile
import zipfile
from array import array
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from xml.parsers import expat

from o2c.core.imports.cells import MOST_COLUMNS, Cell
from o2c.core.imports.containers import entry_of, opened
from o2c.core.imports.mapping import Refused
from o2c.core.imports.progress import Progress

READ = 1 << 16
# What Excel itself holds in a cell; elements in elements; attributes and names as a workbook has them.
LONGEST_TEXT = 32_767
DEEPEST = 40
MOST_SHEETS, MOST_STYLES, MOST_ROWS = 1_000, 100_000, 1_048_576
REMEMBERED = 20_000

# Formats that show a day, by their number (ECMA-376 part 1, 18.8.30), and how others that do are written.
DAY_FORMATS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
TIME_FORMATS = {*range(18, 22), *range(45, 48)}
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
FEW_DIGITS = re.compile(r"-?[0-9]{1,15}")

COMPUTED = "computed"


class Workbook:
    """An open workbook. `sheets` are the names of its worksheets, in their order; a context manager."""

    def __init__(self, path: Path):
        self.file = path.open("rb")
        try:
            self.archive = opened(self.file)
            self._refuse_others()
            main = next((part for kind, part in _relations(self.archive, "").values() if kind == "officeDocument"), "")
            if not self._has(main):
                raise Refused("The Excel workbook is damaged: it has no main part.")
            self.early, found = _sheets(self, main)
            of_main = _relations(self.archive, main)
            self.places = {
                name: of_main[key][1]
                for name, key in found
                if of_main.get(key, ("",))[0] == "worksheet" and self._has(of_main[key][1])
            }
            self.sheets = list(self.places)
            if not self.sheets:
                raise Refused("The workbook has no worksheet.")
            named = dict(of_main.values())
            self.days = _day_styles(self, named.get("styles", ""))
            self.strings = _Strings(self, named.get("sharedStrings", ""))
        except BaseException:
            self.file.close()
            raise

    def _has(self, part: str) -> bool:
        return part in self.archive.NameToInfo

    def _refuse_others(self) -> None:
        names = self.archive.NameToInfo
        if "mimetype" in names:
            raise Refused("The file is an OpenDocument file; save it as an Excel workbook (.xlsx).")
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Refused("The workbook holds macros; save it as a plain Excel workbook (.xlsx).")
        if any(name.endswith("workbook.bin") for name in names):
            raise Refused("The workbook is a binary one (.xlsb); save it as an Excel workbook (.xlsx).")
        if not any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
            raise Refused("The file is an office document, but no Excel workbook.")

    def sheet(self, wanted: str) -> str:
        """The sheet of that name, or, where none is asked for, the first with content. Raises Refused."""
        if wanted:
            if wanted not in self.places:
                raise Refused(f"The workbook has no sheet {wanted!r}. Its sheets: {', '.join(self.sheets[:40])}.")
            return wanted
        for name in self.sheets:
            if next(self.rows(name), None):
                return name
        raise Refused("The workbook is empty: none of its sheets has content.")

    def rows(self, sheet: str, progress: Progress | None = None) -> Iterator[tuple[int, dict[int, str]]]:
        """Every row that has content: its number, and its cells by their column's place (the first is 0)."""
        reading = _Sheet(self)
        yield from _read(self, self.places[sheet], reading, progress)

    def close(self) -> None:
        self.strings.close()
        self.file.close()

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


# --- XML


class _Handler:
    """Takes what the parser meets. `done` is what can be handed on."""

    def __init__(self):
        self.done: deque = deque()
        self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def _read(book: Workbook, part: str, handler: _Handler, progress: Progress | None = None) -> Iterator:
    """Parse a part while it is unpacked, handing on what is done. Raises Refused."""

    def refuse(*_):
        raise Refused(f"{part!r} of the workbook has a document type, which no workbook needs; nothing of it was read.")

    def start(name: str, attributes: dict[str, str]) -> None:
        handler.depth += 1
        if handler.depth > DEEPEST:
            raise Refused(f"{part!r} of the workbook is nested more than {DEEPEST} deep.")
        handler.start(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        handler.depth -= 1
        handler.end(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = handler.text
    parser.buffer_text = True
    packed = book.archive.getinfo(part).compress_size
    try:
        with entry_of(book.archive, part) as file:
            unpacked = max(book.archive.getinfo(part).file_size, 1)
            while chunk := file.read(READ):
                parser.Parse(chunk, False)
                if progress:
                    progress.seen(len(chunk) * packed // unpacked)
                yield from handler.done
                handler.done.clear()
            parser.Parse(b"", True)
            yield from handler.done
    except expat.ExpatError as wrong:
        raise Refused(f"{part!r} of the workbook is damaged: {wrong}.") from None


class _Small(_Handler):
    """Collects elements of a small part, each with its attributes."""

    def __init__(self, most: int, *names: str):
        super().__init__()
        self.most, self.names, self.count = most, names, 0
        self.inside = ""

    def start(self, name, attributes):
        if name in ("cellXfs", "numFmts", "cellStyleXfs", "dxfs"):
            self.inside = name
        if name in self.names:
            self.count += 1
            if self.count > self.most:
                raise Refused(f"The workbook has more than {self.most:,} {name} elements.")
            plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
            self.done.append((name, self.inside, plain))


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to inside the workbook: id → (kind, part). What lies outside is left alone."""
    folder, _, name = part.rpartition("/")
    place = f"{folder}/_rels/{name}.rels".lstrip("/")
    if place not in archive.NameToInfo:
        return {}
    found = {}
    book = _Only(archive)
    for _, _, facts in _read(book, place, _Small(10_000, "Relationship")):
        if facts.get("TargetMode") == "External":
            continue
        target = facts.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
        steps: list[str] = []
        for step in path.split("/"):
            if step == "..":
                steps = steps[:-1]
            elif step not in ("", "."):
                steps.append(step)
        found[facts.get("Id", "")] = (facts.get("Type", "").rpartition("/")[2], "/".join(steps))
    return found


class _Only:
    """As much of a workbook as reading a part needs."""

    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive


def _sheets(book: Workbook, main: str) -> tuple[bool, list[tuple[str, str]]]:
    """Whether days are counted from 1904, and the sheets with their ids, the visible ones first."""
    early, found = False, []
    for name, _, facts in _read(book, main, _Small(MOST_SHEETS, "sheet", "workbookPr")):
        if name == "workbookPr":
            early = facts.get("date1904", "0") in ("1", "true")
        else:
            hidden = facts.get("state", "visible") != "visible"
            found.append((hidden, facts.get("name", ""), facts.get("id", "")))
    found.sort(key=lambda sheet: sheet[0])
    return early, [(name, key) for _, name, key in found]


def _day_styles(book: Workbook, part: str) -> dict[str, str]:
    """The numbers of the cell styles that show a day or a time of day."""
    if part not in book.archive.NameToInfo:
        return {}
    shapes: dict[str, str] = {}
    styles: dict[str, str] = {}
    place = 0
    for name, inside, facts in _read(book, part, _Small(MOST_STYLES, "numFmt", "xf")):
        if name == "numFmt" and inside == "numFmts":
            shapes[facts.get("numFmtId", "")] = facts.get("formatCode", "")
        elif name == "xf" and inside == "cellXfs":
            styles[str(place)] = facts.get("numFmtId", "0")
            place += 1
    return {style: shown for style, number in styles.items() if (shown := _shows(number, shapes.get(number)))}


def _shows(number: str, shape: str | None) -> str:
    if shape is None:
        known = int(number) if number.isdecimal() and len(number) < 6 else 0
        return "day" if known in DAY_FORMATS else "time" if known in TIME_FORMATS else ""
    elapsed = re.search(r"\[(h+|m+|s+)\]", shape, re.IGNORECASE)
    bare = QUOTED.sub("", shape.partition(";")[0]).lower().replace("general", "")
    if re.search(r"[dy]", bare) or ("m" in bare and not re.search(r"[hs]", bare) and not elapsed):
        return "day"
    return "time" if re.search(r"[hs]", bare) or elapsed else ""


# --- Texts that cells share


class _Strings(_Handler):
    """The shared texts, on disk: there may be a million. The ones asked for last are remembered."""

    def __init__(self, book: Workbook, part: str):
        super().__init__()
        self.file = tempfile.TemporaryFile(prefix="o2c-import-")  # noqa: SIM115 closed with the workbook
        self.ends = array("Q", [0])
        self.known: dict[int, str] = {}
        self.pieces: list[str] = []
        self.length = self.phonetic = 0
        self.inside = False
        if part in book.archive.NameToInfo:
            deque(_read(book, part, self), maxlen=0)
            self.file.flush()

    def start(self, name, attributes):
        if name == "si":
            self.pieces, self.length = [], 0
        elif name == "rPh":
            self.phonetic += 1
        elif name == "t":
            self.inside = not self.phonetic

    def end(self, name):
        if name == "t":
            self.inside = False
        elif name == "rPh":
            self.phonetic -= 1
        elif name == "si":
            content = plain("".join(self.pieces)).encode("utf-8", "surrogatepass")
            self.file.write(content)
            self.ends.append(self.ends[-1] + len(content))

    def text(self, text):
        if self.inside:
            self.length += len(text)
            if self.length > LONGEST_TEXT * 4:
                raise Refused(f"A text of the workbook is longer than the {LONGEST_TEXT:,} characters of a cell.")
            self.pieces.append(text)

    def of(self, index: str) -> str | None:
        """The text of a number; None where there is none."""
        if not index.isdecimal() or len(index) > 9:
            return None
        place = int(index)
        found = self.known.get(place)
        if found is None:
            if place + 1 >= len(self.ends):
                return None
            self.file.seek(self.ends[place])
            found = self.file.read(self.ends[place + 1] - self.ends[place]).decode("utf-8", "surrogatepass")
            if len(self.known) == REMEMBERED:
                self.known.clear()
            self.known[place] = found
        return found

    def close(self) -> None:
        self.file.close()


def plain(text: str) -> str:
    """A text without the escapes by which XML carries control characters."""
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


# --- Cells


class _Sheet(_Handler):
    """Collects the cells of a worksheet's rows."""

    def __init__(self, book: Workbook):
        super().__init__()
        self.book = book
        self.row: dict[int, str] | None = None
        self.number = 0
        self.column = -1
        self.kind = self.style = ""
        self.formula = False
        self.cell = False
        self.inside = ""
        self.pieces: list[str] = []
        self.length = self.phonetic = 0
        self.known: dict[tuple[str, str], str] = {}

    def start(self, name, attributes):
        if name == "c":
            if self.row is None:
                return
            self.cell, self.formula, self.pieces, self.length = True, False, [], 0
            place = REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = column_of(place.group(1)) if place else self.column + 1
            if self.column >= MOST_COLUMNS:
                raise Refused(f"Row {self.number} of the sheet has more than {MOST_COLUMNS:,} columns.")
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        elif name in ("v", "t"):
            if self.cell and not self.phonetic:
                self.inside = name
        elif name == "f":
            self.formula = self.cell
        elif name == "rPh":
            self.phonetic += 1
        elif name == "row":
            told = attributes.get("r", "")
            number = int(told) if told.isdecimal() and len(told) < 9 else self.number + 1
            if number <= self.number or number > MOST_ROWS:
                raise Refused(f"The sheet is damaged: row {number} comes after row {self.number}.")
            self.row, self.number, self.column = {}, number, -1

    def end(self, name):
        if name == "c":
            if self.cell:
                self.cell = False
                value = self._value("".join(self.pieces))
                if value:
                    self.row[self.column] = value
        elif name in ("v", "t"):
            self.inside = ""
        elif name == "rPh":
            self.phonetic -= 1
        elif name == "row":
            if self.row:
                self.done.append((self.number, self.row))
            self.row = None

    def text(self, text):
        if self.inside:
            self.length += len(text)
            if self.length > LONGEST_TEXT * 4:
                raise Refused(f"A cell in row {self.number} is longer than {LONGEST_TEXT:,} characters.")
            self.pieces.append(text)

    def _value(self, text: str) -> str:
        kind = self.kind
        note = COMPUTED if self.formula else ""
        if kind == "s":
            shared = self.book.strings.of(text.strip())
            text = Cell(text, Cell.FAULT, "names a text that the workbook does not hold") if shared is None else shared
        elif kind in ("str", "inlineStr"):
            text = plain(text)
            if not text and note and not self.length:
                return Cell("=", Cell.FAULT, "is a formula without a value: open the workbook in Excel and save it")
        elif kind == "e":
            return Cell(text or "#", Cell.FAULT, "is an error of Excel's")
        elif not text.strip():
            if note:
                return Cell("=", Cell.FAULT, "is a formula without a value: open the workbook in Excel and save it")
            return ""
        elif kind == "b":
            text = "true" if text.strip() in ("1", "true") else "false"
        elif kind == "d":
            day, _, time = text.strip().partition("T")
            return _day(day, "" if set(time) <= set("0:.Z") else time.rstrip("Z"), note)
        else:
            return self._number(text.strip(), note)
        if note and type(text) is str and text:
            return Cell(text, Cell.TEXT, note)
        return text

    def _number(self, text: str, note: str) -> str:
        if note:
            return self._counted(text, note)
        key = (self.style, text)  # days and round amounts come again and again
        known = self.known.get(key)
        if known is None:
            if len(self.known) == REMEMBERED:
                self.known.clear()
            known = self.known[key] = self._counted(text, note)
        return known

    def _counted(self, text: str, note: str) -> str:
        shown = self.book.days.get(self.style)
        if not shown and FEW_DIGITS.fullmatch(text):
            return Cell(text, Cell.NUMBER, note)
        try:
            value = float(text)
            written = f"{Decimal(repr(value)):f}"  # as Excel shows it: the shortest that is the same number
        except (ValueError, OverflowError):
            value = float("nan")
        if value != value or value in (float("inf"), float("-inf")) or len(text) > 60:
            return Cell(text[:60], Cell.FAULT, "is no number, where the workbook says it is one")
        if not shown:
            return Cell(written.removesuffix(".0") if "." in written else written, Cell.NUMBER, note)
        return _dated(value, written, self.book.early, note) if shown == "day" else _timed(written)


def _timed(written: str) -> Cell:
    return Cell(written, Cell.FAULT, "is a time of day")


def _dated(value: float, written: str, early: bool, note: str) -> Cell:
    """A day as Excel counts it. Its 29 February 1900, which never was, is number 60."""
    whole = int(value // 1)
    seconds = round((value - whole) * 86_400)
    if seconds == 86_400:
        whole, seconds = whole + 1, 0
    if early:
        start = date(1904, 1, 1)
    else:
        if whole == 60:
            return Cell(written, Cell.FAULT, "is 29 February 1900, a day that does not exist")
        start = date(1899, 12, 31) if whole < 60 else date(1899, 12, 30)
    if not 0 < whole + early < 2_958_466:
        return Cell(written, Cell.FAULT, "is not a day that Excel knows")
    day = start + timedelta(days=whole)
    time = f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}" if seconds else ""
    return _day(day.isoformat(), time, note)


def _day(day: str, time: str, note: str) -> Cell:
    return Cell(f"{day} {time}".rstrip(), Cell.DAY, note)


def column_of(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1
