"""The last weeks' invoices of a living demo: written and issued by the real acts, line by line, and some put right.

What is older came from the ERP as open items; since five weeks the company invoices here.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from o2c.core.actors import Actor
from o2c.core.taxes import TaxCategory
from o2c.invoicing import cash
from o2c.invoicing.cash import Split
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import Adjustment, Draft, Line
from o2c.invoicing.models import Invoice, OpenItem, Receipt
from o2c.orders.models import Account, LegalEntity

WEEKS = 5
INVOICES, DRAFTS = 140, 4  # of each legal entity
RATES = {"DE": Decimal(19), "GB": Decimal(20)}
UNION = {"AT", "DE", "ES", "FR", "NL"}
GOODS = (
    ("LW-1040", "Linear guide rail, 1040 mm", "C62", "184.50"),
    ("LW-1041", "Carriage for guide rail, preloaded", "C62", "96.20"),
    ("LW-2210", "Spindle drive, pitch 5 mm", "C62", "642.00"),
    ("LW-3300", "Servo motor 400 W with encoder", "C62", "518.75"),
    ("LW-3310", "Motor cable, shielded", "MTR", "11.40"),
    ("LW-4105", "Aluminium profile 40 × 40, cut to length", "MTR", "18.9025"),
    ("LW-5500", "Lubricant for guides", "LTR", "23.60"),
    ("LW-6120", "Control cabinet, wired and tested", "C62", "2480.00"),
)
SERVICES = (
    ("SV-100", "Assembly on site", "HUR", "88.00"),
    ("SV-110", "Commissioning", "HUR", "112.00"),
    ("SV-200", "Maintenance contract, monthly fee", "MON", "340.00"),
)


def bill(as_of: date, seed: int, *, actor: Actor) -> int:
    """Invoice, credit, cancel and leave drafts in the weeks up to a day; how many documents there are."""
    for entity in LegalEntity.objects.order_by("pk"):
        dice = Random(f"{seed} {entity.code}")  # noqa: S311 believable, not secret
        accounts = list(
            Account.objects.filter(entity=entity, terms__isnull=False)
            .exclude(customer__country="")
            .select_related("customer", "terms")
            .order_by("customer_id")
        )
        if not accounts:
            continue
        days = [day for back in range(WEEKS * 7) if (day := as_of - timedelta(days=back)).weekday() < 5]
        written = [
            drafts.write(_draft(entity, dice.choice(accounts), day, dice), actor=actor)
            for day in sorted(dice.choices(days, k=INVOICES))
        ]
        issuing.issue_all([each.pk for each in written], entity=entity, actor=actor, today=as_of, as_of_issue=True)
        _put_right(entity, written, as_of, dice, actor)
        for _ in range(DRAFTS):
            drafts.write(_draft(entity, dice.choice(accounts), as_of, dice), actor=actor)
    return Invoice.objects.count()


def _draft(entity: LegalEntity, account: Account, on: date, dice: Random) -> Draft:
    customer = account.customer
    category, rate = _tax(entity, customer.country, customer.vat_id)
    chosen = dice.sample(GOODS, dice.choices((1, 2, 3, 4), (40, 30, 20, 10))[0])
    if dice.random() < 0.3:
        chosen.append(dice.choice(SERVICES))
    lines = tuple(
        Line(
            product=product,
            description=description,
            unit=unit,
            quantity=_quantity(unit, dice),
            price=Decimal(price),
            category=category,
            rate=rate,
            adjustments=(Adjustment("Volume discount", percent=Decimal(5)),) if dice.random() < 0.12 else (),
        )
        for product, description, unit, price in chosen
    )
    freight = ()
    if dice.random() < 0.35:
        freight = (Adjustment("Freight", is_charge=True, amount=Decimal(45), category=category, rate=rate),)
    return Draft(
        entity=entity,
        customer=customer,
        currency=account.currency,
        issued_on=on,
        delivered_on=on - timedelta(days=dice.randrange(0, 4)),
        lines=lines,
        adjustments=freight,
        order_reference=f"45{dice.randrange(10**8):08d}" if dice.random() < 0.7 else "",
    )


def _tax(entity: LegalEntity, country: str, vat_id: str) -> tuple[str, Decimal]:
    if country == entity.country:
        return TaxCategory.STANDARD, RATES[entity.country]
    if entity.country in UNION and country in UNION:
        return (TaxCategory.INTRA_COMMUNITY, Decimal(0)) if vat_id else (TaxCategory.STANDARD, RATES[entity.country])
    return TaxCategory.EXPORT, Decimal(0)


def _quantity(unit: str, dice: Random) -> Decimal:
    if unit in {"MTR", "LTR", "HUR"}:
        return Decimal(dice.randrange(4, 120)) / 2
    return Decimal(dice.choices((1, 2, 4, 6, 10, 24), (30, 25, 20, 12, 8, 5))[0])


def _put_right(entity: LegalEntity, written: list[Invoice], as_of: date, dice: Random, actor: Actor) -> None:
    """Who ordered by mistake, who got a broken part, and who has paid already."""
    invoices = list(
        Invoice.objects.filter(pk__in=[each.pk for each in written], state=Invoice.State.ISSUED, payable__gt=0)
        .select_related("entity", "customer", "terms")
        .order_by("pk")
    )
    wrong = dice.sample(invoices, 6)
    for invoice in wrong[:1]:
        correcting.cancel(invoice, on=as_of, actor=actor, note="Ordered by mistake")
    for invoice in wrong[1:4]:
        whole = correcting.as_draft(correcting.credit(invoice, on=as_of, actor=actor, note="Part returned"))
        draft = Invoice.objects.get(corrects=invoice, state=Invoice.State.DRAFT)
        part = Draft(**{**vars(whole), "lines": whole.lines[:1], "adjustments": ()})
        issuing.issue(drafts.write(part, actor=actor, existing=draft), actor=actor, today=as_of)
    paid = [
        each for each in invoices if each not in wrong and (as_of - each.issued_on).days > 8 and dice.random() < 0.4
    ]
    for invoice in paid:
        on = min(as_of, invoice.issued_on + timedelta(days=dice.randrange(5, 20)))
        items = OpenItem.objects.filter(entry_id=invoice.entry_id).order_by("due_on")
        receipt = cash.receive(
            entity=entity,
            customer=invoice.customer,
            amount=invoice.payable,
            currency=invoice.currency,
            received_on=on,
            method=Receipt.Method.TRANSFER,
            reference=invoice.reference,
            actor=actor,
        )
        cash.apply(receipt.item, [Split(item, item.amount) for item in items], on=on, actor=actor)
