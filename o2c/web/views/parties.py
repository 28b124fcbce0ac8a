"""A customer's master data: who it is, what is agreed with it, whom to reach there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core.actors import Actor, acting
from o2c.core.pages import act_by_form, onward, show_form
from o2c.core.rights import needs
from o2c.orders import customers
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.models import Account, Contact, Customer, LegalEntity
from o2c.web.party_forms import (
    AccountForm,
    ContactForm,
    CreditForm,
    CustomerForm,
    NewAccountForm,
    NewCustomerForm,
)

FORM = ["GET", "HEAD", "POST"]


@needs("customers.edit")
@require_http_methods(FORM)
def new_customer(request: HttpRequest) -> HttpResponse:
    form = NewCustomerForm(_sent(request), user=request.user)
    if form.is_valid():
        facts, actor = form.cleaned_data, Actor.of(request.user)
        entity, terms = facts.pop("entity"), facts.pop("terms")
        with acting(actor):
            made = customers.create(actor=actor, **facts)
            customers.open_account(made, entity, terms=terms, actor=actor)
        messages.success(request, f"{made.name} is opened.")
        return onward(request, _page(made.pk))
    return show_form(request, form, heading="New customer", action="Open", back=reverse("customers"))


@needs("customers.edit")
@require_http_methods(FORM)
def edit_customer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.for_user(request.user).select_related("parent"), pk=pk)
    form = CustomerForm(_sent(request), row=found, user=request.user)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            customers.change(found, seen=facts.pop("version"), actor=Actor.of(request.user), **facts)
        except customers.CustomerRefused as refused:
            form.add_error("parent", str(refused))
        else:
            messages.success(request, f"{found.name} is saved.")
            return onward(request, _page(pk))
    return show_form(request, form, heading=f"Edit {found.name}", action="Save", back=_page(pk))


@needs("customers.edit")
@require_http_methods(FORM)
def new_account(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = LegalEntity.objects.for_user(request.user).exclude(accounts__customer=found).order_by("code")
    form = NewAccountForm(_sent(request), entities=entities)
    if form.is_valid():
        facts = form.cleaned_data
        customers.open_account(found, facts["entity"], terms=facts["terms"], actor=Actor.of(request.user))
        messages.success(request, f"{found.name} now buys from {facts['entity'].name} too.")
        return onward(request, _page(pk))
    return show_form(
        request,
        form,
        heading=f"Open an account for {found.name}",
        about="" if entities else "It has an account with every legal entity that you see.",
        action="Open",
        back=_page(pk),
    )


@needs("customers.edit")
@require_http_methods(FORM)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    form = AccountForm(_sent(request), row=account, entity=account.entity)
    if form.is_valid():
        facts = form.cleaned_data
        customers.change_account(account, seen=facts.pop("version"), actor=Actor.of(request.user), **facts)
        messages.success(request, f"What is agreed with {account.customer.name} is saved.")
        return onward(request, _page(account.customer_id))
    return show_form(
        request,
        form,
        heading=f"{account.customer.name} with {account.entity.code}",
        about="Terms hold for invoices to come: what is due already stays due when it was.",
        action="Save",
        back=_page(account.customer_id),
    )


@needs("credit.edit")
@require_http_methods(FORM)
def edit_credit(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    form = CreditForm(_sent(request), row=account)

    def act(version, **facts) -> str:
        customers.change_account(account, seen=version, actor=Actor.of(request.user), **facts)
        return f"Credit and standing of {account.customer.name} are saved."

    heading = f"Credit and standing of {account.customer.name} with {account.entity.code}"
    return act_by_form(
        request, form, act, refusals=(LimitRefused,), heading=heading, action="Save", back=_page(account.customer_id),
        about="The limit counts from today on.",
    )  # fmt: skip


@needs("customers.edit")
@require_http_methods(FORM)
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    form = ContactForm(_sent(request))
    if form.is_valid():
        made = customers.add_contact(found, actor=Actor.of(request.user), **form.cleaned_data)
        messages.success(request, f"{made.name} is written down.")
        return onward(request, _page(pk))
    return show_form(request, form, heading=f"New contact at {found.name}", action="Save", back=_page(pk))


@needs("customers.edit")
@require_http_methods(FORM)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.for_user(request.user).select_related("customer"), pk=pk)
    form = ContactForm(_sent(request), row=contact)
    if form.is_valid():
        facts = form.cleaned_data
        customers.change_contact(contact, seen=facts.pop("version"), actor=Actor.of(request.user), **facts)
        messages.success(request, f"{contact.name} is saved.")
        return onward(request, _page(contact.customer_id))
    heading = f"{contact.name} at {contact.customer.name}"
    return show_form(request, form, heading=heading, action="Save", back=_page(contact.customer_id))


def _account(request: HttpRequest, pk: int) -> Account:
    rows = Account.objects.for_user(request.user).select_related("customer", "entity", "terms", "collector")
    return get_object_or_404(rows, pk=pk)


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _page(pk: int) -> str:
    return reverse("customer", args=[pk])
