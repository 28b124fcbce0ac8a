"""Opening a legal entity: what every app must have for it, in one transaction."""

from o2c.collections import policies
from o2c.core.actors import Actor, acting
from o2c.invoicing import chart
from o2c.orders.models import LegalEntity


def open_entity(*, code: str, name: str, country: str, base_currency: str, actor: Actor, **details) -> LegalEntity:
    """Open a legal entity with its books, the standard dunning policy and a queue."""
    with acting(actor):
        entity = LegalEntity.objects.create(
            code=code, name=name, country=country, base_currency=base_currency, **details
        )
        chart.open_books(entity)
        policies.install_standard(entity)
        return entity
