"""Units of quantities and their printed names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from o2c.core.units import KNOWN_UNITS, LANGUAGES, SYMBOLS, WORDS, unit_choices, unit_name


@pytest.mark.parametrize(
    ("code", "language", "quantity", "printed"),
    [
        ("HUR", "en", 1, "hour"),
        ("HUR", "en", Decimal("1.5"), "hours"),
        ("HUR", "en", 0, "hours"),
        ("HUR", "de", Decimal("7.25"), "Stunden"),
        ("HUR", "de-AT", Decimal("1.00"), "Stunde"),
        ("HUR", "fr", Decimal("1.5"), "heure"),
        ("HUR", "fr_CA", 2, "heures"),
        ("HUR", "fr", -2, "heures"),
        ("HUR", "pl", 3, "hours"),
        ("C62", "de", 12, "Stück"),
        ("KGM", "fr", 12, "kg"),
        ("MTK", "", 1, "m²"),
        ("ZZZ", "de", 1, "ZZZ"),
        ("", "de", 1, ""),
    ],
)
def test_printed(code, language, quantity, printed):
    assert unit_name(code, language, quantity) == printed


def test_a_unit_is_a_symbol_or_a_word_and_never_both():
    assert not set(SYMBOLS) & set(WORDS)
    assert set(SYMBOLS) | set(WORDS) == KNOWN_UNITS


def test_every_word_is_there_in_every_language_and_number():
    for code, words in WORDS.items():
        assert len(words) == len(LANGUAGES), code
        assert all(one.strip() and several.strip() for one, several in words), code


def test_choices_are_all_units_by_name():
    choices = unit_choices("de")
    assert {code for code, _ in choices} == KNOWN_UNITS
    assert ("HUR", "Stunde") in choices
    names = [name.casefold() for _, name in choices]
    assert names == sorted(names)
