"""Disputes in the demo: reasons, causes and ends for those of the book, and a few at each point of their way."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.collections import disputes
from o2c.collections.disputes import files, routing
from o2c.collections.models import Dispute
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User
from o2c.invoicing.models import Invoice, OpenItem, ReasonCode
from o2c.orders.models import LegalEntity

# What the book's customers say: the reason, and what was mostly found.
SAID = {
    "Goods damaged on arrival": ("quality", "carrier"),
    "Price differs from the order": ("price", "pricing"),
    "Quantity short": ("quantity", "warehouse"),
    "Delivered twice": ("duplicate", "order_entry"),
    "Wrong VAT rate": ("tax", "invoicing"),
    "No order number on the invoice": ("address", "order_entry"),
    "Quality not as agreed": ("quality", "product"),
}
# Three of four that have ended were found out; of those that were credited it was ours, else the customer's.
ENDED = """
    UPDATE collections_dispute d SET code_id = r.id,
        cause = CASE WHEN d.closed_on IS NULL OR d.id %% 4 = 0 THEN '' WHEN s.credited THEN v.cause ELSE 'customer' END,
        resolution = CASE WHEN d.closed_on IS NULL THEN '' WHEN s.credited THEN 'credited' ELSE 'rejected' END,
        owner_id = a.collector_id, due_on = t.due_on,
        escalates_on = orders_business_day(d.entity_id, t.due_on, %(patience)s)
    FROM unnest(%(said)s::text[], %(codes)s::text[], %(causes)s::text[]) AS v (said, code, cause)
    JOIN invoicing_reasoncode r ON r.code = v.code, collections_dispute o
    LEFT JOIN orders_account a ON a.customer_id = o.customer_id AND a.entity_id = o.entity_id
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT 1 FROM invoicing_allocation l JOIN invoicing_openitem c ON c.id = l.credit_item_id
            WHERE l.debit_item_id = o.item_id AND c.kind = 'credit_note' AND l.effective_on >= o.opened_on
        ) AS credited
    ) s
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.closed_on IS NOT NULL THEN o.opened_on + 14 ELSE
            orders_business_day(o.entity_id, greatest(o.opened_on, %(as_of)s::date - 18), 5 + (o.id %% 12)::int)
        END AS due_on
    ) t
    WHERE o.id = d.id AND d.reason = v.said AND d.code_id IS NULL
"""
PROOF = "proof of delivery.txt", b"Delivered on the ramp, two of three pallets. Signed: H. Petersen\n"
AMOUNT = Decimal(120)


def dispute(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> int:
    """Say who handles which reason, complete the book's disputes, and open some more; how many those are."""
    manager = User.objects.filter(roles__contains=[Role.FINANCE_MANAGER], is_active=True).order_by("pk").first()
    for code, days in (("price", 5), ("quality", 8), ("duplicate", 3)):
        reason = ReasonCode.objects.get(code=code)
        routing.set_rule(reason, target_days=days, escalate_after=3, to=None, escalate_to=manager, actor=actor)
    codes, causes = zip(*SAID.values(), strict=True)
    with acting(actor), connection.cursor() as cursor:
        facts = {"said": list(SAID), "codes": list(codes), "causes": list(causes), "as_of": as_of, "patience": 5}
        cursor.execute(ENDED, facts)
    return sum(_some(entity, as_of, manager) for entity in entities)


def _some(entity: LegalEntity, as_of: date, manager: User | None) -> int:
    """One that waits for approval, one credited, one rejected and one that is worked on, of invoices made here."""
    taken = Dispute.objects.filter(closed_on=None).values("item")
    ours = Invoice.objects.filter(entity=entity, kind=Invoice.Kind.INVOICE, issued_on__lt=as_of - timedelta(days=7))
    owed = OpenItem.objects.filter(entry__in=ours.values("entry"), open_amount__gt=AMOUNT * 2).exclude(pk__in=taken)
    collector = User.objects.filter(roles__contains=[Role.COLLECTOR], is_active=True).order_by("pk").first()
    if collector is None or manager is None:
        return 0
    clerk, boss = Actor.of(collector), Actor.of(manager)
    items = list(owed.order_by("issued_on", "pk")[:4])
    for place, item in enumerate(items):
        on = as_of - timedelta(days=6 - place)
        said, (code, cause) = list(SAID.items())[place]
        case = disputes.open(
            item, code=ReasonCode.objects.get(code=code), reason=said, amount=AMOUNT, on=on, actor=clerk
        )  # fmt: skip
        match place:
            case 0:
                disputes.add_note(case, "The carrier confirms: a pallet fell from the ramp.", actor=clerk)
                files.attach(case, *PROOF, actor=clerk)
                disputes.resolve(case, "credited", note="One pallet damaged", cause=cause, on=as_of, actor=clerk)
            case 1:
                small = AMOUNT - 40
                disputes.resolve(
                    case, "credited", note="Price of the offer", cause=cause, amount=small, on=as_of, actor=boss
                )
            case 2:
                disputes.resolve(case, "rejected", note="Signed for in full", cause="customer", on=as_of, actor=clerk)
            case _:
                disputes.change(case, state="inside", actor=clerk)
                disputes.add_note(case, "Asked the order desk for the second order.", actor=clerk)
    return len(items)
