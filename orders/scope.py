"""Who sees which legal entity. Every table that belongs to one is read through `for_user`, by people and API keys."""

from django.db import models

from o2c.core.models import ApiKey, User


def granted(principal: User | ApiKey):
    """The legal entities that were given: their ids for a key, which carries them, a subquery for a person."""
    if isinstance(principal, ApiKey):
        return principal.entity_ids
    return principal.entity_access.values("entity_id")


def granted_ids(principal: User | ApiKey) -> list[int] | None:
    """The same for a query in plain SQL: the ids of what was given, None where all were."""
    if not principal.is_authenticated:
        return []
    if principal.all_entities:
        return None
    given = granted(principal)
    return given if isinstance(principal, ApiKey) else [row["entity_id"] for row in given]


class EntityScoped(models.QuerySet):
    """Rows that belong to a legal entity, by the path `entity_path`."""

    entity_path = "entity"

    def for_user(self, user: User | ApiKey):
        """Only what the user may see; nothing for a visitor who is not signed in."""
        if not user.is_authenticated:
            return self.none()
        if user.all_entities:
            return self
        if self.entity_path == "":
            return self.filter(pk__in=granted(user))
        return self.filter(**{f"{self.entity_path}__in": granted(user)})


class LegalEntityScoped(EntityScoped):
    entity_path = ""


class CustomerScoped(EntityScoped):
    """Customers are shared between legal entities; a user sees those who have an account with one of theirs."""

    def for_user(self, user: User | ApiKey):
        if not user.is_authenticated:
            return self.none()
        if user.all_entities:
            return self
        from o2c.orders.models import Account

        return self.filter(pk__in=Account.objects.for_user(user).values("customer_id"))


class ByCustomerScoped(CustomerScoped):
    """What hangs on a customer as a whole (contacts, IBANs, addresses)."""

    def for_user(self, user: User | ApiKey):
        if not user.is_authenticated:
            return self.none()
        if user.all_entities:
            return self
        from o2c.orders.models import Account

        return self.filter(customer__in=Account.objects.for_user(user).values("customer_id"))
