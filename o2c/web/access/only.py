"""Single sign-on as the only door (O2C_SSO_ONLY), with one named person beside it for when it is shut."""

from django.conf import settings

from o2c.core.models import User


def is_on() -> bool:
    return settings.O2C_SINGLE_SIGN_ON is not None and settings.O2C_SINGLE_SIGN_ON.only


def has_a_password(user: User) -> bool:
    """Whether the person may sign in by what we keep: a password, a passkey."""
    return not is_on() or user.get_username() == settings.O2C_SINGLE_SIGN_ON.break_glass
