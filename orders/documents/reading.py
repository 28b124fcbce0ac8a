"""Reading a file of orders or of despatch advices: what it is, its content says, never its name. Nothing is written."""

import re
from pathlib import Path
from typing import TypeVar

from o2c.orders.documents import despatches, ubl_orders, x12_orders
from o2c.orders.documents.facts import LARGEST, ReadDespatches, ReadOrders, Refused

BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_orders(source: bytes | Path) -> ReadOrders:
    """The orders of a file: Order of UBL 2, or X12 850.

    Raises Refused, with the place, where none of them can be read; OSError as files do.
    """
    content = _content(source)
    if _is_xml(content):
        return _some(ubl_orders.read(content))
    text = _text(content)
    if re.match(r"ISA[^\w\s]", text):
        return _some(x12_orders.read(text))
    raise Refused("line 1", "This is neither an Order in UBL nor a purchase order in X12 (850).")


def read_despatches(source: bytes | Path) -> ReadDespatches:
    """The despatch advices of a file, in UBL 2. Raises as `read_orders`."""
    content = _content(source)
    if not _is_xml(content):
        raise Refused("line 1", "This is no DespatchAdvice in UBL.")
    return _some(despatches.read(content))


def may_be_one(head: bytes) -> bool:
    """Whether a file that begins so is XML or X12 at all, and no table."""
    return _is_xml(head) or bool(re.match(rb"ISA[^\w\s]", head.removeprefix(BOMS[0]).lstrip()))


Read = TypeVar("Read", ReadOrders, ReadDespatches)


def _some(read: Read) -> Read:
    """What was read, or Refused with the first reason where nothing was."""
    found = read.orders if isinstance(read, ReadOrders) else read.despatches
    if not found:
        first = read.refused[0]
        raise Refused(first.where, first.reason)
    return read


def _content(source: bytes | Path) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        with source.open("rb") as file:
            content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused("", f"The file is larger than {LARGEST >> 20} MB.")
    if not content.strip():
        raise Refused("", "The file is empty.")
    return content


def _is_xml(content: bytes) -> bool:
    head = content[:200]
    for bom in BOMS:
        head = head.removeprefix(bom)
    return head.lstrip().replace(b"\0", b"").startswith(b"<")


def _text(content: bytes) -> str:
    """X12 says no encoding: what is no UTF-8 is Latin-1, as its extended set of signs is."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise Refused("", "The file holds NUL signs; it is no text.")
    return text.lstrip("\ufeff\r\n \t")
