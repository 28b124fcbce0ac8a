"""Persistent late payers in the browser: the list, why each is on it, what follows by whom, and the rule."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.late_payer_forms import FilterForm, ReleaseForm, RuleForm
from o2c.collections.late_payers import consequences, judging, rules
from o2c.collections.late_payers.consequences import RIGHTS, LatePayerRefused
from o2c.collections.late_payers.rules import RuleRefused
from o2c.collections.models import LatePayer, LatePayerConsequence, LatePayerReview, LatePayerRule
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import act_by_form, onward
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (LatePayerRefused, RuleRefused, LostRace, IllegalMove)
STATE, FOLLOWS = LatePayer.State, LatePayerConsequence.State


@needs("book.read")
@require_safe
def late_payers(request: HttpRequest) -> HttpResponse:
    """Who is on the list, who is to be released from it, and who was."""
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = FilterForm(request.GET or None, entities=entities)
    asked = form.cleaned_data if form.is_valid() else {}
    show = asked.get("show") or "listed"
    rows = _filtered(LatePayer.objects.for_user(request.user), show, asked)
    rows = rows.select_related("entity", "customer").prefetch_related("consequences")
    order = ("-released_on", "-id") if show == "released" else ("-listed_on", "-id")
    context = {
        "form": form,
        "show": show,
        "page": cut(rows.order_by(*order), request.GET.get("page")),
        "many": entities.count() > 1,
        "rules": _in_force(entities),
    }
    return render(request, "collections/late_payers.html", context)


def _filtered(rows: QuerySet[LatePayer], show: str, asked: dict) -> QuerySet[LatePayer]:
    rows = rows.filter(state=STATE.RELEASED if show == "released" else STATE.LISTED)
    if show == "release":
        rows = rows.filter(release_from__isnull=False)
    if asked.get("entity"):
        rows = rows.filter(entity=asked["entity"])
    if asked.get("follows") == "proposed":
        rows = rows.filter(pk__in=LatePayerConsequence.objects.filter(state=FOLLOWS.PROPOSED).values("late_payer"))
    elif asked.get("follows"):
        held = LatePayerConsequence.objects.filter(state=FOLLOWS.APPLIED, kind=asked["follows"])
        rows = rows.filter(pk__in=held.values("late_payer"))
    if text := asked.get("customer", "").strip():
        rows = rows.filter(Q(customer__name__icontains=text) | Q(customer__number__iexact=text))
    return rows


def _in_force(entities: QuerySet[LegalEntity]) -> list[dict]:
    """Each legal entity with its rule in words, and when it was looked at last; in three queries."""
    latest = LatePayerRule.objects.filter(entity__in=entities).order_by("entity", "-version").distinct("entity")
    by_entity = {rule.entity_id: rule for rule in latest}
    reviews = LatePayerReview.objects.filter(entity__in=entities).order_by("entity", "-as_of").distinct("entity")
    reviewed = {review.entity_id: review for review in reviews}
    found = []
    for entity in entities:
        rule = by_entity.get(entity.pk)
        lists = rule is not None and rule.lists
        found.append(
            {
                "entity": entity,
                "rule": rule,
                "says": rules.in_words(rule, entity.base_currency) if lists else "",
                "review": reviewed.get(entity.pk),
            }
        )
    return found


@needs("book.read")
@require_safe
def late_payer(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a customer is on the list, what follows from it, and how it pays by now."""
    found = _entry(request.user, pk)
    today = clock.today(found.entity.time_zone)
    now = rules.in_force(found.entity, today) or found.rule
    theirs = found.consequences.select_related("terms", "terms_before", "pack").order_by("pk")
    context = {
        "entry": found,
        "rule": now,
        "says": rules.in_words(now, found.entity.base_currency),
        "releases": rules.release_in_words(now),
        "now": judging.of(found.entity, today, now, [found.customer_id]).get(found.customer_id),
        "invoices": judging.items(found.entity, today, now, found.customer_id),
        "consequences": [(row, may(request.user, "late_payers.decide") and may(request.user, RIGHTS[row.kind]))
                         for row in theirs],
        "today": today,
    }  # fmt: skip
    return render(request, "collections/late_payer.html", context)


@needs("late_payers.decide")
@require_POST
def apply_consequence(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what is proposed; who may not set the same by hand may not do it here."""
    row = _consequence(request.user, pk)
    try:
        done = consequences.apply(row, on=_today(row.late_payer), actor=Actor.of(request.user))
        messages.success(request, f"{done.get_kind_display()} holds for {row.late_payer.customer.name} from now on.")
    except CANNOT as refused:
        messages.error(request, str(refused))
    return redirect("late_payer", row.late_payer_id)


@needs("late_payers.decide")
@require_POST
def end_consequence(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what was there before, or say why it stays."""
    row = _consequence(request.user, pk)
    try:
        ended = consequences.end(row, on=_today(row.late_payer), actor=Actor.of(request.user))
        _say_ended(request, [ended])
    except CANNOT as refused:
        messages.error(request, str(refused))
    return redirect("late_payer", row.late_payer_id)


@needs("late_payers.decide")
@require_http_methods(FORM)
def release_late_payer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a customer off the list, with all that holds for it."""
    found = _entry(request.user, pk)
    holds = list(found.consequences.filter(state=FOLLOWS.APPLIED).order_by("pk"))
    if not all(may(request.user, RIGHTS[row.kind]) for row in holds):
        raise PermissionDenied

    def act(reason: str, not_before=None) -> str:
        ended = consequences.release(
            found, reason=reason, not_before=not_before, on=_today(found), actor=Actor.of(request.user)
        )
        _say_ended(request, ended)
        return f"{found.customer.name} is off the list."

    initial = {"reason": "The rule does not hold any more."} if found.release_from else {}
    form = ReleaseForm(request.POST if request.method == "POST" else None, initial=initial)
    back = reverse("late_payer", args=[pk])
    about = "Nothing follows from the list for it any more."
    if holds:
        names = ", ".join(row.get_kind_display().lower() for row in holds)
        about = f"It ends with it, unless it was changed meanwhile: {names}."
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Release {found.customer.name}?", about=about, action="Release",
        back=back,
    )  # fmt: skip


@needs("late_payers.rules")
@require_http_methods(FORM)
def late_payer_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule of a legal entity: typed, tried on its customers of today, and saved as a new version."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    rule = rules.latest(entity)
    form = RuleForm(request.POST if request.method == "POST" else None, entity=entity, rule=rule)
    today = clock.today(entity.time_zone)
    back = f"{reverse('late_payers')}?entity={entity.code}"
    context = {"entity": entity, "rule": rule, "form": form, "back": back}
    status = 200
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted()
        if request.POST.get("and") == "preview":
            found = judging.holding(entity, today, wanted)
            context |= {"tried": len(found), "says": rules.in_words(wanted, entity.base_currency)}
        else:
            try:
                saved = rules.change(
                    entity, wanted, on=today, actor=Actor.of(request.user), seen=form.cleaned_data["seen"] or 0
                )
            except RuleRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            else:
                messages.success(request, f"The list of {entity.code} is looked at by version {saved.version} at once.")
                return onward(request, back)
    if form.is_bound and form.errors:
        status = 422
    return render(request, "collections/late_payer_rule.html", context, status=status)


def _say_ended(request: HttpRequest, ended: list[LatePayerConsequence]) -> None:
    for row in ended:
        if row.left_because:
            messages.warning(request, f"{row.get_kind_display()}: {formats.sentence(row.left_because)}")
        else:
            messages.success(request, f"{row.get_kind_display()} ended; what was there before counts again.")


def _today(entry: LatePayer):
    return clock.today(entry.entity.time_zone)


def _entry(user: User, pk: int) -> LatePayer:
    rows = LatePayer.objects.for_user(user).select_related("entity", "customer", "rule")
    return get_object_or_404(rows, pk=pk)


def _consequence(user: User, pk: int) -> LatePayerConsequence:
    seen = LatePayerConsequence.objects.filter(late_payer__in=LatePayer.objects.for_user(user))
    row = get_object_or_404(seen.select_related("late_payer__entity", "late_payer__customer"), pk=pk)
    if not may(user, RIGHTS[row.kind]):
        raise PermissionDenied
    return row
