"""Credit reviews in the browser: what waits, what is due, an application with its scorecard, and the decision."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.credit import reviewing
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.credit.reviewing import ReviewRefused
from o2c.orders.credit.scorecard import FACTORS
from o2c.orders.credit_forms import ApplicationForm, ApproveForm, HeldFilterForm, RefuseForm, ReviewForm
from o2c.orders.models import Account, CreditReview, LegalEntity
from o2c.orders.views.shared import FORM

CANNOT = (ReviewRefused, LimitRefused, IllegalMove, LostRace)
STATE = CreditReview.State
MOST_DUE = 100


@needs("book.read")
@require_safe
def credit_reviews(request: HttpRequest) -> HttpResponse:
    """What waits for approval and what was decided; and which limits of a legal entity are to be reviewed."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = HeldFilterForm(request.GET or None, entities=entities)
    asked = form.cleaned_data if form.is_valid() else {}
    entity = next((each for each in entities if each.code == asked.get("entity")), entities[0] if entities else None)
    seen = CreditReview.objects.for_user(request.user).select_related("customer", "entity")
    if asked.get("entity"):
        seen = seen.filter(entity=entity)
    if text := asked.get("customer", "").strip():
        seen = seen.filter(customer__name__icontains=text) | seen.filter(customer__number__istartswith=text)
    due = reviewing.due(entity, clock.today(entity.time_zone)) if entity else []
    context = {
        "form": form, "entity": entity, "waiting": list(seen.filter(state=STATE.ASKED).order_by("pk")[:200]),
        "page": cut(seen.exclude(state=STATE.ASKED).order_by("-pk"), request.GET.get("page"), size=25),
        "due": due[:MOST_DUE], "more_due": max(len(due) - MOST_DUE, 0),
    }  # fmt: skip
    return render(request, "orders/credit_reviews.html", context)


@needs("book.read")
@require_safe
def credit_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = _review(request, pk)
    lines = [line | {"title": FACTORS[line["factor"]][0]} for line in review.scorecard]
    return render(request, "orders/credit_review.html", {"review": review, "lines": lines})


@needs("credit.apply")
@require_http_methods(FORM)
def new_review(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Account.objects.for_user(request.user).select_related("entity", "customer")
    account = get_object_or_404(rows, pk=pk)
    made: list[CreditReview] = []

    def act(asked_limit, **facts) -> str:
        today = clock.today(account.entity.time_zone)
        made.append(reviewing.apply(account, asked_limit, **facts, today=today, actor=Actor.of(request.user)))
        return "The application waits for approval."

    answer = act_by_form(
        request, ApplicationForm(sent(request), account=account), act, refusals=CANNOT, across=True, action="Apply",
        heading=f"Apply for a limit of {account.customer.name}", back=reverse("credit_limits", args=[pk]),
        about="How it pays is read from the ledger; say what else is known. What is empty does not count.",
    )  # fmt: skip
    return onward(request, _at(made[0])) if made else answer


@needs("credit.apply")
@require_http_methods(FORM)
def tell_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = _review(request, pk)

    def act(**facts) -> str:
        today = clock.today(review.entity.time_zone)
        reviewing.tell(review, **facts, today=today, actor=Actor.of(request.user))
        return "It is scored anew."

    form = ReviewForm(sent(request), account=review.account, review=review)
    return act_by_form(
        request, form, act, refusals=CANNOT, heading="What is known of the customer", action="Save", back=_at(review),
        about="What is empty does not count. A first approval is to be given again.", across=True,
    )  # fmt: skip


@needs("credit.decide")
@require_http_methods(FORM)
def approve_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = _review(request, pk)

    def act(amount, valid_until, note) -> str:
        done = reviewing.approve(
            review, amount, valid_until=valid_until, note=note, today=clock.today(review.entity.time_zone),
            actor=Actor.of(request.user),
        )  # fmt: skip
        if done.state == STATE.ASKED:
            return "Your approval is written down; somebody else gives the second."
        return "The limit counts from today on."

    shown = review.asked_limit if review.approved_limit is None else review.approved_limit
    initial = {"amount": plain(shown, review.currency), "valid_until": review.valid_until}
    form = ApproveForm(sent(request), currency=review.currency, initial=initial)
    about = "Above what you set alone somebody else approves the same after you."
    if review.first_by is not None:
        about = f"{review.first_by} approved it. Approve the same, or another limit as the first."
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Approve a limit of {review.customer.name}", about=about,
        action="Approve", back=_at(review),
    )  # fmt: skip


@needs("credit.decide")
@require_http_methods(FORM)
def refuse_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = _review(request, pk)

    def act(note: str) -> str:
        reviewing.refuse(review, note=note, actor=Actor.of(request.user))
        return "The application is refused; the limit that counts stays."

    return act_by_form(
        request, RefuseForm(sent(request)), act, refusals=CANNOT, heading="Refuse the application?", style="danger",
        action="Refuse", back=_at(review),
    )  # fmt: skip


@needs("credit.apply")
@require_http_methods(FORM)
def withdraw_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = _review(request, pk)

    def act() -> str:
        reviewing.withdraw(review, actor=Actor.of(request.user))
        return "The application is withdrawn."

    return act_by_form(
        request, forms.Form(sent(request)), act, refusals=CANNOT, heading="Withdraw the application?",
        action="Withdraw", back=_at(review),
    )  # fmt: skip


def _review(request: HttpRequest, pk: int) -> CreditReview:
    rows = CreditReview.objects.for_user(request.user)
    rows = rows.select_related("account__entity", "entity", "customer", "first_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _at(review: CreditReview) -> str:
    return reverse("credit_review", args=[review.pk])
