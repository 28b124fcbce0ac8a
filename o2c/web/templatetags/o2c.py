"""What our templates can say: amounts, days, rights, icons."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from o2c.core import formats, rights
from o2c.core.money import minor_unit
from o2c.core.units import unit_name

register = template.Library()


@register.filter
def may(user, right: str) -> bool:
    return rights.may(user, right)


@register.filter
def amount(value: Decimal | None, currency: str) -> str:
    """An amount without its currency, for a column that names it."""
    return "–" if value is None else formats.amount(value, currency)


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """An amount with its currency small beside it."""
    if value is None:
        return "–"
    return format_html(
        '<span class="money">{} <span class="currency">{}</span></span>', formats.amount(value, currency), currency
    )


@register.filter
def decimal(value: str) -> Decimal:
    """An amount that is kept as JSON has it."""
    return Decimal(value)


@register.filter
def number(value) -> str:
    return "–" if value is None else formats.number(value)


@register.filter
def exactly(value: Decimal | None) -> str:
    """A quantity, price or percentage, with as many places as it has."""
    return "–" if value is None else formats.exactly(value)


@register.filter
def unit(code: str, quantity: Decimal | int = 1) -> str:
    """A unit as it stands behind a quantity."""
    return unit_name(code, quantity=quantity)


@register.filter
def price(value: Decimal, currency: str) -> str:
    """A price: at the currency's own places, or as many more as it has."""
    places = max(minor_unit(currency), -value.normalize().as_tuple().exponent)
    return formats.number(value, places)


@register.filter
def share(part: Decimal, whole: Decimal) -> str:
    """ "34 %" of the whole; a dash of nothing."""
    return f"{formats.number(part * 100 / whole)} %" if whole > 0 else "–"


@register.filter
def day(value: date | None) -> str:
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.day(value))


@register.filter
def moment(value: datetime | None) -> str:
    """A point in time, in UTC, as the audit trail has it."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.moment(value))


@register.filter
def local(value: datetime | None, entity) -> str:
    """A point in time, by the clock of a legal entity."""
    if value is None:
        return "–"
    said = formats.moment(value, entity.time_zone)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), said)


@register.filter
def second(value: datetime | None) -> str:
    """A point in time, in UTC, to the second and in order: for the trail, where days are compared down a column."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), f"{value:%Y-%m-%d %H:%M:%S}")


@register.filter
def correction(red, act: str) -> str:
    """The address of a button that puts something right."""
    return f"{reverse('correct', args=[red.kind.name, act])}?{urlencode({'key': red.key})}"


@register.filter
def program(agent: str) -> str:
    """ "Firefox" of a browser's long name for itself; the first word of what is no known browser."""
    for name, mark in (("Edge", "Edg/"), ("Opera", "OPR/"), ("Chrome", "Chrome/"), ("Firefox", "Firefox/")):
        if mark in agent:
            return name
    return "Safari" if "Safari/" in agent else agent.split("/")[0][:30]


@register.filter
def sentence(text: str) -> str:
    return formats.sentence(text)


BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


@register.filter
def browser(agent: str) -> str:
    """ "Firefox on Windows", as far as the browser says so; the order matters, as most claim to be others too."""
    name = next((name for mark, name in BROWSERS.items() if mark in agent), "Another program")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return f"{name} on {system}" if system else name


@register.filter
def at(rows, index: int):
    return rows[index]


@register.filter
def negated(value):
    return -value


@register.simple_tag
def link(name: str, more: dict | None = None, **query) -> str:
    """The address of a list with a filter; what is empty is left out."""
    asked = {key: value for key, value in {**(more or {}), **query}.items() if value not in (None, "")}
    return f"{reverse(name)}?{urlencode(asked)}" if asked else reverse(name)


@register.simple_tag
def icon(name: str) -> str:
    """One of our own icons; it says nothing to a screen reader, so words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def key(*names: str) -> str:
    """A visible hint of a keyboard shortcut; screen readers hear it from aria-keyshortcuts."""
    return mark_safe("".join(format_html('<kbd aria-hidden="true">{}</kbd>', name) for name in names))  # noqa: S308


@register.inclusion_tag("parts/aging_bar.html")
def aging_bar(cells: list[dict], currency: str) -> dict:
    """A stacked bar of the buckets that are owed; credits make no bar. 1000 units wide, stretched by the page."""
    owed = [cell for cell in cells if cell["amount"] > 0]
    whole = sum(cell["amount"] for cell in owed)
    parts, at = [], Decimal(0)
    for cell in owed:
        width = cell["amount"] * 1000 / whole
        # a hair of ground between the parts, so that they are told apart without colour
        parts.append(
            {
                "age": cell["age"],
                "x": f"{at:.2f}",
                "width": f"{max(width - 2, Decimal(1)):.2f}",
                "title": cell["title"],
                "text": f"{formats.amount(cell['amount'], currency)} {currency}",
            }
        )
        at += width
    said = ", ".join(f"{part['title']} {part['text']}" for part in parts) or "nothing owed"
    return {"parts": parts, "label": f"Ageing in {currency}: {said}"}


@register.inclusion_tag("parts/aging_bar.html")
def rollup_bar(row) -> dict:
    """The bar of one customer's figures."""
    amounts = [row.not_due, row.days_1_30, row.days_31_60, row.days_61_90, row.days_over_90]
    titles = ["Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"]
    cells = [
        {"age": age, "title": title, "amount": amount}
        for age, (title, amount) in enumerate(zip(titles, amounts, strict=True))
    ]
    return aging_bar(cells, row.currency)


@register.simple_tag
def invoice_state(invoice, today: date) -> str:
    """Where an invoice stands, as one word: its state, and of one that is out whether it is paid."""
    if invoice.state == "draft":
        tone, title = "warn", "Draft"
    elif invoice.state == "cancelled":
        tone, title = "", "Cancelled"
    elif invoice.kind == "credit_note":
        tone, title = ("", "Cancellation") if invoice.cancels else ("info", "Credit note")
    elif not invoice.open:
        tone, title = "good", "Settled"
    elif invoice.due_on and invoice.due_on < today:
        tone, title = "late", "Overdue"
    else:
        tone, title = ("info", "Open") if invoice.open == invoice.payable else ("info", "Partly settled")
    return format_html('<span class="tag {}">{}</span>', tone, title)


STATES = {
    "proposing": ("info", "Being proposed"),
    "proposed": ("warn", "Waiting for approval"),
    "approved": ("info", "Approved"),
    "sending": ("info", "Being sent"),
    "waiting": ("warn", "Partly sent"),
    "done": ("good", "Done"),
    "cancelled": ("", "Cancelled"),
    "queued": ("info", "Queued"),
    "sent": ("good", "Sent"),
    "spooled": ("", "Spooled as a file"),
    "refused": ("bad", "Refused"),
    "to_print": ("warn", "To be printed"),
    "printed": ("info", "Printed"),
    "unsure": ("warn", "Unsure"),
    "open": ("info", "Open"),
    "claimed": ("good", "Claimed"),
    "snoozed": ("", "Snoozed"),
    "kept": ("good", "Kept"),
    "partly_kept": ("warn", "Partly kept"),
    "broken": ("late", "Broken"),
    "broken_off": ("late", "Broken off"),
    "withdrawn": ("", "Withdrawn"),
    "composed": ("good", "Made"),
    "uploaded": ("warn", "To be mapped"),
    "checking": ("info", "Being checked"),
    "checked": ("warn", "Checked, not loaded"),
    "loading": ("info", "Being loaded"),
    "loaded": ("good", "Loaded"),
    "making": ("info", "Being made"),
    "made": ("", "Kept"),
    "mailed": ("good", "By e-mail"),
    "no_address": ("warn", "No address"),
    "draft": ("warn", "Draft"),
    "validated": ("info", "Validated"),
    "on_hold": ("late", "On credit hold"),
    "confirmed": ("good", "Confirmed"),
    "asked": ("warn", "Waits for approval"),
    "netted": ("good", "Netted"),
    "undone": ("", "Undone"),
    "partly_delivered": ("info", "Partly delivered"),
    "delivered": ("good", "Delivered"),
    "invoiced": ("good", "Invoiced"),
    "active": ("good", "Active"),
    "planned": ("warn", "To ship"),
    "shipped": ("info", "Under way"),
    "proved": ("good", "Proved"),
    "expiring": ("warn", "Ends soon"),
    "renewed": ("info", "Renewed"),
    "blocked": ("bad", "Blocked"),
    "expired": ("", "Expired"),
    "exported": ("info", "With the bank"),
    "dropped": ("", "Left out"),
    "accepted": ("info", "Taken by the bank"),
    "collected": ("good", "Collected"),
    "rejected": ("bad", "Rejected"),
    "returned": ("bad", "Came back"),
    "on_time": ("good", "On time"),
    "late": ("warn", "Late"),
    "very_late": ("late", "Very late"),
}


@register.simple_tag
def state(name: str) -> str:
    """A state as a small tag; the word says it, the colour only helps."""
    tone, title = STATES.get(name, ("", name.replace("_", " ").capitalize()))
    return format_html('<span class="tag {}">{}</span>', tone, title)


register.simple_tag(state, name="run_state")
