"""XML from outside, read so that nobody is fooled: no entities, no document type, nothing fetched, no huge trees.

Elements are known by their local names, so that namespaces, prefixes and envelopes do not matter.
"""

from functools import lru_cache
from typing import BinaryIO

from lxml import etree

from o2c.core.reading import values
from o2c.core.reading.refused import Refused

SAFE = {
    "resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip


class BadName(ValueError):
    """An element's name that is none."""


@lru_cache(2000)
def name_of(tag: str) -> str:
    """The local name. Raises BadName."""
    name = tag.rpartition("}")[2]
    if ":" in name:
        raise BadName(name)
    return name


def local(element) -> str:
    tag = element.tag
    return name_of(tag) if isinstance(tag, str) else ""


def namespace(element) -> str:
    return element.tag.rpartition("}")[0].removeprefix("{")


def shown_root(root) -> str:
    """What a file says that it is, for people."""
    space = namespace(root)
    return values.shown(space.rpartition(":")[2] or local(root))


def refuse_document_type(element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Refused("line 1", "The XML has a document type, which nothing that is read here has.")


def damaged(wrong: etree.XMLSyntaxError) -> Refused:
    return Refused(f"line {wrong.lineno or 1}", f"The XML is damaged or cut off: {wrong.msg}.")


def tree(file: BinaryIO) -> tuple[etree._Element, str]:
    """The root of a small file, its elements named by their local names, and what the file says that it is.

    Raises Refused for what is damaged or has a document type.
    """
    try:
        root = etree.parse(file, etree.XMLParser(**SAFE)).getroot()
    except etree.XMLSyntaxError as wrong:
        raise damaged(wrong) from None
    refuse_document_type(root)
    try:
        shown = shown_root(root)
        for element in root.iter("*"):
            element.tag = local(element)
    except ValueError:
        raise Refused("", "The XML is damaged: a name in it is none.") from None
    return root, shown


def text(element, *path: str) -> str:
    """The text down a path of local names, of `tree`'s elements; nothing where there is none."""
    found = None if element is None else element.findtext("/".join(path))
    return found.strip() if found else ""
