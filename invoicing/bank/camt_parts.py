"""Elements of camt as parts: what is below them by local names, asked for by path.

To ask the XML again and again cost ten times as much as to read it once. And the entries of a bank look alike: only
their texts differ. So the parts of an entry are made once for each way in which entries are built, and filled anew with
the texts of the next one.
"""

from collections.abc import Iterator

from lxml import etree

from o2c.core.reading.xml import name_of

# So many ways in which entries are built are kept, each of so many letters of tags: an entry that is longer is a batch
# of many payments, and has hardly a second one like it.
MOST_SHAPES, LONGEST_SHAPE = 200, 1 << 14
UNKNOWN = object()


class Part:
    """An element and all in it, read once from the XML: what is below it by local names, in order.

    `found` remembers which part stands down which path: parts are filled again, and stay where they are.
    """

    __slots__ = ("below", "currency", "found", "text")

    def __init__(self, element, leaves: "list[Part] | None" = None) -> None:
        below: dict[str, list[Part]] = {}
        self.below = below
        self.found: dict[tuple[str, ...], object] = {}
        if not len(element):
            self.text = element.text or ""
            self.currency = element.get("Ccy")
            if leaves is not None:
                leaves.append(self)
            return
        self.text = ""
        self.currency = None
        for child in element.iterchildren():
            name = name_of(child.tag)
            if name in below:
                below[name].append(Part(child, leaves))
            else:
                below[name] = [Part(child, leaves)]


class Shapes:
    """Gives the parts of elements one after the other: whoever asks for the next one is done with the last."""

    def __init__(self) -> None:
        # of each shape its parts, those of them that have a text, and where in what is written that stands
        self.known: dict[str, tuple[Part, list[Part], list[int]]] = {}

    def part(self, element) -> Part:
        # Written out by the XML's own writer, < and > stand around tags and nowhere else.
        written = etree.tostring(element, encoding="unicode", with_tail=False).replace(">", "<").split("<")
        shape = "<".join(written[1::2])
        known = self.known.get(shape)
        if known is None:
            return self._new(element, shape, written)
        part, leaves, places = known
        for leaf, place in zip(leaves, places, strict=True):
            text = written[place]
            leaf.text = _plain(text) if "&" in text else text
        return part

    def _new(self, element, shape: str, written: list[str]) -> Part:
        leaves: list[Part] = []
        part = Part(element, leaves)
        if len(shape) > LONGEST_SHAPE or len(self.known) >= MOST_SHAPES:
            return part
        tags = written[1::2]
        # One that is <Empty/> has no text; one that holds others is none of the leaves.
        ends = [*(tag[:1] == "/" for tag in tags[1:]), True]
        places = [
            0 if tag[-1:] == "/" else 2 * number + 2
            for number, (tag, before_end) in enumerate(zip(tags, ends, strict=True))
            if tag[-1:] == "/" or (before_end and tag[:1] != "/")
        ]
        # Only what is understood is believed: the texts must be those that the XML has.
        if [leaf.text for leaf in leaves] == [_plain(written[place]) for place in places]:
            self.known[shape] = part, leaves, places
        return part


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&")


def find(part: Part | None, *path: str) -> Part | None:
    """The first part down a path, or None."""
    if part is None:
        return None
    found = part.found.get(path, UNKNOWN)
    if found is UNKNOWN:
        found = part.found[path] = _find(part, path)
    return found


def _find(part: Part, path: tuple[str, ...]) -> Part | None:
    for depth, name in enumerate(path):
        found = part.below.get(name)
        if found is None:
            return None
        if len(found) > 1 and depth + 1 < len(path):
            rest = path[depth + 1 :]
            return next((below for each in found if (below := _find(each, rest)) is not None), None)
        part = found[0]
    return part


def every(part: Part | None, name: str) -> list[Part]:
    return [] if part is None else part.below.get(name, [])


def text(part: Part | None, *path: str) -> str:
    if part is None:
        return ""
    found = part.found.get(path, UNKNOWN)
    if found is UNKNOWN:
        found = find(part, *path)
    return found.text.strip() if found is not None else ""


def first(part: Part | None, *names: str) -> str:
    """The text of the first part of these names, anywhere below."""
    if part is None:
        return ""
    # a path has no empty name in it
    key = ("", *names)
    found = part.found.get(key)
    if found is None:
        found = part.found[key] = list(_leaves(part, names))
    for leaf in found:
        if said := leaf.text.strip():
            return said
    return ""


def _leaves(part: Part, names: tuple[str, ...]) -> Iterator[Part]:
    """The parts with a text of their own of these names, in the order in which they are looked at."""
    for name, found in part.below.items():
        for below in found:
            if below.below:
                yield from _leaves(below, names)
            elif name in names:
                yield below
