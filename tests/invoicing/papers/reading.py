"""Reads papers back as their receivers do: text, pictures and codes."""

from __future__ import annotations

from io import BytesIO

import pypdfium2
import zxingcpp
from pypdf import PdfReader


def pages(pdf: bytes) -> list[str]:
    """The text of each page; all its spaces are plain ones."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    return " ".join(pages(pdf))


def codes(pdf: bytes, *, scale: float = 150 / 72) -> list[zxingcpp.Barcode]:
    """The codes on all pages, as a camera sees them at 150 dots an inch."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        bitmap = page.render(scale=scale, grayscale=True)
        dots = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
        found += zxingcpp.read_barcodes(dots)
        bitmap.close()
        page.close()
    document.close()
    return found


def fonts(pdf: bytes) -> dict[str, bool]:
    """The fonts of all pages, and whether each is embedded."""
    found = {}
    for page in PdfReader(BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            [kept] = font.get_object()["/DescendantFonts"]
            name = str(kept["/BaseFont"]).partition("+")[2]
            found[name] = "/FontFile2" in kept["/FontDescriptor"] or "/FontFile3" in kept["/FontDescriptor"]
    return found
