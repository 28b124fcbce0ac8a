"""What a reader yields: rows of cells. Text is a plain `str`; what says by itself what it is, is a Cell."""

from dataclasses import dataclass

# As many columns as a worksheet can have; more is no table.
MOST_COLUMNS = 16_384


class Cell(str):
    """The text of a cell that has a type of its own, as cells of workbooks and values of JSON have.

    NUMBER is written plainly with a point, DAY as 2026-03-02 (with 14:05:00 behind it where it has a time of day). A
    FAULT cannot be read; `note` says why. Of the others a `note` says that the value is a formula's.
    """

    __slots__ = ("kind", "note")

    NUMBER, DAY, TEXT, FAULT = "number", "day", "text", "fault"

    def __new__(cls, text: str, kind: str, note: str = ""):
        self = super().__new__(cls, text)
        self.kind, self.note = kind, note
        return self


@dataclass(frozen=True)
class Broken:
    """A line that cannot be split into the header's columns."""

    reason: str
    cells: list[str]
