"""How many messages a text is, by the alphabets of telephones; and which numbers take one."""

import pytest
from hypothesis import given as chance
from hypothesis import strategies as st

from o2c.core import phones, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("x" * 459, 3), ("x" * 460, 4),
        ("é" * 160, 1), ("€" * 80, 1), ("€" * 81, 2), ("Ş" * 70, 1), ("Ş" * 71, 2), ("Ş" * 134, 2), ("Ş" * 201, 3),
        ("Ş" * 202, 4), ("x" * 159 + "ç", 3), ("😀" * 35, 1), ("😀" * 36, 2),
        # A sign of two places does not lie across two messages: 152 and one place left over.
        ("x" * 152 + "€" + "x" * 151, 2), ("x" * 152 + "€" + "x" * 152, 3), ("Ş" * 66 + "😀" + "Ş" * 66, 3),
    ],
)  # fmt: skip
def test_a_text_is_so_many_messages(text, count):
    assert segments.count(text) == count


def test_a_typesetters_signs_become_plain_ones():
    assert segments.plain("1\u202f234,50\u00a0€ – l’an “x” …") == '1 234,50 € - l\'an "x" ...'
    assert segments.is_basic(segments.plain("1\u202f234,50\u00a0€ – l’an “x” …"))


@chance(st.text(max_size=900), st.integers(1, 3))
def test_what_is_made_to_fit_fits_and_begins_as_it_did(text, most):
    fitted = segments.fit(text, most)
    assert segments.count(fitted) <= most
    assert fitted == text or (fitted.endswith("...") and text.startswith(fitted[:-3]))
    assert (fitted == text) == (segments.count(text) <= most) or text.endswith("...")


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("0151 12345678", "DE", "+4915112345678"), ("+49 (0)151/12345678", "FR", "+4915112345678"),
        ("0049-151-12345678", "DE", "+4915112345678"), ("06 12 34 56 78", "FR", "+33612345678"),
        ("(201) 555-0123", "US", "+12015550123"), ("07400 123456", "GB", "+447400123456"),
        # A desk, a hotline, a number of nowhere, none at all.
        ("030 123456", "DE", ""), ("0800 1234567", "DE", ""), ("0151 12345678", "", ""), ("ask Rosa", "DE", ""),
        ("", "DE", ""), ("0151 12345678", "XX", ""),
    ],
)  # fmt: skip
def test_a_number_takes_text_messages_or_does_not(written, country, number):
    assert phones.mobile(written, country) == number
