"""Whom a single sign-on means: somebody here by verified e-mail, or somebody new by their groups, or nobody."""

import re
import secrets

from django.db import transaction

from o2c.core import people
from o2c.core.actors import Actor, acting
from o2c.core.environment import SingleSignOn
from o2c.core.models import User
from o2c.orders import access
from o2c.orders.models import LegalEntity

SIGN_ON = Actor("single sign-on")


class NotKnown(ValueError):
    """The sign-on vouches for nobody whom we let in; the text says why."""


def person_for(claims: dict, provider: SingleSignOn) -> User:
    """The person whom the claims of a sign-on mean. Raises NotKnown.

    An address counts only where the provider says it is verified: else whoever can type an address there would become
    that person here.
    """
    facts = {**claims.get("id_token", {}), **claims.get("userinfo", {})} or claims
    email = str(facts.get("email") or "").strip()
    if not email or facts.get("email_verified") not in (True, "true"):
        raise NotKnown("The sign-on does not say that your e-mail address is verified, so we cannot tell who you are.")
    found = list(User.objects.filter(email__iexact=email)[:2])
    if len(found) > 1:
        raise NotKnown(f"Several people here have the address {email}. An administrator can set this right.")
    if found:
        if not found[0].is_active:
            raise NotKnown("Your access has ended. An administrator can let you in again.")
        return found[0]
    roles = roles_for(facts.get(provider.groups_claim), provider)
    if not roles:
        raise NotKnown(f"Nobody here has the address {email}. An administrator can take you on.")
    return _take_on(facts, email, roles, provider)


def roles_for(groups, provider: SingleSignOn) -> list[str]:
    """The roles that somebody's groups mean here, each once."""
    named = groups if isinstance(groups, list) else [groups] if isinstance(groups, str) else []
    return sorted({provider.roles[group] for group in named if isinstance(group, str) and group in provider.roles})


@transaction.atomic
def _take_on(facts: dict, email: str, roles: list[str], provider: SingleSignOn) -> User:
    everything = provider.entities == ["*"]
    with acting(SIGN_ON):
        user = people.create(
            username=_free_name(str(facts.get("preferred_username") or email.partition("@")[0])),
            email=email,
            roles=roles,
            first_name=str(facts.get("given_name") or "")[:150],
            last_name=str(facts.get("family_name") or "")[:150],
            actor=SIGN_ON,
        )
        entities = LegalEntity.objects.filter(code__in=provider.entities)
        access.grant(user, entities, everything=everything, actor=SIGN_ON)
    return user


def _free_name(wanted: str) -> str:
    name = re.sub(r"[^\w.@+-]", "", wanted)[:140] or "person"
    while User.objects.filter(username__iexact=name).exists():
        name = f"{name[:140]}.{secrets.token_hex(3)}"
    return name
