"""Chronic accounts in the browser: what should become of each, by which numbers, and what a person decides."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.chronic import deciding, recommending, rules
from o2c.collections.chronic.deciding import RIGHTS, ChronicRefused
from o2c.collections.chronic.recommending import Recommended
from o2c.collections.chronic.rules import RulesRefused, Wanted
from o2c.collections.chronic_forms import AcceptForm, FilterForm, KeepForm, RulesForm
from o2c.collections.models import ChronicDecision, ChronicRules
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (ChronicRefused, RulesRefused)
Act = ChronicDecision.Act
DOES = {
    Act.HOLD: "The account is blocked: nothing new is invoiced until a person who looks after credit opens it.",
    Act.HAND_OVER: "You choose the items and the agency on the next page.",
    Act.WRITE_OFF: "Each item is asked to be written off as bad debt; somebody else approves.",
    Act.EXIT: "The account is closed: no business any more. What is owed stays owed.",
}


@needs("book.read")
@require_safe
def chronic_accounts(request: HttpRequest) -> HttpResponse:
    """What should become of chronic accounts, the largest first; what was accepted, and what was left as it is."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = FilterForm(request.GET or None, entities=LegalEntity.objects.for_user(request.user).order_by("code"))
    asked = form.cleaned_data if form.is_valid() else {}
    chosen = [asked["entity"]] if asked.get("entity") else entities
    found = recommending.recommended(chosen)
    show = asked.get("show") or ""
    rows = [row for row in found if _shown_in(row) == show and asked.get("act") in (None, "", row.act)]
    context = {
        "form": form,
        "show": show,
        "page": cut(rows, request.GET.get("page")),
        "many": len(entities) > 1,
        "rules": _rules(entities),
    }
    return render(request, "collections/chronic_accounts.html", context)


def _shown_in(row: Recommended) -> str:
    if row.is_kept(clock.today(row.entity.time_zone)):
        return "kept"
    return "accepted" if row.is_accepted else ""


def _rules(entities: list[LegalEntity]) -> list[tuple[LegalEntity, ChronicRules | None]]:
    there = {row.entity_id: row for row in ChronicRules.objects.filter(entity__in=entities)}
    return [(entity, there.get(entity.pk)) for entity in entities]


@needs("book.read")
@require_safe
def chronic_account(request: HttpRequest, pk: int, entity_pk: int) -> HttpResponse:
    """An account with its numbers, what is recommended of it, and what was decided before."""
    entity, customer, found = _found(request.user, pk, entity_pk)
    decisions = ChronicDecision.objects.filter(entity=entity, customer=customer).order_by("-id")
    context = {
        "entity": entity,
        "customer": customer,
        "found": found,
        "where": _shown_in(found) if found else "",
        "does": DOES[found.act] if found else "",
        "allowed": found is not None and _may(request.user, found.act),
        "decisions": decisions[:20],
    }
    return render(request, "collections/chronic_account.html", context)


@needs("chronic.decide")
@require_http_methods(FORM)
def accept_chronic(request: HttpRequest, pk: int, entity_pk: int) -> HttpResponse:
    """Follow what is recommended; who may not do the same by hand may not do it here."""
    entity, customer, found = _found(request.user, pk, entity_pk)
    asked = request.POST.get("act") or (found.act if found else Act.HOLD)
    if asked not in Act or not may(request.user, RIGHTS[asked]):
        raise PermissionDenied

    def accept(reason: str, act: str, seen: int) -> str:
        deciding.accept(
            entity, customer, act, seen=seen, on=_today(entity), actor=Actor.of(request.user), reason=reason
        )
        return f"{Act(act).label} of {customer.name} is accepted."

    form = AcceptForm(request.POST if request.method == "POST" else None, initial=_seen(found))
    back = reverse("chronic_account", args=[pk, entity_pk])
    to = back
    if found is not None and found.act == Act.HAND_OVER:
        to = reverse("hand_over", args=[pk, entity_pk, found.currency])
    about = f"{formats.sentence(found.sentence())} {_does(found, customer)}" if found else "Nothing is recommended."
    return act_by_form(
        request, form, accept, refusals=CANNOT, back=back, to=to, about=about, action="Accept",
        heading=f"{Act(asked).label}: {customer.name}?",
    )  # fmt: skip


@needs("chronic.decide")
@require_http_methods(FORM)
def keep_chronic(request: HttpRequest, pk: int, entity_pk: int) -> HttpResponse:
    """Leave an account as it is until a day."""
    entity, customer, found = _found(request.user, pk, entity_pk)

    def keep(until: date, reason: str, act: str, seen: int) -> str:
        deciding.keep(
            entity, customer, act, until=until, reason=reason, seen=seen, on=_today(entity),
            actor=Actor.of(request.user),
        )  # fmt: skip
        return f"{customer.name} stays as it is until {formats.day(until)}."

    form = KeepForm(request.POST if request.method == "POST" else None, initial=_seen(found))
    return act_by_form(
        request, form, keep, refusals=CANNOT, heading=f"Leave {customer.name} as it is?", action="Leave it",
        about=formats.sentence(found.sentence()) if found else "Nothing is recommended.",
        back=reverse("chronic_account", args=[pk, entity_pk]),
    )  # fmt: skip


@needs("chronic.rules")
@require_http_methods(FORM)
def chronic_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """From when on accounts of a legal entity are chronic."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    there = ChronicRules.objects.filter(entity=entity).first()
    form = RulesForm(request.POST if request.method == "POST" else None, entity=entity, rules=there)

    def change(**facts) -> str:
        rules.change(entity, Wanted(**facts), actor=Actor.of(request.user))
        return f"What is recommended of accounts of {entity.code} is said anew."

    return act_by_form(
        request, form, change, refusals=CANNOT, heading=f"Chronic accounts of {entity.name}", action="Save",
        about="Only recommended: a person decides of each.", back=reverse("chronic_accounts"),
    )  # fmt: skip


def _does(found: Recommended, customer: Customer) -> str:
    said = DOES[Act(found.act)]
    if found.act != Act.WRITE_OFF:
        return said
    wanted = recommending.to_write_off(found.entity, customer, _today(found.entity))
    sums: dict[str, object] = {}
    for _, amount, currency in wanted:
        sums[currency] = sums.get(currency, 0) + amount
    money = " and ".join(f"{formats.amount(amount, currency)} {currency}" for currency, amount in sorted(sums.items()))
    return f"{len(wanted)} item{'' if len(wanted) == 1 else 's'}, {money or 'nothing'}. {said}"


def _seen(found: Recommended | None) -> dict:
    return {"act": found.act, "seen": found.decision_id} if found else {"act": Act.HOLD, "seen": 0}


def _may(user: User, act: str) -> bool:
    return may(user, "chronic.decide") and may(user, RIGHTS[Act(act)])


def _found(user: User, pk: int, entity_pk: int) -> tuple[LegalEntity, Customer, Recommended | None]:
    entity = get_object_or_404(LegalEntity.objects.for_user(user), pk=entity_pk)
    rows = Customer.objects.for_user(user).filter(accounts__entity=entity)
    customer = get_object_or_404(rows, pk=pk)
    return entity, customer, next(iter(recommending.recommended([entity], customer=customer)), None)


def _today(entity: LegalEntity) -> date:
    return clock.today(entity.time_zone)
