"""What ranks a legal entity's tasks, in the browser: its rules, how others would rank them, and the next ones."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.models import Strategy
from o2c.collections.strategies import ranking, rules
from o2c.collections.strategies.rules import Rules, StrategyChanged
from o2c.collections.strategy_forms import StrategyForm, initial
from o2c.core.actors import Actor
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity


@needs("book.read")
@require_safe
def strategies(request: HttpRequest) -> HttpResponse:
    """To the strategy of the first legal entity that one sees."""
    first = LegalEntity.objects.for_user(request.user).order_by("code").first()
    return redirect("strategy", first.pk) if first else redirect("tasks")


@needs("book.read")
@require_safe
def strategy(request: HttpRequest, pk: int) -> HttpResponse:
    """By which rules its tasks are ranked, and which come first by them."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    found, written = Strategy.objects.filter(entity=entity).first(), rules.of(entity)
    context = _about(request, entity) | {
        "strategy": found,
        "rules": written,
        "preview": ranking.preview(entity, written),
    }
    return render(request, "collections/strategy.html", context)


@needs("strategies.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_strategy(request: HttpRequest, pk: int) -> HttpResponse:
    """Type rules, look at the order they would give, and let them count."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    found = Strategy.objects.filter(entity=entity).first()
    shown = rules.of(entity)
    offered = found is None or "usual" in request.GET
    if offered:
        shown = rules.USUAL
    seen = rules.version(found)
    form = StrategyForm(
        request.POST if request.method == "POST" else None,
        entity=entity,
        user=request.user,
        filled=len(shown.rules),
        initial=initial(shown, entity, seen),
    )
    wanted, status = shown, 200
    if request.method == "POST":
        wanted = _wanted(form, entity)
        status = 200 if wanted else 422
        if wanted and request.POST.get("and") != "preview":
            try:
                rules.change(entity, wanted, actor=Actor.of(request.user), seen=form.cleaned_data["seen"])
            except StrategyChanged as refused:
                form.add_error(None, str(refused))
                status = 409
            else:
                messages.success(request, f"The tasks of {entity.code} are ranked so within a minute.")
                return redirect("strategy", entity.pk)
    context = _about(request, entity) | {
        "form": form,
        "strategy": found,
        "offered": offered and request.method != "POST",
        "preview": ranking.preview(entity, wanted) if wanted else None,
    }
    return render(request, "collections/edit_strategy.html", context, status=status)


def _wanted(form: StrategyForm, entity: LegalEntity) -> Rules | None:
    """The rules that were typed; None where something is wrong with them, which the form then says."""
    if not form.is_valid():
        return None
    typed = form.rules()
    form.show(rules.faults_of(typed, entity))
    return typed if form.is_valid() else None


def _about(request: HttpRequest, entity: LegalEntity) -> dict:
    return {"entity": entity, "entities": LegalEntity.objects.for_user(request.user).order_by("code")}
