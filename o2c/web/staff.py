"""Taking people on: who they are and what they see, in one transaction; and the link by which they set a password."""

from collections.abc import Iterable

from allauth.account.utils import user_pk_to_url_str
from celery.exceptions import OperationalError
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

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
        args=[user_pk_to_url_str(user), default_token_generator.make_token(user)],
    )
    return f"{settings.O2C_URL}{path}"


def send_password_link(user: User) -> None:
    """Mail the person a link, good once and for a day. Raises OSError where the mail server cannot be reached."""
    text = render_to_string("account/password_link.txt", {"user": user, "link": password_link(user)})
    send_mail("Set your password for o2c", text, None, [user.email])


def queue_password_link(user: User) -> None:
    """Have the link mailed by a job, or at once where the queue cannot be reached."""
    from o2c.web import jobs  # the jobs call the acts

    try:
        jobs.mail_password_link.delay(user.pk)
    except OperationalError:
        jobs.mail_password_link(user.pk)
