"""How far a load is, told to whoever waits for it."""

import time
from collections.abc import Callable

# done bytes, all bytes, phase
Told = Callable[[int, int, str], None]

READING, CHECKING, BOOKING = "reading", "checking", "booking"
# Seconds between two tellings: whoever listens may write each one to the database.
PAUSE = 0.3


class Progress:
    """Tells at each new phase, and within one at most a few times a second. Without a listener it costs nothing."""

    def __init__(self, tell: Told | None):
        self.tell = tell
        self.phase, self.done, self.total, self.next = "", 0, 0, 0.0

    def begin(self, phase: str, total: int) -> None:
        self.phase, self.done, self.total = phase, 0, total
        self._say()

    def end(self) -> None:
        """The phase is over: all of it is done."""
        if self.done != self.total:
            self.done = self.total
            self._say()

    def seen(self, count: int) -> None:
        """So many more bytes were read."""
        self.done += count
        if self.tell and time.monotonic() >= self.next:
            self._say()

    def _say(self) -> None:
        if self.tell:
            self.next = time.monotonic() + PAUSE
            self.tell(min(self.done, self.total), self.total, self.phase)
