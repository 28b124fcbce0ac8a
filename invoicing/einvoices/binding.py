"""Where the terms of the model stand in XML, said once: what reads a document by it also writes it.

A binding reads from an element into the values of a dataclass, and writes them under an element. Bindings stand in the
order of the syntax's schema. Paths are of local names; a prefix in one is for writing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from lxml import etree

from o2c.invoicing.einvoices.forms import TEXT, Unreadable, text_of
from o2c.invoicing.einvoices.model import Part, Problem


@dataclass
class Reading:
    """What is found out while a document is read: where everything stands, and what cannot be read."""

    places: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    used: set[Any] = field(default_factory=set)

    def value(self, form, element, at: str):
        """The value of an element; None, and a problem, where it is none."""
        self.places.setdefault(at, element)
        self.used.add(element)
        try:
            return form.read(element)
        except Unreadable as unreadable:
            self.unreadable.add(at)
            self.problems.append(Problem("format", place(element), f"{unreadable}."))
            return None

    def where(self, pointer: str) -> str:
        """The element that a pointer into the model is about, or the nearest that there is, and its line."""
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return place(self.places[pointer]) if pointer in self.places else ""


@dataclass(frozen=True)
class Writing:
    """Into what is written: the namespace of a name, and the currency of its amounts."""

    namespaces: dict[str | None, str]
    prefix: Callable[[str, bool], str | None]
    currency: str = ""
    tax_currency: str = ""

    def tag(self, step: str, is_leaf: bool) -> str:
        prefix, colon, name = step.rpartition(":")
        return f"{{{self.namespaces[prefix if colon else self.prefix(name, is_leaf)]}}}{name}"

    def reach(self, parent, path: str, *, is_leaf: bool, anew: bool = False):
        """The element at the end of a path, which is made where it is not the last; and the first that was made."""
        made = None
        steps = split(path)
        for place, step in enumerate(steps):
            last = place == len(steps) - 1
            tag = self.tag(step, is_leaf and last)
            before = parent[-1] if len(parent) else None
            if before is not None and before.tag == tag and not (last and anew):
                parent = before
            else:
                above, parent = parent, etree.SubElement(parent, tag)
                made = made if made is not None else (above, parent)
        return parent, made


@cache
def split(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


@cache
def names(path: str) -> tuple[str, ...]:
    """The local names of a path."""
    return tuple(step.rpartition(":")[2] for step in split(path))


def found(element, path: str) -> Iterator[Any]:
    """All elements down a path, in the document's order."""
    level = [element]
    for name in names(path):
        level = [child for each in level for child in each.iterchildren(name)]
    yield from level


def place(element) -> str:
    """An element's place for people: "Invoice/InvoiceLine[2]/Price (line 120)"."""
    steps = []
    above = element
    while above is not None:
        parent = above.getparent()
        same = [] if parent is None else list(parent.iterchildren(above.tag))
        steps.append(f"{above.tag}[{same.index(above) + 1}]" if len(same) > 1 else above.tag)
        above = parent
    return f"{'/'.join(reversed(steps))} (line {element.sourceline})"


def blank(value) -> bool:
    return value is None or value in ("", ()) or (isinstance(value, Part) and not value)


class Binding(ABC):
    @abstractmethod
    def read(self, element, into: dict[str, Any], reading: Reading, at: str) -> None:
        """Put what an element says into the values of a dataclass."""

    @abstractmethod
    def write(self, parent, source, writing: Writing) -> bool:
        """Write what it is about under an element; whether there was anything."""

    def fits(self, element) -> bool:
        """Whether an element with this binding in it is meant."""
        return True


@dataclass(frozen=True)
class Leaf(Binding):
    """A value: the first that is said down the path, or else down another. `only`: which values are written there."""

    path: str
    field: str
    form: Any = TEXT
    other: str = ""
    only: Callable[[Any], bool] = lambda value: True

    def read(self, element, into, reading, at):
        for path in (self.path, self.other) if self.other else (self.path,):
            for each in found(element, path):
                if blank(into.get(self.field)):
                    value = reading.value(self.form, each, f"{at}/{self.field}")
                    if value is not None:
                        into[self.field] = value

    def write(self, parent, source, writing):
        value = getattr(source, self.field)
        if blank(value) or not self.only(value):
            return False
        element, _ = writing.reach(parent, self.path, is_leaf=True)
        self.form.write(element, value, writing)
        return value is not False


@dataclass(frozen=True)
class Leaves(Binding):
    """Values that may be said more than once, each in an element of its own down the path.

    `where` chooses among the elements that are read, `only` among the values that are written.
    """

    path: str
    field: str
    form: Any = TEXT
    where: Callable[[Any], bool] = lambda element: True
    only: Callable[[Any], bool] = lambda value: True

    def read(self, element, into, reading, at):
        values = list(into.get(self.field, ()))
        for each in found(element, self.path):
            if self.where(each):
                value = reading.value(self.form, each, f"{at}/{self.field}/{len(values)}")
                if not blank(value):
                    values.append(value)
        into[self.field] = tuple(values)

    def write(self, parent, source, writing):
        above, _, last = self.path.rpartition("/")
        values = [value for value in getattr(source, self.field) if self.only(value)]
        for value in values:
            under = writing.reach(parent, above, is_leaf=False, anew=True)[0] if above else parent
            element, _ = writing.reach(under, last, is_leaf=True, anew=True)
            self.form.write(element, value, writing)
        return bool(values)


@dataclass(frozen=True)
class Attr(Binding):
    """A value that is an attribute of an element whose text is another's."""

    path: str
    name: str
    field: str

    def read(self, element, into, reading, at):
        for each in found(element, self.path):
            if said := each.get(self.name, "").strip():
                reading.places.setdefault(f"{at}/{self.field}", each)
                into[self.field] = said
                return

    def write(self, parent, source, writing):
        value = getattr(source, self.field)
        if blank(value):
            return False
        element, _ = writing.reach(parent, self.path, is_leaf=True)
        element.set(self.name, value)
        return True


@dataclass(frozen=True)
class Otherwise(Binding):
    """Where else a value may be said; it is read where it was not said before, and never written."""

    binding: "Leaf | Attr"

    def read(self, element, into, reading, at):
        if blank(into.get(self.binding.field)):
            self.binding.read(element, into, reading, at)
        reading.used.update(found(element, self.binding.path))

    def write(self, parent, source, writing):
        return False


@dataclass(frozen=True)
class Passed(Binding):
    """What a document may say that says nothing to the model."""

    path: str

    def read(self, element, into, reading, at):
        reading.used.update(found(element, self.path))

    def write(self, parent, source, writing):
        return False


@dataclass(frozen=True)
class Fixed(Binding):
    """A value that the syntax wants; with `match` only elements that have it are meant."""

    path: str
    value: str
    match: bool = False

    def read(self, element, into, reading, at):
        reading.used.update(found(element, self.path))

    def write(self, parent, source, writing):
        element, _ = writing.reach(parent, self.path, is_leaf=True)
        element.text = self.value
        return False

    def fits(self, element):
        return not self.match or any(text_of(each).upper() == self.value.upper() for each in found(element, self.path))


@dataclass(frozen=True)
class Group(Binding):
    """Elements within an element that are the same dataclass's: the first that is meant. `always`: also when empty."""

    path: str
    bindings: tuple[Binding, ...]
    where: Callable[[Any], bool] = lambda element: True
    always: bool = False

    def read(self, element, into, reading, at):
        for each in chosen(element, self):
            reading.places.setdefault(at, each)
            read_all(self.bindings, each, into, reading, at)
            return

    def write(self, parent, source, writing):
        element, made = writing.reach(parent, self.path, is_leaf=False, anew=True)
        said = write_all(self.bindings, element, source, writing)
        if not said and not self.always:
            made[0].remove(made[1])
        return said or self.always


@dataclass(frozen=True)
class One(Binding):
    """An element that is a dataclass of its own."""

    path: str
    field: str
    kind: type
    bindings: tuple[Binding, ...]

    def read(self, element, into, reading, at):
        for each in chosen(element, self):
            into[self.field] = part(self, each, reading, f"{at}/{self.field}")
            return

    def write(self, parent, source, writing):
        value = getattr(source, self.field)
        if not value:
            return False
        element, made = writing.reach(parent, self.path, is_leaf=False, anew=True)
        said = write_all(self.bindings, element, value, writing)
        if not said:
            made[0].remove(made[1])
        return said


@dataclass(frozen=True)
class Inner(Binding):
    """A dataclass that has no element of its own."""

    field: str
    kind: type
    bindings: tuple[Binding, ...]

    def read(self, element, into, reading, at):
        inner: dict[str, Any] = {}
        read_all(self.bindings, element, inner, reading, f"{at}/{self.field}")
        into[self.field] = made(self.kind, inner)

    def write(self, parent, source, writing):
        return write_all(self.bindings, parent, getattr(source, self.field), writing)


@dataclass(frozen=True)
class Many(Binding):
    """Elements that are a dataclass each."""

    path: str
    field: str
    kind: type
    bindings: tuple[Binding, ...]
    where: Callable[[Any], bool] = lambda element: True

    def read(self, element, into, reading, at):
        into[self.field] = tuple(
            part(self, each, reading, f"{at}/{self.field}/{position}")
            for position, each in enumerate(chosen(element, self))
        )

    def write(self, parent, source, writing):
        values = getattr(source, self.field)
        for value in values:
            element, _ = writing.reach(parent, self.path, is_leaf=False, anew=True)
            write_all(self.bindings, element, value, writing)
        return bool(values)


def chosen(element, binding) -> Iterator[Any]:
    where = getattr(binding, "where", None)
    for each in found(element, binding.path):
        if (where is None or where(each)) and all(inner.fits(each) for inner in binding.bindings):
            yield each


def part(binding, element, reading: Reading, at: str):
    reading.places.setdefault(at, element)
    into: dict[str, Any] = {}
    read_all(binding.bindings, element, into, reading, at)
    return made(binding.kind, into)


def made(kind: type, into: dict[str, Any]):
    """A dataclass of what was read; what was said and is nothing has the default."""
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in into.items() if name in known and value is not None})


def read_all(bindings, element, into: dict[str, Any], reading: Reading, at: str) -> None:
    for binding in bindings:
        binding.read(element, into, reading, at)


def write_all(bindings, element, source, writing: Writing) -> bool:
    """Write all of them; whether any of them had anything to say."""
    return sum([binding.write(element, source, writing) for binding in bindings]) > 0
