"""Orders in the demo, on every step of their way: entered, refused, held, confirmed, sent, proved, invoiced.

The older an order, the further it is. All of it is done by the real acts; what they hold back is held back.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from random import Random

from o2c.analytics.models.serving import Step
from o2c.analytics.serving import keeping as serving
from o2c.core.actors import Actor
from o2c.core.taxes import TaxCategory
from o2c.invoicing.billing import running
from o2c.invoicing.invoices import correcting, drafts
from o2c.invoicing.models import Invoice
from o2c.orders import confirming, customers
from o2c.orders.credit import limits
from o2c.orders.credit.exposing import positions
from o2c.orders.deliveries import carriers, keeping, tracking
from o2c.orders.deliveries.keeping import Part
from o2c.orders.deliveries.tracking import Event
from o2c.orders.models import Account, Carrier, Delivery, LegalEntity, Order, Product, TrackingEvent
from o2c.orders.ordering import moving, writing
from o2c.orders.ordering.drafts import DraftLine, DraftOrder
from o2c.web.simulation.billing import RATES, UNION

WEEKS = 5
ORDERS, NEW = 44, 10  # of each legal entity, and so many of them on the last two days
# Of an order that is so many days old at least: what has become of it.
PROVED, SHIPPED, PLANNED = 15, 4, 3
# Where it is billed by the month, and where only what is proved to have arrived; of so many accounts each.
AGREEMENTS = (
    {"collective": Account.Collective.MONTHLY},
    {"invoice_on": Account.InvoiceOn.PROOF},
    {"demands_order_number": True},
)
STANDING, KIND = Account.Standing, TrackingEvent.Kind
# Whose oldest item is overdue for fewer days may order more: up to so much beside what is open.
# Where carriers take parcels over, and where they lie at night.
PLACES = {"DE": ("Hamburg", "Hannover"), "UK": ("Leeds", "York")}
DEARER = Decimal("1.04")
OVERDUE, ROOM = 10, Decimal(15_000)
CARRIERS = (
    ("OWN", "Own lorries", True, ""),
    ("NORD", "Cargo Nord", False, "https://track.cargo-nord.example/{number}"),
    ("PAKET", "Paketdienst Elbe", False, "https://paketdienst-elbe.example/follow?id={number}"),
)
# What the steps of an order cost the house, in the currency of each.
COSTS = (
    (Step.ENTRY_BY_HAND, "6.50"), (Step.ENTRY_ELECTRONIC, "0.80"), (Step.LINE, "0.90"), (Step.PICKING, "2.40"),
    (Step.FREIGHT, "38.00"), (Step.INVOICE, "1.10"), (Step.PAYMENT, "0.60"), (Step.REMINDER, "2.50"),
    (Step.CALL, "7.00"), (Step.DISPUTE, "0.75"),
)  # fmt: skip


def order(as_of: date, seed: int, entities: list[LegalEntity], *, actor: Actor) -> int:
    """Take in the orders of five weeks and send, prove and bill them; how many there are."""
    fleet = [
        carriers.create(code=code, name=name, own_fleet=own, tracking_url=url, actor=actor)
        for code, name, own, url in CARRIERS
    ]
    for entity in entities:
        dice = Random(f"{seed} orders {entity.code}")  # noqa: S311 believable, not secret
        for step, rate in COSTS:
            serving.set_rate(entity, step, Decimal(rate), from_on=as_of - timedelta(weeks=WEEKS), actor=actor)
        accounts = _buyers(entity, as_of, actor)
        days = [day for back in range(WEEKS * 7) if (day := as_of - timedelta(days=back)).weekday() < 5]
        chosen = sorted([*dice.choices(days, k=ORDERS - NEW), *(day for day in days[:2] for _ in range(NEW // 2))])
        written = [_write(entity, dice.choice(accounts), on, dice, actor) for on in chosen]
        for made in written[: -NEW // 2]:  # who ordered last waits for somebody who confirms it
            _lead(made, (as_of - made.ordered_on).days, as_of, fleet, dice, actor)
        _bill(entity, as_of, actor)
        _tell(entity, as_of)
    return Order.objects.count()


def _buyers(entity: LegalEntity, as_of: date, actor: Actor) -> list[Account]:
    """Those who buy in the legal entity's currency: most have room under their limits, a few have none. With some
    something special is agreed."""
    found = Account.objects.filter(
        entity=entity, currency=entity.base_currency, terms__isnull=False, standing=STANDING.OPEN
    ).exclude(customer__country="")
    accounts = list(found.select_related("customer", "terms").order_by("pk"))
    where = positions(entity, [account.customer_id for account in accounts], as_of)

    def well(account: Account) -> tuple[bool, Decimal]:
        here = where[account.customer_id]
        pays = here.facts.level == 0 and here.facts.oldest_days < OVERDUE
        return pays, (here.limit.amount or Decimal(0)) - here.exposure.total

    accounts.sort(key=well, reverse=True)
    for account in accounts[:16]:
        pays, room = well(account)
        if pays and room < ROOM:
            wanted = where[account.customer_id].exposure.total + 2 * ROOM
            limits.say(
                account, wanted.quantize(Decimal(1), ROUND_UP), valid_from=as_of,
                valid_until=as_of + timedelta(days=365), reason="Pays in time and orders more.", today=as_of,
                actor=actor,
            )  # fmt: skip
    for account, agreed in zip(accounts[2:], AGREEMENTS, strict=False):
        customers.change_account(account, actor=actor, **agreed)
    return [*accounts[:20], *accounts[-4:]]


def _write(entity: LegalEntity, account: Account, on: date, dice: Random, actor: Actor) -> Order:
    products = dice.sample(list(Product.objects.filter(in_use=True).order_by("number")), dice.choice((1, 2, 2, 3, 4)))
    category, rate = _tax(entity, account)
    lines = [
        DraftLine(quantity=_quantity(product, dice), product=product, tax_category=category, tax_rate=rate)
        for product in products
    ]
    if dice.random() < 0.06:  # a word that we do not know a product by
        lines.append(DraftLine(quantity=Decimal(2), given="EK-77", description="Edge strip, oak"))
    abroad = account.customer.country != entity.country
    return writing.write(
        DraftOrder(
            entity=entity,
            customer=account.customer,
            ordered_on=on,
            channel=dice.choices((Order.Channel.BROWSER, Order.Channel.API, Order.Channel.UBL), (50, 35, 15))[0],
            lines=tuple(lines),
            customer_reference=f"45{dice.randrange(10**8):08d}" if dice.random() < 0.85 else "",
            wanted_on=on + timedelta(days=dice.randrange(5, 15)),
            incoterm="DAP" if abroad else "",
            incoterm_place=account.customer.city if abroad else "",
            submitted=True,
        ),
        actor=actor,
    )


def _tax(entity: LegalEntity, account: Account) -> tuple[str, Decimal]:
    country = account.customer.country
    if country != entity.country and entity.country in UNION and country in UNION:
        return TaxCategory.INTRA_COMMUNITY, Decimal(0)
    if country != entity.country:
        return TaxCategory.EXPORT, Decimal(0)
    return TaxCategory.STANDARD, RATES[entity.country]


def _quantity(product: Product, dice: Random) -> Decimal:
    return Decimal(dice.randrange(2, 16)) if product.unit in {"HUR", "XBX"} else Decimal(dice.randrange(6, 90))


def _lead(made: Order, age: int, as_of: date, fleet: list[Carrier], dice: Random, actor: Actor) -> None:
    """Do with an order what has been done of its age; one with problems, or that credit holds, waits where it is."""
    if made.state != Order.State.VALIDATED:
        return
    if age < PLANNED and dice.random() < 0.15:
        moving.cancel(made, reason="The customer has found it elsewhere.", actor=actor)
        return
    confirming.confirm(made, actor=actor)
    made.refresh_from_db()
    if made.state != Order.State.CONFIRMED or age < PLANNED:
        return
    carrier = dice.choice(fleet)
    sent_on = min(as_of, made.ordered_on + timedelta(days=dice.randrange(2, 6)))
    facts = {"carrier": carrier, "planned_on": sent_on}
    if dice.random() < 0.25:  # a part goes first
        rests = keeping.left([made.pk])
        parts = [Part(line, (rests[line.pk] / 2).to_integral_value()) for line in made.lines.order_by("position")]
        planned = [keeping.plan([part for part in parts if part.quantity], actor=actor, **facts)]
        if age >= SHIPPED + 5:
            planned += keeping.plan_left([made], actor=actor, **facts)
    else:
        planned = keeping.plan_left([made], actor=actor, **facts)
    if age < SHIPPED:
        return
    for delivery in planned:
        number = "" if carrier.own_fleet else f"{carrier.code}{dice.randrange(10**9):09d}"
        keeping.ship(delivery, on=sent_on, tracking_number=number, actor=actor)
        if age >= SHIPPED + 3:
            keeping.deliver(delivery, on=min(as_of, sent_on + timedelta(days=1)), actor=actor)
        if age >= PROVED:
            keeping.prove(delivery, by="Goods in", on=min(as_of, sent_on + timedelta(days=1)), actor=actor)


def _tell(entity: LegalEntity, as_of: date) -> None:
    """What carriers told of the parcels: taken over, under way, arrived; the last one that is under way was refused."""
    sent = Delivery.objects.filter(entity=entity, carrier__own_fleet=False).exclude(tracking_number="")
    rows = list(sent.filter(state__in=Delivery.GONE).select_related("carrier").order_by("pk"))
    under_way = [each.pk for each in rows if each.state == Delivery.State.SHIPPED]
    told: dict[Carrier, list[Event]] = {}
    depot, hub = PLACES[entity.code]
    for each in rows:
        steps = [(KIND.SHIPPED, each.shipped_on, 16, depot, "")]
        if each.delivered_on:
            steps.append((KIND.DELIVERED, each.delivered_on, 9, each.ship_to_city, ""))
        elif each.pk == under_way[-1]:
            steps.append((KIND.FAILED, as_of - timedelta(days=1), 17, each.ship_to_city, "Nobody took it in."))
        else:
            steps.append((KIND.IN_TRANSIT, each.shipped_on, 22, hub, ""))
        told.setdefault(each.carrier, []).extend(
            Event(
                id=f"{entity.code}-{each.number}-{kind}", kind=kind, tracking_number=each.tracking_number,
                at=datetime.combine(on, time(hour), UTC), place=place, text=text,
            )
            for kind, on, hour, place, text in steps
        )  # fmt: skip
    for carrier, events in told.items():
        tracking.take(carrier, events)


def _bill(entity: LegalEntity, as_of: date, actor: Actor) -> None:
    """Bill twice, as in the weeks before; of one who was blocked for a day the draft was kept back, and somebody wrote
    another price into it."""
    running.run(entity, as_of=as_of - timedelta(days=7), actor=actor)
    due = running.preview(entity, as_of=as_of - timedelta(days=1))
    if due:
        account = Account.objects.get(entity=entity, customer=due[0].customer_id)
        blocked = customers.change_account(
            account, standing=STANDING.BLOCKED, standing_reason="To be looked at", actor=actor
        )
        running.run(entity, as_of=as_of - timedelta(days=1), customers=[due[0].customer_id], actor=actor)
        customers.change_account(blocked, standing=STANDING.OPEN, actor=actor)
        kept = Invoice.objects.filter(
            entity=entity, customer=due[0].customer_id, state=Invoice.State.DRAFT, lines__order_line__isnull=False
        ).first()
        if kept is not None:
            written = correcting.as_draft(kept)
            first, *others = written.lines
            dearer = replace(first, price=round(first.price * DEARER, 2))
            drafts.write(replace(written, lines=(dearer, *others)), actor=actor, existing=kept)
    running.run(entity, as_of=as_of - timedelta(days=1), actor=actor)
