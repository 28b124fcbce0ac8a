"""Making the book of a plan in an empty database, in one transaction."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from o2c.core import eori, numbering, outbox
from o2c.core.actors import Actor, acting
from o2c.invoicing import banks, chart
from o2c.invoicing.models import ExchangeRate, LedgerAccount
from o2c.orders.credit import limits
from o2c.orders.models import EarlyPaymentDiscount, Instalment, LegalEntity, PaymentTerms
from o2c.web.company import open_entity
from o2c.web.simulation import rates
from o2c.web.simulation.agreements import OFFERS, SELLERS, Offer, Plan, Seller, groups, share_out
from o2c.web.simulation.book import Book, House
from o2c.web.simulation.parties import iban
from o2c.web.simulation.writing import ACTOR, TABLES, Writer

SIMULATION = Actor(ACTOR)


class NotEmpty(Exception):
    """There is a company already; a simulated one is never mixed into it."""


@dataclass(frozen=True)
class Made:
    """How many rows of what."""

    rows: dict[str, int]


def make(plan: Plan, collectors: dict[int, str] | None = None) -> Made:
    """Write the book of a plan: all of it, or nothing.

    `collectors` are the users who share the accounts, name by id. Raises NotEmpty where a legal entity exists.
    """
    with acting(SIMULATION):
        if LegalEntity.objects.exists():
            raise NotEmpty("This database has legal entities already; a simulated book goes into an empty one.")
        house, simulated = _open_house(plan, collectors or {})
        with connection.cursor() as cursor:
            # Keys are checked batch by batch instead of queueing up until the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with Writer() as writer:
            book = Book(plan, house, simulated, writer)
            everybody = list(groups(plan))
            deals = [deal for group in everybody for buyer in group for deal in buyer.deals]
            share_out(plan, deals)
            for group in everybody:
                book.introduce(group)
            calendar = book.calendar(deals)
            for group in everybody:
                book.tell(group, calendar)
            # The counters are locked last, as everywhere, so the batches go out first.
            writer.flush()
            writer.settle()
            book.number_receipts(lambda owner, year, count: numbering.take(owner, "receipt", year, count))
        for entity in LegalEntity.objects.order_by("pk"):
            limits.follow(entity, None, on=plan.first_day, by=SIMULATION.name, reason="Agreed as business began.")
        for entity_id in house.entities:
            outbox.emit("book.changed", entity_id=entity_id)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Made({table.partition("_")[2]: writer.counts[table] for table in TABLES})


def _open_house(plan: Plan, collectors: dict[int, str]) -> tuple[House, rates.Rates]:
    entities = tuple(_open_seller(place, seller) for place, seller in enumerate(SELLERS))
    terms = tuple(_open_terms(offer) for offer in OFFERS)
    simulated = rates.wander(plan.seed, plan.first_day - timedelta(days=7), plan.as_of)
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency=currency, on=day, rate=rate)
        for currency, days in simulated.published.items()
        for day, rate in days.items()
    )
    accounts = tuple(dict(LedgerAccount.objects.filter(entity=entity).values_list("role", "id")) for entity in entities)
    return House(tuple(entity.pk for entity in entities), accounts, terms, tuple(collectors.items())), simulated


def _open_seller(place: int, seller: Seller) -> LegalEntity:
    entity = open_entity(
        code=seller.code,
        name=seller.name,
        country=seller.country,
        base_currency=seller.currency,
        time_zone=seller.time_zone,
        email=f"receivables.{seller.code.lower()}@lindenwerk.example",
        address=seller.address,
        phone=seller.phone,
        vat_id=seller.vat_id,
        registration_number=seller.registration,
        eori=seller.vat_id if eori.is_needed(seller.country) else "",
        actor=SIMULATION,
    )
    chart.map_to(entity, chart.STANDARD, actor=SIMULATION)
    banks.open_account(
        entity,
        name="Main account",
        currency=seller.currency,
        iban=iban(seller.country, 10_000_001 + place),
        actor=SIMULATION,
    )
    return entity


def _open_terms(offer: Offer) -> int:
    terms = PaymentTerms.objects.create(
        code=offer.code,
        name=offer.name,
        kind=offer.terms.kind,
        days=offer.terms.days,
        day_of_month=offer.terms.day_of_month,
    )
    for tier in offer.terms.tiers:
        EarlyPaymentDiscount.objects.create(terms=terms, days=tier.days, percent=tier.percent)
    for number, share in enumerate(offer.terms.shares, start=1):
        Instalment.objects.create(terms=terms, number=number, percent=share.percent, extra_days=share.extra_days)
    return terms.pk
