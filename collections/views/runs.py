"""Dunning runs in the browser: look at what is proposed, approve it or not, and see what became of it."""

from datetime import date

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import approving, dunning, leaving_out, pilots, reasons, weighing, why
from o2c.collections.forms import LeaveOutForm
from o2c.collections.models import Decision, DunningRun, Notice
from o2c.collections.views.notices import level_names
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.formats import number
from o2c.core.models import Message, Partition
from o2c.core.pages import act_by_form, onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity

State = DunningRun.State
AT_WORK = {State.PROPOSING, State.APPROVED, State.SENDING}
FORM = ["GET", "HEAD", "POST"]


class ProposeForm(forms.Form):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        entities = LegalEntity.objects.for_user(user).order_by("code")
        self.fields["entity"].queryset = entities
        self.fields["entity"].empty_label = None


@needs("book.read")
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    found = DunningRun.objects.for_user(request.user).filter(pilots.RECORDED).select_related("entity")
    if request.GET.get("state") in State:
        found = found.filter(state=request.GET["state"])
    page = cut(found.order_by("-as_of", "-id"), request.GET.get("page"))
    for run in page:
        run.left_out = sum(int(times) for times in run.skipped.values())
    return render(request, "collections/runs.html", {"page": page, "states": State.choices})


@needs("dunning.propose")
@require_http_methods(FORM)
def propose(request: HttpRequest) -> HttpResponse:
    form = ProposeForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        entity = form.cleaned_data["entity"]
        run = dunning.propose(entity, clock.today(entity.time_zone), actor=Actor.of(request.user), inline=False)
        return onward(request, reverse("run", args=[run.pk]))
    return show_form(
        request,
        form,
        heading="Propose today's run",
        about="Looks at everything overdue now. Nothing goes out before somebody approves it.",
        action="Propose",
        back=reverse("runs"),
    )


@needs("book.read")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    notices = Notice.objects.filter(run=found)
    by_level = list(
        notices.values("policy_id", "level", "currency", "state")
        .annotate(notices=Count("id"), items=Sum("items"), total=Sum("total"))
        .order_by("level", "currency", "state")
    )
    chosen = notices.select_related("customer", "message", "contact")
    asked = {name: request.GET.get(name, "") for name in ("level", "currency", "state")}
    if asked["level"].isdecimal():
        chosen = chosen.filter(level=int(asked["level"]))
    if asked["currency"]:
        chosen = chosen.filter(currency=asked["currency"].upper())
    if asked["state"] in Notice.State:
        chosen = chosen.filter(state=asked["state"])
    names = level_names({row["policy_id"] for row in by_level})
    for row in by_level:
        row["name"] = names.get((row["policy_id"], row["level"]), f"Level {row['level']}")
        row["state_title"] = Notice.State(row["state"]).label
    page = cut(chosen.order_by("-total", "id"), request.GET.get("page"))
    for notice in page:
        notice.waits = notice.state == Notice.State.PROPOSED and notice.missing
        notice.level_name = names.get((notice.policy_id, notice.level), f"Level {notice.level}")
        notice.why = reasons.title(notice.cancelled_because)
    waits = list(
        weighing.waiting(found.pk)
        .values("policy_id", "level", "currency", "alone", "missing")
        .annotate(notices=Count("id"), items=Sum("items"), total=Sum("total"))
        .order_by("level", "currency", "alone", "missing")
    )
    for row in waits:
        row["name"] = names.get((row["policy_id"], row["level"]), f"Level {row['level']}")
    mails = {}
    if found.state in (State.SENDING, State.WAITING, State.DONE):
        counted = Message.objects.filter(notice__run=found).values("state").annotate(count=Count("id"))
        mails = {Message.State(row["state"]).label: (row["state"], row["count"]) for row in counted}
    context = {
        "run": found,
        "by_level": by_level,
        "skipped": sorted(
            (
                (reasons.title(reason), reasons.sentence(reason), reason, times)
                for reason, times in found.skipped.items()
            ),
            key=lambda row: -row[3],
        ),
        "left_out": sum(found.skipped.values()),
        "page": page,
        "mails": mails,
        "waits": waits,
        "asked": asked,
        "at_work": found.state in AT_WORK,
        "progress": _progress(found) if found.state in AT_WORK else None,
    }
    return render(request, "collections/run.html", context)


@needs("book.read")
@require_safe
def run_decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """The items the run looked at and what it decided, for one reason or all."""
    found = _run(request, pk)
    rows = Decision.objects.filter(as_of=found.as_of, run_id=found.pk)
    reason = request.GET.get("reason", "")
    if reason:
        rows = rows.filter(reason=reason)
    page = cut(rows.order_by("item_id"), request.GET.get("page"))
    items = {item.pk: item for item in OpenItem.objects.filter(pk__in=[row.item_id for row in page])}
    customers = {c.pk: c for c in Customer.objects.filter(pk__in={row.customer_id for row in page})}
    context = {
        "run": found,
        "reason": reason,
        "title": reasons.title(reason) if reason else "Every decision",
        "sentence": reasons.sentence(reason),
        "page": page,
        "rows": [
            (row, items.get(row.item_id), customers.get(row.customer_id), said)
            for row, said in zip(page, why.of_decisions(list(page)), strict=True)
        ],
    }
    return render(request, "collections/decisions.html", context)


@needs("book.read")
@require_safe
def customer_dunning(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rules say today of each of a customer's items that they look at, and why."""
    found = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = list(LegalEntity.objects.for_user(request.user).filter(accounts__customer=found).order_by("code"))
    said = [
        (entity, *answer)
        for entity in entities
        for answer in why.of_customer(found, entity, clock.today(entity.time_zone))
    ]
    page = cut(said, request.GET.get("page"))
    items = OpenItem.objects.in_bulk([item_id for _, item_id, _ in page])
    told = Customer.objects.in_bulk({each.told_id for _, _, each in page} - {found.pk})
    context = {
        "customer": found,
        "page": page,
        "rows": [(items[item_id], entity, each, told.get(each.told_id)) for entity, item_id, each in page],
    }
    return render(request, "collections/customer_dunning.html", context)


@needs("book.read")
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """What one customer is told in a run, item by item."""
    found = get_object_or_404(
        Notice.objects.for_user(request.user)
        .select_related("run", "customer", "entity", "message", "contact", "policy")
        .prefetch_related("approvals"),
        pk=pk,
    )
    lines = list(found.lines.select_related("item").order_by("-level", "item__due_on", "id"))
    names = level_names({found.policy_id})
    for line in lines:
        line.level_name = names.get((found.policy_id, line.level), f"Level {line.level}")
        line.why = reasons.title(line.dropped_because) if line.dropped_because else ""
    context = {
        "notice": found,
        "lines": lines,
        "charged": found.charged.select_related("customer", "item").order_by("id"),
        "level_name": names.get((found.policy_id, found.level), f"Level {found.level}"),
        "why": reasons.sentence(found.cancelled_because),
        "waits": found.state == Notice.State.PROPOSED and found.missing and found.run.state in approving.OPEN,
        "may_approve": may(request.user, "dunning.approve") and approving.approvable(found, request.user),
        "may_leave_out": found.state == Notice.State.PROPOSED
        and (found.run.state == State.PROPOSED or (found.missing and found.run.state in approving.OPEN))
        and may(request.user, "dunning.approve"),
    }
    return render(request, "collections/notice.html", context)


@needs("dunning.approve")
@require_http_methods(FORM)
def leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a notice, or with `?item=` one item of it, out of a run that waits for approval."""
    found = get_object_or_404(Notice.objects.for_user(request.user).select_related("run", "customer", "entity"), pk=pk)
    asked = request.GET.get("item", "")
    item = get_object_or_404(OpenItem, notice_lines__notice=found, pk=int(asked)) if asked.isdecimal() else None
    form = LeaveOutForm(request.POST if request.method == "POST" else None)
    what = f"{item.number} of {item.customer.name}" if item else found.customer.name

    def act(*, reason: str, until: date | None) -> str:
        leaving_out.leave_out(found, reason=reason, until=until, item=item, actor=Actor.of(request.user))
        return f"{what} is left out of the run."

    return act_by_form(
        request,
        form,
        act,
        refusals=(dunning.DunningRefused,),
        back=reverse("notice", args=[pk]),
        heading=f"Leave {what} out of this run?",
        action="Leave out",
    )


@needs("dunning.approve")
@require_http_methods(FORM)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    standing = Notice.objects.filter(run=found, state=Notice.State.PROPOSED)
    told = standing.aggregate(
        notices=Count("id"),
        items=Sum("items", default=0),
        left=Count("id", filter=Q(missing__gt=1) | Q(missing=1, alone=True)),
    )
    left = f" {number(told['left'])} wait on: for a second person, or to be approved alone." if told["left"] else ""
    return _decide(
        request,
        found,
        dunning.approve,
        heading=f"Approve {number(told['notices'])} notice{'' if told['notices'] == 1 else 's'}?",
        about=f"{number(told['items'])} items of {found.entity.name}. Each is looked at again just before it goes"
        f" out: what was paid, promised or disputed meanwhile is left out.{left}",
        action="Approve and send",
        said="The run is approved. Messages and tasks are being made.",
    )


@needs("dunning.approve")
@require_http_methods(FORM)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    waits = found.state == State.WAITING
    return _decide(
        request,
        found,
        dunning.cancel,
        heading="Cancel what waits?" if waits else "Cancel the run?",
        about=f"None of {'what waits' if waits else 'its notices'} goes out. Its items are proposed again by the next"
        " run.",
        action="Cancel it" if waits else "Cancel the run",
        style="danger",
        said="What waited is cancelled." if waits else "The run is cancelled. Nothing went out.",
    )


@needs("dunning.approve")
@require_http_methods(FORM)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    def begin(found: DunningRun, *, actor: Actor) -> None:
        dunning.send(found, actor=actor, inline=False)

    return _decide(
        request,
        _run(request, pk),
        begin,
        heading="Send the run now?",
        about="Its messages and tasks are made. One whose sending was begun goes on where it stopped.",
        action="Send",
        said="The run is being sent.",
    )


def _decide(request: HttpRequest, found: DunningRun, act, *, said: str, **words) -> HttpResponse:
    """Ask, then do; a move that somebody else has made meanwhile is told by the shell."""
    back = reverse("run", args=[found.pk])
    if request.method == "POST":
        try:
            act(found, actor=Actor.of(request.user))
        except dunning.DunningRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said)
        return onward(request, back)
    return show_form(request, forms.Form(), back=back, **words)


def _run(request: HttpRequest, pk: int) -> DunningRun:
    return get_object_or_404(DunningRun.objects.for_user(request.user).select_related("entity"), pk=pk)


def _progress(found: DunningRun) -> dict:
    work = dunning.PROPOSE if found.state == State.PROPOSING else dunning.SEND
    parts = dict(Partition.objects.filter(work=work, subject_id=found.pk).values_list("state").annotate(Count("id")))
    return {"done": parts.get("done", 0), "all": sum(parts.values()), "failed": parts.get("failed", 0)}
