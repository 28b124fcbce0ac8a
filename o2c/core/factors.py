"""Second factors: authenticator apps, passkeys and recovery codes. Who must have one, and taking a lost one away."""

from allauth.mfa.models import Authenticator
from django.conf import settings

from o2c.core import sessions
from o2c.core.actors import Actor, acting
from o2c.core.models import User

SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes stand in for these


def required(user: User) -> bool:
    """Whether one of the person's roles must have a second factor (O2C_MFA_REQUIRED)."""
    return not settings.O2C_MFA_REQUIRED.isdisjoint(user.roles)


def has(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=SECOND).exists()


def may_remove(factor: Authenticator) -> bool:
    """A person who must have a second factor keeps the last one."""
    if not required(factor.user) or factor.type not in SECOND:
        return True
    return Authenticator.objects.filter(user=factor.user, type__in=SECOND).exclude(pk=factor.pk).exists()


def take_away(user: User, *, actor: Actor) -> None:
    """Remove all factors of a person who has lost them, and end their sessions; the audit trail has each."""
    with acting(actor):
        Authenticator.objects.filter(user=user).delete()
        sessions.end_all(user)
