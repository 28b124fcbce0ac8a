"""What the commands of scoring share: which day and legal entity may be asked for, and a file that is whole or not."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from o2c.core import clock, outfiles
from o2c.orders.models import LegalEntity

NO_HISTORY = "No history yet: nobody had paid an invoice before that day, so there are no numbers."


class WritingRefused(ValueError):
    """It cannot be asked or written so; the text says why."""


def entity_id(code: str | None, as_of: date) -> int | None:
    """The legal entity of a code, None for all. Raises WritingRefused for one that there is not, or a day to come."""
    entities = list(LegalEntity.objects.order_by("code"))
    if code:
        known = ", ".join(entity.code for entity in entities) or "none"
        entities = [entity for entity in entities if entity.code == code]
        if not entities:
            raise WritingRefused(f"There is no legal entity {code}. There are: {known}.")
    today = max((clock.today(entity.time_zone) for entity in entities), default=clock.today())
    if as_of > today:
        raise WritingRefused(f"{as_of} is still to come: today is {today}. Nothing is known of that day yet.")
    return entities[0].pk if code else None


@contextmanager
def table(path: Path, columns: tuple[str, ...]) -> Iterator:
    """A CSV writer whose file is whole or not there.

    Raises WritingRefused where it cannot be written, before any work is done where that can be known.
    """
    if path.is_dir():
        raise WritingRefused(f"{path} is a folder; name a file.")
    try:
        with outfiles.whole(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            yield writer
    except OSError as error:
        raise WritingRefused(f"{path} cannot be written: {error.strerror}.") from None
