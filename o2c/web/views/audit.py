"""The audit trail: who did what, when, from where; and the way out of it as a file."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import Role
from o2c.core.rights import may, needs
from o2c.orders.models import LegalEntity
from o2c.web.audit import exporting, trail
from o2c.web.audit.forms import AuditFilter
from o2c.web.audit.telling import tell

SIZE = 50


@needs("book.read")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where one begins after signing in: an auditor who is nothing else with the trail, all others with the book."""
    return redirect("audit" if request.user.roles == [Role.AUDITOR] else "dashboard")


@needs("audit.read")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    form = AuditFilter(request.GET, user=request.user)
    try:
        before = trail.place(request.GET["before"]) if request.GET.get("before") else trail.END
    except trail.BadPlace:
        raise Http404 from None
    lines, following = [], ""
    if form.is_valid():
        ids = _entities(request)
        rows = trail.read(request.user, form.asked(), entity_ids=ids, limit=SIZE + 1, before=before)
        lines = tell(rows[:SIZE], None if request.user.all_entities else ids)
        following = rows[SIZE - 1].place if len(rows) > SIZE else ""
    asked = {name: value for name, value in request.GET.items() if value and name != "before"}
    context = {
        "form": form,
        "lines": lines,
        "following": following,
        "going_on": before != trail.END,
        "asked": asked,
        "query": urlencode(asked),
        "people": may(request.user, "users.manage"),
    }
    return render(request, "web/audit.html", context, status=200 if form.is_valid() else 422)


@needs("audit.export")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What the page shows with the same filters, all of it, as CSV."""
    form = AuditFilter(request.GET, user=request.user)
    if not form.is_valid():
        raise Http404
    ids, asked = _entities(request), form.asked()
    filters = {name: value for name, value in request.GET.items() if value and name != "before"}
    records.exported(
        "Audit trail",
        actor=Actor.of(request.user),
        customer_id=asked.customer.pk if asked.customer else None,
        entity_ids=[asked.entity.pk] if asked.entity else None,
        filters={name: value for name, value in filters.items() if name != "customer"},
    )
    response = StreamingHttpResponse(exporting.as_csv(request.user, asked, ids), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{clock.now():%Y-%m-%dT%H%M%SZ}.csv"'
    return response


def _entities(request: HttpRequest) -> list[int]:
    return list(LegalEntity.objects.for_user(request.user).values_list("pk", flat=True))
