"""What collectors write down about a customer: calls, notes, promises and holds."""

from collections import defaultdict
from contextlib import suppress
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import activities, holds, promises
from o2c.collections.forms import CallForm, ClosingForm, HoldForm, NoteForm, PromiseForm
from o2c.collections.incoming import acts
from o2c.collections.incoming.suggesting import About
from o2c.collections.models import Hold, IncomingMail, PromiseToPay, Task
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import MoneyError
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
MOST_ITEMS = 200


@needs("tasks.work")
@require_http_methods(FORM)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    customer, task, entities = about_whom(request, pk)
    form = CallForm(request.POST if request.method == "POST" else None, entities=entities)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        activities.log_call(
            task or customer, facts["outcome"], facts["text"], entity=facts["entity"], actor=Actor.of(request.user)
        )
        messages.success(request, "The call is written down.")
        return onward(request, way_back(customer, task))
    heading = f"Call with {customer.name}"
    return show_form(request, form, heading=heading, action="Save", across=True, back=way_back(customer, task))


@needs("tasks.work")
@require_http_methods(FORM)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    customer, task, entities = about_whom(request, pk)
    form = NoteForm(request.POST if request.method == "POST" else None, entities=entities)
    if request.method == "POST" and form.is_valid():
        try:
            activities.add_note(
                task or customer,
                form.cleaned_data["text"],
                entity=form.cleaned_data["entity"],
                actor=Actor.of(request.user),
            )
        except activities.NothingSaid as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, "The note is written down.")
            return onward(request, way_back(customer, task))
    return show_form(request, form, heading=f"Note on {customer.name}", action="Save", back=way_back(customer, task))


@needs("promises.record")
@require_http_methods(FORM)
def promise(request: HttpRequest, pk: int) -> HttpResponse:
    """A promise is about one legal entity and one currency: the one with most overdue, unless another is asked for."""
    customer, task, entities = about_whom(request, pk)
    owed = owed_by(customer, entities)
    if not owed:
        messages.info(request, f"{customer.name} owes nothing.")
        return onward(request, way_back(customer, task))
    asked = f"{request.GET.get('entity', '')}-{request.GET.get('currency', '')}"
    named = {pk for each in request.GET.getlist("items") for pk in each.split(",")}
    (entity, currency), items = next(
        ((pair, items) for pair, items in owed if f"{pair[0].code}-{pair[1]}" == asked),
        next(((pair, items) for pair, items in owed if named & {str(item.pk) for item in items}), owed[0]),
    )
    today = clock.today(entity.time_zone)
    late = {item.pk: item.open_amount for item in items if item.due_on < today}
    named = {item.pk: item.open_amount for item in items if str(item.pk) in named}
    suggested = named or late or {item.pk: item.open_amount for item in items}
    form = PromiseForm(
        request.POST if request.method == "POST" else None, items=items, suggested=suggested, today=today
    )
    with suppress(ValueError):  # what a mail seems to promise
        form.fields["pay_by"].initial = max(today, date.fromisoformat(request.GET.get("pay_by", "")))
    if request.method == "POST" and form.is_valid():
        try:
            given = promises.record(
                customer=customer,
                entity=entity,
                items=form.chosen(),
                pay_by=form.cleaned_data["pay_by"],
                promised_on=today,
                task=task,
                actor=Actor.of(request.user),
            )
        except (promises.PromiseRefused, MoneyError) as refused:
            form.add_error("pay_by" if "before the day" in str(refused) else None, str(refused))
        else:
            as_a_mail_says(request, About.PROMISE)
            messages.success(request, f"Promised by {given.pay_by:%d %b %Y}; these items are not chased until then.")
            return onward(request, way_back(customer, task))
    context = {
        "form": form,
        "customer": customer,
        "entity": entity,
        "currency": currency,
        "others": [pair for pair, _ in owed if pair != (entity, currency)],
        "task": task,
        "today": today,
        "total": sum(suggested.values(), Decimal(0)),
        "back": way_back(customer, task),
    }
    return render(request, "collections/promise.html", context, status=422 if form.is_bound else 200)


@needs("book.read")
@require_safe
def promise_list(request: HttpRequest) -> HttpResponse:
    """Promises by the day they are due; those that stand, unless others are asked for."""
    state = request.GET.get("state") if request.GET.get("state") in PromiseToPay.State else PromiseToPay.State.OPEN
    found = PromiseToPay.objects.for_user(request.user).filter(state=state).select_related("customer", "entity")
    order = ["pay_by", "id"] if state == PromiseToPay.State.OPEN else ["-pay_by", "-id"]
    context = {
        "page": cut(found.order_by(*order), request.GET.get("page")),
        "state": state,
        "states": PromiseToPay.State.choices,
        "today": clock.today(),
    }
    return render(request, "collections/promises.html", context)


@needs("promises.record")
@require_http_methods(FORM)
def withdraw_promise(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PromiseToPay.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)
    form = ClosingForm(request.POST if request.method == "POST" else None)
    del form.fields["note"]
    if request.method == "POST":
        try:
            promises.withdraw(found, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        except promises.PromiseRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The promise is withdrawn; its items are chased again.")
        return onward(request, reverse("customer", args=[found.customer_id]))
    return show_form(
        request,
        form,
        heading="Withdraw the promise?",
        about=f"{found.customer.name} promised {found.money} by {found.pay_by:%d %b %Y}. Its items are chased again.",
        action="Withdraw it",
        style="danger",
        back=reverse("customer", args=[found.customer_id]),
    )


@needs("holds.set")
@require_http_methods(FORM)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """No dunning of a customer, or with ?item= of one item."""
    customer, task, entities = about_whom(request, pk)
    item = _item(request, customer)
    if item:
        entities = [entity for entity in entities if entity.pk == item.entity_id]
    form = HoldForm(
        request.POST if request.method == "POST" else None,
        entities=entities,
        everywhere=not item and request.user.all_entities and len(entities) > 1,
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            holds.place(
                customer=customer,
                entity=None if facts.get("everywhere") else facts["entity"],
                item=item,
                reason=facts["reason"],
                from_on=clock.today(facts["entity"].time_zone),
                until=facts["until"],
                actor=Actor.of(request.user),
            )
        except holds.HoldRefused as refused:
            form.add_error("until" if "before it begins" in str(refused) else "reason", str(refused))
        else:
            messages.success(request, f"{item.number if item else customer.name} is on hold: no notices go out.")
            return onward(request, way_back(customer, task))
    what = item.number if item else customer.name
    return show_form(request, form, heading=f"Hold {what}", action="Put on hold", back=way_back(customer, task))


@needs("holds.set")
@require_http_methods(FORM)
def lift_hold(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Hold.objects.filter(customer__in=Customer.objects.for_user(request.user)).select_related("customer", "entity"),
        pk=pk,
    )
    if found.entity is None:
        # it holds with every legal entity, so only who sees them all may end it
        if not request.user.all_entities:
            raise Http404
    elif not LegalEntity.objects.for_user(request.user).filter(pk=found.entity_id).exists():
        raise Http404
    form = ClosingForm(request.POST if request.method == "POST" else None)
    del form.fields["note"]
    if request.method == "POST":
        zone = found.entity.time_zone if found.entity else "UTC"
        try:
            holds.lift(found, on=clock.today(zone), actor=Actor.of(request.user))
        except holds.HoldRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The hold is lifted.")
        return onward(request, reverse("customer", args=[found.customer_id]))
    return show_form(
        request,
        form,
        heading="Lift the hold?",
        about=f"{found.customer.name}: {found.reason}. From today on it is chased again.",
        action="Lift it",
        back=reverse("customer", args=[found.customer_id]),
    )


def about_whom(request: HttpRequest, pk: int) -> tuple[Customer, Task | None, list[LegalEntity]]:
    """The customer, the task it is done for, and the legal entities it can be about."""
    accounts = Account.objects.for_user(request.user).filter(customer_id=pk).select_related("entity", "customer")
    accounts = list(accounts.order_by("entity__code"))
    if not accounts:
        raise Http404
    customer, entities = accounts[0].customer, [account.entity for account in accounts]
    task = None
    if request.GET.get("task", "").isdecimal():
        found = Task.objects.for_user(request.user).filter(customer=customer).select_related("customer", "entity")
        task = get_object_or_404(found, pk=int(request.GET["task"]))
        entities = [task.entity]
    return customer, task, entities


def as_a_mail_says(request: HttpRequest, about: About) -> None:
    """Note with the mail that led here, with ?mail=, that it does say so."""
    if request.GET.get("mail", "").isdecimal():
        seen = IncomingMail.objects.for_user(request.user).select_related("entity").defer("raw")
        came = seen.filter(pk=int(request.GET["mail"])).first()
        if came is not None:
            with suppress(acts.MailRefused):
                acts.confirm(came, about, actor=Actor.of(request.user))


def _item(request: HttpRequest, customer: Customer) -> OpenItem | None:
    if not request.GET.get("item", "").isdecimal():
        return None
    seen = OpenItem.objects.for_user(request.user).filter(customer=customer)
    return get_object_or_404(seen, pk=int(request.GET["item"]))


def way_back(customer: Customer, task: Task | None) -> str:
    return reverse("task", args=[task.pk]) if task else reverse("customer", args=[customer.pk])


def owed_by(customer: Customer, entities: list[LegalEntity]) -> list[tuple[tuple[LegalEntity, str], list[OpenItem]]]:
    """The customer's open invoices by legal entity and currency, the largest sum first, each the longest due first."""
    by_id = {entity.pk: entity for entity in entities}
    items = OpenItem.objects.filter(customer=customer, entity__in=entities, open_amount__gt=0).order_by("due_on", "id")
    owed = defaultdict(list)
    for item in items[:MOST_ITEMS]:
        owed[by_id[item.entity_id], item.currency].append(item)
    return sorted(owed.items(), key=lambda pair: -sum(item.open_amount for item in pair[1]))
