"""Payment terms kept one at a time, with their early-payment tiers and instalments."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from o2c.core.actors import Actor, acting
from o2c.orders.models import EarlyPaymentDiscount, Instalment, PaymentTerms
from o2c.orders.terms import Share, Tier


class TermsRefused(ValueError):
    """The terms cannot be kept so; the text says why."""


@dataclass(frozen=True)
class Agreement:
    """What payment terms say, as a whole."""

    name: str
    kind: str
    days: int
    day_of_month: int | None = None
    tiers: tuple[Tier, ...] = ()
    shares: tuple[Share, ...] = ()


def create(code: str, agreement: Agreement, *, actor: Actor) -> PaymentTerms:
    """Agree on new terms. Raises TermsRefused where they contradict themselves or the code is taken."""
    check(agreement)
    with acting(actor):
        terms, made = PaymentTerms.objects.get_or_create(code=code, defaults=_columns(agreement))
        if not made:
            raise TermsRefused(f"There are terms {code} already.")
        _write_parts(terms, agreement)
        return terms


def change(terms: PaymentTerms, agreement: Agreement, *, actor: Actor) -> PaymentTerms:
    """Say the terms anew. Items that are due already stay due when they were. Raises TermsRefused."""
    check(agreement)
    with acting(actor):
        columns = _columns(agreement)
        if any(getattr(terms, name) != value for name, value in columns.items()):
            PaymentTerms.objects.filter(pk=terms.pk).update(**columns)
        if _parts(terms) != (agreement.tiers, agreement.shares):
            terms.discounts.all().delete()
            terms.instalments.all().delete()
            _write_parts(terms, agreement)
        return terms


def check(agreement: Agreement) -> None:
    """Raises TermsRefused where terms contradict themselves."""
    needs_day = agreement.kind == PaymentTerms.Kind.DAY_OF_MONTH
    if needs_day != (agreement.day_of_month is not None):
        raise TermsRefused("A day of the month is said with the kind day_of_month, and only with it.")
    if len({tier.days for tier in agreement.tiers}) != len(agreement.tiers):
        raise TermsRefused("Two discounts end on the same day.")
    if any(not 0 < tier.percent < 100 for tier in agreement.tiers):
        raise TermsRefused("A discount is more than nothing and less than 100 percent.")
    for early, late in pairwise(sorted(agreement.tiers, key=lambda tier: tier.days)):
        if late.percent >= early.percent:
            raise TermsRefused(
                f"Who pays within {late.days} days would get {late.percent.normalize():f} percent, and within"
                f" {early.days} days only {early.percent.normalize():f}: a later discount is smaller."
            )
    if agreement.kind == PaymentTerms.Kind.NET and any(tier.days > agreement.days for tier in agreement.tiers):
        raise TermsRefused(f"A discount would end after the {agreement.days} days within which all is due.")
    if any(share.percent <= 0 for share in agreement.shares):
        raise TermsRefused("Each instalment is more than nothing.")
    if any(late.extra_days < early.extra_days for early, late in pairwise(agreement.shares)):
        raise TermsRefused("Instalments are given in the order in which they fall due.")
    if agreement.shares and sum(share.percent for share in agreement.shares) != Decimal(100):
        raise TermsRefused("The instalments do not add up to 100 percent.")


def _columns(agreement: Agreement) -> dict:
    return {
        "name": agreement.name,
        "kind": agreement.kind,
        "days": agreement.days,
        "day_of_month": agreement.day_of_month,
    }


def _parts(terms: PaymentTerms) -> tuple[tuple[Tier, ...], tuple[Share, ...]]:
    tiers = tuple(Tier(each.days, each.percent) for each in terms.discounts.all())
    return tiers, tuple(Share(each.percent, each.extra_days) for each in terms.instalments.all())


def _write_parts(terms: PaymentTerms, agreement: Agreement) -> None:
    EarlyPaymentDiscount.objects.bulk_create(
        EarlyPaymentDiscount(terms=terms, days=tier.days, percent=tier.percent) for tier in agreement.tiers
    )
    Instalment.objects.bulk_create(
        Instalment(terms=terms, number=number, percent=share.percent, extra_days=share.extra_days)
        for number, share in enumerate(agreement.shares, 1)
    )
