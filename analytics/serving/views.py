"""Cost to serve in the browser: customers by what is left of them, one of them closely, and the rates."""

from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.analytics.models import WorkRecord
from o2c.analytics.models.serving import Step
from o2c.analytics.serving import keeping, reading
from o2c.analytics.serving.forms import CustomersForm, RateForm, SpanForm, WorkForm
from o2c.analytics.serving.keeping import ServingRefused
from o2c.analytics.serving.reading import Result
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import SIZE, Page
from o2c.core.rights import needs
from o2c.orders.models import Customer, LegalEntity, Order

FORM = ["GET", "HEAD", "POST"]
SEEN_ORDERS = 50
LARGE = Decimal(10) ** 30
# By what customers are ordered: least first.
BY = {
    "cost": lambda each: -each.cost,
    "left": lambda each: each.left,
    "net": lambda each: -each.net,
    "share": lambda each: -each.share if each.share is not None else LARGE,
}


def _entities(request: HttpRequest):
    return LegalEntity.objects.for_user(request.user).order_by("code")


@needs("serving.read")
@require_safe
def serving(request: HttpRequest) -> HttpResponse:
    """Every customer that was sold to or served: the margin, what serving cost, and what is left."""
    form = CustomersForm(request.GET, entities=_entities(request), today=clock.today())
    asked = form.asked
    entity = asked["entity"]
    found: list[Result] = []
    if entity is not None:
        found = reading.by_customer(entity.pk, asked["since"], asked["until"])
    sort = form.cleaned_data.get("sort") if form.is_bound and form.is_valid() else ""
    found.sort(key=lambda each: (BY[sort or "cost"](each), each.of))
    page = _page(found, request.GET.get("page"))
    names = {row.pk: row for row in Customer.objects.filter(pk__in=[each.of for each in page])}
    context = {
        "form": form,
        "entity": entity,
        "asked": asked,
        "page": page,
        "rows": [(names[each.of], each) for each in page],
        "whole": reading.total(found),
        "unrated": entity is not None and not entity.cost_rates.exists(),
    }
    return render(
        request, "analytics/serving.html", context, status=200 if not form.is_bound or form.is_valid() else 422
    )


def _page(rows: list[Result], number: str | None) -> Page:
    at = int(number) if number and number.isascii() and number.isdigit() and 0 < len(number) < 6 else 1
    first = (max(at, 1) - 1) * SIZE
    return Page(rows[first : first + SIZE], max(at, 1), len(rows) > first + SIZE)


@needs("serving.read")
@require_safe
def customer_serving(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = _entities(request).filter(accounts__customer=customer)
    form = SpanForm(request.GET, entities=entities, today=clock.today())
    asked = form.asked
    entity, since, until = asked["entity"], asked["since"], asked["until"]
    whole, months = reading.of_customer(entity.pk, customer.pk, since, until)
    orders = Order.objects.filter(entity=entity, customer=customer, ordered_on__range=(since, until))
    orders = list(orders.exclude(state=Order.State.DRAFT).order_by("-ordered_on", "-pk")[: SEEN_ORDERS + 1])
    costs = reading.of_orders(entity.pk, customer.pk, [each.pk for each in orders[:SEEN_ORDERS]], since, date.max)
    records = WorkRecord.objects.filter(entity=entity, customer=customer, on__range=(since, until))
    context = {
        "customer": customer,
        "form": form,
        "entity": entity,
        "asked": asked,
        "whole": whole,
        "months": months,
        "orders": [(each, costs.get(each.pk, Result(each.pk))) for each in orders[:SEEN_ORDERS]],
        "more_orders": len(orders) > SEEN_ORDERS,
        "records": list(records.select_related("order").order_by("-on", "-pk")[:SEEN_ORDERS]),
    }
    return render(request, "analytics/customer_serving.html", context)


@needs("serving.record")
@require_http_methods(FORM)
def record_work(request: HttpRequest, pk: int, entity_pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entity = get_object_or_404(_entities(request).filter(accounts__customer=customer), pk=entity_pk)
    orders = Order.objects.filter(entity=entity, customer=customer)

    def act(**facts) -> str:
        keeping.record(entity=entity, customer=customer, actor=Actor.of(request.user), **facts)
        return "It is written down."

    form = WorkForm(
        sent(request),
        orders=orders,
        initial={"on": clock.today(entity.time_zone), "step": Step.DISPUTE},
    )
    return act_by_form(
        request, form, act, refusals=(ServingRefused,), heading=f"Work for {customer.name}", action="Write down",
        back=_of_customer(customer, entity),
    )  # fmt: skip


@needs("serving.record")
@require_POST
def take_back_work(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(WorkRecord.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)
    keeping.take_back(row, actor=Actor.of(request.user))
    return onward(request, _of_customer(row.customer, row.entity))


def _of_customer(customer: Customer, entity: LegalEntity) -> str:
    return f"{reverse('customer_serving', args=[customer.pk])}?entity={entity.code}"


@needs("serving.read")
@require_safe
def cost_rates(request: HttpRequest) -> HttpResponse:
    return render(request, "analytics/cost_rates.html", {"standing": keeping.standing(_entities(request))})


@needs("serving.rates")
@require_http_methods(FORM)
def set_cost_rate(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(_entities(request), pk=pk)

    def act(step: Step, rate: Decimal | None, from_on: date) -> str:
        keeping.set_rate(entity, step, rate, from_on=from_on, actor=Actor.of(request.user))
        return f"{step.label} is kept."

    asked = request.GET.get("step", "")
    initial = {"from_on": clock.today(entity.time_zone), "step": asked if asked in Step.values else ""}
    form = RateForm(sent(request), initial=initial)
    return act_by_form(
        request, form, act, refusals=(ServingRefused,), heading=f"What a step costs {entity.code}", action="Keep",
        back=reverse("cost_rates"),
    )  # fmt: skip
