"""Words that everybody here would guess: they do not count towards the length of a password."""

import re

from django.core.exceptions import ValidationError

from o2c.orders.models import LegalEntity

# The product, its trade and its roles; the names of the legal entities come beside them.
WORDS = (
    "o2c", "order", "cash", "password", "passphrase", "welcome", "secret", "login", "admin", "administrator", "manager",
    "finance", "collector", "collections", "clerk", "auditor", "credit", "analyst", "invoice", "receivables", "dunning",
    "spring", "summer", "autumn", "winter",
)  # fmt: skip
LEAST = 6
PART = re.compile(r"\w{4,}")


class OwnWordsValidator:
    """Refuses a password of which fewer than six signs are left without such words and the year."""

    def validate(self, password: str, user=None) -> None:
        names = " ".join(LegalEntity.objects.values_list("name", flat=True)[:100]).lower()
        left = re.sub(r"(19|20)\d\d", "", password.lower())
        for word in sorted({*WORDS, *PART.findall(names)}, key=lambda word: (-len(word), word)):
            left = left.replace(word, "")
        if len(left) < LEAST:
            raise ValidationError("Everybody here would guess this: it is made of our own words.", code="own_words")

    def get_help_text(self) -> str:
        return "Not made of words that everybody here would guess."
