"""Which legal entities a person or an API key sees."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from o2c.core.actors import Actor, acting
from o2c.core.models import ApiKey, User
from o2c.orders.models import EntityAccess, LegalEntity


def grant(user: User, entities: Iterable[LegalEntity], *, everything: bool, actor: Actor) -> None:
    """Let the person see exactly these legal entities, or all there are and will be."""
    wanted = set() if everything else {entity.pk for entity in entities}
    with acting(actor):
        User.objects.filter(pk=user.pk).update(all_entities=everything)
        user.all_entities = everything
        EntityAccess.objects.filter(user=user).exclude(entity__in=wanted).delete()
        there = set(EntityAccess.objects.filter(user=user).values_list("entity_id", flat=True))
        EntityAccess.objects.bulk_create(EntityAccess(user=user, entity_id=pk) for pk in sorted(wanted - there))


def grant_key(key: ApiKey, entities: Iterable[LegalEntity], *, everything: bool, actor: Actor) -> None:
    """Let the key see exactly these legal entities, or all there are and will be."""
    key.entity_ids = [] if everything else sorted(entity.pk for entity in entities)
    key.all_entities = everything
    with acting(actor):
        ApiKey.objects.filter(pk=key.pk).update(all_entities=everything, entity_ids=key.entity_ids)


def keys_of(user: User) -> QuerySet[ApiKey]:
    """The API keys that a person may look after: those that see no more legal entities than the person does."""
    if user.all_entities:
        return ApiKey.objects.all()
    seen = list(LegalEntity.objects.for_user(user).values_list("pk", flat=True))
    return ApiKey.objects.filter(all_entities=False, entity_ids__contained_by=seen)


def people_of(user: User) -> QuerySet[User]:
    """The people whom an administrator may look after: those who see no more legal entities than the administrator.

    Whoever could change the address of somebody who sees more could have a password link sent there.
    """
    if user.all_entities:
        return User.objects.all()
    seen = LegalEntity.objects.for_user(user)
    more = EntityAccess.objects.filter(user=OuterRef("pk")).exclude(entity__in=seen)
    return User.objects.filter(~Exists(more), all_entities=False)
