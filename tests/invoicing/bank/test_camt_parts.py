"""Entries that are built alike share their parts: what is read by them is what is read one by one."""

import random
from contextlib import suppress

import pytest
from lxml import etree

from o2c.core.reading.xml import SAFE, BadName
from o2c.invoicing.bank import camt_parts
from o2c.invoicing.bank.camt_parts import Part, Shapes, every, find, first, text
from tests.invoicing.bank.real import FILES, needs_files

TEXTS = ["", " ", "A & B", "<Nm>", "]]>", "\r\n\t", "ä€𝄞", "&amp;", "x > y", '"', "'"]
NAMES = ["Nm", "Amt", "Id", "Cd", "Ustrd", "Pty"]


def told(part: Part) -> tuple:
    """All that a part says."""
    return part.text, part.currency, [(name, [told(each) for each in found]) for name, found in part.below.items()]


def built(dice: random.Random, shape: list, name: str = "Ntry"):
    element = etree.Element(f"{{urn:x}}{name}")
    if not shape:
        element.text = dice.choice(TEXTS)
        if name == "Amt":
            element.set("Ccy", "EUR")
    for child in shape:
        element.append(built(dice, child[1], child[0]))
        element[-1].tail = dice.choice(["", "\n  ", "stray"])
    return element


def a_shape(dice: random.Random, depth: int = 3) -> list:
    return [(dice.choice(NAMES), a_shape(dice, depth - 1) if depth else []) for _ in range(dice.randint(0, 4))]


def read(element):
    """As the reader has it: written out and read again."""
    return etree.fromstring(etree.tostring(element), etree.XMLParser(**SAFE))


def test_what_is_filled_again_says_what_the_xml_says():
    dice = random.Random(1)
    shapes = Shapes()
    wanted = [a_shape(dice) for _ in range(30)]
    for _ in range(20):
        for shape in wanted:
            element = read(built(dice, shape))
            part, alone = shapes.part(element), Part(element)
            assert told(part) == told(alone)
            for path in [("Nm",), ("Pty", "Nm"), ("Pty", "Id", "Cd"), ("Amt",)]:
                assert (find(part, *path) is None) == (find(alone, *path) is None)
                assert text(part, *path) == text(alone, *path)
            assert first(part, "Cd", "Id") == first(alone, "Cd", "Id")
            assert [told(each) for each in every(part, "Nm")] == [told(each) for each in every(alone, "Nm")]
    assert len(shapes.known) > 20


def test_only_so_many_shapes_are_kept(monkeypatch):
    monkeypatch.setattr(camt_parts, "MOST_SHAPES", 3)
    dice = random.Random(2)
    shapes = Shapes()
    for _ in range(50):
        element = read(built(dice, a_shape(dice)))
        assert told(shapes.part(element)) == told(Part(element))
    assert len(shapes.known) == 3


def test_a_batch_of_very_many_payments_is_not_kept():
    element = read(built(random.Random(3), [("Amt", [])] * 2000))
    shapes = Shapes()
    assert told(shapes.part(element)) == told(Part(element))
    assert not shapes.known


def test_a_name_that_is_none_is_refused_each_time():
    element = etree.fromstring(b"<Ntry><a:b:c/></Ntry>", etree.XMLParser(recover=True))
    shapes = Shapes()
    for _ in range(2):
        with pytest.raises(BadName):
            shapes.part(element)


@needs_files
def test_entries_of_real_files():
    entries = 0
    for path in sorted(path for path in FILES.rglob("*") if path.is_file() and b"Ntry>" in path.read_bytes()):
        shapes = Shapes()
        # some are damaged on purpose: what stands before the damage is read
        with suppress(etree.XMLSyntaxError, BadName):
            for _, element in etree.iterparse(str(path), tag="{*}Ntry", **SAFE):
                for _again in range(2):
                    assert told(shapes.part(element)) == told(Part(element)), path
                entries += 1
    assert entries > 30
