"""Discounts for early payment in the browser: what is offered and taken, the runs to approve, and the rules."""

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.offer_forms import OfferFilterForm, OfferRuleForm
from o2c.collections.offers import deciding, figures, proposing, rules
from o2c.collections.offers.deciding import OfferRefused
from o2c.collections.offers.rules import OfferRuleRefused
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import onward
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.invoicing import early_offers
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule, EarlyOfferRun
from o2c.orders.models import Account, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (OfferRefused, OfferRuleRefused, LostRace, IllegalMove)
State, RunState = EarlyOffer.State, EarlyOfferRun.State


@needs("book.read")
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """What is offered and what became of it, what it costs by month, the runs that wait, and the rules."""
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = OfferFilterForm(request.GET or None, entities=entities)
    asked = form.cleaned_data if form.is_valid() else {}
    seen = EarlyOffer.objects.for_user(request.user)
    rows = _filtered(seen, asked).select_related("entity", "customer", "item").order_by("-offered_on", "-id")
    page = cut(rows, request.GET.get("page"))
    for row in page:
        row.annual = early_offers.annual(row.best_percent, (row.due_on - row.offered_on).days)
    versions = list(rules.latest_of(entities))
    with_rule = {rule.entity_id for rule in versions if not rule.segment}
    context = {
        "form": form,
        "page": page,
        "many": entities.count() > 1,
        "months": figures.by_month(seen, _months_ago(clock.today())),
        "standing": figures.standing(seen),
        "waiting": list(
            EarlyOfferRun.objects.for_user(request.user).filter(state=RunState.PROPOSED)
            .select_related("entity").order_by("entity__code")
        ),
        "rules": [(rule, rules.in_words(rule, rule.entity.base_currency), rules.costs(rule)) for rule in versions],
        "without": [entity for entity in entities if entity.pk not in with_rule],
    }  # fmt: skip
    return render(request, "collections/early_offers.html", context)


def _months_ago(today: date) -> date:
    first = today.replace(day=1)
    for _ in range(figures.MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _filtered(rows: QuerySet[EarlyOffer], asked: dict) -> QuerySet[EarlyOffer]:
    rows = rows.filter(state=asked["state"]) if asked.get("state") else rows.exclude(state=State.PROPOSED)
    if asked.get("entity"):
        rows = rows.filter(entity=asked["entity"])
    if text := asked.get("customer", "").strip():
        rows = rows.filter(Q(customer__name__icontains=text) | Q(customer__number__iexact=text))
    return rows


@needs("book.read")
@require_safe
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """What is paid until which day, what each costs as a rate a year, and what became of it."""
    found = _offer(request.user, pk)
    tiers = early_offers.read(found.tiers)
    if found.state == State.TAKEN:
        early = (found.due_on - found.taken_on).days
        found.early = early
        found.annual = early_offers.annual(found.discount * 100 / found.amount, early)
    context = {
        "offer": found,
        "table": early_offers.table(tiers, found.amount, found.currency, found.due_on, since=found.offered_on),
        "today": clock.today(found.entity.time_zone),
        "withdrawable": found.state in (State.PROPOSED, State.OPEN),
    }
    return render(request, "collections/early_offer.html", context)


@needs("offers.decide")
@require_POST
def withdraw_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave it out of its run, or take it back."""
    found = _offer(request.user, pk)
    try:
        done = deciding.withdraw(found, on=_today(found.entity), actor=Actor.of(request.user))
        messages.success(request, f"The offer of {found.item.number} is {done.get_state_display().lower()}.")
    except CANNOT as refused:
        messages.error(request, str(refused))
    if found.state == State.PROPOSED:
        return redirect("offer_run", found.run_id)
    return redirect("early_offer", pk)


@needs("book.read")
@require_safe
def offer_run(request: HttpRequest, pk: int) -> HttpResponse:
    """What a run proposes, the largest first, with what it costs at most."""
    run = _run(request.user, pk)
    rows = run.offers.select_related("customer", "item", "rule").order_by("-best_discount", "pk")
    page = cut(rows, request.GET.get("page"))
    for row in page:
        row.annual = early_offers.annual(row.best_percent, (row.due_on - row.offered_on).days)
    context = {
        "run": run,
        "page": page,
        "totals": figures.totals(run.offers.exclude(state=State.DROPPED)),
        "proposed": run.state == RunState.PROPOSED,
    }
    return render(request, "collections/early_offer_run.html", context)


@needs("offers.decide")
@require_POST
def approve_offers(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer what is proposed, and write to the customers."""
    run = _run(request.user, pk)
    try:
        done = deciding.approve(run, on=_today(run.entity), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        if done.state == RunState.CANCELLED:
            messages.warning(request, "Nothing of it may be offered any more: it was paid, disputed or promised.")
        else:
            left = f" {done.dropped} of {done.items} were left out." if done.dropped else ""
            messages.success(request, f"It is offered, and the customers are written to.{left}")
    return redirect("offer_run", pk)


@needs("offers.decide")
@require_POST
def cancel_offers(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer nothing of a run."""
    run = _run(request.user, pk)
    try:
        deciding.cancel(run, on=_today(run.entity), actor=Actor.of(request.user))
        messages.success(request, "Nothing of it is offered.")
    except CANNOT as refused:
        messages.error(request, str(refused))
    return redirect("early_offers")


@needs("offers.decide")
@require_POST
def propose_offers(request: HttpRequest, pk: int) -> HttpResponse:
    """Work out now what a legal entity's customers are offered, instead of in the night."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    run = proposing.propose(entity, _today(entity), actor=Actor.of(request.user))
    if run is None:
        messages.error(request, f"No rule of {entity.code} offers anything.")
        return redirect("early_offers")
    if run.state == RunState.EMPTY:
        messages.info(request, f"Nothing of {entity.code} may be offered a discount by its rules today.")
        return redirect("early_offers")
    return redirect("offer_run", run.pk)


@needs("offers.rules")
@require_http_methods(FORM)
def offer_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule of a legal entity, or of a segment: typed, tried on the items of today, and saved as a new version."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    segment = request.GET.get("segment", "").strip()[:40]
    segments, own = list(_segments(entity)), rules.latest(entity, segment)
    if segment and own is None and segment not in segments:
        raise Http404
    rule = own or rules.latest(entity)
    form = OfferRuleForm(request.POST if request.method == "POST" else None, entity=entity, rule=rule)
    if own is None:
        form.initial["seen"] = 0
    today, back = _today(entity), f"{reverse('early_offers')}?{urlencode({'entity': entity.code})}"
    context = {
        "entity": entity, "segment": segment, "rule": own, "form": form, "back": back,
        "segments": segments,
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("and") == "preview":
                context |= _preview(entity, segment, rules.checked(entity, form.wanted()), today)
            else:
                saved = rules.change(
                    entity, form.wanted(), segment=segment, on=today, actor=Actor.of(request.user),
                    seen=form.cleaned_data["seen"] or 0,
                )  # fmt: skip
                messages.success(request, f"Version {saved.version} counts from the next offers on.")
                return onward(request, back)
        except OfferRuleRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "collections/early_offer_rule.html", context, status=status)


def _segments(entity: LegalEntity) -> QuerySet:
    rows = Account.objects.filter(entity=entity).exclude(segment="")
    return rows.order_by("segment").values_list("segment", flat=True).distinct()[:50]


def _preview(entity: LegalEntity, segment: str, wanted: rules.Wanted, today: date) -> dict:
    """What would be offered today, and what it costs; nothing is written down."""
    in_force = rules.in_force(entity, today)
    tried = EarlyOfferRule(
        entity=entity, segment=segment, version=0, **{name: getattr(wanted, name) for name in rules.FACTS}
    )
    worked = proposing.work_out(entity, {**in_force, segment: tried}.values(), today)
    found = [each for each in worked.found if each.item.rule_id == 0]
    return {
        "tried": len(found),
        "tried_customers": len({each.item.customer_id for each in found}),
        "most": sum(each.base for each in found),
        "worth": sum(each.item.amount * each.item.rate for each in found),
        "over_budget": worked.over_budget,
        "costs": rules.costs(wanted),
        "says": rules.in_words(wanted, entity.base_currency),
    }


def _today(entity: LegalEntity) -> date:
    return clock.today(entity.time_zone)


def _offer(user: User, pk: int) -> EarlyOffer:
    rows = EarlyOffer.objects.for_user(user).select_related("entity", "customer", "item", "run", "rule")
    return get_object_or_404(rows, pk=pk)


def _run(user: User, pk: int) -> EarlyOfferRun:
    return get_object_or_404(EarlyOfferRun.objects.for_user(user).select_related("entity"), pk=pk)
