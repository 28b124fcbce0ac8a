"""Runs of direct debits in the browser: propose, look at what is chosen and what is not, decide, and save the files."""

from datetime import timedelta

from django import forms
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import debiting
from o2c.core import clock, documents, formats, states
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.forms import DayField
from o2c.core.models import Message
from o2c.core.pages import act_by_form, onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.invoicing import sepa
from o2c.invoicing.cash import CashRefused, waiting
from o2c.invoicing.cash.forms import ApproveForm, RefuseForm
from o2c.invoicing.direct_debit import days, words
from o2c.invoicing.models import Collection, DebitFile, DebitRun, DirectDebitRules, PaymentStatus

CANNOT = (CashRefused, states.IllegalMove, states.LostRace)
FORM = ["GET", "HEAD", "POST"]
State = DebitRun.State


class ProposeForm(forms.Form):
    account = forms.ModelChoiceField(
        None, label="To the account", empty_label=None, help_text="Of legal entities that have a creditor identifier."
    )
    due_until = DayField(label="Invoices due by", help_text="What is overdue is among them.")
    collect_on = DayField(
        label="Collected on", required=False, help_text="Left empty: the first day on which it can be."
    )

    def __init__(self, *args, accounts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts
        self.fields["account"].label_from_instance = lambda account: f"{account.entity.code}: {account}, {account.iban}"


def _accounts(request: HttpRequest):
    return sepa.accounts(request.user).filter(entity__in=DirectDebitRules.objects.values("entity_id"))


@needs("debits.read")
@require_safe
def direct_debits(request: HttpRequest) -> HttpResponse:
    """The runs, the newest first."""
    found = DebitRun.objects.for_user(request.user).select_related("entity", "account")
    if request.GET.get("state") in State:
        found = found.filter(state=request.GET["state"])
    context = {
        "page": cut(found, request.GET.get("page")),
        "states": State.choices,
        "state": request.GET.get("state", ""),
        "can_propose": _accounts(request).exists(),
    }
    return render(request, "collections/direct_debits.html", context)


@needs("debits.propose")
@require_http_methods(FORM)
def propose_debits(request: HttpRequest) -> HttpResponse:
    accounts = _accounts(request)
    first = accounts.first()
    today = clock.today(first.entity.time_zone) if first else clock.today()
    form = ProposeForm(
        request.POST if request.method == "POST" else None,
        accounts=accounts,
        initial={"due_until": today + timedelta(days=14), "account": first},
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            run = debiting.propose(facts.pop("account"), **facts, actor=Actor.of(request.user))
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            return onward(request, reverse("debit_run", args=[run.pk]))
    return show_form(
        request,
        form,
        heading="Propose direct debits",
        about="Chooses the open invoices of customers with an active mandate. Nothing is collected before somebody else"
        " approves it.",
        action="Propose",
        back=reverse("direct_debits"),
    )


@needs("debits.read")
@require_safe
def debit_run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    rows = Collection.objects.filter(run=found)
    counts = list(rows.values("state").annotate(count=Count("id"), total=Sum("amount")).order_by("state"))
    for row in counts:
        row["title"] = Collection.State(row["state"]).label
    skipped = list(found.not_chosen.order_by().values("reason").annotate(count=Count("id"), total=Sum("amount")))
    for row in skipped:
        row["title"], row["sentence"] = words.title(row["reason"]), words.sentence(row["reason"])
    asked = {"state": request.GET.get("state", ""), "left": request.GET.get("left", "")}
    if asked["left"]:
        chosen = found.not_chosen.filter(reason=asked["left"]).order_by("id")
        chosen = chosen.select_related("item__customer", "mandate")
    else:
        chosen = rows.select_related("item", "customer", "mandate").order_by("-amount", "id")
        if asked["state"] in Collection.State:
            chosen = chosen.filter(state=asked["state"])
    page = cut(chosen, request.GET.get("page"))
    for row in page:
        row.why = words.told(row.reason) if row.reason else ""
    mails = {}
    if found.state in (State.APPROVED, State.EXPORTED):
        mails = dict(
            Message.objects.filter(key__startswith=f"debits:{found.pk}:").values_list("state").annotate(Count("id"))
        )
    context = {
        "run": found,
        "counts": counts,
        "skipped": sorted(skipped, key=lambda row: -row["count"]),
        "asked": asked,
        "left_title": words.title(asked["left"]) if asked["left"] else "",
        "page": page,
        "files": list(found.files.all()),
        "answers": list(PaymentStatus.objects.filter(debit_file__run=found)),
        "mails": sorted((Message.State(state).label, count) for state, count in mails.items()),
        "hand_over_by": _hand_over_by(found),
        "mine": found.asked_by_id == request.user.pk,
        "approvable": found.state == State.PROPOSED and request.user.pk not in {found.asked_by_id, found.first_by_id},
        "withdrawable": (found.state == State.APPROVED and may(request.user, "debits.approve"))
        or (found.state == State.PROPOSED and found.asked_by_id == request.user.pk),
    }
    return render(request, "collections/debit_run.html", context)


def _hand_over_by(found: DebitRun):
    rules = DirectDebitRules.objects.filter(entity=found.entity_id).first()
    return days.days_before(found.collect_on, rules.lead_days) if rules else None


@needs("debits.approve")
@require_http_methods(FORM)
def approve_debits(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)

    def approve(note: str) -> str:
        run = debiting.approve(found, note=note, actor=Actor.of(request.user))
        waiting.forget(request.user)
        if run.state == State.PROPOSED:
            return "Approved. It is so large that somebody else approves it too."
        return f"Approved. Customers are told; it is collected on {formats.day(run.collect_on)}."

    return act_by_form(
        request,
        ApproveForm(request.POST if request.method == "POST" else None),
        approve,
        refusals=CANNOT,
        back=reverse("debit_run", args=[found.pk]),
        heading=f"Approve {formats.number(found.count)} direct debit{'' if found.count == 1 else 's'}"
        f" of {formats.amount(found.total, found.currency)} {found.currency}?",
        about="Everything is looked at again. Each customer is told by e-mail what is collected and when.",
        action="Approve",
    )


@needs("debits.approve")
@require_http_methods(FORM)
def refuse_debits(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)

    def refuse(note: str) -> str:
        debiting.refuse(found, note=note, actor=Actor.of(request.user))
        waiting.forget(request.user)
        return "Refused. Nothing of it is collected."

    return act_by_form(
        request,
        RefuseForm(request.POST if request.method == "POST" else None),
        refuse,
        refusals=CANNOT,
        back=reverse("debit_run", args=[found.pk]),
        heading="Refuse the run?",
        about="Its invoices may be proposed again.",
        action="Refuse",
        style="danger",
    )


@needs("debits.propose")
@require_http_methods(FORM)
def withdraw_debits(request: HttpRequest, pk: int) -> HttpResponse:
    """Who proposed it takes it back; once it is approved, whoever may approve."""
    found = _run(request, pk)

    def withdraw() -> str:
        if found.state == State.APPROVED and not may(request.user, "debits.approve"):
            raise CashRefused("It is approved already; whoever may approve withdraws it.")
        debiting.withdraw(found, actor=Actor.of(request.user))
        return "Withdrawn. Nothing of it is collected."

    about = "Its invoices may be proposed again."
    if found.state == State.APPROVED:
        about = "Customers were told already that it is collected; tell them that it is not. " + about
    return act_by_form(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        withdraw,
        refusals=CANNOT,
        back=reverse("debit_run", args=[found.pk]),
        heading="Withdraw the run?",
        about=about,
        action="Withdraw",
        style="danger",
    )


@needs("debits.export")
@require_http_methods(FORM)
def export_debits(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)

    def export() -> str:
        made = debiting.export(found, actor=Actor.of(request.user))
        count = sum(file.count for file in made)
        files = "a file" if len(made) == 1 else f"{len(made)} files"
        return f"{formats.number(count)} direct debits are in {files}. Save and give to your bank."

    return act_by_form(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        export,
        refusals=CANNOT,
        back=reverse("debit_run", args=[found.pk]),
        heading="Make the files for the bank?",
        about="ISO 20022 pain.008, one a scheme. What was paid, promised or disputed meanwhile is left out. The files"
        " are made once.",
        action="Make the files",
    )


@needs("debits.export")
@require_safe
def debit_file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(DebitFile.objects.for_user(request.user).select_related("file"), pk=pk)
    actor = Actor.of(request.user)
    records.exported("Direct debits", actor=actor, entity_ids=[found.entity_id], file=found.message_id)
    return documents.answer(found.file.name, found.file.media_type, bytes(found.file.content))


def _run(request: HttpRequest, pk: int) -> DebitRun:
    rows = DebitRun.objects.for_user(request.user)
    return get_object_or_404(rows.select_related("entity", "account", "asked_by", "first_by", "decided_by"), pk=pk)
