"""Orders in the browser: the list, and one with its lines, what is wrong with them, and what can be done."""

from collections import Counter

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core.actors import Actor
from o2c.core.formats import number
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders import confirming
from o2c.orders.checking import keeping, rules
from o2c.orders.confirming import CreditRefused
from o2c.orders.deliveries import keeping as deliveries
from o2c.orders.models import CreditDecision, Delivery, LegalEntity, Order, OrderProblem
from o2c.orders.ordering import moving
from o2c.orders.ordering.drafts import OrderRefused
from o2c.orders.ordering.totals import Priced, total
from o2c.orders.views.entry_sheet import MOST_LINES
from o2c.orders.views.shared import FORM

# Beyond it nobody needs a sum, and the database need not make one.
MOST_SUMMED = 20_000
SHOWN_DELIVERIES = 20
# So many are confirmed by one press.
MOST_CONFIRMED = 1_000
# In which order an order goes through its states, as its page shows them.
WAY = (
    Order.State.DRAFT, Order.State.VALIDATED, Order.State.CONFIRMED, Order.State.PARTLY_DELIVERED,
    Order.State.DELIVERED, Order.State.INVOICED, Order.State.CLOSED,
)  # fmt: skip
CANNOT = (OrderRefused, LostRace, IllegalMove, keeping.WaivingRefused)


class OrderFilter(forms.Form):
    """Which orders are shown. What cannot be understood is not applied."""

    q = forms.CharField(label="Order or customer", required=False, max_length=100)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), *Order.State.choices])
    wrong = forms.ChoiceField(
        label="Problems", required=False, choices=[("", "Any"), ("yes", "With problems"), ("no", "Without")]
    )
    entity = forms.ChoiceField(label="Entity", required=False)

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [("", "All"), *((each.code, each.name) for each in entities)]


@needs("book.read")
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The latest first, with what they come to."""
    form, rows = _asked(request)
    state = form.cleaned_data.get("state")
    listed = rows if state else rows.exclude(state=Order.State.CANCELLED)
    few = listed.order_by()[: MOST_SUMMED + 1].count() <= MOST_SUMMED
    sums = listed.order_by().values_list("currency").annotate(Count("pk"), Sum("net_total")).order_by("currency")
    page = cut(rows.select_related("entity", "customer").order_by("-ordered_on", "-id"), request.GET.get("page"))
    standing = OrderProblem.objects.filter(order__in=page.rows, ended_at=None, waived_at=None)
    wrong = dict(standing.values_list("order").annotate(Count("pk")))
    for row in page.rows:
        row.wrong = wrong.get(row.pk, 0)
    context = {
        "form": form, "page": page, "sums": list(sums) if few else None,
        "confirms": page.rows and state == Order.State.VALIDATED and may(request.user, "orders.confirm"),
    }  # fmt: skip
    return render(request, "orders/orders.html", context)


def _asked(request: HttpRequest) -> tuple[OrderFilter, QuerySet[Order]]:
    """What the list is asked for, and the orders it shows on all its pages."""
    form = OrderFilter(request.GET, entities=list(LegalEntity.objects.for_user(request.user).order_by("code")))
    form.is_valid()
    asked, rows = form.cleaned_data, Order.objects.for_user(request.user)
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    if asked.get("entity"):
        rows = rows.filter(entity__code=asked["entity"])
    if asked.get("wrong"):
        rows = rows.filter(keeping.has_problems() if asked["wrong"] == "yes" else ~keeping.has_problems())
    if text := asked.get("q", "").strip():
        rows = rows.filter(
            Q(number__icontains=text) | Q(customer_reference__icontains=text)
            | Q(customer__number__istartswith=text) | Q(customer__name__icontains=text)
        )  # fmt: skip
    return form, rows


@needs("book.read")
@require_safe
def order(request: HttpRequest, pk: int) -> HttpResponse:
    found = _order(request, pk)
    lines = list(
        found.lines.select_related("product", "contract_price__contract", "list_price__price_list").order_by("position")
    )
    problems = list(found.problems.filter(ended_at=None).order_by("pk"))
    for each in problems:
        each.waivable = (
            each.waived_at is None and found.state in Order.OPEN_TO_CHANGE and each.code in rules.WAIVERS
            and may(request.user, rules.WAIVERS[each.code])
        )  # fmt: skip
    of_line: dict[int, list[OrderProblem]] = {}
    for each in problems:
        of_line.setdefault(each.line_id, []).append(each)
    for line in lines:
        line.wrong = of_line.get(line.pk, [])
    way = list(WAY)
    if found.state == Order.State.ON_HOLD:
        way.insert(2, Order.State.ON_HOLD)
    if found.state == Order.State.CANCELLED:
        way = [Order.State.DRAFT, Order.State.CANCELLED]
    comes_to = total(
        (Priced(x.quantity, x.price, x.price_per, x.tax_category, x.tax_rate) for x in lines), found.currency
    )
    changes = found.state in Order.OPEN_TO_CHANGE and may(request.user, "orders.edit")
    context = {
        "order": found,
        "lines": lines,
        "problems": problems,
        "of_order": of_line.get(None, []),
        "standing": sum(each.waived_at is None for each in problems),
        "way": [(state.label, state == found.state) for state in way],
        "taxes": comes_to.taxes,
        "edits": changes and len(lines) <= MOST_LINES,
        "validates": changes,
        "cancels": Order.State.CANCELLED in Order.MOVES.get(found.state, ()) and may(request.user, "orders.edit"),
        "confirms": found.state == Order.State.VALIDATED and may(request.user, "orders.confirm"),
        "ships": found.state in deliveries.SHIPS and may(request.user, "deliveries.work"),
        "deliveries": list(
            Delivery.objects.filter(lines__order_line__order=found).distinct().order_by("-pk")[:SHOWN_DELIVERIES]
        ),
        "history": found.events.order_by("-pgh_id").select_related("pgh_context")[:12],
    }
    return render(request, "orders/order.html", context)


# --- Acts


@needs("orders.edit")
@require_POST
def validate_order(request: HttpRequest, pk: int) -> HttpResponse:
    found = moving.submit(_order(request, pk), actor=Actor.of(request.user))
    if found.state == Order.State.VALIDATED:
        messages.success(request, f"{found} is validated.")
    elif found.state == Order.State.DRAFT:
        messages.warning(request, "It is checked. It is validated as soon as what is wrong with it is mended.")
    return onward(request, _at(found))


@needs("orders.confirm")
@require_POST
def confirm_order(request: HttpRequest, pk: int) -> HttpResponse:
    """What the credit decision says follows: the order is confirmed, or waits for a credit analyst."""
    found = _order(request, pk)
    try:
        decided = confirming.confirm(found, actor=Actor.of(request.user))
    except (IllegalMove, CreditRefused) as refused:
        messages.error(request, str(refused))
        return onward(request, _at(found))
    if decided.outcome == CreditDecision.Outcome.HELD:
        messages.warning(request, f"{found} is on credit hold.")
    else:
        messages.success(request, f"{found} is confirmed.")
    return onward(request, _at(found))


@needs("orders.confirm")
@require_http_methods(FORM)
def confirm_orders(request: HttpRequest) -> HttpResponse:
    """All validated ones that the list shows, the oldest first, each by its credit decision."""
    _, shown = _asked(request)
    shown = shown.filter(state=Order.State.VALIDATED).order_by("ordered_on", "pk")

    def act() -> str:
        together: dict[int, list[int]] = {}
        for entity_id, pk in shown.values_list("entity", "pk")[:MOST_CONFIRMED]:
            together.setdefault(entity_id, []).append(pk)
        outcomes: Counter[str] = Counter()
        for entity in LegalEntity.objects.filter(pk__in=together).order_by("code"):
            made = confirming.confirm_many(entity, together[entity.pk], actor=Actor.of(request.user))
            outcomes.update(each.outcome for each in made)
        held = outcomes[CreditDecision.Outcome.HELD]
        more = f" On credit hold: {number(held)}." if held else ""
        return f"Confirmed: {number(outcomes[CreditDecision.Outcome.CONFIRMED])}.{more}"

    count = shown.count()
    first = f" The oldest {number(MOST_CONFIRMED)} go first." if count > MOST_CONFIRMED else ""
    return act_by_form(
        request, forms.Form(sent(request)), act, refusals=(), action="Confirm",
        heading=f"Confirm {number(count)} order{'' if count == 1 else 's'}?",
        about=f"All that the list shows. What the credit decision speaks against is put on credit hold.{first}",
        back=f"{reverse('orders')}?{request.GET.urlencode()}",
    )  # fmt: skip


@needs("orders.edit")
@require_http_methods(FORM)
def cancel_order(request: HttpRequest, pk: int) -> HttpResponse:
    found = _order(request, pk)

    def act(reason: str) -> str:
        moving.cancel(found, reason=reason, actor=Actor.of(request.user))
        return f"{found} is cancelled."

    return act_by_form(
        request, ReasonForm(sent(request)), act, refusals=CANNOT, heading=f"Cancel {found}?", style="danger",
        about="For good. The customer would have to order again.", action="Cancel it", back=_at(found),
    )  # fmt: skip


@needs("orders.waive")
@require_http_methods(FORM)
def waive_problem(request: HttpRequest, pk: int) -> HttpResponse:
    seen = OrderProblem.objects.for_user(request.user).select_related("order")
    found = get_object_or_404(seen, pk=pk)
    if found.code not in rules.WAIVERS:
        raise LostRace("This is mended, not waived.")
    if not may(request.user, rules.WAIVERS[found.code]):
        raise PermissionDenied

    def act(reason: str) -> str:
        keeping.waive(found, reason=reason, actor=Actor.of(request.user))
        return "It may be so."

    return act_by_form(
        request, ReasonForm(sent(request)), act, refusals=CANNOT, heading="Let it be so?", about=found.text,
        action="Let it be", back=_at(found.order),
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}), max_length=300)


def _order(request: HttpRequest, pk: int) -> Order:
    rows = Order.objects.for_user(request.user).select_related("entity", "customer", "terms", "contract")
    return get_object_or_404(rows, pk=pk)


def _at(found: Order) -> str:
    return reverse("order", args=[found.pk])
