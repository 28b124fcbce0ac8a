"""Agencies and lawyers: who collects for a legal entity, and how it wants to be told."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError, transaction

from o2c.collections.models import Agency
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity

FACTS = ("name", "kind", "email", "reference", "format", "with_papers", "fee_percent", "in_use")


class AgencyRefused(Refused):
    """The agency cannot be kept so; the text says why, `field` where."""


def add(entity: LegalEntity, code: str, *, actor: Actor, **facts) -> Agency:
    """Have a legal entity hand over to somebody new. Raises AgencyRefused for a code that is taken, or wrong facts."""
    code = code.strip()
    try:
        validate_slug(code)
    except ValidationError:
        raise AgencyRefused("Use letters, figures, and hyphens.", "code") from None
    _check(facts)
    with acting(actor):
        try:
            with transaction.atomic():
                return Agency.objects.create(entity=entity, code=code, **facts)
        except IntegrityError:
            raise AgencyRefused(f"{entity.code} has {code} already.", "code") from None


def change(agency: Agency, *, actor: Actor, **facts) -> Agency:
    """What is handed over from now on goes by it; what was handed over stays as agreed then. Raises AgencyRefused."""
    _check(facts)
    with acting(actor):
        found = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
        changed = {name: value for name, value in facts.items() if getattr(found, name) != value}
        if changed:
            Agency.objects.filter(pk=found.pk).update(**changed)
            found.refresh_from_db()
        return found


def _check(facts: dict) -> None:
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise TypeError(f"An agency has no {', '.join(sorted(unknown))}.")
    if "name" in facts and not facts["name"].strip():
        raise AgencyRefused("Give it a name.", "name")
    if facts.get("email"):
        try:
            validate_email(facts["email"])
        except ValidationError:
            raise AgencyRefused(f"{facts['email']} is no e-mail address.", "email") from None
    fee = facts.get("fee_percent")
    if fee is not None and not Decimal(0) <= fee <= Decimal(100):
        raise AgencyRefused("Its share is between 0 and 100 percent.", "fee_percent")
