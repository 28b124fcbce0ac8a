"""Many PDFs as one to print. PDFium is not safe to use in several threads at once; a worker makes one at a time."""

from typing import BinaryIO

from pypdfium2 import PdfDocument


class Booklet:
    """One PDF of many, in the order in which they are added. In memory it is about as large as its file."""

    def __init__(self):
        self._pdf = PdfDocument.new()

    def __len__(self) -> int:
        """How many pages it has."""
        return len(self._pdf)

    def add(self, content: bytes, *, on_front: bool = False) -> tuple[int, int]:
        """Add a PDF, `on_front` on the front of a sheet that is printed on both sides; its first page and how many."""
        if on_front and len(self) % 2:
            self._pdf.new_page(*self._pdf.get_page_size(len(self) - 1))
        first = len(self) + 1
        added = PdfDocument(content)
        self._pdf.import_pages(added)
        added.close()
        return first, len(self) + 1 - first

    def save(self, file: BinaryIO) -> None:
        """Write it; nothing can be added afterwards."""
        self._pdf.save(file)
        self._pdf.close()
