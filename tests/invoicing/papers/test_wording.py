"""The words of papers, and how other people's texts are written on them."""

from __future__ import annotations

import string
import tomllib
from datetime import date
from decimal import Decimal

import pytest

from o2c.core import formats
from o2c.invoicing.papers import wording
from o2c.invoicing.papers.facts import PayTo
from o2c.invoicing.papers.wording import Words, address, address_size, base_language, clean
from tests.invoicing.papers.examples import BUYER, FRENCH, SELLER


def leaves(part: dict, path: str = "") -> dict[str, str]:
    found = {}
    for key, value in part.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_says_all_of_it_and_fills_in_nothing_else():
    written = {language: leaves(part) for language, part in tomllib.loads(wording.WORDS.read_text()).items()}
    assert set(written) == set(wording.LANGUAGES)
    english = written.pop("en")
    for language, texts in written.items():
        assert set(texts) == set(english), language
        assert {key for key, text in texts.items() if blanks(text) - blanks(english[key])} == set(), language
        assert all(text.strip() for text in texts.values())


@pytest.mark.parametrize(
    ("wished", "language"),
    [("de", "de"), ("de-AT", "de"), ("fr_CA", "fr"), ("DE", "de"), ("pl", "en"), ("", "en"), ("english", "en")],
)
def test_language(wished, language):
    assert base_language(wished) == language


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "1 March 2026", "1 Mar 2026"),
        ("de", "1. März 2026", "01.03.2026"),
        ("fr", "1er mars 2026", "1er mars 2026"),
    ],
)
def test_days(language, long, short):
    words = Words(language)
    with formats.written_for(language):
        assert words.day(date(2026, 3, 1)).replace("\xa0", " ") == long
        assert words.short_day(date(2026, 3, 1)).replace("\xa0", " ") == short
        assert "21" in words.day(date(2026, 3, 21))
        assert "er" not in words.day(date(2026, 5, 21))


@pytest.mark.parametrize(
    ("value", "least", "written"),
    [("12", 0, "12"), ("12.500000", 0, "12.5"), ("0.0000", 2, "0.00"), ("1200", 0, "1,200"), ("-0.125", 2, "−0.125")],
)
def test_numbers_have_the_places_they_need(value, least, written):
    with formats.written_for("en"):
        assert wording.exact(Decimal(value), least) == written


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  A \t B\x07C\r\n", "A B C"),
        ("abc\u202edef\u202c", "abcdef"),
        ("line\u2028line", "line line"),
        ("é 漢 😀 שלום", "é 漢 😀 שלום"),
        ("x" * 30, "x" * 30),
        ("x" * 50, f"{'x' * 24}\u200b{'x' * 24}\u200bxx"),
        ("\ud800", ""),
    ],
)
def test_texts_of_others(text, cleaned):
    assert clean(text) == cleaned


def test_abroad_the_country_is_the_last_line_of_the_address():
    assert address(FRENCH, SELLER, Words("de"))[-1] == "FRANKREICH"
    assert address(BUYER, SELLER, Words("de"))[-1] == "70565 Stuttgart"


@pytest.mark.parametrize(
    ("lines", "size"), [(["A" * 30] * 4, 10), (["A" * 30] * 7, 9), (["A" * 30] * 8, 8), (["A" * 200] * 9, 6)]
)
def test_a_long_address_is_set_smaller(lines, size):
    assert address_size(lines) == size


def test_account_without_an_iban():
    rows = wording.account_details(PayTo("N", account_number="123", bank="B"), "INV 7", Words("en"))
    assert rows == [["Pay to", "N"], ["Account number", "123"], ["Bank", "B"], ["Reference", "INV 7"]]
