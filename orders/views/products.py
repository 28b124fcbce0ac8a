"""Products in the browser: what is sold, and what it costs whom."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders import products as acts
from o2c.orders.forms import ProductForm
from o2c.orders.models import ContractPrice, LegalEntity, ListPrice, Product
from o2c.orders.views.shared import CANNOT, FORM, of_days

MOST, MOST_CHOICES = 50, 12


@needs("book.read")
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    asked = {"q": request.GET.get("q", "").strip()[:100], "all": request.GET.get("all") == "on"}
    rows = Product.objects.order_by("number")
    if asked["q"]:
        rows = rows.filter(Q(number__istartswith=asked["q"]) | Q(name__icontains=asked["q"]))
    if not asked["all"]:
        rows = rows.filter(in_use=True)
    context = {"page": cut(rows, request.GET.get("page")), "asked": asked, "edits": request.user.all_entities}
    return render(request, "orders/products.html", context)


@needs("book.read")
@require_safe
def product_choices(request: HttpRequest) -> HttpResponse:
    """The products in use that fit what is typed so far, as choices of the field: by number, then by name."""
    text = next((value for name, value in request.GET.items() if name.endswith("product")), "")
    text, found = " ".join(text.split())[:100], []
    if len(text) > 1:
        rows = Product.objects.filter(in_use=True)
        found = list(rows.filter(number__istartswith=text).order_by("number")[:MOST_CHOICES])
        if len(found) < MOST_CHOICES:
            found += list(rows.filter(name__icontains=text).order_by("name")[: MOST_CHOICES - len(found)])
    return render(request, "orders/product_choices.html", {"found": list(dict.fromkeys(found))})


@needs("book.read")
@require_safe
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """What it costs today by the lists and contracts that the user sees."""
    found = get_object_or_404(Product, pk=pk)
    by_list, by_contract = [], []
    for on, entities in _days(request).items():
        lists = ListPrice.objects.filter(product=found, price_list__entity__in=entities, price_list__in_use=True)
        by_list += of_days(lists, "now", on).select_related("price_list__entity")[: MOST + 1]
        agreed = ContractPrice.objects.filter(product=found, entity__in=entities, binds__contains=on)
        by_contract += agreed.select_related("contract", "customer", "entity")[: MOST + 1]
    context = {
        "product": found,
        "by_list": sorted(
            by_list, key=lambda row: (row.price_list.entity.code, row.price_list.code, row.from_quantity)
        ),
        "by_contract": sorted(by_contract, key=lambda row: (row.customer.name, row.from_quantity))[:MOST],
        "more": len(by_contract) > MOST,
        "edits": request.user.all_entities,
    }
    return render(request, "orders/product.html", context)


@needs("products.edit")
@require_http_methods(FORM)
def new_product(request: HttpRequest) -> HttpResponse:
    _shared(request)

    def act(**facts) -> str:
        return f"{acts.create(**facts, actor=Actor.of(request.user))} is added."

    form = ProductForm(sent(request))
    return act_by_form(
        request, form, act, refusals=CANNOT, heading="New product", action="Add", back=reverse("products")
    )


@needs("products.edit")
@require_http_methods(FORM)
def edit_product(request: HttpRequest, pk: int) -> HttpResponse:
    _shared(request)
    found = get_object_or_404(Product, pk=pk)

    def act(version, **facts) -> str:
        return f"{acts.change(found, seen=version, **facts, actor=Actor.of(request.user))} is saved."

    form = ProductForm(sent(request), row=found)
    back = reverse("product", args=[pk])
    return act_by_form(request, form, act, refusals=CANNOT, heading=f"Edit {found.number}", action="Save", back=back)


def _days(request: HttpRequest) -> dict:
    """The legal entities that the user sees, by the day it is there."""
    found = {}
    for entity in LegalEntity.objects.for_user(request.user):
        found.setdefault(clock.today(entity.time_zone), []).append(entity.pk)
    return found


def _shared(request: HttpRequest) -> None:
    """Products are those of every legal entity: who sees only some leaves them as they are."""
    if not request.user.all_entities:
        raise PermissionDenied
