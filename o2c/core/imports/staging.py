"""The staging table: rows stream into it checked value by value, in constant memory; set-based SQL judges the rest.

`import_row` has `line`, `state` and a column for each field; `import_finding` has what is wrong with which line. Both
are temporary and end with the transaction.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
from django.db import connection

from o2c.core.imports import files, values
from o2c.core.imports.cells import Broken, Cell
from o2c.core.imports.kinds import Field, Kind, Type
from o2c.core.imports.mapping import Mapping, Refused
from o2c.core.imports.mistakes import Mistakes
from o2c.core.imports.progress import CHECKING, Progress
from o2c.core.money import minor_unit

GOOD, BAD, AGAIN = "g", "b", "a"  # to be booked; rejected; the same as an earlier line of the file
SAMPLE = 1000
# Texts seen before are not read again; so many are remembered for each field.
REMEMBERED = 20_000
# A sample this large in which nothing can be read is another kind of file; one bad row is only that.
ENOUGH_TO_REFUSE = 2
LONGEST_SHOWN = 200
ERRORS_HEADER = ["line", "column", "value", "reason", "severity"]
ISO_DAY = values.day_reader("%Y-%m-%d")
COPIED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Stage:
    """A file's rows in the database, and what was found about them."""

    def __init__(self, kind: Kind, mapping: Mapping):
        self.kind, self.mapping = kind, mapping
        self.rows = 0
        self.asked = [each for each in kind.fields if mapping.asked(each.name) or mapping.asked(each.like)]
        self.readers = {each.name: self._reader(each) for each in kind.fields}
        # closed by `fill`
        self.spool = tempfile.SpooledTemporaryFile(max_size=4 << 20, mode="w+", encoding="utf-8", newline="")  # noqa: SIM115
        self.unkeyed = False  # a row was rejected whose key could not be read

    def asks(self, our_field: str) -> bool:
        """Whether the file says anything about a field."""
        return self.mapping.asked(our_field)

    # --- Reading

    def _reader(self, each: Field) -> Callable[[str], str]:
        """From a cell to the text that COPY takes. Raises Unreadable."""
        mapping = self.mapping
        translated = mapping.values.get(each.name, {})
        if each.type == Type.AMOUNT:

            def read(text: str) -> str:
                return values.amount(text, mapping.decimal)

        elif each.type == Type.RATE:

            def read(text: str) -> str:
                return values.rate(text, mapping.decimal)

        elif each.type == Type.FACTOR:

            def read(text: str) -> str:
                return values.factor(text, mapping.decimal)

        elif each.type == Type.SPLITS:

            def read(text: str) -> str:
                return values.splits(text, mapping.decimal).translate(COPIED)

        elif each.type == Type.DATE:
            read = values.day_reader(mapping.date_format)
        elif each.type == Type.FLAG:

            def read(text: str) -> str:
                return values.flag(text, mapping.truthy, mapping.falsy)

        elif each.type == Type.CURRENCY:
            read = values.currency
        elif each.type == Type.CHOICE:

            def read(text: str) -> str:
                try:
                    return each.choices[text.casefold()]
                except KeyError:
                    raise values.Unreadable(f"is none of {', '.join(sorted(set(each.choices.values())))}") from None

        else:

            def read(text: str) -> str:
                return values.clean(text, each.length).translate(COPIED)

        def cell(text: str) -> str:
            known = type(text) is Cell and text
            text = text.strip()
            if text in translated:
                known, text = False, translated[text]
            if not text or text in mapping.empty:
                if each.required:
                    raise values.Unreadable("is missing")
                return values.NULL
            return read(text) if not known else self._typed(each, known, read)

        return cell

    def _typed(self, each: Field, cell: Cell, read: Callable[[str], str]) -> str:
        """A cell that says itself what it holds needs no format of the map: a number has its point, a day is ISO's."""
        if cell.kind == Cell.FAULT:
            raise values.Unreadable(cell.note)
        if cell.kind == Cell.NUMBER and each.type == Type.AMOUNT:
            return values.amount(str(cell), ".")
        if cell.kind == Cell.NUMBER and each.type == Type.RATE:
            return values.rate(str(cell), ".")
        if cell.kind == Cell.NUMBER and each.type == Type.FACTOR:
            return values.factor(str(cell), ".")
        if cell.kind == Cell.DAY and each.type == Type.DATE:
            if len(cell) > len("2026-03-02") and "%H" not in values.directives(self.mapping.date_format):
                raise values.Unreadable("has a time of day, and date_format names none")
            return ISO_DAY(cell[:10])
        return read(str(cell))

    def sample(self, source: files.Source) -> None:
        """Refuse a file whose first rows cannot be what the map says."""
        place = {name: source.header.index(column) for name, column in self.mapping.columns.items()}
        judged = (Type.AMOUNT, Type.RATE, Type.FACTOR, Type.DATE)
        typed = [each for each in self.kind.fields if each.type in judged and each.name in place]
        read = {each.name: [0, 0, ""] for each in typed}
        whole = broken = 0
        for _, row in files.rows(source):
            if isinstance(row, Broken):
                broken += 1
            else:
                whole += 1
                for each in typed:
                    text = row[place[each.name]]
                    if text.strip() and text.strip() not in self.mapping.empty:
                        tally = read[each.name]
                        tally[0] += 1
                        tally[2] = text.strip()
                        try:
                            self.readers[each.name](text)
                            tally[1] += 1
                        except values.Unreadable:
                            pass
            if whole + broken == SAMPLE:
                break
        if broken >= ENOUGH_TO_REFUSE and not whole:
            raise Refused(f"None of the first {broken} lines has the header's {len(source.header)} columns.")
        for each in typed:
            seen, good, example = read[each.name]
            if seen >= ENOUGH_TO_REFUSE and not good:
                told = (
                    f"date_format {self.mapping.date_format}"
                    if each.type == Type.DATE
                    else f"decimal {self.mapping.decimal!r}"
                )
                raise Refused(
                    f"None of the first {seen} values of {self.mapping.column(each.name)!r} can be read with"
                    f" {told}, such as {example[:60]!r}."
                )

    def fill(self, source: files.Source, progress: Progress) -> None:
        """Stream the file into `import_row`. Raises Refused where the map turns out to be wrong about all of it."""
        columns = ", ".join(f'"{each.name}" {each.type.value}' for each in self.kind.fields)
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE TEMP TABLE import_row (line bigint, state "char", {columns}) ON COMMIT DROP')
            cursor.execute(
                "CREATE TEMP TABLE import_finding (line bigint, field text, value text, reason text, severity text)"
                " ON COMMIT DROP"
            )
            names = ", ".join(["line", "state", *(f'"{each.name}"' for each in self.asked)])
            progress.begin(CHECKING, source.size)
            pipe = _Pipe(self._lines(source, progress))
            try:
                cursor.copy_expert(f"COPY import_row ({names}) FROM STDIN", pipe)
            except psycopg2.Error:
                if pipe.failure is None:
                    raise
            if pipe.failure:
                raise pipe.failure
            self.spool.seek(0)
            cursor.copy_expert("COPY import_finding FROM STDIN", self.spool)
            self.spool.close()
            progress.end()
            cursor.execute("ANALYZE import_row")
        self._settle_repeats()

    def _lines(self, source: files.Source, progress: Progress) -> Iterator[str]:
        """The file's rows as COPY's text format, each value checked. What is wrong goes to the spool."""
        mapping, kind = self.mapping, self.kind
        place = {each.name: index for index, each in enumerate(self.asked)}
        plan = [
            (place[name], source.header.index(column), self.readers[name], {}, name)
            for name, column in mapping.columns.items()
        ]
        constants = [(place[name], self._constant(name, value)) for name, value in mapping.constants.items()]
        likes = [(place[each.name], place[each.like]) for each in self.asked if each.like in place]
        amounts = [(place[each.name], each.name) for each in self.asked if each.type == Type.AMOUNT]
        currency = next((place[each.name] for each in self.asked if each.type == Type.CURRENCY), None)
        units: dict[str, int] = {}
        key = place.get(kind.key)
        computed: dict[str, list[int]] = {}  # field: first line, how many
        empty = [values.NULL] * len(self.asked)
        mistakes = Mistakes(mapping, kind)
        count = 0
        for line, row in files.rows(source, progress):
            count += 1
            if isinstance(row, Broken):
                self.unkeyed = True
                self._find(line, "", (source.delimiter or ",").join(row.cells), row.reason)
                continue
            out = empty.copy()
            state = GOOD
            for index, position, read, known, name in plan:
                cell = row[position]
                value = known.get(cell) if type(cell) is str else None
                if value is None:
                    try:
                        value = read(cell)
                    except values.Unreadable as why:
                        state = BAD
                        self._find(line, name, cell, str(why))
                        if type(cell) is str:
                            mistakes.count(name, cell)
                        continue
                    if type(cell) is not str:
                        if cell.note:
                            computed.setdefault(name, [line, 0])[1] += 1
                        out[index] = value
                        continue
                    if len(known) == REMEMBERED:
                        known.clear()
                    known[cell] = value
                out[index] = value
            for index, value in constants:
                out[index] = value
            for index, other in likes:
                if out[index] == values.NULL:
                    out[index] = out[other]
            if currency is not None and out[currency] != values.NULL:
                for index, name in amounts:
                    if "." in out[index]:
                        code = out[currency]
                        unit = units.get(code)
                        if unit is None:
                            unit = units[code] = minor_unit(code)
                        if values.places(out[index]) > unit:
                            state = BAD
                            self._find(line, name, out[index], f"is finer than the smallest unit of {code}")
            if kind.look:
                texts = {name: row[position].strip() for _, position, _, _, name in plan}
                for warned in kind.look(texts):
                    self._find(line, warned.field, texts[warned.field], warned.reason, "warning")
                    if warned.dropped:
                        out[place[warned.field]] = values.NULL
            if state == BAD and (key is None or out[key] == values.NULL):
                self.unkeyed = True
            yield f"{line}\t{state}\t" + "\t".join(out) + "\n"
        self.rows = count
        for name, (line, times) in computed.items():
            more = f", as in {times - 1} more rows" if times > 1 else ""
            self._find(line, name, "", f"is worked out by a formula{more}: what it gave last was taken", "warning")
        mistakes.judge(count, {name: known for _, _, _, known, name in plan})

    def _constant(self, name: str, value: str) -> str:
        try:
            return self.readers[name](value)
        except values.Unreadable as why:
            raise Refused(f"The constant {value!r} of {name!r} {why}.") from None

    def _find(self, line: int, name: str, value: str, reason: str, severity: str = "error") -> None:
        shown = value.strip()[:LONGEST_SHOWN].replace("\0", "\u2400").encode("utf-8", "replace").decode("utf-8")
        self.spool.write(f"{line}\t{name}\t{shown.translate(COPIED)}\t{reason.translate(COPIED)}\t{severity}\n")

    # --- Judging in the database

    def reject(self, sql: str, params: dict | None = None) -> int:
        """Reject the lines that a query finds; it yields line, field, value (text) and reason of good rows."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO import_finding SELECT found.*, 'error' FROM ({sql}) found",
                params,
            )
            found = cursor.rowcount
            if found:
                cursor.execute(
                    "UPDATE import_row r SET state = 'b' FROM import_finding f"
                    " WHERE f.line = r.line AND f.severity = 'error' AND r.state <> 'b'"
                )
            return found

    def warn(self, sql: str, params: dict | None = None) -> None:
        """Note what a query finds; it yields line, field, value (text) and reason."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO import_finding SELECT found.*, 'warning' FROM ({sql}) found",
                params,
            )

    def _settle_repeats(self) -> None:
        """A key that stands on several lines: the same content counts once, other content is nobody's to choose."""
        key = self.kind.key_sql or f"r.{self.kind.key}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                CREATE TEMP TABLE import_repeat ON COMMIT DROP AS
                SELECT {key} AS key, min(r.line) AS first, (array_agg(r.line ORDER BY r.line))[2] AS second,
                       min((to_jsonb(r) - 'line')::text) IS DISTINCT FROM max((to_jsonb(r) - 'line')::text) AS differs
                FROM import_row r
                WHERE {key} IN (SELECT {key} FROM import_row r GROUP BY 1 HAVING count(*) > 1)
                GROUP BY 1
                """
            )
            cursor.execute("SELECT EXISTS (SELECT 1 FROM import_repeat)")
            if not cursor.fetchone()[0]:
                return
        self.reject(
            f"""
            SELECT r.line, %(field)s, {key}, 'is also on line '
                || CASE WHEN r.line = d.first THEN d.second ELSE d.first END || ' with other content'
            FROM import_row r JOIN import_repeat d ON d.key = {key} WHERE d.differs AND r.state = 'g'
            """,
            {"field": self.kind.key},
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE import_row r SET state = 'a' FROM import_repeat d
                WHERE d.key = {key} AND r.state = 'g' AND r.line > d.first
                """
            )

    def rejected(self) -> int:
        """How many lines are rejected, those that could not be split among them."""
        return self._count("SELECT count(DISTINCT line) FROM import_finding WHERE severity = 'error'")

    def warnings(self) -> int:
        return self._count("SELECT count(*) FROM import_finding WHERE severity = 'warning'")

    def _count(self, sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def write_findings(self, path: Path) -> bool:
        """Write what was found as CSV, by line; False (and no file) where nothing was."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM import_finding)")
            if not cursor.fetchone()[0]:
                path.unlink(missing_ok=True)  # another database's, which counted its runs in the same folder
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(ERRORS_HEADER)
                named = [(name, self.mapping.column(name)) for name in self._fields_named()]
                rows = ", ".join(["(%s, %s)"] * len(named))
                ordered = cursor.mogrify(
                    "SELECT f.line, n.theirs, f.value, f.reason, f.severity FROM import_finding f"
                    f" JOIN (VALUES {rows}) AS n (ours, theirs) ON n.ours = f.field"
                    " ORDER BY f.line, f.severity, n.theirs, f.reason",
                    [each for pair in named for each in pair],
                ).decode()
                cursor.copy_expert(f"COPY ({ordered}) TO STDOUT WITH (FORMAT csv)", file)
            return True

    def clear(self) -> None:
        """Drop the temporary tables of this load, so that the transaction may hold another."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
                " AND relkind = 'r' AND (starts_with(relname, 'import_') OR starts_with(relname, 'booking'))"
            )
            cursor.execute(f"DROP TABLE {cursor.fetchone()[0]}")

    def _fields_named(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT field FROM import_finding")
            return [row[0] for row in cursor.fetchall()]


class _Pipe(io.TextIOBase):
    """What a generator yields, as the file that COPY reads from: never more in memory than one read asks for.

    The driver would turn an exception into one of its own, so it ends the stream and waits in `failure`.
    """

    def __init__(self, lines: Iterator[str]):
        self.lines = lines
        self.rest = ""
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> str:
        parts, length = [self.rest], len(self.rest)
        try:
            while length < size and self.failure is None:
                line = next(self.lines, None)
                if line is None:
                    break
                parts.append(line)
                length += len(line)
        except Exception as failure:
            self.failure = failure
            return ""
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size]
