"""What happened with a customer: a part of its page that comes after it, and a page of its own."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from o2c.core.rights import needs
from o2c.orders.models import Customer
from o2c.web import timeline
from o2c.web.happenings import tell

MOST_EVENTS = 25
GROUPS = (
    ("", "Everything"),
    ("money", "Items and payments"),
    ("letters", "Letters and mails"),
    ("agreed", "Promises and plans"),
    ("contested", "Disputes and holds"),
    ("work", "Calls, notes and tasks"),
)


@needs("book.read")
@require_safe
def happened(request: HttpRequest, pk: int) -> HttpResponse:
    """From a place on, of the kinds and with the words that are asked for."""
    found = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    show = request.GET.get("show", "") if request.GET.get("show") in timeline.GROUPS else ""
    said = request.GET.get("said", "").strip()[:100]
    kinds = timeline.GROUPS.get(show, ())
    try:
        rows = timeline.timeline(
            found, request.user, limit=MOST_EVENTS + 1, before=request.GET.get("before", ""), kinds=kinds, said=said
        )
    except timeline.BadPlace:
        raise Http404 from None
    shown = rows[:MOST_EVENTS]
    asked = {name: value for name, value in (("show", show), ("said", said)) if value}
    context = {
        "customer": found,
        "timeline": [tell(it) for it in shown],
        "older": f"?{urlencode({**asked, 'before': shown[-1].place})}" if len(rows) > MOST_EVENTS else "",
        "show": show,
        "said": said,
        "groups": GROUPS,
        "is_asked": bool(asked),
    }
    return render(request, "web/timeline.html", context)
