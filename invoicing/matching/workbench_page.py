"""The workbench of the cash clerk: what waits, what it may be for, one key to say yes, and the next."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import MoneyError, plain
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import cash
from o2c.invoicing.guarding import words as found_words
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.matching import applying, deciding, workbench
from o2c.invoicing.matching.applying import MatchRefused
from o2c.invoicing.matching.reasons import sentences
from o2c.invoicing.matching.workbench_forms import SplitForm, taken
from o2c.invoicing.models import BankLine, MatchProposal, RemittanceAdvice
from o2c.orders.models import Customer

DOUBTS = {
    "rivals", "other_payer", "paid_before", "on_account", "advice_less", "advice_over", "advice_unknown",
    "advice_several", "advice_of_none", "advice_more", "advice_differs", "advice_unsound", "advice_contradicts",
}  # fmt: skip
CANNOT = (MatchRefused, cash.CashRefused, ItemRefused, MoneyError)


@needs("bank.read")
@require_safe
def bench(request: HttpRequest) -> HttpResponse:
    lines = workbench.waiting(request.user)
    counted = workbench.counts(lines)
    why = request.GET.get("why", "")
    shown = lines.filter(why=why) if why in counted else lines
    page = cut(shown.select_related("entity", "account"), request.GET.get("page"))
    answers = _answers([line.pk for line in page])
    context = {
        "page": page,
        "rows": [
            {
                "line": line,
                "days": (clock.today(line.entity.time_zone) - line.booked_on).days,
                "best": answers.get(line.pk),
            }
            for line in page
        ],
        "tabs": [
            ("", "All", sum(counted.values())),
            *((name, workbench.TITLES[name], n) for name, n in counted.items()),
        ],
        "why": why,
        "sums": workbench.sums(shown),
        "first": next((line.pk for line in page), None),
    }
    return render(request, "invoicing/workbench.html", context)


def _answers(line_ids: list[int]) -> dict[int, MatchProposal]:
    """The best open answer of each line."""
    found = MatchProposal.objects.filter(line__in=line_ids, state="open").select_related("customer")
    best: dict[int, MatchProposal] = {}
    for proposal in found.order_by("rank", "-score", "pk"):
        best.setdefault(proposal.line_id, proposal)
    return best


@needs("bank.read")
@require_safe
def match_line(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    customer = _chosen(request, line)
    form = None
    if customer is not None:
        items = workbench.payable(line, customer)
        form = SplitForm(line=line, items=items, suggested=cash.oldest_first(line.open_amount, items))
    return _show(request, line, customer, form)


@needs("cash.book")
@require_POST
def split_line(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    customer = _chosen(request, line)
    if customer is None:
        return redirect("match_line", pk)
    form = SplitForm(request.POST, line=line, items=workbench.payable(line, customer))
    if form.is_valid():
        actor = Actor.of(request.user)
        try:
            with transaction.atomic():
                proposal = deciding.propose_by_hand(line, customer, form.parts(), actor=actor)
                applying.apply_one(proposal, actor=actor, on=clock.today(line.entity.time_zone))
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            return _onward(request, line, proposal)
    return _show(request, line, customer, form, status=422)


@needs("cash.book")
@require_POST
def accept_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = _proposal(request, pk)
    line = proposal.line
    try:
        applying.apply_one(proposal, actor=Actor.of(request.user), on=clock.today(line.entity.time_zone))
    except CANNOT as refused:
        messages.error(request, str(refused))
        return redirect("match_line", line.pk)
    return _onward(request, line, proposal)


@needs("cash.book")
@require_POST
def reject_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = _proposal(request, pk)
    try:
        deciding.reject(proposal, actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    return redirect("match_line", proposal.line_id)


@needs("cash.book")
@require_POST
def undo_match(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = _proposal(request, pk)
    try:
        deciding.undo(proposal, on=clock.today(proposal.entity.time_zone), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is taken back: the line is open again, and so is what it had settled.")
    return redirect("match_line", proposal.line_id)


def _onward(request: HttpRequest, line: BankLine, proposal: MatchProposal) -> HttpResponse:
    """To the next line, with a way back; to this one again where its money is held back."""
    if proposal.state != MatchProposal.State.APPLIED:
        return redirect("match_line", line.pk)
    following = workbench.after(workbench.waiting(request.user), line)
    address = reverse("match_line", args=[following]) if following else reverse("workbench")
    return redirect(f"{address}?done={proposal.pk}")


def _show(
    request: HttpRequest, line: BankLine, customer: Customer | None, form: SplitForm | None, status: int = 200
) -> HttpResponse:
    proposals = list(
        line.proposals.filter(state__in=["open", "applied", "returned"])
        .select_related("customer", "receipt")
        .prefetch_related("splits__item__customer", "splits__reason")
        .order_by("rank", "-score", "pk")
    )
    done = MatchProposal.objects.for_user(request.user).filter(pk=_number(request.GET.get("done")), state="applied")
    typed = request.GET.get("q", "")
    lines = workbench.waiting(request.user)
    quarantine = line.quarantines.exclude(state="released").first()
    left = line.open_amount - taken(form) if form is not None and form.is_bound and form.is_valid() else None
    context = {
        "line": line,
        "advice": RemittanceAdvice.objects.filter(line=line).first(),
        "proposals": [(proposal, _told(proposal)) for proposal in proposals],
        "quarantine": quarantine,
        "findings": [(each.level, found_words.sentence(each)) for each in line.findings.select_related("customer")],
        "flagged": line.statement.arithmetic_ok is False or set(line.statement.flags) & set(workbench.FLAGS),
        "customer": customer,
        "form": form,
        "left": left,
        "plain": plain(line.open_amount, line.currency),
        "typed": typed,
        "found": workbench.find(request.user, line, typed),
        "following": workbench.after(lines, line),
        "waiting": lines.count(),
        "done": done.select_related("customer", "line", "receipt").first(),
        "by_hand": cash.by_hand(line.entity),
    }
    return render(request, "invoicing/match_line.html", context, status=status)


def _told(proposal: MatchProposal) -> list[tuple[str, bool]]:
    """The reasons as sentences, and whether each is a doubt."""
    told = sentences(proposal.reasons)
    return [(text, reason["code"] in DOUBTS) for text, reason in zip(told, proposal.reasons, strict=True)]


def _chosen(request: HttpRequest, line: BankLine) -> Customer | None:
    """The customer that the line is to be split for, where one was chosen."""
    chosen = _number(request.GET.get("customer"))
    seen = Customer.objects.for_user(request.user).filter(accounts__entity=line.entity_id)
    return seen.filter(pk=chosen).first() if chosen else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 18 else None


def _line(request: HttpRequest, pk: int) -> BankLine:
    seen = BankLine.objects.for_user(request.user).select_related("entity", "account", "statement")
    return get_object_or_404(seen, pk=pk, is_money=True)


def _proposal(request: HttpRequest, pk: int) -> MatchProposal:
    seen = MatchProposal.objects.for_user(request.user).select_related("line__entity", "entity")
    return get_object_or_404(seen, pk=pk)
