"""Real files, damaged: cut off, bytes changed, pieces missing. Never an amount that is not there, never a crash."""

from __future__ import annotations

import random
import re
import zipfile
from decimal import Decimal

import pytest

from o2c.invoicing.bank.cfonb120 import NEGATIVE, POSITIVE
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Refused
from tests.invoicing.bank.outcomes import OUTCOMES
from tests.invoicing.bank.real import FILES, needs_files

pytestmark = needs_files

READ = sorted(
    f"{folder}/{name}" for folder, files in OUTCOMES.items() for name, told in files.items() if isinstance(told, list)
)
# What a byte becomes: anything, or what means something to one of the formats.
TELLING = b" 0123456789,.-+/<>:&?{}\n\r\x00\x1aACDREFZ"
LARGEST = 40_000


def content(name: str) -> bytes:
    path = FILES / name
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0])
    return path.read_bytes()[:LARGEST]


def damaged(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    how = chance.random()
    if how < 0.25:
        del broken[chance.randrange(len(broken)) :]
    elif how < 0.85:
        for _ in range(chance.choice([1, 1, 1, 4])):
            at = chance.randrange(len(broken))
            broken[at] = chance.choice(TELLING) if chance.random() < 0.6 else chance.randrange(256)
    else:
        at = chance.randrange(len(broken))
        del broken[at : at + chance.randrange(200)]
    return bytes(broken)


def digits(amount: Decimal) -> str:
    return f"{abs(amount.normalize()):f}".replace(".", "").strip("0")


def readable(data: bytes) -> str:
    """All digits of a file as they are one behind the other, with overpunched ones as the digits they are."""
    text = data.decode("latin-1")
    for signs in (POSITIVE, NEGATIVE):
        text = re.sub(rf"(?<=\d)[{re.escape(signs)}]", lambda found, signs=signs: str(signs.index(found[0])), text)
    return re.sub(r"(?<=[\d,.])[,.\r\n\x00-\x08\x0b-\x1f\x7f]+(?=\d)", "", text)


def check(data: bytes) -> bool:
    try:
        found = read(data)
    except Refused:
        return False
    there = readable(data)
    for statement in found.statements:
        amounts = [each.amount for each in [*statement.lines, *statement.balances]]
        amounts += [member.amount for line in statement.lines for member in line.members if member.amount is not None]
        for amount in amounts:
            assert digits(amount) in there, amount
        if statement.arithmetic_ok:
            assert statement.opening.amount + sum(
                (line.amount for line in statement.lines if line.status == "booked"), Decimal(0)
            ) == (statement.closing.amount)
    return True


def damage(rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    for name in READ:
        data = content(name)
        for _ in range(rounds):
            broken = damaged(data, chance)
            try:
                check(broken)
            except Exception as raised:
                raise AssertionError(f"{name}: {broken!r}") from raised


def test_the_check_would_notice():
    assert digits(Decimal("-1234.50")) in readable(b":61:...D1234,5NTRF")
    assert digits(Decimal("22.79")) in readable(b"0000000000227R")
    assert digits(Decimal("99.99")) not in readable(b"0000000000227R and 99,98")


def test_damaged_files_are_refused_or_read_as_they_are():
    damage(rounds=6, seed=20261126)


@pytest.mark.soak
def test_many_damaged_files_are_refused_or_read_as_they_are():
    damage(rounds=300, seed=1)


@pytest.mark.parametrize("name", READ)
def test_what_is_cut_off_is_refused(name):
    """At any of the places where a transfer could have stopped, but for the last signs of the file."""
    data = content(name).rstrip()
    before = read(data)
    for part in range(1, 20):
        cut = data[: len(data) * part // 20]
        try:
            found = read(cut)
        except Refused:
            continue
        # Only where nothing tells that there is more: whole statements, the last of them maybe in its closing balance.
        whole, last = found.statements[:-1], found.statements[-1]
        assert whole == before.statements[: len(whole)]
        same = before.statements[len(whole)]
        assert last.lines == same.lines
        assert last.closing == same.closing or last.arithmetic_ok is False
