"""Who buys from which legal entity, in which currency, on which terms, and how much."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from o2c.orders.models import PaymentTerms
from o2c.orders.terms import Share, Terms, Tier
from o2c.web.simulation.behaviours import SHARES, Behaviour
from o2c.web.simulation.parties import LANDS


@dataclass(frozen=True)
class Plan:
    """What to make. The same plan makes the same rows."""

    customers: int
    items: int  # invoice items; an invoice in instalments has several
    months: int
    seed: int
    as_of: date
    all_open: bool = False  # nothing is settled wholly: for measuring

    @property
    def first_day(self) -> date:
        months = self.as_of.year * 12 + self.as_of.month - 1 - self.months
        return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True)
class Seller:
    """A legal entity, and how it numbers its papers."""

    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    address: str
    phone: str
    invoice: str
    credit: str
    discount: str
    write_off: str
    vat_id: str
    registration: str


SELLERS = (
    Seller("DE", "Lindenwerk GmbH", "DE", "EUR", "Europe/Berlin", "Werkstraße 12\n20095 Hamburg\nGermany",
           "+49 30 23125 100", "RE", "GS", "SK", "AB", "DE811907980", "HRB 81190 Hamburg"),
    Seller("UK", "Lindenwerk (UK) Ltd", "GB", "GBP", "Europe/London",
           "14 Foundry Street\nLeeds LS1 1UR\nUnited Kingdom", "+44 20 7946 0100", "INV", "CN", "SD", "WO",
           "GB980780684", "Company No 09807806"),
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """Payment terms by their code and name."""

    code: str
    name: str
    terms: Terms


NET, MONTH, DAY = PaymentTerms.Kind.NET, PaymentTerms.Kind.END_OF_MONTH, PaymentTerms.Kind.DAY_OF_MONTH
OFFERS = (
    Offer("NET14", "14 days net", Terms(NET, 14)),
    Offer("NET30", "30 days net", Terms(NET, 30)),
    Offer("NET60", "60 days net", Terms(NET, 60)),
    Offer("EOM30", "30 days end of month", Terms(MONTH, 30)),
    Offer("DOM10", "14 days, then the 10th", Terms(DAY, 14, 10)),
    Offer("2-10-30", "2 % within 10 days, 30 days net", Terms(NET, 30, tiers=(Tier(10, Decimal(2)),))),
    Offer("PARTS3", "Three parts: 40 % after 30 days, 30 % each month after",
          Terms(NET, 30, shares=(Share(Decimal(40), 0), Share(Decimal(30), 30), Share(Decimal(30), 60)))),
)  # fmt: skip
# How often each of the offers is agreed, by segment.
TERMS_SHARES = {
    "Key account": (2, 25, 18, 25, 8, 18, 4),
    "Mid-market": (14, 42, 5, 14, 10, 12, 3),
    "Small": (44, 40, 0, 4, 6, 6, 0),
}
COUNTRIES = {"DE": 37, "AT": 8, "CH": 6, "FR": 11, "NL": 9, "ES": 6, "GB": 15, "US": 8}


@dataclass(frozen=True)
class Segment:
    """How many customers are so, how often such a one buys, and for how much (median and spread of a log-normal)."""

    name: str
    share: int
    buys: float
    median: float
    spread: float


SEGMENTS = (
    Segment("Key account", 6, 7.0, 9_500.0, 0.75),
    Segment("Mid-market", 34, 2.6, 2_600.0, 0.8),
    Segment("Small", 60, 1.0, 420.0, 0.85),
)


@dataclass(slots=True)
class Buyer:
    """A customer: `payer` is the head of its group, which pays where `head_pays`."""

    id: int
    payer: int
    country: str
    segment: Segment
    behaviour: Behaviour
    head_pays: bool
    deals: list["Deal"] = field(default_factory=list)


@dataclass(slots=True)
class Deal:
    """A buyer's account with a seller: so many invoice items, in one currency, on one offer."""

    buyer: Buyer
    seller: int
    currency: str
    offer: int
    weight: float
    items: int = 0


def pick(dice: Random, shares: dict):
    """One of the keys, by their shares."""
    return dice.choices(list(shares), list(shares.values()))[0]


def groups(plan: Plan) -> Iterator[list[Buyer]]:
    """All customers, a group at a time: mostly of one, some of a head with branches."""
    dice = Random(plan.seed * 7_919 + 17)  # noqa: S311 believable, not secret
    made = 0
    failing = False
    while made < plan.customers:
        segment = dice.choices(SEGMENTS, [segment.share for segment in SEGMENTS])[0]
        country = pick(dice, COUNTRIES)
        behaviour = pick(dice, SHARES)
        # The slow ones are mostly small.
        if behaviour is Behaviour.SLOW and segment is not SEGMENTS[2] and dice.random() < 0.6:
            behaviour = Behaviour.HABITUAL
        # A book without anybody going under would be no lesson.
        if not failing and segment is SEGMENTS[1] and made >= plan.customers // 3:
            behaviour = Behaviour.FAILING
        failing |= behaviour is Behaviour.FAILING
        size = 1
        if segment is not SEGMENTS[2] and dice.random() < 0.1:
            size = min(dice.randrange(2, 6), plan.customers - made)
        head = made + 1
        head_pays = dice.random() < 0.7
        group = []
        for place in range(size):
            buyer = Buyer(head + place, head, country, segment if not place else SEGMENTS[1], behaviour, head_pays)
            buyer.deals = list(_deals(buyer, dice))
            group.append(buyer)
        made += size
        yield group


def _deals(buyer: Buyer, dice: Random) -> Iterator[Deal]:
    home = 1 if buyer.country in {"GB", "US"} else 0
    sellers = [home, 1 - home] if dice.random() < 0.07 else [home]
    offers = TERMS_SHARES[buyer.segment.name]
    for seller in sellers:
        theirs = LANDS[buyer.country].currency
        ours = SELLERS[seller].currency
        currency = theirs if dice.random() < 0.6 else ours
        weight = buyer.segment.buys * dice.lognormvariate(0, 0.5) * (1.0 if seller == home else 0.4)
        yield Deal(buyer, seller, currency, dice.choices(range(len(OFFERS)), offers)[0], weight)


def share_out(plan: Plan, deals: list[Deal]) -> None:
    """Give every deal its number of items, by weight; they add up to the plan's."""
    total = sum(deal.weight for deal in deals)
    reached, given = 0.0, 0
    for deal in deals:
        reached += deal.weight
        upto = round(plan.items * (reached / total))
        deal.items = upto - given
        given = upto
    deals[-1].items += plan.items - given
