"""Exchange rates: units of a currency for one euro on a day, as the European Central Bank publishes them.

They come from the bank's CSV (one column a currency, `N/A` where there is none), by file or by address, or by hand. A
day without a rate takes the last one before it, and `rate_on` says of which day that is.
"""

from __future__ import annotations

import csv
import io
import itertools
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from o2c.core.actors import Actor, acting
from o2c.core.money import known_currencies
from o2c.invoicing.models import ExchangeRate

LARGEST_FILE = 64 * 1024 * 1024  # bytes unpacked; the bank's whole history has 2 MB
LARGEST_RATE = Decimal(10) ** 10  # what the column holds
MOST_REJECTED = 100  # listed one by one
PATIENCE = 30  # seconds for an answer of the network
NOTHING = {"", "N/A", "-"}


class RatesRefused(ValueError):
    """The file or the rate cannot be used, and nothing was written; the text says why."""


@dataclass(frozen=True)
class Rate:
    """A rate and the day it is of, which may lie before the day that was asked for."""

    rate: Decimal
    on: date


@dataclass(frozen=True)
class Rejected:
    line: int
    column: str
    value: str
    reason: str


@dataclass
class Loaded:
    """What became of a file: `rows` are its days, the other numbers count single rates."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    unknown_currencies: list[str] = field(default_factory=list)
    errors: list[Rejected] = field(default_factory=list)

    def as_json(self) -> dict:
        return asdict(self)


def rate_on(currency: str, day: date) -> Rate | None:
    """The rate of a day, or of the last day before it that has one; None where none has."""
    if currency == "EUR":
        return Rate(Decimal(1), day)
    found = (
        ExchangeRate.objects.filter(currency=currency, on__lte=day).order_by("-on").values_list("rate", "on").first()
    )
    return Rate(*found) if found else None


def record(currency: str, on: date, rate: Decimal, *, actor: Actor) -> bool:
    """Set the rate of one day by hand; False where it stood so already. Raises RatesRefused."""
    checked = _rate(str(rate))
    if currency not in known_currencies() or currency == "EUR":
        raise RatesRefused(f"{currency!r} is no currency that has a rate to the euro.")
    with acting(actor, rate=f"{currency} {on}"):
        there = ExchangeRate.objects.select_for_update(no_key=True).filter(currency=currency, on=on).first()
        if there and there.rate == checked:
            return False
        ExchangeRate.objects.update_or_create(currency=currency, on=on, defaults={"rate": checked})
        return True


def load_ecb(source: Path | BinaryIO, *, actor: Actor) -> Loaded:
    """Load the bank's CSV, plain or in a ZIP, in one transaction; the same file again changes nothing.

    Rates that cannot be read are listed and never stop the good ones. Raises RatesRefused for what is no such file.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return load_ecb(stream, actor=actor)
    loaded = Loaded()
    with acting(actor), connection.cursor() as cursor:
        cursor.execute('CREATE TEMP TABLE rates_read ("on" date, currency varchar(3), rate numeric) ON COMMIT DROP')
        rates = _rates(_text(source), loaded)
        while batch := list(itertools.islice(rates, 50_000)):
            text = io.StringIO("".join(f"{on}\t{currency}\t{rate}\n" for on, currency, rate in batch))
            cursor.copy_expert('COPY rates_read ("on", currency, rate) FROM STDIN', text)
        cursor.execute('SELECT count(*), count(DISTINCT ("on", currency)) FROM rates_read')
        read, days = cursor.fetchone()
        if read != days:
            raise RatesRefused("The file holds a day twice.")
        cursor.execute(
            """
            WITH written AS (
                INSERT INTO invoicing_exchangerate AS e (currency, "on", rate)
                SELECT currency, "on", rate FROM rates_read ORDER BY currency, "on"
                ON CONFLICT (currency, "on") DO UPDATE SET rate = excluded.rate WHERE e.rate <> excluded.rate
                RETURNING (xmax = 0) AS is_new
            ) SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
            """
        )
        loaded.created, loaded.updated = cursor.fetchone()
        cursor.execute("DROP TABLE rates_read")
    loaded.unchanged = read - loaded.created - loaded.updated
    return loaded


def fetch(url: str) -> io.BytesIO:
    """What an address answers, at most LARGEST_FILE bytes of it. Raises RatesRefused."""
    if urlsplit(url).scheme not in {"https", "http"}:
        raise RatesRefused("O2C_RATES_URL must begin with https:// or http://.")
    request = urllib.request.Request(url, headers={"User-Agent": "o2c"})  # noqa: S310 the scheme is checked
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            content = answer.read(LARGEST_FILE + 1)
    except OSError as error:
        raise RatesRefused(f"The rates cannot be fetched: {type(error).__name__}: {error}") from None
    if len(content) > LARGEST_FILE:
        raise RatesRefused("What the address answers is larger than any file of rates.")
    return io.BytesIO(content)


def _text(source: BinaryIO) -> Iterator[str]:
    """The lines of a CSV that may lie alone in a ZIP, counted so that no small ZIP becomes a large file."""
    if source.read(4) == b"PK\x03\x04":
        source.seek(0)
        try:
            archive = zipfile.ZipFile(source)
            inside = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if len(inside) != 1:
                raise RatesRefused(f"The ZIP holds {len(inside)} CSV files, one is expected.")
            source = archive.open(inside[0])
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise RatesRefused(f"The ZIP cannot be read: {error}.") from None
    else:
        source.seek(0)
    read = 0
    try:
        for line in io.TextIOWrapper(source, encoding="utf-8-sig", newline=""):
            read += len(line)
            if read > LARGEST_FILE:
                raise RatesRefused("The file is larger than any file of rates.")
            yield line
    except (UnicodeDecodeError, zipfile.BadZipFile, EOFError) as error:
        raise RatesRefused(f"The file is no CSV: {type(error).__name__}.") from None


def _rates(lines: Iterable[str], loaded: Loaded) -> Iterator[tuple[date, str, Decimal]]:
    """The rates of the file, one after the other; what cannot be read is counted and listed."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        currencies = _columns(header, loaded)
        for row in reader:
            if not any(value.strip() for value in row):
                continue
            loaded.rows += 1
            on = _day(row[0], reader.line_num, loaded)
            if on is None:
                continue
            for position, currency in currencies:
                value = row[position].strip() if position < len(row) else ""
                if value in NOTHING:
                    continue
                try:
                    yield on, currency, _rate(value)
                except RatesRefused as why:
                    _reject(loaded, Rejected(reader.line_num, currency, value[:40], str(why)))
    except csv.Error as error:
        raise RatesRefused(f"Line {reader.line_num} is no line of a CSV: {error}.") from None


def _columns(header: list[str], loaded: Loaded) -> list[tuple[int, str]]:
    if not header or header[0].lower() != "date":
        raise RatesRefused("The first column must be called Date: this is not the bank's file of reference rates.")
    names = header[1:]
    known = known_currencies()
    loaded.unknown_currencies = sorted({name for name in names if name and name not in known})
    columns = [(position, name) for position, name in enumerate(names, start=1) if name in known and name != "EUR"]
    if not columns:
        raise RatesRefused("No column is called by a currency.")
    if len({name for _, name in columns}) < len(columns):
        raise RatesRefused("A currency has two columns.")
    return columns


def _day(text: str, line: int, loaded: Loaded) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        _reject(loaded, Rejected(line, "Date", text[:40], "not a day such as 2026-03-31"))
        return None


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise RatesRefused("not a number") from None
    if not rate.is_finite() or rate <= 0 or rate >= LARGEST_RATE:
        raise RatesRefused("not a rate: it must be more than nothing")
    if rate != rate.quantize(Decimal("1e-8")):
        raise RatesRefused("finer than eight decimal places")
    return rate


def _reject(loaded: Loaded, rejected: Rejected) -> None:
    loaded.rejected += 1
    if len(loaded.errors) < MOST_REJECTED:
        loaded.errors.append(rejected)


def fetch_due(*, today: date, actor: Actor) -> Loaded | None:
    """Fetch the rates where O2C_RATES_URL is set and the last business day's are not there; None where nothing is due.

    At most once an hour, so that an address without news is not asked at every tick.
    """
    if not settings.O2C_RATES_URL:
        return None
    # The bank publishes a business day's rates that afternoon: those of the day before are there for certain.
    wanted = today - timedelta(days={0: 3, 6: 2}.get(today.weekday(), 1))
    if ExchangeRate.objects.filter(on__gte=wanted).exists() or not cache.add("rates.asked", 1, 3600):
        return None
    return load_ecb(fetch(settings.O2C_RATES_URL), actor=actor)
