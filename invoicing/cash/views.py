"""Deciding about money in the browser: what waits for a second person, and what people do with items and receipts."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import clock, documents, formats, states
from o2c.core.actors import Actor
from o2c.core.money import MoneyError
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.invoicing import cash, sepa
from o2c.invoicing import items as item_acts
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import deductions, details, exporting, refunds, returns, transfers, waiting, writeoffs
from o2c.invoicing.cash.forms import (
    ApproveForm,
    AskDetailsForm,
    CallBackForm,
    DeductForm,
    ExchangeForm,
    ExportForm,
    MoveForm,
    PaidByForm,
    RefundForm,
    RefuseForm,
    ReturnForm,
    WriteOffForm,
)
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.guarding import words as found_words
from o2c.invoicing.invoices import crediting
from o2c.invoicing.models import (
    BankAccount,
    BankDetailChange,
    BankLine,
    CreditRequest,
    DebitRun,
    Deduction,
    Netting,
    OpenItem,
    Receipt,
    Refund,
    RefundExport,
    Transfer,
    WriteOff,
)
from o2c.orders.models import Customer

CANNOT = (
    cash.CashRefused,
    item_acts.ItemRefused,
    BankRefused,
    MoneyError,
    states.IllegalMove,
    states.LostRace,
)
KINDS = {"write-off": WriteOff, "credit": CreditRequest, "refund": Refund, "bank-details": BankDetailChange}
ACTS = {WriteOff: writeoffs, CreditRequest: crediting, Refund: refunds, BankDetailChange: details}
MOST_SHOWN = 200


@needs("approvals.read")
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, what is to be paid, and what was decided."""
    show = request.GET.get("show")
    show = show if show in ("to_pay", "decided") else "waiting"
    context = {"show": show}
    if show == "to_pay":
        found = Refund.objects.for_user(request.user).filter(state__in=[Refund.State.APPROVED, Refund.State.EXPORTED])
        context["page"] = cut(
            found.select_related("customer", "entity", "export").order_by("id"), request.GET.get("page")
        )
        exports = RefundExport.objects.for_user(request.user).select_related("entity", "account")
        context["exports"] = list(exports[:10])
        context["can_export"] = sepa.accounts(request.user).exists()
    else:
        rows = {kind: _requests(request, model, show) for kind, model in KINDS.items()}
        if may(request.user, "debits.read"):
            rows["debits"] = _requests(request, DebitRun, show)
        if may(request.user, "netting.read"):
            rows["nettings"] = _requests(request, Netting, show)
        context |= {kind.replace("-", "_"): found for kind, found in rows.items()}
        context["nothing"] = not any(rows.values())
    return render(request, "invoicing/approvals.html", context)


def _requests(request: HttpRequest, model, show: str) -> list:
    """The oldest first of what waits, the newest first of what was decided."""
    found = model.objects.for_user(request.user).select_related("asked_by", "first_by", "decided_by")
    if model is DebitRun:
        found = found.select_related("entity", "account")
    elif model is Netting:
        found = found.select_related("entity", "customer")
    elif model is not BankDetailChange:
        found = found.select_related("customer", "entity", "credit_item" if model is Refund else "item")
        found = paid_back.with_findings(found) if model is Refund else found
    else:
        found = found.select_related("customer", "called_by")
    if show == "waiting":
        rows = list(found.filter(state__in=waiting.STATES[model]).order_by("id")[:MOST_SHOWN])
        for row in rows:
            row.mine = row.asked_by_id == request.user.pk
            row.approvable = waiting.approvable(row, request.user.pk)
    else:
        rows = list(found.exclude(state__in=waiting.STATES[model]).order_by("-updated_at", "-id")[:MOST_SHOWN])
    for row in rows if model is Refund else ():
        row.says = found_words.said(row.findings.all())
    return rows


# --- Deciding


@needs("approvals.decide")
@require_http_methods(["GET", "HEAD", "POST"])
def approve_request(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _request(request, kind, pk)

    def approve(note: str) -> str:
        more = {} if isinstance(found, BankDetailChange) else {"on": _today(found)}
        ACTS[type(found)].approve(found, actor=Actor.of(request.user), note=note, **more)
        waiting.forget(request.user)
        found.refresh_from_db()
        if isinstance(found, Refund) and paid_back.is_held(found):
            return "Not approved: it was looked at again, and what was found holds it back. See Quarantine."
        if found.state in waiting.STATES[type(found)]:
            return "Approved by you. The amount needs a second approval."
        return f"Approved: {_called(found)}."

    return act_by_form(
        request,
        ApproveForm(request.POST if request.method == "POST" else None),
        approve,
        refusals=CANNOT,
        heading=f"Approve {_called(found)}?",
        about=_why(found),
        action="Approve",
        back=reverse("approvals"),
    )


@needs("approvals.decide")
@require_http_methods(["GET", "HEAD", "POST"])
def refuse_request(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _request(request, kind, pk)

    def refuse(note: str) -> str:
        ACTS[type(found)].refuse(found, note=note, actor=Actor.of(request.user))
        waiting.forget(request.user)
        return f"Refused: {_called(found)}."

    return act_by_form(
        request,
        RefuseForm(request.POST if request.method == "POST" else None),
        refuse,
        refusals=CANNOT,
        heading=f"Refuse {_called(found)}?",
        about=_why(found),
        action="Refuse",
        style="danger",
        back=reverse("approvals"),
    )


@needs("cash.book")
@require_POST
def withdraw_request(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _request(request, kind, pk)
    try:
        ACTS[type(found)].withdraw(found, actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Taken back: {_called(found)}.")
    return redirect("approvals")


def _request(request: HttpRequest, kind: str, pk: int):
    if kind not in KINDS:
        raise Http404
    return get_object_or_404(KINDS[kind].objects.for_user(request.user).select_related("customer"), pk=pk)


def _called(found) -> str:
    if isinstance(found, BankDetailChange):
        return f"{found.iban} as an account of {found.customer.name}"
    names = {CreditRequest: "credit note over", Refund: "refund of"}
    what = names.get(type(found)) or f"{found.get_kind_display().lower()} of"
    return f"the {what} {_sum(found.amount, found.currency)} for {found.customer.name}"


def _why(found) -> str:
    said = f"{found.asker}: “{found.reason}”"
    if isinstance(found, Refund):
        found_of_it = " ".join(text for _, text in found_words.said(found.findings.all()))
        return f"{said} To {found.iban}, {found.holder}. {found.evidence}. {found_of_it}".rstrip()
    if isinstance(found, BankDetailChange) and found.called_by:
        return f"{said} {found.called_by.username} called {found.called_number}; {found.spoke_with} confirmed it."
    return said


# --- Items


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def write_off_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)

    def write_off(**facts) -> str:
        made = writeoffs.write_off(item, **facts, on=_today(item), actor=Actor.of(request.user))
        if made.state == WriteOff.State.BOOKED:
            return f"{_sum(made.amount, made.currency)} of {item.number} are written off."
        return f"Asked for: {_sum(made.amount, made.currency)} of {item.number} wait for somebody else's approval."

    return act_by_form(
        request,
        WriteOffForm(request.POST if request.method == "POST" else None, item=item),
        write_off,
        refusals=CANNOT,
        heading=f"Write off {item.number}",
        about=f"{_sum(abs(item.open_amount), item.currency)} are open. "
        "Within your limit it is booked at once, else somebody approves it.",
        action="Write off",
        style="danger",
        back=reverse("item", args=[pk]),
    )


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def deduct_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)

    def deduct(**facts) -> str:
        made = deductions.record(item, **facts, on=_today(item), actor=Actor.of(request.user))
        taken = _sum(made.amount, made.currency)
        return f"{taken} of {item.number} are deducted: {made.reason}. They stay open, in dispute."

    return act_by_form(
        request,
        DeductForm(request.POST if request.method == "POST" else None, item=item),
        deduct,
        refusals=CANNOT,
        heading=f"Deduction from {item.number}",
        about="What the customer does not pay for a reason. It stays open and is not chased while that is looked into.",
        action="Record it",
        back=reverse("item", args=[pk]),
    )


@needs("cash.book")
@require_POST
def settle_deduction(request: HttpRequest, pk: int) -> HttpResponse:
    """End a deduction: settled, or withdrawn where there was none."""
    found = get_object_or_404(Deduction.objects.for_user(request.user).select_related("entity"), pk=pk)
    act = deductions.withdraw if request.POST.get("as") == "withdrawn" else deductions.settle
    try:
        act(found, on=_today(found), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The deduction is ended.")
    return redirect("item", found.item_id)


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def refund_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    known = refunds.accounts(item.customer, item.entity)

    def ask(**facts) -> str:
        made = refunds.ask(item, **facts, on=_today(item), actor=Actor.of(request.user))
        if paid_back.is_held(made):
            return "Asked for, and held back for what was found: first two people let go of it. See Quarantine."
        return f"Asked for: the refund of {_sum(made.amount, made.currency)} waits for somebody else's approval."

    about = "To an account that paid us for this customer, or one that was confirmed by a call."
    if not known:
        about = "No account of this customer is known: none paid us, none was confirmed. Ask for bank details first."
    return act_by_form(
        request,
        RefundForm(request.POST if request.method == "POST" else None, item=item, accounts=known),
        ask,
        refusals=CANNOT,
        heading=f"Pay back {item.number}",
        about=about,
        action="Ask for it",
        back=reverse("item", args=[pk]),
    )


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def move_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)

    def move(customer: Customer, amount, reason: str) -> str:
        share = transfers.Share(customer, amount)
        (made,) = transfers.move(item, [share], reason=reason, on=_today(item), actor=Actor.of(request.user))
        return f"{_sum(made.out_item.amount, made.out_item.currency)} stand with {customer.name} now."

    form = MoveForm(request.POST if request.method == "POST" else None, item=item, user=request.user)
    return act_by_form(
        request,
        form,
        move,
        refusals=CANNOT,
        heading=f"Move {item.number} to another customer",
        about=f"{_sum(-item.open_amount, item.currency)} are left of it. Moving can be undone.",
        action="Move it",
        back=reverse("item", args=[pk]),
    )


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)

    def exchange(**facts) -> str:
        made = transfers.exchange(item, **facts, on=_today(item), actor=Actor.of(request.user))
        there = _sum(-made.in_item.amount, made.in_item.currency)
        return f"{_sum(made.out_item.amount, made.out_item.currency)} became {there}."

    form = ExchangeForm(
        request.POST if request.method == "POST" else None,
        item=item,
        initial={"currency": item.entity.base_currency if item.currency != item.entity.base_currency else ""},
    )
    return act_by_form(
        request,
        form,
        exchange,
        refusals=CANNOT,
        heading=f"Change {item.number} into another currency",
        about="So that it can settle what is owed there. What the rate gains or loses is posted.",
        action="Change it",
        back=reverse("item", args=[pk]),
    )


@needs("cash.book")
@require_POST
def undo_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Transfer.objects.for_user(request.user).select_related("entity"), pk=pk)
    try:
        transfers.reverse(found, on=_today(found), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Taken back, with what it had settled.")
    return redirect("item", found.credit_item_id)


@needs("cash.book")
@require_POST
def reverse_write_off(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(WriteOff.objects.for_user(request.user).select_related("entity"), pk=pk)
    try:
        writeoffs.reverse(found, on=_today(found), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{_sum(found.amount, found.currency)} are open again.")
    return redirect("item", found.item_id)


# --- Receipts


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def return_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """A payment came back without a line that says so: a cheque, say."""
    found = get_object_or_404(Receipt.objects.for_user(request.user).select_related("entity"), pk=pk)

    def receive_back(on, reason: str, bank_fee) -> str:
        returns.receive_back(found, on=on, reason=reason, bank_fee=bank_fee, actor=Actor.of(request.user))
        return f"{found.number} came back; what it had settled is open again."

    return act_by_form(
        request,
        ReturnForm(request.POST if request.method == "POST" else None, initial={"on": _today(found)}),
        receive_back,
        refusals=CANNOT,
        heading=f"{found.number} came back",
        about="What it settled is open again, the fee of the rules is charged, and the collector is told.",
        action="It came back",
        style="danger",
        back=reverse("receipt", args=[pk]),
    )


# --- Refunds that are approved


@needs("refunds.export")
@require_http_methods(["GET", "HEAD", "POST"])
def export_refunds(request: HttpRequest) -> HttpResponse:
    accounts = sepa.accounts(request.user)

    def export(account: BankAccount, pay_on) -> str:
        made = exporting.export(account, pay_on=pay_on, today=_today(account), actor=Actor.of(request.user))
        return f"{made.count} refund{'' if made.count == 1 else 's'} are in the file; give it to your bank."

    first = accounts.first()
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        accounts=accounts,
        initial={"pay_on": _today(first) if first else None},
    )
    return act_by_form(
        request,
        form,
        export,
        refusals=CANNOT,
        heading="Pay approved refunds",
        about="One file for your bank (ISO 20022 pain.001) with all euro refunds of the legal entity that wait.",
        action="Make the file",
        back=f"{reverse('approvals')}?show=to_pay",
    )


@needs("refunds.export")
@require_safe
def refund_file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RefundExport.objects.for_user(request.user).select_related("file"), pk=pk)
    return documents.answer(found.file.name, found.file.media_type, bytes(found.file.content))


@needs("refunds.export")
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_refund(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Refund.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)

    def cancel(note: str) -> str:
        refunds.cancel(found, on=_today(found), note=note, actor=Actor.of(request.user))
        return f"Taken back: {_sum(found.amount, found.currency)} are the customer's credit again."

    about = "It was not given to the bank yet."
    if found.state == Refund.State.EXPORTED:
        about = "It is with the bank. Only take it back once the bank has said that it does not pay it."
    return act_by_form(
        request,
        RefuseForm(request.POST if request.method == "POST" else None),
        cancel,
        refusals=CANNOT,
        heading=f"Take back {_called(found)}?",
        about=about,
        action="Take it back",
        style="danger",
        back=f"{reverse('approvals')}?show=to_pay",
    )


@needs("refunds.export")
@require_http_methods(["GET", "HEAD", "POST"])
def pay_refund(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says which line of the bank paid a refund: by hand at the bank, so that the line does not say it."""
    found = get_object_or_404(Refund.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)
    lines = refunds.lines_for(found)

    def pay(line: BankLine) -> str:
        refunds.pay(found, line, on=_today(found), actor=Actor.of(request.user))
        return f"Paid: {_called(found)}."

    about = f"Lines going out with at least {_sum(found.amount, found.currency)} that nothing uses yet."
    if not lines:
        about = f"No line going out has {_sum(found.amount, found.currency)} left. Load the bank statement first."
    return act_by_form(
        request,
        PaidByForm(request.POST if request.method == "POST" else None, lines=lines),
        pay,
        refusals=CANNOT,
        heading=f"Which line paid {_called(found)}?",
        about=about,
        action="It paid this",
        back=f"{reverse('approvals')}?show=to_pay",
    )


# --- Bank details


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_bank_details(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)

    def ask(**facts) -> str:
        details.ask(customer, **facts, actor=Actor.of(request.user))
        return "Asked for. Now call the customer on a number that was on file before."

    return act_by_form(
        request,
        AskDetailsForm(request.POST if request.method == "POST" else None),
        ask,
        refusals=CANNOT,
        heading=f"New bank details of {customer.name}",
        about="Nothing changes until the customer was called back and somebody else has approved it.",
        action="Ask for it",
        back=reverse("customer", args=[pk]),
        to=reverse("approvals"),
    )


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = _request(request, "bank-details", pk)
    contacts = details.numbers_on_file(found)

    def called(contact, spoke_with: str) -> str:
        details.call_back(found, contact, spoke_with=spoke_with, actor=Actor.of(request.user))
        return "Written down. Somebody who neither asked nor called approves it now."

    about = f"Ask them whether {found.iban} is theirs. Only numbers that were on file before the wish are here."
    if not contacts:
        about = "No number of this customer was on file before the wish, so nobody can confirm it. Refuse the change."
    return act_by_form(
        request,
        CallBackForm(request.POST if request.method == "POST" else None, contacts=contacts),
        called,
        refusals=CANNOT,
        heading=f"Call {found.customer.name} back",
        about=about,
        action="They confirmed it",
        back=reverse("approvals"),
    )


# --- What all of them share


def _item(request: HttpRequest, pk: int) -> OpenItem:
    return get_object_or_404(OpenItem.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)


def _sum(amount: Decimal, currency: str) -> str:
    return f"{formats.amount(amount, currency)} {currency}"


def _today(found):
    return clock.today(found.entity.time_zone)
