"""Rules of which a legal entity has at most one row: kept by administrators, their history in the audit trail."""

from typing import TypeVar

from django.db.models import Model

from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity

Rules = TypeVar("Rules", bound=Model)


def keep(model: type[Rules], entity: LegalEntity, *, actor: Actor, **facts) -> Rules:
    """The entity's row with these facts; nothing is written where nothing changes."""
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        found = model.objects.filter(entity=entity).first()
        if found is None:
            return model.objects.create(entity=entity, **facts)
        changed = {name: value for name, value in facts.items() if getattr(found, name) != value}
        if changed:
            model.objects.filter(pk=found.pk).update(**changed)
            found.refresh_from_db()
        return found
