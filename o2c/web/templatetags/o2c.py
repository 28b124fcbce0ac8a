"""What our templates can say: amounts, days, rights, icons."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from o2c.core import formats, rights

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
def number(value) -> str:
    return "–" if value is None else formats.number(value)


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
def get(mapping, key):
    return mapping.get(key)


@register.filter
def negated(value):
    return -value


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
