"""Opening a legal entity and changing what it is: what every app must have for it, in one transaction."""

import re
from zoneinfo import available_timezones

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from o2c.collections import policies, pools
from o2c.collections.models import DunningSettings, Queue
from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.money import known_currencies
from o2c.invoicing import chart
from o2c.invoicing.models import Entry
from o2c.orders import business_days
from o2c.orders.models import EntityAccess, LegalEntity

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")


class EntityRefused(ValueError):
    """The legal entity cannot be so; `field` is what is wrong with it, the text says why."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field = field


def open_entity(
    *,
    code: str,
    name: str,
    country: str,
    base_currency: str,
    actor: Actor,
    seen_by: User | None = None,
    **details,
) -> LegalEntity:
    """Open a legal entity with its books, its calendar, the standard dunning policy and a queue.

    `seen_by` is who opens it, and sees it also where only some legal entities are given to them.
    """
    details.setdefault("weekend", business_days.usual_weekend(country))
    with acting(actor):
        entity = LegalEntity.objects.create(
            code=code, name=name, country=country, base_currency=base_currency, **details
        )
        chart.open_books(entity)
        policies.install_standard(entity)
        business_days.fill(clock.today(entity.time_zone))
        if seen_by is not None and not seen_by.all_entities:
            EntityAccess.objects.create(user=seen_by, entity=entity)
        return entity


def change_entity(entity: LegalEntity, *, actor: Actor, **details) -> LegalEntity:
    """Say anew what a legal entity is; nothing is written where nothing changes. Raises EntityRefused.

    Its code stays: documents and files carry it. Its base currency stays once anything is posted: base amounts that are
    posted never change.
    """
    with acting(actor):
        entity = LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        changed = {name: value for name, value in details.items() if getattr(entity, name) != value}
        if "code" in changed:
            raise EntityRefused("code", f"{entity.code} keeps its code: documents and files carry it.")
        if "base_currency" in changed and Entry.objects.filter(entity=entity).exists():
            raise EntityRefused(
                "base_currency", f"{entity.code} has entries in {entity.base_currency}; its base currency stays."
            )
        if changed:
            LegalEntity.objects.filter(pk=entity.pk).update(**changed)
            entity.refresh_from_db()
            business_days.fill(clock.today(entity.time_zone))
        return entity


def send_tasks_to(entity: LegalEntity, queue: Queue | None, *, actor: Actor) -> None:
    """Say in which queue an entity's tasks wait that are nobody's and fit no pool; None: in the one for everybody."""
    with acting(actor):
        settings = policies.install_standard(entity)
        if settings.queue_id != (queue.pk if queue else None):
            DunningSettings.objects.filter(pk=settings.pk).update(queue=queue)
            pools.place([entity.pk])


# --- What is typed, checked for everyone who asks: pages, files, the command line


def check_code(code: str) -> str:
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise EntityRefused("code", "A code is up to twenty letters, figures and hyphens, such as DE1.")
    return code


def check_country(country: str) -> str:
    country = country.strip().upper()
    if country not in formats.countries():
        raise EntityRefused("country", f"{country} is no country of ISO 3166, such as DE or US.")
    return country


def check_currency(currency: str) -> str:
    currency = currency.strip().upper()
    if currency not in known_currencies():
        raise EntityRefused("base_currency", f"{currency} is not a currency of ISO 4217.")
    return currency


def check_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise EntityRefused("time_zone", f"{name} is no time zone; they are named like Europe/Berlin.")
    return name


def check_vat_id(vat_id: str, country: str) -> str:
    """The VAT id without spaces. Where the country's rule is known, its check digits must be right."""
    vat_id = vat_id.strip()
    module = get_cc_module(country.lower(), "vat") if vat_id else None
    if module is None:
        return vat_id
    try:
        compact = module.validate(vat_id)
    except ValidationError:
        raise EntityRefused("vat_id", f"This is no VAT id of {country}: a digit is wrong or missing.") from None
    return compact if compact.upper().startswith(country) else f"{country}{compact}"
