"""Dunning policies in the browser: what each version says, who is chased by it, and the next version as a draft."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import dunning_settings, pilots, policies, policy_choices, policy_rules
from o2c.collections.models import DunningLevel, DunningPolicy, DunningSettings, PolicyChoice
from o2c.collections.policy_forms import ItemPolicyForm, PolicyForm, UseForm, in_words, initial
from o2c.collections.policy_rules import PolicyRefused, Rules
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form
from o2c.core.rights import needs
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]


def for_who_sees_all(view):
    """Policies are shared by the legal entities: who sees only some of them leaves the versions as they are."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.all_entities:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


# How the rules are called where two versions are compared.
CALLED = {
    "name": "name", "interval_days": "interval", "promise_grace_days": "grace for promises",
    "bank_days": "days of the bank", "contact_days": "days of contact", "heeds_payments": "waits for payments found",
    "climbs": "next level", "repeats_after": "last level again after", "notice_for": "a notice for",
    "lists": "a notice lists", "credits": "credits",
    "hands_over_after": "handed over after", "hand_over_minimums": "handed over from",
    "days_past_due": "days past due", "template": "wording", "channel": "way", "opens_task": "a call as well",
    "wait_days": "days since the last notice", "days_to_pay": "days given to pay",
    "approvals": "approved by", "blocks": "blocks new business",
    "attaches": "attaches the invoices", "attaches_statement": "attaches the statement", "minimums": "minimums",
    "fees": "fees", "charges_interest": "charges interest",
}  # fmt: skip

CHOSEN = {
    "climbs": DunningPolicy.Climbs, "notice_for": DunningPolicy.NoticeFor,
    "lists": DunningPolicy.Lists, "credits": DunningPolicy.Credits,
}  # fmt: skip


@needs("book.read")
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user)
    today = clock.today()
    versions: dict[str, list[DunningPolicy]] = {}
    for version in DunningPolicy.objects.order_by("code", "effective_on", "version").prefetch_related("levels"):
        versions.setdefault(version.code, []).append(version)
    accounts = policy_choices.named_by_accounts(entities)
    by_entity: dict[str, list[str]] = {}
    for entity, code in entities.exclude(dunning=None).order_by("code").values_list("code", "dunning__policy"):
        by_entity.setdefault(code, []).append(entity)
    choices = PolicyChoice.objects.filter(entity__in=entities).select_related("entity")
    by_segment: dict[str, list[str]] = {}
    of_items: dict[str, int] = {}
    for choice in choices.order_by("entity__code", "segment"):
        if choice.item_id:
            of_items[choice.policy] = of_items.get(choice.policy, 0) + 1
        else:
            by_segment.setdefault(choice.policy, []).append(f"{choice.entity.code} {choice.segment}")
    rows = []
    for code, all_versions in versions.items():
        begun = [each for each in all_versions if each.activated_at and each.effective_on <= today]
        now = begun[-1] if begun else None
        rows.append(
            {
                "code": code,
                "now": now,
                "shown": now or all_versions[-1],
                "levels": [level.days_past_due for level in (now or all_versions[-1]).levels.all()],
                "coming": [each for each in all_versions if each is not now and each not in begun],
                "used": [*by_entity.get(code, []), *by_segment.get(code, [])],
                "accounts": accounts.get(code, 0),
                "items": of_items.get(code, 0),
            }
        )
    settings = DunningSettings.objects.filter(entity__in=entities).select_related("entity")
    limits = dunning_settings.limits_of(entities)
    tried = pilots.scenarios()
    context = {
        "rows": rows,
        "entities": [
            (each, each.entity_id in tried, in_words(limits.get(each.entity_id, ())))
            for each in settings.order_by("entity__code")
        ],
    }
    return render(request, "collections/policies.html", context)


@needs("book.read")
@require_safe
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """A version: its rules, what it says otherwise than the one before, and who is chased by its policy."""
    found = get_object_or_404(DunningPolicy, pk=pk)
    rules = policies.of(found)
    versions = list(DunningPolicy.objects.filter(code=found.code).order_by("-version"))
    before = next((each for each in versions if each.version < found.version), None)
    now = policies.in_force(found.code, clock.today())
    changes = policy_rules.differences(policies.of(before), rules) if before else []
    context = {
        "policy": found,
        "rules": rules,
        "handed_over_from": in_words(rules.hand_over_minimums),
        "climbs": DunningPolicy.Climbs(found.climbs).label,
        "notice_for": DunningPolicy.NoticeFor(found.notice_for).label,
        "lists": DunningPolicy.Lists(found.lists).label,
        "credits": DunningPolicy.Credits(found.credits).label,
        "levels": [
            (number, step, in_words(step.minimums), in_words(step.fees), DunningLevel.Approvals(step.approvals))
            for number, step in enumerate(rules.steps, start=1)
        ],
        "now": now,
        "before": before,
        "changes": [_said(*change) for change in changes],
        "versions": versions,
        "faults": policies.faults(found) if found.activated_at is None else [],
        "users": policy_choices.users(found.code, LegalEntity.objects.for_user(request.user)),
        "has_draft": any(each.activated_at is None for each in versions),
    }
    return render(request, "collections/policy.html", context)


def _said(level: str, name: str, before, after) -> tuple[str, str, str]:
    what = f"{level}: {CALLED[name]}" if level else CALLED[name].capitalize()
    return (what, *(_in_words(name, value) for value in (before, after)))


def _in_words(name: str, value) -> str:
    if value is None or value == "" or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in (*policy_rules.IN_CURRENCIES, "hand_over_minimums"):
        return in_words(value)
    if name == "approvals":
        return DunningLevel.Approvals(value).label.lower()
    if name in CHOSEN:
        return CHOSEN[name](value).label
    return str(value)


@needs("policies.edit")
@for_who_sees_all
@require_http_methods(FORM)
def new_policy(request: HttpRequest) -> HttpResponse:
    """A policy of one's own, from the standard rules or, with `?like=`, from a version's."""
    like = request.GET.get("like", "")
    source = get_object_or_404(DunningPolicy, pk=int(like)) if like.isdecimal() else None
    rules = policies.of(source) if source else policy_rules.STANDARD_RULES
    return _write(request, None, rules, "" if source else rules.name)


@needs("policies.edit")
@for_who_sees_all
@require_http_methods(FORM)
def edit_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of a policy, from this one: a draft is written anew, any other version stays as it is."""
    found = get_object_or_404(DunningPolicy, pk=pk)
    return _write(request, found, policies.of(found), found.name)


def _write(request: HttpRequest, found: DunningPolicy | None, rules: Rules, name: str) -> HttpResponse:
    first = found.effective_on if found and found.activated_at is None else policies.next_day()
    shown = {**initial(rules), "name": name, "effective_on": first}
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial=shown,
        known=found is not None,
        filled=len(rules.steps),
    )
    if request.method == "POST" and form.is_valid():
        code = found.code if found else form.cleaned_data["code"]
        wanted = form.rules()
        wrong = policy_rules.faults_of(wanted, policy_choices.languages(code))
        if found is None and DunningPolicy.objects.filter(code=code).exists():
            form.add_error("code", f"There is a policy {code} already: open it and write its next version.")
        elif wrong:
            form.show(wrong)
        else:
            try:
                made = policies.draft(
                    code, wanted, effective_on=form.cleaned_data["effective_on"], actor=Actor.of(request.user)
                )
            except PolicyRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            else:
                messages.success(request, f"{made} is a draft: it counts for nobody before it is activated.")
                return redirect("policy", made.pk)
    context = {"form": form, "policy": found}
    return render(request, "collections/edit_policy.html", context, status=422 if form.is_bound else 200)


@needs("policies.activate")
@for_who_sees_all
@require_http_methods(FORM)
def activate_policy(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(DunningPolicy, pk=pk)

    def act() -> str:
        policies.activate(found, actor=Actor.of(request.user))
        return f"{found} is activated."

    return _decide(
        request,
        found,
        act,
        heading=f"Activate {found}?",
        about=f"From {found.effective_on:%-d %b %Y} on it decides on every item whose cycle has not begun by then. It"
        " can be replaced by another version, and not be changed.",
        action="Activate",
    )


@needs("policies.edit")
@for_who_sees_all
@require_http_methods(FORM)
def discard_policy(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(DunningPolicy, pk=pk)

    def act() -> str:
        policies.discard(found, actor=Actor.of(request.user))
        return f"The draft {found} is thrown away."

    return _decide(
        request,
        found,
        act,
        to=reverse("policies"),
        heading=f"Throw {found} away?",
        about="Only a draft can be.",
        action="Throw away",
        style="danger",
    )


def _decide(request: HttpRequest, found: DunningPolicy, act, *, to: str = "", **words) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = reverse("policy", args=[found.pk])
    return act_by_form(request, form, act, refusals=(PolicyRefused,), back=back, to=to, **words)


@needs("policies.activate")
@require_http_methods(FORM)
def use_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Chase all customers of a legal entity, or a segment of them, by this policy."""
    found = get_object_or_404(DunningPolicy, pk=pk)
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = UseForm(request.POST if request.method == "POST" else None, entities=entities)

    def act(*, entity: LegalEntity, segment: str) -> str:
        actor = Actor.of(request.user)
        if segment.strip():
            policy_choices.use_for_segment(entity, segment, found.code, actor=actor)
            return f"{entity.code}, segment {segment.strip()}: chased by {found.code}."
        policy_choices.use_for_entity(entity, found.code, actor=actor)
        return f"{entity.code} is chased by {found.code}."

    return act_by_form(
        request,
        form,
        act,
        refusals=(PolicyRefused,),
        back=reverse("policy", args=[pk]),
        heading=f"Who is chased by {found.code}?",
        about="Another policy that is named takes over at once, also for what was begun. A customer's own is chosen on"
        " its account, an item's on the item.",
        action="Use it",
    )


@needs("policies.activate")
@require_POST
def forget_choice(request: HttpRequest, pk: int) -> HttpResponse:
    choice = get_object_or_404(PolicyChoice.objects.for_user(request.user).filter(item=None), pk=pk)
    policy_choices.forget(choice, actor=Actor.of(request.user))
    messages.success(request, f"{choice.segment} is chased by its legal entity's policy again.")
    shown = DunningPolicy.objects.filter(code=choice.policy).order_by("-version").first()
    return redirect("policy", shown.pk) if shown else redirect("policies")


@needs("policies.activate")
@require_http_methods(FORM)
def item_policy(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(OpenItem.objects.for_user(request.user), pk=pk)
    chosen = PolicyChoice.objects.filter(item=item).first()
    form = ItemPolicyForm(
        request.POST if request.method == "POST" else None,
        codes=policy_choices.usable(),
        initial={"policy": chosen.policy if chosen else ""},
    )

    def act(*, policy: str) -> str:
        policy_choices.use_for_item(item, policy, actor=Actor.of(request.user))
        return f"{item.number} is chased by {policy}." if policy else f"{item.number} is chased as its customer is."

    return act_by_form(
        request,
        form,
        act,
        refusals=(PolicyRefused,),
        back=reverse("item", args=[pk]),
        heading=f"Dunning policy of {item.number}",
        action="Save",
    )
