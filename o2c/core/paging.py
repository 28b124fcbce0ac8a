"""Pages of long lists that never count them."""

from dataclasses import dataclass

SIZE = 50
# Beyond it nobody reads on; a filter finds the row sooner, and the database need not skip a million rows.
LAST = 200


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and whether more follow."""

    rows: list
    number: int
    more: bool
    size: int = SIZE

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.more and self.number < LAST else None

    @property
    def cut_off(self) -> bool:
        """More rows follow, but no page shows them."""
        return self.more and self.number >= LAST

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def cut(rows, asked: str | None, size: int = SIZE) -> Page:
    """The page asked for of a queryset (or list); the first where the answer to "which" is no page number."""
    number = min(int(asked), LAST) if asked and asked.isdecimal() and len(asked) < 6 and int(asked) > 0 else 1
    first = (number - 1) * size
    found = list(rows[first : first + size + 1])
    return Page(found[:size], number, len(found) > size, size)
