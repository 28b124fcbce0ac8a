"""How requests name customers, legal entities and keys of other systems: by what the caller may see."""

import re

from django.core.validators import RegexValidator
from django.db.models import QuerySet
from rest_framework import serializers

from o2c.core.api.endpoints import PageQuery
from o2c.core.api.fields import (
    KEY,
    Body,
    Id,
    Text,
)
from o2c.core.api.problems import Problem, at
from o2c.core.models import ApiKey, User
from o2c.orders.models import Contact, Customer, LegalEntity

LANGUAGE = RegexValidator("^[a-z]{2}(-[A-Z]{2})?$", "A language is written as en or de-CH.")
EXTERNAL = "external/<str:source>/<path:external_id>"


class CustomerName(Body):
    """A customer by its id, by its number, or by its key in another system: one of the three."""

    id = Id(required=False)
    number = Text(required=False, max_length=40)
    source = Text(required=False, max_length=60)
    external_id = Text(required=False, max_length=100)

    def validate(self, named):
        if set(named) not in ({"id"}, {"number"}, {"source", "external_id"}):
            raise serializers.ValidationError("Name it by id, by number, or by source and external_id.", "ambiguous")
        return named


def customer_named(principal: User | ApiKey, named: dict, pointer: str = "/customer") -> Customer:
    """The customer, if the caller sees it. Raises Problem."""
    found = Customer.objects.for_user(principal).filter(**named).first()
    if found is None:
        raise at(pointer, "unknown", "There is no such customer.")
    return found


def contact_named(customer_id: int, given: dict) -> Contact | None:
    """The contact of a customer that a body may name. Raises Problem."""
    if "contact" not in given:
        return None
    found = Contact.objects.filter(pk=given["contact"], customer=customer_id).first()
    if found is None:
        raise at("/contact", "unknown", "The customer has no such contact.")
    return found


def entity_named(principal: User | ApiKey, code: str, pointer: str = "/entity") -> LegalEntity:
    """The legal entity, if the caller sees it. Raises Problem."""
    found = LegalEntity.objects.for_user(principal).filter(code=code).first()
    if found is None:
        raise at(pointer, "unknown", "There is no such legal entity.")
    return found


def check_key(source: str, external_id: str) -> None:
    """Refuse a key in the address that cannot be kept. Raises Problem."""
    for name, value, most in (("source", source, 60), ("external_id", external_id, 100)):
        if len(value) > most or not re.fullmatch(KEY, value):
            detail = f"1 to {most} characters, without control characters and without spaces around them."
            raise Problem("validation", errors=[{"parameter": name, "code": "invalid", "detail": detail}])


def by_key(seen: QuerySet, source: str, external_id: str):
    """The one of the rows that another system knows by this key, which is one within a legal entity. Raises Problem."""
    found = list(seen.filter(source=source, external_id=external_id)[:2])
    if len(found) > 1:
        raise Problem("conflict", "Several legal entities know this key: say which one.")
    if not found:
        raise Problem("not-found")
    return found[0]


class CustomerFilter(PageQuery):
    """A list of what belongs to customers."""

    customer = serializers.IntegerField(required=False, min_value=1, help_text="Only of this customer (our id).")


class AccountQuery(CustomerFilter):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only with this legal entity (its code).")
