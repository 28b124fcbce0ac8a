"""Many PDFs as one to print, page by page into a file: what is kept in memory does not grow with how many there are."""

from array import array
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from pypdf import PageObject, PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

CATALOG, TREE = 1, 2
# What a page is drawn of. Marks for reading aloud and links are left: this file is for a printer.
DRAWN = ("/Resources", "/Contents", "/MediaBox", "/CropBox", "/Rotate", "/Group")


class Booklet:
    """One PDF of many, in the order in which they are added."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.pages: list[int] = []
        self._box: PdfObject = ArrayObject()
        # of each object by its number, of which zero is nobody's: eight bytes each, as there are many
        self._offsets = array("Q", [0] * (TREE + 1))
        file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, content: bytes, *, on_front: bool = False) -> tuple[int, int]:
        """Add a PDF, `on_front` on the front of a sheet that is printed on both sides; its first page and how many."""
        if on_front and len(self.pages) % 2:
            self._blank()
        first = len(self.pages) + 1
        document = _Copied(self, PdfReader(BytesIO(content)))
        for page in document.reader.pages:
            self._box = page["/MediaBox"]
            self.pages.append(document.page(page))
        return first, len(self.pages) - first + 1

    def finish(self) -> None:
        """Write what holds the pages together; nothing can be added afterwards."""
        kids = ArrayObject(IndirectObject(number, 0, None) for number in self.pages)
        facts = {"/Type": NameObject("/Pages"), "/Kids": kids, "/Count": NumberObject(len(self.pages))}
        self.write(TREE, _dictionary(facts))
        pages = IndirectObject(TREE, 0, None)
        self.write(CATALOG, _dictionary({"/Type": NameObject("/Catalog"), "/Pages": pages}))
        start = self.file.tell()
        count = len(self._offsets)
        self.file.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for offset in self._offsets[1:]:
            self.file.write(b"%010d 00000 n \n" % offset)
        self.file.write(b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (count, CATALOG))
        self.file.write(b"startxref\n%d\n%%%%EOF\n" % start)

    def number(self) -> int:
        self._offsets.append(0)
        return len(self._offsets) - 1

    def write(self, number: int, written: PdfObject) -> None:
        self._offsets[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n" % number)
        written.write_to_stream(self.file)
        self.file.write(b"\nendobj\n")

    def _blank(self) -> None:
        self.pages.append(self.number())
        facts = {"/MediaBox": self._box, "/Resources": DictionaryObject()}
        self.write(self.pages[-1], _page(facts))


class _Copied:
    """One document on its way into the booklet: its objects get new numbers, and each is written once."""

    def __init__(self, booklet: Booklet, reader: PdfReader):
        self.booklet = booklet
        self.reader = reader
        self.numbers: dict[int, int] = {}
        self.waiting: list[int] = []

    def page(self, page: PageObject) -> int:
        number = self.booklet.number()
        drawn = {name: self.renumbered(page.raw_get(name)) for name in DRAWN if name in page}
        self.booklet.write(number, _page(drawn))
        while self.waiting:
            old = self.waiting.pop()
            found = self.reader.get_object(IndirectObject(old, 0, self.reader))
            self.booklet.write(self.numbers[old], self.renumbered(found))
        return number

    def renumbered(self, value: PdfObject) -> PdfObject:
        if isinstance(value, IndirectObject):
            if value.idnum not in self.numbers:
                self.numbers[value.idnum] = self.booklet.number()
                self.waiting.append(value.idnum)
            return IndirectObject(self.numbers[value.idnum], 0, None)
        if isinstance(value, StreamObject):
            copy = StreamObject()
            copy._data = value._data  # as it is packed
            copy.update(dict(self._entries(value)))
            return copy
        if isinstance(value, DictionaryObject):
            return _dictionary(dict(self._entries(value)))
        if isinstance(value, ArrayObject):
            return ArrayObject(self.renumbered(each) for each in value)
        return value

    def _entries(self, value: DictionaryObject) -> Iterator[tuple[NameObject, PdfObject]]:
        for name in value:
            if name != "/Length":
                yield name, self.renumbered(value.raw_get(name))


def _page(facts: dict) -> DictionaryObject:
    return _dictionary({"/Type": NameObject("/Page"), "/Parent": IndirectObject(TREE, 0, None), **facts})


def _dictionary(facts: dict) -> DictionaryObject:
    return DictionaryObject({NameObject(name): value for name, value in facts.items()})
