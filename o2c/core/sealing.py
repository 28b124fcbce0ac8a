"""Texts that the database keeps only encrypted, with the installation's secret key."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(ValueError):
    """It was sealed with a key that is not known any more."""


def seal(purpose: str, text: str) -> str:
    """The text encrypted; what is sealed for one purpose is opened for no other."""
    return _locks(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed, also with a secret key that has been replaced since. Raises Unreadable."""
    try:
        return _locks(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable(f"What was kept for {purpose} cannot be read with this secret key.") from None


def _locks(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"o2c {purpose}{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
