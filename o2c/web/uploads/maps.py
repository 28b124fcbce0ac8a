"""The page on which a map is said: our fields beside their columns, with a live reading of what stands in them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict

from o2c.core import formats
from o2c.core.imports import conventions, files, guess, looking, mapping, values
from o2c.core.imports.guess import Match, Proposal, Question
from o2c.core.imports.kinds import Field, Kind, Type
from o2c.core.imports.looking import Look
from o2c.core.imports.mapping import Mapping
from o2c.core.imports.previewing import Reader

CONSTANT = "="  # chosen instead of a column: one value for every row
SHOWN = 3
MOST_WORDS = 20
OTHER = "other"
TITLES = {"vat_id": "VAT id", "iban": "IBAN", "email": "E-mail", "external_id": "Key in the source"}
OPTIONS = {
    "create_customers": ("Customers that nobody knows", "Open them", "Reject their rows"),
    "due_days": ("Days until due, where the file has no due date", "", ""),
    "complete_limit": ("Share of open items that may be absent (0 to 1)", "", ""),
}
FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y")
DELIMITERS = [("", "Found out"), (",", "Comma"), (";", "Semicolon"), ("tab", "Tab"), ("|", "Bar |")]
ENCODINGS = [
    ("", "Found out"),
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("latin-1", "Latin-1"),
    ("utf-16", "UTF-16"),
    ("cp1250", "Windows-1250"),
    ("cp1251", "Windows-1251"),
    ("cp850", "DOS 850"),
]


def title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Sample:
    """What stands in a cell, and how it is read; `read` is None where it cannot be, and `why` says so."""

    raw: str
    read: str | None
    why: str = ""

    @property
    def same(self) -> bool:
        return self.read == self.raw


@dataclass
class Line:
    """A field of ours on the page."""

    field: Field
    title: str
    select: Any
    constant: Any
    match: Match | None
    question: Question | None
    note: str
    samples: list[Sample] = field(default_factory=list)
    words: list[Any] = field(default_factory=list)


class MapForm(forms.Form):
    """A map as a form. `raw()` is the map it says, `lines()` what the page shows for each field."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        kind: Kind,
        look: Look,
        proposal: Proposal,
        raw: dict,
        complete: bool = False,
        judged: bool = True,
    ):
        super().__init__(data, initial=_initial(kind, look, raw, complete))
        self.kind, self.look, self.proposal, self.judged = kind, look, proposal, judged
        twice = {name for name in look.header if look.header.count(name) > 1}
        names = [name for name in look.header if name and name not in twice]
        columns = [("", "Not in the file"), *((name, name) for name in names)]
        for each in kind.fields:
            choices = [*columns, (CONSTANT, "One value for all rows")] if _may_be_constant(each) else columns
            label = title(each.name)
            self.fields[f"column.{each.name}"] = forms.ChoiceField(choices=choices, required=False, label=label)
            self.fields[f"constant.{each.name}"] = forms.CharField(
                required=False, max_length=200, label=f"{label} of all rows"
            )
        self._add_dates()
        self._add_decimal()
        self._add_words()
        self.fields["source"] = forms.CharField(
            max_length=mapping.LONGEST_SOURCE,
            label="Source",
            help_text="Where the rows come from. A row is known again by its key and its source.",
        )
        self.fields["empty"] = forms.CharField(
            required=False, label="Words that mean nothing", help_text="Apart from empty cells; separated by commas."
        )
        self._add_options()
        if kind.may_be_complete:
            self.fields["complete"] = forms.BooleanField(
                required=False,
                label="The file holds everything that is open",
                help_text="What this source had open and the file lacks is settled.",
            )
        if look.form == files.CSV:
            self.fields["delimiter"] = forms.ChoiceField(
                choices=DELIMITERS, required=False, label="Columns are split by"
            )
            self.fields["encoding"] = forms.ChoiceField(choices=ENCODINGS, required=False, label="Encoding")
        self.fields["skip_lines"] = forms.IntegerField(
            required=False, min_value=0, max_value=1000, label="Lines above the header"
        )
        if look.sheets:
            self.fields["sheet"] = forms.ChoiceField(
                choices=[("", "The first with content"), *((name, name) for name in look.sheets)],
                required=False,
                label="Sheet",
            )

    @property
    def errors(self):
        """What is missing is said when the map is sent, and not while it is made."""
        return super().errors if self.judged else ErrorDict()

    # --- What is asked

    def _add_dates(self) -> None:
        question = self.proposal.question("date_format")
        asked = [value for value, _ in question.options] if question else []
        own = self.initial.get("date_format")
        known = dict.fromkeys([*asked, *([own] if own and own != OTHER else []), *FORMATS])
        choices = [("", "Choose…")] if not own else []
        choices += [(each, conventions.spelled(each)) for each in known]
        self.fields["date_format"] = forms.ChoiceField(
            choices=[*choices, (OTHER, "Another…")], required=False, label="Days are written"
        )
        self.fields["date_format_other"] = forms.CharField(
            required=False, max_length=40, label="Another way", help_text="Such as DD.MM.YYYY or %d %b %Y."
        )

    def _add_decimal(self) -> None:
        signs = [(".", "1,234.50 with a point"), (",", "1.234,50 with a comma")]
        self.fields["decimal"] = forms.ChoiceField(
            choices=signs, required=False, widget=forms.RadioSelect, label="Amounts are written"
        )

    def _add_words(self) -> None:
        """For columns whose words are not known: which of them mean what."""
        for each in self.kind.fields:
            for number, word in enumerate(self.unknown_words(each)):
                if each.type == Type.FLAG:
                    choices = [("", "Reject the row"), ("yes", "Yes"), ("no", "No")]
                else:
                    ours = sorted(set(each.choices.values()))
                    choices = [("", "Reject the row"), *((one, title(one)) for one in ours)]
                self.fields[f"word.{each.name}.{number}"] = forms.ChoiceField(
                    choices=choices, required=False, label=f"“{word}” means"
                )

    def _add_options(self) -> None:
        for name, judge in self.kind.options.items():
            label, yes, no = OPTIONS.get(name, (title(name), "Yes", "No"))
            if guess.yes_or_no(judge):
                self.fields[f"option.{name}"] = forms.ChoiceField(
                    choices=[("yes", yes), ("no", no)], widget=forms.RadioSelect, required=False, label=label
                )
            else:
                self.fields[f"option.{name}"] = forms.DecimalField(required=False, label=label)

    # --- What is said

    def said(self, name: str) -> Any:
        """What stands in an input now, sent or proposed."""
        if self.is_bound and name in self.fields:
            return self.fields[name].widget.value_from_datadict(self.data, self.files, name) or ""
        return self.initial.get(name, "")

    def told(self) -> dict[str, Any]:
        """How the file is written, as far as a person says so."""
        found = {key: self.said(key) for key in looking.HOW_WRITTEN if self.said(key)}
        if "skip_lines" in found:
            found["skip_lines"] = int(found["skip_lines"]) if str(found["skip_lines"]).isdecimal() else 0
        return {key: value for key, value in found.items() if value}

    def chosen(self, name: str) -> str:
        """The column of a field, or "" ."""
        column = self.said(f"column.{name}")
        return column if column in self.look.header else ""

    def date_format(self) -> str:
        said = self.said("date_format")
        return str(self.said("date_format_other")).strip() if said == OTHER else said

    def raw(self) -> dict[str, Any]:
        """The map as the engine takes it; what is not said is not in it."""
        raw: dict[str, Any] = {"columns": {}}
        constants = {}
        for each in self.kind.fields:
            if column := self.chosen(each.name):
                raw["columns"][each.name] = column
            elif self.said(f"column.{each.name}") == CONSTANT and (value := self.said(f"constant.{each.name}").strip()):
                constants[each.name] = value
        for each in self.kind.fields:
            if each.type == Type.CURRENCY and each.name == "currency" and each.name in constants:
                raw["currency"] = constants.pop(each.name).upper()
        if constants:
            raw["constants"] = constants
        if self.date_format():
            raw["date_format"] = self.date_format()
        if self.said("decimal"):
            raw["decimal"] = self.said("decimal")
        if source := str(self.said("source")).strip():
            raw["source"] = source
        if empty := [word.strip() for word in str(self.said("empty")).split(",") if word.strip()]:
            raw["empty"] = empty
        raw |= self._raw_words()
        for name, judge in self.kind.options.items():
            said = self.said(f"option.{name}")
            if guess.yes_or_no(judge):
                if said:
                    raw[name] = said == "yes"
            elif said not in ("", None):
                number = Decimal(said) if _is_number(said) else said
                raw[name] = int(number) if number == int(number) else float(number)
        return raw | self.told()

    def _raw_words(self) -> dict[str, Any]:
        raw: dict[str, Any] = {}
        for each in self.kind.fields:
            for number, word in enumerate(self.unknown_words(each)):
                said = self.said(f"word.{each.name}.{number}")
                if said and each.type == Type.FLAG:
                    raw.setdefault("truthy" if said == "yes" else "falsy", []).append(word)
                elif said:
                    raw.setdefault("values", {}).setdefault(each.name, {})[word] = said
        return raw

    def unknown_words(self, each: Field) -> list[str]:
        """The words of a column of few that do not mean anything by themselves."""
        column = self.look.column(self.chosen(each.name)) if each.type in (Type.FLAG, Type.CHOICE) else None
        if column is None:
            return []
        known = values.TRUTHY | values.FALSY if each.type == Type.FLAG else set(each.choices)
        found = [word for word in column.values if word.casefold() not in known]
        return found if len(found) <= MOST_WORDS else []

    def clean(self):
        """What only a person can say must be said; the rest is the engine's to judge."""
        for each in self.kind.fields:
            name = f"column.{each.name}"
            if self.said(name) == CONSTANT and not self.said(f"constant.{each.name}").strip():
                self.add_error(f"constant.{each.name}", "Say the value that all rows have.")
            elif each.required and not each.like and not self.said(name):
                self.add_error(name, f"Say which column holds it: {self.kind.title.lower()} need it.")
        for group in self.kind.one_of:
            if not any(self.said(f"column.{name}") for name in group):
                self.add_error(f"column.{group[0]}", f"Say which column holds {_listed(group)}.")
        if self._uses(lambda each: each.type == Type.DATE):
            if not self.date_format():
                self.add_error("date_format", "Say how the days are written.")
            else:
                try:
                    values.day_reader(self.date_format())
                except values.BadFormat as bad:
                    self.add_error("date_format", f"{bad}.")
        if self._uses(guess.is_numeric) and not self.said("decimal"):
            self.add_error("decimal", "Say whether the amounts have a point or a comma.")
        for name, judge in self.kind.options.items():
            if guess.yes_or_no(judge) and not self.said(f"option.{name}"):
                self.add_error(f"option.{name}", "Say which.")
            elif name in self.raw() and not judge(self.raw()[name]):
                self.add_error(f"option.{name}", "This cannot be.")
        return super().clean()

    def _uses(self, wanted) -> bool:
        return any(
            wanted(each) and (column := self.look.column(self.chosen(each.name))) and column.texts
            for each in self.kind.fields
        )

    # --- What is shown

    @property
    def has_days(self) -> bool:
        return any(each.type == Type.DATE and self.chosen(each.name) for each in self.kind.fields)

    @property
    def has_amounts(self) -> bool:
        return any(guess.is_numeric(each) and self.chosen(each.name) for each in self.kind.fields)

    @property
    def dates_why(self) -> str:
        question = self.proposal.question("date_format")
        return f"{question.why[:1].upper()}{question.why[1:]}." if question else ""

    @property
    def dates_note(self) -> str:
        note = self.proposal.notes.get("date_format", "")
        return f"The values say so: {note}." if note and self.date_format() == self.proposal.map["date_format"] else ""

    @property
    def asks_other_format(self) -> bool:
        return self.said("date_format") == OTHER

    @property
    def decimal_why(self) -> str:
        question = self.proposal.question("decimal")
        return f"{question.why[:1].upper()}{question.why[1:]}." if question and not self.said("decimal") else ""

    @property
    def decimal_note(self) -> str:
        note = self.proposal.notes.get("decimal", "")
        return f"The values say so: {note}." if note and self.said("decimal") == self.proposal.map["decimal"] else ""

    def of_file(self) -> list[Any]:
        return [self[key] for key in looking.HOW_WRITTEN if key in self.fields]

    def of_kind(self) -> list[Any]:
        return [self[f"option.{name}"] for name in self.kind.options]

    def lines(self) -> list[Line]:
        reader = self._reader()
        found = []
        for each in self.kind.fields:
            said = self.said(f"column.{each.name}")
            match = self.proposal.match(each.name)
            line = Line(
                field=each,
                title=title(each.name),
                select=self[f"column.{each.name}"],
                constant=self[f"constant.{each.name}"] if said == CONSTANT else None,
                match=match if match and match.column == said else None,
                question=self.proposal.question(each.name) if not said else None,
                note=self.proposal.notes.get(each.name, "") if not said else "",
            )
            if column := self.look.column(self.chosen(each.name)):
                line.samples = [
                    self._sample(reader, each, text, column.typed.get(text)) for text in column.samples[:SHOWN]
                ]
            line.words = [
                self[f"word.{each.name}.{number}"]
                for number in range(len(self.unknown_words(each)))
                if f"word.{each.name}.{number}" in self.fields
            ]
            found.append(line)
        return found

    def unused(self) -> list[tuple[str, list[str]]]:
        """Their columns that no field takes, with what stands in them."""
        taken = {self.chosen(each.name) for each in self.kind.fields}
        return [
            (column.name or f"(column {column.index + 1})", column.samples[:SHOWN])
            for column in self.look.columns
            if column.name not in taken and column.filled
        ]

    def day_examples(self) -> list[tuple[str, list[Sample]]]:
        """For each way the days may be written: how some of them would be read."""
        question = self.proposal.question("date_format")
        if not question or self.date_format():
            return []
        columns = [self.look.column(self.chosen(each.name)) for each in self.kind.fields if each.type == Type.DATE]
        texts = [text for column in columns if column for text in column.texts][:200]
        shown = []
        readers = {spelled: values.day_reader(value) for value, spelled in question.options}
        telling = [text for text in texts if len({_day(read, text) for read in readers.values()}) > 1][:SHOWN]
        for spelled, read in readers.items():
            shown.append((spelled, [Sample(text, _day(read, text)) for text in telling or texts[:SHOWN]]))
        return shown

    def _reader(self) -> Reader:
        raw = self.raw()
        try:
            values.day_reader(raw.get("date_format", ""))
        except values.BadFormat:
            raw["date_format"] = mapping.DEFAULT_DATE_FORMAT
        lenient = Mapping(
            columns=raw["columns"],
            date_format=raw["date_format"],
            decimal=raw.get("decimal", "."),
            truthy=frozenset(word.casefold() for word in raw.get("truthy", [])),
            falsy=frozenset(word.casefold() for word in raw.get("falsy", [])),
            empty=frozenset(raw.get("empty", [])),
            values=raw.get("values", {}),
        )
        return Reader(self.kind, lenient, self.look.header)

    def _sample(self, reader: Reader, each: Field, text: str, typed: str | None) -> Sample:
        if typed is None and (
            (each.type == Type.DATE and not self.date_format()) or (guess.is_numeric(each) and not self.said("decimal"))
        ):
            return Sample(text, text)
        if typed is not None and (each.type == Type.DATE or guess.is_numeric(each)):
            return Sample(text, shown(each, text[:10] if each.type == Type.DATE else text))
        try:
            read = reader.read(each.name, text)
        except values.Unreadable as why:
            return Sample(text, None, str(why))
        return Sample(text, shown(each, read) if read else "nothing")


def shown(each: Field, plain: str | None) -> str:
    """A value that was read, as a person writes it."""
    if plain is None:
        return ""
    try:
        if each.type == Type.DATE:
            return formats.long_day(date.fromisoformat(plain))
        if guess.is_numeric(each):
            number = Decimal(plain)
            return formats.number(number, max(2, -number.as_tuple().exponent) if number % 1 else 2)
        if each.type == Type.FLAG:
            return {"t": "yes", "f": "no"}[plain]
        if each.type == Type.CHOICE:
            return title(plain)
    except (ValueError, ArithmeticError, KeyError):
        return plain
    return plain


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(title(name).lower() for name in names)


def _day(read, text: str) -> str | None:
    try:
        return formats.long_day(date.fromisoformat(read(text)))
    except values.Unreadable:
        return None


def _may_be_constant(each: Field) -> bool:
    return each.type == Type.CURRENCY or "constants" in mapping.KEYS


def _is_number(text: Any) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _initial(kind: Kind, look: Look, raw: dict, complete: bool) -> dict[str, Any]:
    """A map as the inputs show it."""
    found: dict[str, Any] = {f"column.{name}": column for name, column in raw.get("columns", {}).items()}
    constants = dict(raw.get("constants", {}))
    currency = raw.get("currency", "")
    if currency and currency in look.header:
        found["column.currency"] = currency
    elif currency:
        constants["currency"] = currency
    for name, value in constants.items():
        found |= {f"column.{name}": CONSTANT, f"constant.{name}": value}
    for key in ("decimal", "source", *looking.HOW_WRITTEN):
        if key in raw:
            found[key] = raw[key]
    if found.get("delimiter") == "\t":
        found["delimiter"] = "tab"
    if "date_format" in raw:
        found["date_format"] = values.directives(raw["date_format"])
    found["empty"] = ", ".join(raw.get("empty", []))
    for name in kind.options:
        if name in raw:
            found[f"option.{name}"] = ("no", "yes")[raw[name]] if isinstance(raw[name], bool) else raw[name]
    if complete:
        found["complete"] = True
    for each in kind.fields:
        column = look.column(raw.get("columns", {}).get(each.name, ""))
        if column is None or each.type not in (Type.FLAG, Type.CHOICE):
            continue
        meant = dict(raw.get("values", {}).get(each.name, {}))
        meant |= dict.fromkeys(raw.get("truthy", []), "yes") | dict.fromkeys(raw.get("falsy", []), "no")
        known = values.TRUTHY | values.FALSY if each.type == Type.FLAG else set(each.choices)
        unknown = [word for word in column.values if word.casefold() not in known]
        found |= {f"word.{each.name}.{number}": meant[word] for number, word in enumerate(unknown) if word in meant}
    return found
