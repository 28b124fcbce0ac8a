"""What banks say of our accounts, in the browser: statements, lines, and what became of each line's money."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import clock, documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.bank import listing, setting_aside
from o2c.invoicing.bank.forms import LineFilter, SetAsideForm, StatementFilter
from o2c.invoicing.bank.listing import OPEN, TABS, Asked
from o2c.invoicing.models import BankLine, BankStatement, LineUse

FLAGS = {
    "arithmetic": "Opening and lines do not make the closing balance",
    "incomplete": "A part of it could not be read",
    "totals": "The file’s own counts or sums differ",
    "currencies": "More than one currency",
    "members": "Payments do not make their batch",
    "accounts": "Opening and closing name different accounts",
    "copy": "A duplicate, says the bank",
    "trailer": "The record that ends the file is missing",
    "trial": "A test, says the bank",
    "securities": "An account of securities",
    "fractions": "An amount is finer than its currency",
    "misplaced": "Fields where the format has none",
}


@needs("bank.read")
@require_safe
def bank_lines(request: HttpRequest) -> HttpResponse:
    accounts = listing.accounts(request.user)
    form = LineFilter(request.GET, accounts=accounts)
    form.is_valid()
    typed = form.cleaned_data
    today = _today(accounts)
    show = request.GET.get("show") if request.GET.get("show") in TABS else OPEN
    asked = Asked(
        show=show,
        q=typed.get("q", ""),
        account=int(typed["account"]) if typed.get("account") else None,
        way=typed.get("way", ""),
        days=int(typed["age"]) if typed.get("age") else None,
        today=today,
    )
    kept = {name: typed[name] for name in ("q", "account", "way", "age") if typed.get(name)}
    context = {
        "form": form,
        "show": show,
        "kept": kept,
        "tabs": [(name, title, name == show) for name, title in TABS.items()],
        "page": cut(listing.lines(request.user, asked), request.GET.get("page")),
        "sums": listing.unidentified(request.user),
        "accounts": accounts,
        "today": today,
    }
    return render(request, "invoicing/bank_lines.html", context)


@needs("bank.read")
@require_safe
def bank_line(request: HttpRequest, pk: int) -> HttpResponse:
    found = _line(request, pk)
    uses = found.uses.select_related("receipt__customer", "entry").order_by("id")
    undone = {use.reverses_id for use in uses}
    context = {
        "line": found,
        "uses": [(use, not use.reverses_id and use.pk not in undone) for use in uses],
        "members": cut(found.members.order_by("id"), request.GET.get("page")),
        "told_before": found.told_before.select_related("statement").order_by("id"),
        "facts": _facts(found),
        "code": [(name, value) for name, value in found.code.items()],
        "flags": [FLAGS.get(flag, flag) for flag in found.statement.flags],
        "age": (clock.today(found.entity.time_zone) - found.booked_on).days if found.booked_on else None,
    }
    return render(request, "invoicing/bank_line.html", context)


def _facts(line: BankLine) -> list[tuple[str, str]]:
    """What the bank said, with the names people know; what it did not say is left out."""
    told = [
        ("Name", line.party_name),
        ("On behalf of", line.party_ultimate),
        ("IBAN", line.party_iban),
        ("Account", line.party_account if line.party_account != line.party_iban else ""),
        ("BIC", line.party_bic),
        ("Payer’s reference", line.end_to_end_id),
        ("Structured reference", ", ".join(line.creditor_references)),
        ("Documents", ", ".join(line.documents)),
        ("Mandate", line.mandate_id),
        ("Customer’s reference", line.customer_reference),
        ("Bank’s reference", line.bank_reference),
        ("Reason of return", line.return_reason),
        ("Bank’s text", line.bank_text),
    ]
    return [(name, value) for name, value in told if value]


@needs("bank.set_aside")
@require_http_methods(["GET", "HEAD", "POST"])
def set_aside_line(request: HttpRequest, pk: int) -> HttpResponse:
    found = _line(request, pk)
    today = clock.today(found.entity.time_zone)
    form = SetAsideForm(
        request.POST if request.method == "POST" else None, initial={"on": today, "account": "set_aside"}
    )
    if request.method == "POST" and form.is_valid():
        try:
            setting_aside.set_aside(found, actor=Actor.of(request.user), **form.cleaned_data)
        except setting_aside.SetAsideRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "It is set aside: nobody looks for its customer any more.")
            return onward(request, reverse("bank_line", args=[pk]))
    return show_form(
        request,
        form,
        heading="Set aside",
        about="For money that is no customer’s. It is booked to the account you choose, and can be taken back.",
        action="Set it aside",
        back=reverse("bank_line", args=[pk]),
    )


@needs("bank.set_aside")
@require_POST
def undo_line_use(request: HttpRequest, pk: int) -> HttpResponse:
    seen = BankLine.objects.for_user(request.user)
    use = get_object_or_404(LineUse.objects.select_related("line__entity"), pk=pk, line__in=seen)
    try:
        setting_aside.take_back(use, on=clock.today(use.line.entity.time_zone), actor=Actor.of(request.user))
    except setting_aside.SetAsideRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is open again.")
    return redirect("bank_line", use.line_id)


def _line(request: HttpRequest, pk: int) -> BankLine:
    seen = BankLine.objects.for_user(request.user).select_related(
        "entity", "account", "statement", "batch", "booked_as", "payer"
    )
    return get_object_or_404(seen, pk=pk)


# --- Statements


@needs("bank.read")
@require_safe
def bank_statements(request: HttpRequest) -> HttpResponse:
    accounts = listing.accounts(request.user)
    form = StatementFilter(request.GET, accounts=accounts)
    form.is_valid()
    typed = form.cleaned_data
    found = BankStatement.objects.for_user(request.user).select_related("account", "entity")
    if typed.get("account"):
        found = found.filter(account_id=typed["account"])
    if typed.get("kind"):
        found = found.filter(kind=typed["kind"])
    if typed.get("flagged"):
        found = found.exclude(flags=[])
    context = {
        "form": form,
        "page": cut(found.order_by("-id"), request.GET.get("page")),
        "accounts": accounts,
        "kept": any(typed.values()),
    }
    return render(request, "invoicing/bank_statements.html", context)


@needs("bank.read")
@require_safe
def bank_statement(request: HttpRequest, pk: int) -> HttpResponse:
    found = _statement(request, pk)
    context = {
        "statement": found,
        "flags": [FLAGS.get(flag, flag) for flag in found.flags],
        "page": cut(found.lines.filter(batch=None).order_by("id"), request.GET.get("page")),
        "told": None if found.opening is None else found.opening + found.booked_sum,
        "file": _file_seen(request, found),
    }
    return render(request, "invoicing/bank_statement.html", context)


@needs("bank.read")
@require_safe
def bank_statement_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as the bank gave it, for whoever sees all that is in it."""
    found = _statement(request, pk)
    if not _file_seen(request, found):
        raise Http404
    records.exported(
        "Bank statement", actor=Actor.of(request.user), entity_ids=[found.entity_id], file=found.file.name, statement=pk
    )
    return documents.answer(found.file.name, found.file.media_type, bytes(found.file.content))


def _file_seen(request: HttpRequest, found: BankStatement) -> bool:
    """A file may tell of several legal entities."""
    if found.file_id is None:
        return False
    of_file = BankStatement.objects.filter(file_id=found.file_id)
    return not of_file.exclude(pk__in=BankStatement.objects.for_user(request.user)).exists()


def _statement(request: HttpRequest, pk: int) -> BankStatement:
    seen = BankStatement.objects.for_user(request.user).select_related("account", "entity")
    return get_object_or_404(seen, pk=pk)


def _today(accounts) -> date:
    return max((clock.today(each.entity.time_zone) for each in accounts), default=clock.today())
