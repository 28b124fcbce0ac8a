"""The words around a paper: the message that it goes with, and the name of its file. Nothing here asks the database.

A message is one small template a language in `templates/invoicing/messages`: the subject on its first line.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from django.template.loader import get_template

from o2c.core import formats
from o2c.core.mail import one_line

FOLDER = "invoicing/messages"
FILE = {"en": "Statement", "de": "Kontoauszug", "fr": "Releve"}


@dataclass(frozen=True)
class Words:
    subject: str
    text: str


@cache
def _template(language: str, name: str):
    return get_template(f"{FOLDER}/{language}/{name}.txt")


def write(name: str, language: str, facts: dict) -> Words:
    """Put facts, written as the language writes them, into words."""
    head, _, body = _template(language, name).render(facts).strip().partition("\n")
    return Words(one_line(head), body.strip() + "\n")


def money(amount: Decimal, currency: str) -> str:
    return f"{formats.amount(amount, currency)} {currency}"


def file_name(language: str, number: str, on: date) -> str:
    return f"{FILE[language]} {number} {on.isoformat()}.pdf"
