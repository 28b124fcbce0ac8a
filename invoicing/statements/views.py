"""Statements of account in the browser: schedules, runs with their progress, each statement, and one made at once."""

from datetime import date

from django import forms
from django.contrib import messages as says
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import clock, documents, replica
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.mail import file_name
from o2c.core.models import Message
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import correspondents
from o2c.invoicing.models import Statement, StatementRun, StatementSchedule
from o2c.invoicing.statements import figures, files, making, runs, schedules, sending
from o2c.invoicing.statements.forms import ChangeScheduleForm, OneForm, RunForm, ScheduleForm
from o2c.invoicing.statements.making import Told
from o2c.orders.models import Account, LegalEntity

State, Kind = StatementRun.State, StatementRun.Kind
FORM = ["GET", "HEAD", "POST"]


@needs("book.read")
@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """The schedules and when each comes next, and the runs, the newest first."""
    planned = StatementSchedule.objects.for_user(request.user).select_related("entity")
    planned = list(planned.annotate(done=Max("runs__due_on")).order_by("-in_use", "entity__code", "pk"))
    now = clock.now()
    for schedule in planned:
        schedule.next_on = schedules.next_day(schedule, now, done=schedule.done) if schedule.in_use else None
        schedule.when = schedules.said(schedule)
    found = StatementRun.objects.for_user(request.user).select_related("entity").order_by("-pk")
    page = cut(found, request.GET.get("page"))
    for run in page:
        run.progress = runs.progress(run) if run.state == State.MAKING else None
    context = {"schedules": planned, "page": page, "at_work": any(run.progress for run in page)}
    return render(request, "invoicing/statements.html", context)


# --- Runs


@needs("statements.run")
@require_http_methods(FORM)
def new_run(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    today = max((clock.today(entity.time_zone) for entity in entities), default=clock.today())
    data = request.POST if request.method == "POST" else None
    form = RunForm(data, user=request.user, initial={"as_of": today, "entity": request.GET.get("entity", "")})
    if data is not None and form.is_valid():
        try:
            run = runs.begin(**form.cleaned_data, actor=Actor.of(request.user))
        except runs.SentBefore as refused:
            data = data.copy()
            data["again"] = ""
            form = RunForm(data, user=request.user)
            form.is_valid()
            form.add_error("again", str(refused))
        except runs.RunRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            runs.enqueue(run)
            return onward(request, reverse("statement_run", args=[run.pk]))
    return show_form(
        request,
        form,
        heading="Make statements",
        about="One for each customer, in the customer’s language. Sent ones go to the contact who pays the bills.",
        action="Make them",
        back=reverse("statements"),
        across=True,
    )


@needs("book.read")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    made = Statement.objects.filter(run=found)
    counts = dict(made.values_list("state").annotate(Count("id")))
    mails = dict(Message.objects.filter(statement__run=found).values_list("state").annotate(Count("id")))
    asked = {"state": request.GET.get("state", ""), "q": request.GET.get("q", "").strip()[:100]}
    rows = made.select_related("customer", "message").order_by("customer__number")
    if asked["state"] in Statement.State:
        rows = rows.filter(state=asked["state"])
    if asked["q"]:
        rows = rows.filter(customer__number__istartswith=asked["q"]) | rows.filter(customer__name__icontains=asked["q"])
    at_work = found.state == State.MAKING
    context = {
        "run": found,
        "counts": counts,
        "made": sum(counts.values()),
        "mails": [(state, Message.State(state).label, count) for state, count in sorted(mails.items())],
        "states": Statement.State.choices,
        "asked": asked,
        "page": cut(rows, request.GET.get("page")),
        "at_work": at_work,
        "progress": runs.progress(found) if at_work else None,
        "totals": list(found.totals.items()),
        "query": urlencode({name: value for name, value in _query(found).items() if value}),
    }
    return render(request, "invoicing/statement_run.html", context)


def _query(found: StatementRun) -> dict[str, str]:
    """What the run's statements tell, as the address of a file says it."""
    return {
        "entity": found.entity.code,
        "kind": found.kind,
        "as_of": found.as_of.isoformat(),
        "from_on": found.from_on.isoformat() if found.from_on else "",
    }


@needs("statements.run")
@require_http_methods(FORM)
def cancel_run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    if request.method == "POST":
        runs.cancel(found, actor=Actor.of(request.user))
        says.success(request, "The run is stopped. What was made of it stays, and what was sent is sent.")
        return onward(request, reverse("statement_run", args=[pk]))
    return show_form(
        request,
        forms.Form(),
        heading="Stop the run?",
        about="No further statement of it is made. What is made already stays, and its messages go out.",
        action="Stop it",
        style="danger",
        back=reverse("statement_run", args=[pk]),
    )


def _run(request: HttpRequest, pk: int) -> StatementRun:
    seen = StatementRun.objects.for_user(request.user).select_related("entity", "schedule")
    return get_object_or_404(seen, pk=pk)


# --- Schedules


@needs("statements.schedule")
@require_http_methods(FORM)
def new_schedule(request: HttpRequest) -> HttpResponse:
    form = ScheduleForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = schedules.create(actor=Actor.of(request.user), **form.cleaned_data)
        next_on = schedules.next_day(made, clock.now(), done=None)
        says.success(request, f"Statements are made by themselves, next on {next_on}.")
        return onward(request, reverse("statements"))
    return _show_schedule(request, form, heading="New schedule", action="Save it")


@needs("statements.schedule")
@require_http_methods(FORM)
def edit_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    found = _schedule(request, pk)
    initial = {name: getattr(found, name) for name in ScheduleForm.field_order if name != "entity"}
    form = ChangeScheduleForm(request.POST if request.method == "POST" else None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        schedules.change(found, actor=Actor.of(request.user), **form.cleaned_data)
        says.success(request, "The schedule is changed, from now on.")
        return onward(request, reverse("statements"))
    return _show_schedule(request, form, heading=f"Schedule of {found.entity.code}", action="Save it")


def _show_schedule(request: HttpRequest, form, **words) -> HttpResponse:
    about = "Made when the hour has come, also if that was missed. Statements that go by e-mail are sent at once."
    return show_form(request, form, about=about, back=reverse("statements"), across=True, no_optional=True, **words)


@needs("statements.schedule")
@require_POST
def stop_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    schedules.stop(_schedule(request, pk), actor=Actor.of(request.user))
    says.success(request, "The schedule is stopped.")
    return redirect("statements")


@needs("statements.schedule")
@require_POST
def resume_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    schedules.resume(_schedule(request, pk), actor=Actor.of(request.user))
    says.success(request, "The schedule goes on.")
    return redirect("statements")


def _schedule(request: HttpRequest, pk: int) -> StatementSchedule:
    return get_object_or_404(StatementSchedule.objects.for_user(request.user).select_related("entity"), pk=pk)


# --- One that was made


@needs("book.read")
@require_safe
def statement_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The statement as it was made."""
    seen = Statement.objects.for_user(request.user).select_related("document")
    found = get_object_or_404(seen, pk=pk, document__isnull=False)
    _taken(request, found.customer_id, [found.entity_id], statement=pk)
    return documents.answer(found.document.name, found.document.media_type, bytes(found.document.content))


@needs("statements.run")
@require_POST
def send_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one that was kept, or that nobody could be written to with when it was made."""
    seen = Statement.objects.for_user(request.user).select_related("run__entity")
    found = get_object_or_404(seen, pk=pk)
    try:
        sending.send(found, actor=Actor.of(request.user))
    except correspondents.NotSent as refused:
        says.error(request, str(refused))
    else:
        says.success(request, f"It is sent to {found.message.recipient}.")
    return redirect("statement_run", found.run_id)


# --- One customer's, made at once


@needs("book.read")
@require_http_methods(FORM)
def ask_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """What a statement of the customer is to tell; then the file."""
    accounts = _accounts(request, pk)
    entities = [account.entity for account in accounts]
    initial = {"as_of": max(clock.today(entity.time_zone) for entity in entities)}
    form = OneForm(request.POST if request.method == "POST" else None, entities=entities, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        query = {"entity": asked["entity"].code, "kind": asked["kind"], "as_of": asked["as_of"].isoformat()}
        if asked["from_on"]:
            query["from_on"] = asked["from_on"].isoformat()
        name = "statement" if asked["file"] == "csv" else "statement_paper"
        return onward(request, f"{reverse(name, args=[pk])}?{urlencode(query)}")
    return show_form(
        request,
        form,
        heading=f"Statement for {accounts[0].customer.name}",
        about="Of any day, as it was known on that day. It is shown to you, and neither kept nor sent.",
        action="Make it",
        back=reverse("customer", args=[pk]),
        across=True,
    )


@needs("book.read")
@require_safe
def statement(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The statement of account as a CSV file, as of today or of the day asked for."""
    accounts, kind, as_of, from_on = _asked(request, pk)
    entity_ids = [account.entity_id for account in accounts]
    if kind == Kind.ACTIVITY:
        parts = replica.read(lambda: figures.read([pk], entity_ids, as_of, from_on=from_on)).get(pk, [])
        content = files.activity_as_csv(parts, from_on=from_on, as_of=as_of)
    else:
        content = files.as_csv(replica.read(lambda: files.statement(pk, entity_ids, as_of)))
    _taken(request, pk, entity_ids, as_of=as_of.isoformat())
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    number = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in accounts[0].customer.number)
    response["Content-Disposition"] = content_disposition_header(
        True, file_name(f"statement-{number}-{as_of.isoformat()}.csv")
    )
    return response


@needs("book.read")
@require_safe
def statement_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer's statement with one legal entity as a PDF, of any day; where none is named, with the first."""
    accounts, kind, as_of, from_on = _asked(request, pk)
    told = Told.of(accounts[0].entity, kind, as_of, from_on)
    made = replica.read(lambda: making.of_one(told, pk))
    _taken(request, pk, [told.entity.pk], as_of=as_of.isoformat())
    return documents.answer(made.name, made.media_type, made.content)


def _asked(request: HttpRequest, pk: int) -> tuple[list[Account], str, date, date | None]:
    """With whom, what and of which days; what cannot be read is not there."""
    accounts = _accounts(request, pk)
    if request.GET.get("entity"):
        accounts = [account for account in accounts if account.entity.code == request.GET["entity"]]
    kind = request.GET.get("kind") or Kind.OPEN_ITEMS
    if not accounts or kind not in Kind:
        raise Http404
    try:
        as_of = date.fromisoformat(request.GET.get("as_of") or _today(accounts).isoformat())
        first = request.GET.get("from_on")
        from_on = date.fromisoformat(first) if first else figures.month_before(as_of)
    except (ValueError, OverflowError):
        raise Http404 from None
    if from_on > as_of:
        raise Http404
    return accounts, kind, as_of, from_on if kind == Kind.ACTIVITY else None


def _today(accounts: list[Account]) -> date:
    return max(clock.today(account.entity.time_zone) for account in accounts)


def _accounts(request: HttpRequest, pk: int) -> list[Account]:
    """The customer's accounts with the legal entities that the user sees. Raises Http404 where there is none."""
    seen = Account.objects.for_user(request.user).filter(customer_id=pk).select_related("entity", "customer")
    accounts = list(seen.order_by("entity__code"))
    if not accounts:
        raise Http404
    return accounts


def _taken(request: HttpRequest, customer_id: int, entity_ids: list[int], **facts) -> None:
    records.exported(
        "Statement of account",
        actor=Actor.of(request.user),
        customer_id=customer_id,
        entity_ids=entity_ids,
        **facts,
    )
