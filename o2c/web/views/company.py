"""A legal entity, page by page: what it is, where it is paid, when it is closed, how it numbers and books."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.models import DunningSettings
from o2c.core import clock, numbering
from o2c.core.actors import Actor, acting
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.invoicing import banks, chart
from o2c.invoicing.cash import foureyes, setting
from o2c.invoicing.cash.forms import CashRulesForm, scaled
from o2c.invoicing.direct_debit import setting as debit_setting
from o2c.invoicing.direct_debit.forms import RulesForm
from o2c.invoicing.matching import setting as matching
from o2c.invoicing.matching.rules_form import MatchingRulesForm
from o2c.invoicing.models import BankAccount, DirectDebitRules, LedgerAccount
from o2c.orders import business_days
from o2c.orders.models import ClosingDay, Holiday, LegalEntity
from o2c.web import company as acts
from o2c.web.setup import steps
from o2c.web.setup.forms import (
    BankForm,
    CalendarForm,
    ChartForm,
    ClosingDayForm,
    EntityForm,
    KeepersForm,
    SeriesForm,
)

RIGHT = "setup.manage"
FACTS = (
    "name", "country", "base_currency", "time_zone", "address", "vat_id", "registration_number", "eori",
    "peppol_address",
    "email", "phone",
)  # fmt: skip


def _entity(request: HttpRequest, pk: int) -> LegalEntity:
    return get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)


def _page(
    request: HttpRequest, template: str, entity: LegalEntity, current: str, *, bound: bool = False, **context
) -> HttpResponse:
    context |= {"entity": entity, "pages": steps.entity_pages(entity, current)}
    return render(request, f"setup/{template}.html", context, status=422 if bound else 200)


def _on(request: HttpRequest, entity: LegalEntity, current: str) -> HttpResponse:
    """To the next page of the entity where that was asked for, else back to this one."""
    if request.POST.get("and") == "next":
        return redirect(steps.after(entity, current))
    messages.success(request, "Saved.")
    return redirect(current, entity.pk)


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_entity(request: HttpRequest) -> HttpResponse:
    form = EntityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entity = acts.open_entity(actor=Actor.of(request.user), seen_by=request.user, **form.cleaned_data)
        messages.success(request, f"{entity.name} is opened with its books and the standard reminders.")
        return redirect("bank_accounts", entity.pk)
    return render(request, "setup/new_entity.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def entity(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    form = EntityForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(found, name) for name in FACTS},
        entity=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.change_entity(found, actor=Actor.of(request.user), **form.cleaned_data)
        except acts.EntityRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            return _on(request, found, "entity")
    return _page(request, "entity", found, "entity", bound=form.is_bound, form=form)


# --- Bank accounts


@needs(RIGHT)
@require_safe
def bank_accounts(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    accounts = BankAccount.objects.filter(entity=found).order_by("-in_use", "currency", "-is_main", "name")
    return _page(
        request, "banks", found, "bank_accounts", accounts=accounts, onward=steps.after(found, "bank_accounts")
    )


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_bank_account(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    form = BankForm(
        request.POST if request.method == "POST" else None, initial={"currency": found.base_currency, "is_main": True}
    )
    if request.method == "POST" and form.is_valid():
        try:
            account = banks.open_account(found, actor=Actor.of(request.user), **form.cleaned_data)
        except banks.BankRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, f"{account.name} is added.")
            return onward(request, reverse("bank_accounts", args=[pk]))
    return show_form(
        request,
        form,
        heading=f"A bank account of {found.code}",
        about="An IBAN is checked to its last digit, and brings the BIC of banks that are known.",
        action="Add it",
        back=reverse("bank_accounts", args=[pk]),
    )


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def bank_account(request: HttpRequest, pk: int) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user)
    account = get_object_or_404(BankAccount.objects.select_related("entity"), pk=pk, entity__in=entities)
    names = ("name", "currency", "iban", "bic", "account_number", "bank", "is_main", "in_use")
    form = BankForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(account, name) for name in names},
        account=account,
    )
    if request.method == "POST" and form.is_valid():
        try:
            banks.change(account, actor=Actor.of(request.user), **form.cleaned_data)
        except banks.BankRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, f"{account.name} is saved.")
            return onward(request, reverse("bank_accounts", args=[account.entity_id]))
    return show_form(
        request,
        form,
        heading=account.name,
        about="Letters that are out keep what stands in them.",
        action="Save",
        back=reverse("bank_accounts", args=[account.entity_id]),
    )


# --- Calendar


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def entity_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    form = CalendarForm(
        request.POST if request.method == "POST" else None,
        initial={"subdivision": found.subdivision, "weekend": found.weekend},
        country=found.country,
    )
    if request.method == "POST" and form.is_valid():
        acts.change_entity(found, actor=Actor.of(request.user), **form.cleaned_data)
        return _on(request, found, "entity_calendar")
    today = clock.today(found.time_zone)
    context = {
        "form": form,
        "known": business_days.known(found.country),
        "holidays": Holiday.objects.filter(
            country=found.country, subdivision=found.subdivision, day__gte=today
        ).order_by("day")[:15],
        "closing_days": found.closing_days.filter(day__gte=today),
        "next_day": business_days.business_day(found, today),
    }
    return _page(request, "calendar", found, "entity_calendar", bound=form.is_bound, **context)


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def new_closing_day(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    form = ClosingDayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        business_days.close(found, facts["day"], facts["name"], actor=Actor.of(request.user))
        messages.success(request, f"{found.code} is closed on {facts['day']:%d %b %Y}.")
        return onward(request, reverse("entity_calendar", args=[pk]))
    return show_form(
        request,
        form,
        heading=f"A day on which {found.code} is closed",
        about="No reminders are proposed or sent on it; the next day of business makes up for it.",
        action="Add it",
        back=reverse("entity_calendar", args=[pk]),
    )


@needs(RIGHT)
@require_POST
def remove_closing_day(request: HttpRequest, pk: int) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user)
    closing_day = get_object_or_404(ClosingDay, pk=pk, entity__in=entities)
    entity_id = closing_day.entity_id
    business_days.reopen(closing_day, actor=Actor.of(request.user))
    messages.success(request, f"{closing_day.day:%d %b %Y} is a day like any other.")
    return redirect("entity_calendar", entity_id)


# --- Numbering


@needs(RIGHT)
@require_safe
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    today = clock.today(found.time_zone)
    rows = []
    for series, title in numbering.TITLES.items():
        number = numbering.next_number(found.code, series, today)
        rows.append(
            {
                "series": series,
                "title": title,
                "next": numbering.pattern(found.code, series).text(today.year, number),
                "used": numbering.used(found.code, series),
            }
        )
    return _page(request, "numbering", found, "numbering", rows=rows, onward=steps.after(found, "numbering"))


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def number_series(request: HttpRequest, pk: int, series: str) -> HttpResponse:
    found = _entity(request, pk)
    if series not in numbering.TITLES:
        raise Http404
    today = clock.today(found.time_zone)
    pattern = numbering.pattern(found.code, series)
    number = numbering.next_number(found.code, series, today)
    form = SeriesForm(
        request.POST if request.method == "POST" else None,
        initial={
            "prefix": pattern.prefix,
            "year_digits": pattern.year_digits,
            "separator": pattern.separator,
            "width": pattern.width,
            "next": number,
        },
    )
    if request.method == "POST" and form.is_valid():
        first = form.cleaned_data["next"]
        try:
            numbering.arrange(found.code, series, form.pattern(), first=first, on=today, actor=Actor.of(request.user))
        except numbering.NumberingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"The next is {form.pattern().text(today.year, first)}.")
            return onward(request, reverse("numbering", args=[pk]))
    return show_form(
        request,
        form,
        heading=f"{numbering.TITLES[series]} of {found.code}",
        about=f"Now the next is {pattern.text(today.year, number)}. Once a number is taken, this stays as it is.",
        action="Save",
        back=reverse("numbering", args=[pk]),
    )


# --- Chart of accounts


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    there = {account.key: account for account in LedgerAccount.objects.filter(entity=found).order_by("code")}
    form = ChartForm(
        request.POST if request.method == "POST" else None,
        banks=[account for account in there.values() if account.bank_account_id],
        initial={key: account.company_code for key, account in there.items()},
    )
    if request.method == "POST" and form.is_valid():
        chart.map_to(found, form.cleaned_data, actor=Actor.of(request.user))
        return _on(request, found, "chart")
    rows = [(account, form[key]) for key, account in there.items()]
    return _page(request, "chart", found, "chart", bound=form.is_bound, form=form, rows=rows)


# --- Who keeps the books, who applies cash


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def keepers(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    settings = DunningSettings.objects.filter(entity=found).select_related("queue").first()
    form = KeepersForm(
        request.POST if request.method == "POST" else None,
        initial={
            "books_kept_by": found.books_kept_by,
            "cash_applied_by": found.cash_applied_by,
            "queue": settings.queue.code if settings and settings.queue else None,
        },
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        queue = facts.pop("queue")
        actor = Actor.of(request.user)
        with acting(actor):
            acts.change_entity(found, actor=actor, **facts)
            acts.send_tasks_to(found, queue, actor=actor)
        return _on(request, found, "keepers")
    return _page(request, "entity", found, "keepers", bound=form.is_bound, form=form)


# --- How money is let go of


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def cash_rules(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    rules = foureyes.rules(found)
    names = list(CashRulesForm.base_fields)
    initial = {name: getattr(rules, name) for name in names}
    initial |= {
        name: scaled(value, found.base_currency) for name, value in initial.items() if not isinstance(value, bool)
    }
    form = CashRulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        setting.set_rules(found, actor=Actor.of(request.user), **form.cleaned_data)
        return _on(request, found, "cash_rules")
    return _page(request, "entity", found, "cash_rules", bound=form.is_bound, form=form)


# --- How money is collected


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def direct_debit_rules(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    there = debit_setting.rules(found)
    initial = {name: getattr(there or DirectDebitRules(), name) for name in RulesForm.base_fields}
    form = RulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if there or form.cleaned_data["creditor_id"]:
                debit_setting.set_rules(found, actor=Actor.of(request.user), **form.cleaned_data)
        except debit_setting.DebitRefused as refused:
            form.add_error("creditor_id", str(refused))
        else:
            return _on(request, found, "direct_debit_rules")
    return _page(request, "entity", found, "direct_debit_rules", bound=form.is_bound, form=form)


# --- Matching


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def matching_rules(request: HttpRequest, pk: int) -> HttpResponse:
    found = _entity(request, pk)
    rules = matching.rules(found)
    initial = {name: getattr(rules, name) for name in MatchingRulesForm.base_fields}
    initial |= {name: scaled(initial[name], found.base_currency) for name in ("small_difference", "bank_charge")}
    form = MatchingRulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        matching.set_rules(found, actor=Actor.of(request.user), **form.cleaned_data)
        return _on(request, found, "matching_rules")
    return _page(request, "entity", found, "matching_rules", bound=form.is_bound, form=form)
