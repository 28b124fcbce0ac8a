"""Price lists in the browser: their prices, another that follows, and who buys by which."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.forms import ChoosePriceListForm, EndPriceForm, NewPriceListForm, PriceForm, PriceListForm
from o2c.orders.models import Account, LegalEntity, ListPrice, PriceList
from o2c.orders.prices import keeping, lists
from o2c.orders.views.shared import CANNOT, FORM, STANDS, asked_days, asked_price, of_days, of_product


@needs("book.read")
@require_safe
def price_lists(request: HttpRequest) -> HttpResponse:
    rows = PriceList.objects.for_user(request.user).select_related("entity").order_by("-in_use", "entity__code", "code")
    return render(request, "orders/price_lists.html", {"page": cut(rows, request.GET.get("page"))})


@needs("book.read")
@require_safe
def price_list(request: HttpRequest, pk: int) -> HttpResponse:
    found = _list(request, pk)
    today = clock.today(found.entity.time_zone)
    asked = {"q": request.GET.get("q", "").strip()[:100], "show": asked_days(request)}
    rows = of_product(of_days(found.prices.all(), asked["show"], today), asked["q"])
    rows = rows.select_related("product").order_by("product__number", "from_quantity", "valid_from")
    buyers = found.choices.exclude(valid_until__lt=today).select_related("customer").order_by("customer__name")[:21]
    context = {
        "list": found,
        "page": cut(rows, request.GET.get("page")),
        "asked": asked,
        "stands": STANDS,
        "today": today,
        "buyers": list(buyers),
    }
    return render(request, "orders/price_list.html", context)


@needs("prices.edit")
@require_http_methods(FORM)
def new_price_list(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user).order_by("code")

    def act(entity: LegalEntity, **facts) -> str:
        return f"{lists.create(entity, **facts, actor=Actor.of(request.user)).code} is opened."

    form = NewPriceListForm(sent(request), entities=entities)
    return act_by_form(
        request, form, act, refusals=CANNOT, heading="New price list", action="Open", back=reverse("price_lists")
    )


@needs("prices.edit")
@require_http_methods(FORM)
def edit_price_list(request: HttpRequest, pk: int) -> HttpResponse:
    found = _list(request, pk)

    def act(version, **facts) -> str:
        return f"{lists.change(found, seen=version, **facts, actor=Actor.of(request.user)).code} is saved."

    form = PriceListForm(sent(request), row=found)
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Edit {found.code}", action="Save", back=_at(found)
    )


@needs("prices.edit")
@require_http_methods(FORM)
def say_list_price(request: HttpRequest, pk: int) -> HttpResponse:
    found = _list(request, pk)
    today = clock.today(found.entity.time_zone)

    def act(**facts) -> str:
        made = keeping.say(found, **facts, today=today, actor=Actor.of(request.user))
        return f"The price of {facts['product'].number} counts from {formats.day(made.valid_from)}."

    form = PriceForm(sent(request), initial={"valid_from": today, **asked_price(request)})
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Price of {found.code}", action="Let it count", back=_at(found),
        about=f"In {found.currency}. What has counted stays; another price follows it.", across=True,
    )  # fmt: skip


@needs("prices.edit")
@require_http_methods(FORM)
def end_list_price(request: HttpRequest, pk: int) -> HttpResponse:
    rows = ListPrice.objects.for_user(request.user).select_related("price_list__entity", "product")
    found = get_object_or_404(rows, pk=pk)
    today = clock.today(found.price_list.entity.time_zone)

    def act(last_day) -> str:
        keeping.end(found, last_day=last_day, today=today, actor=Actor.of(request.user))
        return f"The price of {found.product.number} ends."

    return act_by_form(
        request, EndPriceForm(sent(request), initial={"last_day": today}), act, refusals=CANNOT,
        heading=f"End the price of {found.product.number}?", action="End it", style="danger",
        back=_at(found.price_list),
        about="Without another one after it, a contract or another list says what it costs, or none does.",
    )  # fmt: skip


@needs("prices.edit")
@require_http_methods(FORM)
def choose_price_list(request: HttpRequest, pk: int) -> HttpResponse:
    """By which list a customer buys."""
    rows = Account.objects.for_user(request.user).select_related("entity", "customer")
    account = get_object_or_404(rows, pk=pk)
    today = clock.today(account.entity.time_zone)
    chosen = lists.chosen(account, today)

    def act(price_list: PriceList | None, valid_from) -> str:
        lists.choose(account, price_list, valid_from=valid_from, today=today, actor=Actor.of(request.user))
        by = price_list.name if price_list else "the default list"
        return f"{account.customer.name} buys by {by} from {formats.day(valid_from)}."

    form = ChoosePriceListForm(
        sent(request),
        lists=PriceList.objects.filter(entity=account.entity, currency=account.currency, in_use=True).order_by("code"),
        initial={"price_list": chosen.price_list_id if chosen else None, "valid_from": today},
    )
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"{account.customer.name} with {account.entity.code}",
        about="What a contract says comes first; what the list does not know, the default list says.",
        action="Save", back=reverse("customer", args=[account.customer_id]),
    )  # fmt: skip


def _list(request: HttpRequest, pk: int) -> PriceList:
    return get_object_or_404(PriceList.objects.for_user(request.user).select_related("entity"), pk=pk)


def _at(found: PriceList) -> str:
    return reverse("price_list", args=[found.pk])
