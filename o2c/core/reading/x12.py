"""ANSI X12: an interchange as its segments. The ISA says what separates and what ends them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from o2c.core.reading import values
from o2c.core.reading.refused import Refused

# It has 106 signs; some pad its elements with more or fewer spaces.
SHORTEST_ISA, LONGEST_ISA = 100, 200


@dataclass(frozen=True)
class Segment:
    """`number` counts from the ISA, which is 1."""

    number: int
    name: str
    elements: list[str]

    def get(self, place: int) -> str:
        """The element by its number in the standard, from 1; empty where it is not there."""
        return self.elements[place - 1].strip() if place <= len(self.elements) else ""


def segments(text: str) -> Iterator[Segment]:
    """The segments of an interchange. Raises Refused where it does not say how it is written."""
    if len(text) < SHORTEST_ISA:
        raise Refused("segment 1", "The ISA is cut off.")
    separator = text[3]
    header = text[:LONGEST_ISA].split(separator, 16)
    # behind the sixteenth separator stand what separates components, and what ends segments
    if separator.isalnum() or len(header) < 17 or len(header[16]) < 2:
        raise Refused("segment 1", "The ISA does not have its sixteen elements in their places.")
    component, end = header[16][:2]
    if end in "\r\n" and _ends_with(component, text):
        # the component separator, which few need, was left out, and what ends segments stands in its place
        end = component
    if end.isalnum() or separator == end:
        raise Refused("segment 1", "The ISA does not have its sixteen elements in their places.")
    # one that ends its segments with a line break may write two signs for it
    parts = text.split(end)
    if parts[-1].strip():
        raise Refused(f"segment {len(parts)}", "The file is cut off within a segment.")
    for number, part in enumerate(parts[:-1], 1):
        name, *elements = part.strip("\r\n ").split(separator)
        if name:
            yield Segment(number, name.strip(), elements)


def _ends_with(sign: str, text: str) -> bool:
    """Whether the GS, which has no composites, ends with a sign."""
    lines = text[: LONGEST_ISA * 2].splitlines()
    second = lines[1].strip() if len(lines) > 1 else ""
    return second.startswith("GS") and second.endswith(sign)


def day(text: str) -> date | None:
    """CCYYMMDD, or YYMMDD in old versions; None where nothing stands."""
    if not text:
        return None
    if len(text) == 8 and text.isascii() and text.isdigit():
        return values.day(text[:4], text[4:6], text[6:])
    return values.yymmdd(text)
