"""What of a file is not used, with its place and the reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of a file that is not in what was read: where it stands, and why."""

    where: str
    reason: str


class Refused(ValueError):
    """Nothing of the file is to be used; `where` may be empty."""

    def __init__(self, where: str, reason: str):
        super().__init__(f"{where}: {reason}" if where else reason)
        self.where, self.reason = where, reason
