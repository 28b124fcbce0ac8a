"""Records of one fixed width, as CODA, CFONB120 and AEB43 have them."""

from collections.abc import Iterator
from dataclasses import dataclass

from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Refused


@dataclass(frozen=True, slots=True)
class Record:
    """One record, filled up with the spaces that were cut off its end."""

    number: int
    text: str

    @property
    def where(self) -> str:
        return f"line {self.number}"

    def at(self, first: int, last: int) -> str:
        """The columns from `first` to `last`, counted from 1 as the formats' descriptions do."""
        return self.text[first - 1 : last]

    def word(self, first: int, last: int) -> str:
        return self.at(first, last).strip()


def records(source: Source, width: int) -> Iterator[Record]:
    """The records of a file, in lines or one behind the other. Raises Refused for one that is too long."""
    number = 0
    for line_number, line in source.lines(source.encoding()):
        if not line.strip():
            continue
        if len(line.rstrip()) > width:
            whole = line if len(line) % width == 0 else line.rstrip()
            # written without line ends
            if line_number > 1 or number or (len(whole) % width > 0 and len(whole) < 2 * width):
                raise Refused(f"line {line_number}", f"The record is longer than {width} characters.")
            for start in range(0, len(whole), width):
                number += 1
                yield Record(number, whole[start : start + width].ljust(width))
        else:
            number = line_number
            yield Record(number, line[:width].ljust(width))
