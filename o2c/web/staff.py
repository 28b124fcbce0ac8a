"""Taking people on: who they are and what they see, in one transaction; and the link by which they set a password."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from o2c.core import people
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.orders import access
from o2c.orders.models import LegalEntity


def take_on(*, entities: Iterable[LegalEntity], everything: bool, actor: Actor, **details) -> User:
    with acting(actor):
        user = people.create(actor=actor, **details)
        access.grant(user, entities, everything=everything, actor=actor)
        return user


def change(user: User, *, entities: Iterable[LegalEntity], everything: bool, actor: Actor, **details) -> User:
    with acting(actor):
        user = people.change(user, actor=actor, **details)
        access.grant(user, entities, everything=everything, actor=actor)
        return user


def password_link(user: User) -> str:
    """The address at which a person sets a password, good once and for a day."""
    path = reverse(
        "password_reset_confirm",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    return f"{settings.O2C_URL}{path}"


def send_password_link(user: User) -> None:
    """Mail the person a link, good once and for a day. Raises OSError where the mail server cannot be reached."""
    text = render_to_string("registration/password_link.txt", {"user": user, "link": password_link(user)})
    send_mail("Set your password for o2c", text, None, [user.email])
