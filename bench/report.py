"""What a benchmark found, and whether it kept within its limits."""

import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.book import Book

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Line:
    """One row of the table. `at_most` None: a figure without a limit."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    detail: str = ""

    @property
    def kept(self) -> bool:
        return self.at_most is None or self.value <= self.at_most


@dataclass(frozen=True)
class Child:
    """A program that ran: its wall time, the most memory it ever held, and the seconds that a core worked for it."""

    seconds: float
    megabytes: float
    output: str
    processor: float = 0.0


@dataclass
class Report:
    """Collects the lines of a run. `book` says what the database holds; `small` that limits are shown, not judged."""

    book: Book
    small: bool = False
    lines: list[Line] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def ratio(
        self,
        name: str,
        *,
        ours: Callable[[], object],
        plain: Callable[[], object],
        at_most: float,
        repeat: int = 3,
        before: Callable[[], object] | None = None,
    ) -> float:
        """Time ours against plain, in turn, `repeat` times (once on a small book); the ratio of the best times.

        `before` runs ahead of every single timing and is not timed: it puts back what the last one changed.
        """
        repeat = 1 if self.small else repeat
        times: dict[str, list[float]] = {"plain": [], "ours": []}
        for turn in range(repeat):
            order = (("plain", plain), ("ours", ours)) if turn % 2 == 0 else (("ours", ours), ("plain", plain))
            for kind, call in order:
                if before is not None:
                    before()
                times[kind].append(timed(call))
        best = {kind: min(seconds) for kind, seconds in times.items()}
        value = best["ours"] / best["plain"] if best["plain"] else float("inf")
        detail = f"ours {best['ours']:.3f} s, plain {best['plain']:.3f} s, best of {repeat}"
        self._add(Line(name, value, "x", at_most, detail))
        return value

    def limit(self, name: str, value: float, unit: str, at_most: float, detail: str = "") -> None:
        """A figure that has to stay at or under a limit."""
        self._add(Line(name, float(value), unit, at_most, detail))

    def fact(self, name: str, value: float, unit: str, detail: str = "") -> None:
        """A figure worth printing that has no limit."""
        self._add(Line(name, float(value), unit, None, detail))

    def scaled(self, count: int, *, least: int = 1) -> int:
        """What is `count` beside the million-item book, beside this one."""
        return max(least, count * self.book.items // Book().items)

    @property
    def kept(self) -> bool:
        return not self.failed and (self.small or all(line.kept for line in self.lines))

    def table(self) -> str:
        head = ("", "value", "", "limit", "", "")
        rows = [
            (
                line.name,
                f"{line.value:,.2f}",
                line.unit,
                "" if line.at_most is None else f"{line.at_most:,.2f}",
                "" if line.at_most is None else ("ok" if line.kept else "OVER"),
                line.detail,
            )
            for line in self.lines
        ]
        rows += [(name, "", "", "", "FAILED", "") for name in self.failed]
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        right = {1, 3}
        text = "\n".join(
            "  ".join(
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in [head, *rows]
        )
        return f"{machine()}\n{self.book.text()}\n\n{text}\n"

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        limit = "" if line.at_most is None else f" (at most {line.at_most:g}: {'ok' if line.kept else 'OVER'})"
        print(f"  {line.name}: {line.value:,.2f} {line.unit}{limit}  {line.detail}", flush=True)


def timed(call: Callable[[], object]) -> float:
    """Wall seconds of one call, with the collector's garbage of the one before out of the way."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def child(arguments: list[str], **environment: str) -> Child:
    """Run a program in a process of its own, to know its peak memory. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, output)
    return Child(seconds, usage.ru_maxrss / 1024, output, usage.ru_utime + usage.ru_stime)


def manage(*arguments: object) -> Child:
    """`manage.py …` as a child."""
    return child([sys.executable, "manage.py", *(str(word) for word in arguments)])


def machine() -> str:
    """What the figures were measured on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
        )
        version, fsync, commit = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, Python"
        f" {platform.python_version()}, PostgreSQL {version} (fsync {fsync}, synchronous_commit {commit})"
    )
