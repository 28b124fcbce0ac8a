"""The first person of an installation: whoever can read what the server prints becomes its administrator.

A token is made and printed while nobody can sign in, so that nobody else who reaches the address takes the
installation. It is good once: the account that it makes ends it, and a new start prints a new one.
"""

import hashlib
import hmac
import secrets

from django.contrib.auth.password_validation import validate_password

from o2c.core.actors import SYSTEM, acting
from o2c.core.models import Role, SetupToken, User


class TakeoverRefused(ValueError):
    """The token is not the one that was printed last, or there is somebody already; the text says what to do."""


WRONG = "This is not the token that was printed last. Start o2c again, or ask for a new one: manage.py setup --token"
TAKEN = "There is an administrator already. Sign in, or ask them to let you in."


def wanted() -> bool:
    """Whether the installation still waits for its first person."""
    return not User.objects.exists()


def new_token() -> str | None:
    """A new token, which replaces the one before; None where there is somebody already."""
    if not wanted():
        return None
    text = secrets.token_urlsafe(24)
    with acting(SYSTEM):
        SetupToken.objects.update_or_create(pk=1, defaults={"digest": _digest(text)})
    return text


def fits(token: str) -> bool:
    """Whether the token is the one that was printed last and nobody has used it."""
    return wanted() and _is(SetupToken.objects.filter(pk=1).first(), token)


def take_over(token: str, *, username: str, email: str, password: str, **details) -> User:
    """Make the first administrator, who sees every legal entity. Of many at once, one is made.

    Raises TakeoverRefused, ValidationError for a password that is too weak.
    """
    user = User(username=username, email=email, roles=[Role.ADMINISTRATOR], all_entities=True, **details)
    validate_password(password, user)
    user.set_password(password)
    with acting(SYSTEM):
        # Who comes second waits here for the first, and finds the token gone.
        there = SetupToken.objects.select_for_update().filter(pk=1).first()
        if not wanted():
            raise TakeoverRefused(TAKEN)
        if not _is(there, token):
            raise TakeoverRefused(WRONG)
        user.save()
        there.delete()
        return user


def _is(there: SetupToken | None, token: str) -> bool:
    return there is not None and hmac.compare_digest(there.digest, _digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
