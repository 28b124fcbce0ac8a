"""UN/EDIFACT: an interchange as its segments.

UNA says what separates, else the usual signs do; a sign behind the release character means itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from o2c.core.reading.refused import Refused

USUAL = ":+.? '"


@dataclass(frozen=True)
class Segment:
    """`elements` are lists of components, without their release characters."""

    number: int
    name: str
    elements: list[list[str]]

    def get(self, element: int, component: int = 1) -> str:
        """By their numbers from 1; empty where it is not there."""
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component - 1].strip()


def segments(text: str) -> Iterator[Segment]:
    """The segments of an interchange. Raises Refused where it is cut off."""
    signs = USUAL
    if text.startswith("UNA"):
        signs, text = text[3:9], text[9:]
        if len(signs) < 6 or len({signs[0], signs[1], signs[5]}) < 3 or any(s.isalnum() for s in signs):
            raise Refused("segment 1", "The UNA does not say how the message is written.")
    component, element, _, release, _, end = signs
    release = "" if release == " " else release
    number, name = 0, ""
    found: list[list[str]] = [[]]
    word: list[str] = []
    escaped = False
    for sign in text:
        if escaped:
            word.append(sign)
            escaped = False
        elif release and sign == release:
            escaped = True
        elif sign == end:
            found[-1].append("".join(word))
            number += 1
            name = found[0][0].strip()
            if name:
                yield Segment(number, name, found[1:])
            found, word = [[]], []
        elif sign == element:
            found[-1].append("".join(word))
            found.append([])
            word = []
        elif sign == component:
            found[-1].append("".join(word))
            word = []
        elif sign not in "\r\n":
            word.append(sign)
    if "".join(word).strip() or len(found) > 1:
        raise Refused(f"segment {number + 1}", "The file is cut off within a segment.")
