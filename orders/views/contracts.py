"""Contracts in the browser: what ends soon, and one with its prices, its renewals and what can be done with it."""

from datetime import timedelta

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.orders.contracts import keeping as acts
from o2c.orders.contracts.life import Life, life, those_of
from o2c.orders.forms import (
    ContractFilter,
    ContractForm,
    EndContractForm,
    EndPriceForm,
    NewContractForm,
    PriceForm,
    RenewContractForm,
)
from o2c.orders.models import Account, Contract, ContractPrice, Customer, LegalEntity, PriceListChoice
from o2c.orders.prices import keeping
from o2c.orders.views.shared import CANNOT, FORM, STANDS, asked_days, asked_price, of_days, of_product

DAY = timedelta(days=1)
STATE = Contract.State


@needs("book.read")
@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """What ends first stands first."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = ContractFilter(request.GET, entities=entities)
    form.is_valid()
    asked, seen = form.cleaned_data, Contract.objects.for_user(request.user)
    rows = seen.select_related("entity", "customer").order_by("ends_on", "id")
    if asked.get("life"):
        rows = rows.filter(those_of(entities, Life(asked["life"])))
    if asked.get("entity"):
        rows = rows.filter(entity__code=asked["entity"])
    if text := asked.get("customer", "").strip():
        rows = rows.filter(
            Q(number__istartswith=text) | Q(customer__number__istartswith=text) | Q(customer__name__icontains=text)
        )
    page = cut(rows, request.GET.get("page"))
    context = {"form": form, "page": page, "soon": seen.filter(those_of(entities, Life.EXPIRING)).count()}
    _stand(page.rows)
    return render(request, "orders/contracts.html", context)


@needs("book.read")
@require_safe
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    today = clock.today(found.entity.time_zone)
    usual = "now" if found.state == STATE.ACTIVE and found.begins_on <= today else "all"
    asked = {"q": request.GET.get("q", "").strip()[:100], "show": asked_days(request, usual)}
    rows = of_product(of_days(found.prices.all(), asked["show"], today), asked["q"])
    _stand([found])
    context = {
        "contract": found,
        "page": cut(
            rows.select_related("product").order_by("product__number", "from_quantity", "valid_from"),
            request.GET.get("page"),
        ),
        "asked": asked,
        "stands": STANDS,
        "today": today,
        "days_left": (found.ends_on - today).days if found.ends_on else None,
        "history": _history(found),
        "says_prices": found.state in (STATE.DRAFT, STATE.ACTIVE) and may(request.user, _right(found)),
    }
    return render(request, "orders/contract.html", context)


@needs("book.read")
@require_safe
def customer_prices(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the customer's page that says by what it buys; without a script, the page itself has the link."""
    accounts = list(
        Account.objects.for_user(request.user).filter(customer=pk).select_related("entity").order_by("entity__code")
    )
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    choices = PriceListChoice.objects.for_user(request.user).filter(customer=customer).select_related("price_list")
    for account in accounts:
        today = clock.today(account.entity.time_zone)
        account.choices = [
            each for each in choices
            if each.entity_id == account.entity_id and (each.valid_until is None or each.valid_until >= today)
        ]  # fmt: skip
    rows = Contract.objects.for_user(request.user).filter(customer=customer).select_related("entity", "customer")
    page = cut(rows.order_by("-begins_on", "-id"), None, size=10)
    _stand(page.rows)
    context = {"customer": customer, "accounts": accounts, "page": page}
    return render(request, "orders/customer_prices.html", context)


# --- Acts


@needs("contracts.draft")
@require_http_methods(FORM)
def new_contract(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = LegalEntity.objects.for_user(request.user).filter(accounts__customer=customer).order_by("code")
    made: list[Contract] = []

    def act(**facts) -> str:
        made.append(acts.draft(customer=customer, **facts, actor=Actor.of(request.user)))
        return f"{made[0].number} is drafted. Say its prices, then activate it."

    form = NewContractForm(sent(request), entities=entities)
    answer = act_by_form(
        request, form, act, refusals=CANNOT, heading=f"New contract with {customer.name}", action="Draft it",
        about="It counts for nothing before it is activated.", back=reverse("customer", args=[pk]), across=True,
    )  # fmt: skip
    return _there(request, made[0]) if made else answer


@needs("contracts.draft")
@require_http_methods(FORM)
def edit_contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)

    def act(version, **facts) -> str:
        return f"{acts.change(found, seen=version, **facts, actor=Actor.of(request.user)).number} is saved."

    about = "" if found.state == STATE.DRAFT else "What was agreed is renewed, not rewritten."
    return act_by_form(
        request, ContractForm(sent(request), row=found), act, refusals=CANNOT, heading=f"Edit {found.number}",
        about=about, action="Save", back=_at(found), across=True,
    )  # fmt: skip


@needs("contracts.agree")
@require_http_methods(FORM)
def activate_contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)

    def act() -> str:
        acts.activate(found, today=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        return f"{found.number} counts."

    about = f"Its prices count for {found.customer.name} from {formats.day(found.begins_on)} and are not rewritten."
    if found.predecessor:
        about += f" {found.predecessor.number} is renewed by that and ends the day before."
    return act_by_form(
        request, forms.Form(sent(request)), act, refusals=CANNOT, heading=f"Activate {found.number}?", about=about,
        action="Activate", back=_at(found),
    )  # fmt: skip


@needs("contracts.agree")
@require_http_methods(FORM)
def end_contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    today = clock.today(found.entity.time_zone)

    def act(**facts) -> str:
        ended = acts.end(found, **facts, today=today, actor=Actor.of(request.user))
        return f"{found.number} ends on {formats.day(ended.ends_on)}."

    form = EndContractForm(sent(request), initial={"last_day": today})
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"End {found.number}?", style="danger", action="End it",
        about="For good. After its last day the lists say what is paid.", back=_at(found),
    )  # fmt: skip


@needs("contracts.draft")
@require_http_methods(FORM)
def renew_contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    made: list[Contract] = []

    def act(**facts) -> str:
        made.append(acts.renew(found, **facts, actor=Actor.of(request.user)))
        return f"{made[0].number} is drafted with the prices of {found.number}. Change them, then activate it."

    begins_on = (found.ends_on or clock.today(found.entity.time_zone)) + DAY
    form = RenewContractForm(sent(request), initial={"number": acts.next_number(found.number), "begins_on": begins_on})
    answer = act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Renew {found.number}", action="Draft what follows",
        about=f"With the same terms and the prices of its last day. {found.number} is renewed once it is active.",
        back=_at(found),
    )  # fmt: skip
    return _there(request, made[0]) if made else answer


@needs("contracts.draft")
@require_http_methods(FORM)
def discard_contract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)

    def act() -> str:
        acts.discard(found, actor=Actor.of(request.user))
        return f"The draft {found.number} is thrown away."

    return act_by_form(
        request, forms.Form(sent(request)), act, refusals=CANNOT, heading=f"Throw {found.number} away?", style="danger",
        about="With its prices. The audit trail keeps what it said.", action="Throw it away", back=_at(found),
        to=reverse("contracts"),
    )  # fmt: skip


@needs("contracts.draft")
@require_http_methods(FORM)
def say_contract_price(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    _may_say(request, found)
    today = clock.today(found.entity.time_zone)

    def act(**facts) -> str:
        keeping.say(found, **facts, today=today, actor=Actor.of(request.user))
        return f"The price of {facts['product'].number} is said."

    first = found.begins_on if found.state == STATE.DRAFT else max(found.begins_on, today)
    form = PriceForm(sent(request), initial={"valid_from": first, **asked_price(request)})
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Price of {found.number}", action="Save", back=_at(found),
        about=f"In {found.currency}, on the days of the contract.", across=True,
    )  # fmt: skip


@needs("contracts.draft")
@require_http_methods(FORM)
def end_contract_price(request: HttpRequest, pk: int) -> HttpResponse:
    rows = ContractPrice.objects.for_user(request.user).select_related("contract", "entity", "product")
    found = get_object_or_404(rows, pk=pk)
    _may_say(request, found.contract)
    today = clock.today(found.entity.time_zone)

    def act(last_day) -> str:
        keeping.end(found, last_day=last_day, today=today, actor=Actor.of(request.user))
        return f"The price of {found.product.number} ends."

    last_day = found.valid_from - DAY if found.contract.state == STATE.DRAFT else max(today, found.valid_from)
    return act_by_form(
        request, EndPriceForm(sent(request), initial={"last_day": last_day}), act, refusals=CANNOT,
        heading=f"End the price of {found.product.number}?", action="End it", style="danger", back=_at(found.contract),
        about="One that would begin after that day is taken back.",
    )  # fmt: skip


# --- What they share


def _stand(rows: list[Contract]) -> None:
    """Where each stands today, by the clock of its legal entity."""
    for row in rows:
        row.life = life(row, clock.today(row.entity.time_zone))


def _history(found: Contract) -> list[Contract]:
    """What it renews and what renews it, the oldest first."""
    chain = list(
        Contract.objects.raw(
            """
            WITH RECURSIVE before AS (
                SELECT id, predecessor_id FROM orders_contract WHERE id = %(pk)s
                UNION SELECT c.id, c.predecessor_id FROM orders_contract c JOIN before b ON c.id = b.predecessor_id
            ), after AS (
                SELECT id FROM orders_contract WHERE id = %(pk)s
                UNION SELECT c.id FROM orders_contract c JOIN after a ON c.predecessor_id = a.id
            )
            SELECT c.* FROM orders_contract c
            WHERE c.id IN (SELECT id FROM before UNION SELECT id FROM after) ORDER BY c.begins_on, c.id
            """,
            {"pk": found.pk},
        )
    )
    for each in chain:
        each.entity = found.entity
    _stand(chain)
    return chain if len(chain) > 1 else []


def _right(found: Contract) -> str:
    """The prices of a draft are those of whoever drafts; what counts is changed by who agrees."""
    return "contracts.draft" if found.state == STATE.DRAFT else "contracts.agree"


def _may_say(request: HttpRequest, found: Contract) -> None:
    if not may(request.user, _right(found)):
        raise PermissionDenied


def _contract(request: HttpRequest, pk: int) -> Contract:
    seen = Contract.objects.for_user(request.user).select_related("entity", "customer", "terms", "predecessor")
    return get_object_or_404(seen, pk=pk)


def _at(found: Contract) -> str:
    return reverse("contract", args=[found.pk])


def _there(request: HttpRequest, made: Contract) -> HttpResponse:
    return onward(request, _at(made))
