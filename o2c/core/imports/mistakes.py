"""A file in the opposite convention is refused whole: a part of it would be read, and read wrongly."""

from collections.abc import Callable

from o2c.core.imports import values
from o2c.core.imports.kinds import Kind, Type
from o2c.core.imports.mapping import Mapping, Refused

# So many and such a share of unreadable values, all of which the opposite convention reads: the map is wrong.
MISTAKEN, MISTAKEN_SHARE = 3, 0.1


class Mistakes:
    """Tells a file in the opposite convention (day and month, point and comma) from one with bad rows."""

    def __init__(self, mapping: Mapping, kind: Kind):
        self.mapping = mapping
        self.opposite: dict[str, Callable[[str], str]] = {}
        self.failed: dict[str, int] = {}
        self.explained: dict[str, int] = {}
        swapped = values.swapped(mapping.date_format)
        other = "," if mapping.decimal == "." else "."
        for each in kind.fields:
            if each.type == Type.DATE and swapped:
                self.opposite[each.name] = values.day_reader(swapped)
            elif each.type in (Type.AMOUNT, Type.RATE):
                self.opposite[each.name] = lambda text: values.amount(text, other)

    def _reads(self, name: str, cell: str) -> bool:
        try:
            self.opposite[name](cell.strip())
        except values.Unreadable:
            return False
        return True

    def count(self, name: str, cell: str) -> None:
        if name in self.opposite and cell.strip():
            self.failed[name] = self.failed.get(name, 0) + 1
            self.explained[name] = self.explained.get(name, 0) + self._reads(name, cell)

    def judge(self, rows: int, read: dict[str, dict[str, str]]) -> None:
        """Raise Refused where the opposite reads every value of a field, and the map's way only some."""
        for name, failed in self.failed.items():
            if (
                failed >= MISTAKEN
                and failed >= rows * MISTAKEN_SHARE
                and failed == self.explained[name]
                and all(self._reads(name, cell) for cell, value in read[name].items() if value != values.NULL)
            ):
                raise Refused(
                    f"{failed} of {rows} values of {self.mapping.column(name)!r} cannot be read as the map says, but"
                    " all can with day and month, or point and comma, exchanged: the map is not this file's."
                )
