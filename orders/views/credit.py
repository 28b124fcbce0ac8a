"""Credit in the browser: by which policy a legal entity lends, and the limits of an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.orders.credit import limits, policies
from o2c.orders.credit.limits import DAY, LimitRefused
from o2c.orders.credit.policies import PolicyRefused
from o2c.orders.credit_forms import EndLimitForm, LimitForm, PolicyForm
from o2c.orders.models import Account, CreditLimit, CreditPolicy, LegalEntity
from o2c.orders.views.shared import FORM

CANNOT = (LimitRefused, PolicyRefused, LostRace)


@needs("book.read")
@require_safe
def credit_policies(request: HttpRequest) -> HttpResponse:
    """Each legal entity with what its orders are held for."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    written = {policy.entity_id: policy for policy in CreditPolicy.objects.filter(entity__in=entities)}
    rows = []
    for entity in entities:
        policy = written.get(entity.pk) or CreditPolicy(entity=entity)
        rows.append((entity, policy, policies.in_words(policy, entity.base_currency)))
    return render(request, "orders/credit_policies.html", {"rows": rows})


@needs("credit.rules")
@require_http_methods(FORM)
def credit_policy(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    row = CreditPolicy.objects.filter(entity=entity).first()
    form = PolicyForm(sent(request), entity=entity, row=row)

    def act(version=None, **facts) -> str:
        policies.change(entity, seen=version, **facts, actor=Actor.of(request.user))
        return f"Orders of {entity.code} are decided by it from now on."

    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Credit policy of {entity.code}", action="Save", across=True,
        about="Orders on hold are looked at anew by it.", back=reverse("credit_policies"),
    )  # fmt: skip


@needs("book.read")
@require_safe
def credit_limits(request: HttpRequest, pk: int) -> HttpResponse:
    """The limits of an account: that of today, those to come, and those that were."""
    account = _account(request, pk)
    today = clock.today(account.entity.time_zone)
    page = cut(CreditLimit.objects.filter(account=account).order_by("-valid_from"), request.GET.get("page"))
    for row in page.rows:
        over = row.valid_until is not None and row.valid_until < today
        row.life = "past" if over else "coming" if row.valid_from > today else "now"
    context = {"account": account, "page": page, "today": today}
    return render(request, "orders/credit_limits.html", context)


@needs("credit.edit")
@require_http_methods(FORM)
def say_limit(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    today = clock.today(account.entity.time_zone)

    def act(**facts) -> str:
        said = limits.say(account, **facts, today=today, actor=Actor.of(request.user))
        return f"The limit counts from {formats.day(said.valid_from)}."

    form = LimitForm(sent(request), account=account, initial={"valid_from": today})
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Credit limit of {account.customer.name}", action="Set it",
        about="What was said of these days before ends, or is taken back.", back=_at(account),
    )  # fmt: skip


@needs("credit.edit")
@require_http_methods(FORM)
def end_limit(request: HttpRequest, pk: int) -> HttpResponse:
    rows = CreditLimit.objects.for_user(request.user).select_related("account__entity", "account__customer")
    found = get_object_or_404(rows, pk=pk)
    today = clock.today(found.account.entity.time_zone)

    def act(last_day) -> str:
        limits.end(found, last_day=last_day, today=today, actor=Actor.of(request.user))
        return "The limit ends."

    initial = {"last_day": max(today, found.valid_from - DAY)}
    return act_by_form(
        request, EndLimitForm(sent(request), initial=initial), act, refusals=CANNOT, style="danger", action="End it",
        heading=f"End the limit of {formats.amount(found.amount, found.currency)} {found.currency}?",
        about="Without another one orders are held from then on, or decided as those of whoever has none.",
        back=_at(found.account),
    )  # fmt: skip


# --- What they share


def _account(request: HttpRequest, pk: int) -> Account:
    return get_object_or_404(Account.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)


def _at(account: Account) -> str:
    return reverse("credit_limits", args=[account.pk])
