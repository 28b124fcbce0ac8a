"""Which legal entities a person or an API key sees."""

from collections.abc import Iterable

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
