"""Comings and goings, from Django's own signals: whatever signs people in (a form, single sign-on, a passkey) sends
them, so this is the one place where a signal is right.

A name that nobody has is not written down: it is often a password typed into the wrong field.
"""

from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from o2c.core.actors import Actor
from o2c.core.audit.records import Kind, record
from o2c.core.models import User

UNKNOWN = Actor("unknown")


@receiver(user_logged_in, dispatch_uid="o2c.signed_in")
def signed_in(sender, request: HttpRequest | None = None, user: User | None = None, **facts) -> None:
    if user is not None:
        record(Kind.SIGNED_IN, actor=Actor.of(user))


@receiver(user_logged_out, dispatch_uid="o2c.signed_out")
def signed_out(sender, request: HttpRequest | None = None, user: User | None = None, **facts) -> None:
    if user is not None:  # a visitor who signs out was not in
        record(Kind.SIGNED_OUT, actor=Actor.of(user))


@receiver(user_login_failed, dispatch_uid="o2c.sign_in_failed")
def sign_in_failed(sender, credentials: dict | None = None, request: HttpRequest | None = None, **facts) -> None:
    failed(Kind.SIGN_IN_FAILED, _named(credentials or {}))


@receiver(authentication_failed, dispatch_uid="o2c.code_failed")
def code_failed(sender, user: User, **facts) -> None:
    """A wrong code, after the right password."""
    failed(Kind.SIGN_IN_FAILED, user)


def failed(kind: Kind, user: User | None) -> None:
    """A try to come in that was not let in; `user` is whose name was given, None where nobody has it."""
    record(kind, actor=UNKNOWN, user_id=user.pk if user else None, name=user.get_username() if user else None)


def _named(credentials: dict) -> User | None:
    name = credentials.get("username") or credentials.get("email") or ""
    if not isinstance(name, str) or not name or "\x00" in name:
        return None
    found = User.objects.filter(username__iexact=name).first()
    return found or (User.objects.filter(email__iexact=name).first() if "@" in name else None)
