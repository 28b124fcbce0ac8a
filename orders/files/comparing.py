"""What a source says of an order that is known already: what it leaves open stays, and where the two differ."""

from collections.abc import Iterator
from dataclasses import replace

from o2c.orders.ordering.drafts import DraftLine, DraftOrder

HEAD = (
    "customer", "ordered_on", "currency", "customer_reference", "buyer_reference", "wanted_on", "contract", "terms",
    "ship_to", "incoterm", "incoterm_place", "note",
)  # fmt: skip
LINE = (
    "product", "given", "description", "quantity", "unit", "price", "price_per", "tax_category", "tax_rate", "hs_code",
    "origin_country", "net_weight_kg", "gross_weight_kg",
)  # fmt: skip
# What follows from the price, from how much it is, and from whose it is and where it goes.
PRICED, WEIGHED, TAXED = ("price", "price_per"), ("net_weight_kg", "gross_weight_kg"), ("tax_category", "tax_rate")


def merged(said: DraftOrder, stands: DraftOrder) -> DraftOrder:
    """What is said, and of what is left open what stands. What follows from something that changed is left open again.

    Lines are the same where they have the same number; `stands` has its lines with their numbers.
    """
    head = {name: getattr(said, name) or getattr(stands, name) for name in HEAD}
    taxed_alike = (head["customer"], head["ship_to"]) == (stands.customer, stands.ship_to)
    priced_alike = (head["customer"], head["currency"], head["ordered_on"]) == (
        stands.customer, stands.currency, stands.ordered_on,
    )  # fmt: skip
    there = {line.position: line for line in stands.lines}
    lines = tuple(
        _line(line, there.get(line.position), taxed_alike=taxed_alike, priced_alike=priced_alike) for line in said.lines
    )
    return replace(said, **head, lines=lines, channel=stands.channel)


def _line(said: DraftLine, stands: DraftLine | None, *, taxed_alike: bool, priced_alike: bool) -> DraftLine:
    if stands is None:
        return said
    facts: dict = {"line_id": stands.line_id}
    same = (said.product, said.given) == (stands.product, stands.given)
    alike = same and said.quantity == stands.quantity and (not said.unit or said.unit == stands.unit)
    open_names = [name for name in ("description", "unit", "hs_code", "origin_country") if same]
    open_names += TAXED if same and taxed_alike else ()
    open_names += WEIGHED if alike else ()
    for name in open_names:
        if getattr(said, name) in (None, ""):
            facts[name] = getattr(stands, name)
    if alike and priced_alike and said.price is None:
        facts |= {name: getattr(stands, name) for name in PRICED}
    return replace(said, **facts)


def differences(said: DraftOrder, stands: DraftOrder) -> Iterator[tuple[int | None, str]]:
    """Where what is said is not what stands: the number of the line (None: the order itself) and the field."""
    for name in HEAD:
        if getattr(said, name) != getattr(stands, name):
            yield None, name
    there = {line.position: line for line in stands.lines}
    for line in said.lines:
        known = there.pop(line.position, None)
        if known is None:
            yield line.position, "position"
            continue
        for name in LINE:
            if getattr(line, name) != getattr(known, name):
                yield line.position, name
    for position in there:
        yield position, "gone"
