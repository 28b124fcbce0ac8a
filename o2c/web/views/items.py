"""One open item: what it is, what settled it, and why it was chased or not."""

from django.db.models import Exists, F, OuterRef, Q, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from o2c.collections import reasons, why
from o2c.collections.models import Decision, Dispute, Hold, NoticeLine, PlacedItem, PlanItem, PromisedItem
from o2c.core import clock
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import cash, early_offers
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.guarding import words as found_words
from o2c.invoicing.models import Allocation, OpenItem

SIZE = 30


@needs("book.read")
@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        OpenItem.objects.for_user(request.user)
        .select_related("entity", "customer", "receipt", "import_run", "entry__invoice")
        .annotate(was_placed=Exists(PlacedItem.objects.filter(item=OuterRef("pk"))))
        .annotate(offer_id=early_offers.of_item("pk"), offer_until=early_offers.of_item("last_on")),
        pk=pk,
    )
    today = clock.today(found.entity.time_zone)
    page = cut(
        Decision.objects.filter(item_id=pk, scenario_id=None).order_by("-as_of", "-run_id"),
        request.GET.get("page"),
        SIZE,
    )
    lines = {
        line.notice.run_id: line
        for line in NoticeLine.objects.filter(item=found, scenario_id=None).select_related("notice__message")
    }
    side, other = ("debit_item", "credit_item") if found.amount > 0 else ("credit_item", "debit_item")
    allocations = list(
        Allocation.objects.filter(**{side: found}).select_related(f"{other}__receipt").order_by("id")[:200]
    )
    paid_back_rows = list(paid_back.with_findings(found.refunds.order_by("-id"))[:20])
    for row in paid_back_rows:
        row.says = found_words.said(row.findings.all())
    decided = {
        "deductions": list(found.deductions.select_related("reason").order_by("-id")[:20]),
        "write_offs": list(found.write_offs.order_by("-id")[:20]),
        "refunds": paid_back_rows,
        "transfers": list(found.transfers.select_related("out_item", "in_item__customer").order_by("-id")[:20]),
    }
    contested = list(Dispute.objects.filter(item=found).order_by("-opened_on", "-id"))
    context = {
        "item": found,
        **decided,
        "decisions_of_money": any(decided.values()),
        "acts": found.open_amount != 0 and cash.by_hand(found.entity),
        "days_late": (today - found.due_on).days,
        "owes": found.open_amount > 0,
        "page": page,
        "decisions": [
            {
                "decision": row,
                "why": said,
                "line": lines.get(row.run_id),
                "dropped": reasons.title(line.dropped_because)
                if (line := lines.get(row.run_id)) and line.dropped_because
                else "",
            }
            for row, said in zip(page, why.of_decisions(list(page)), strict=True)
        ],
        "now": why.of(found, today) if found.open_amount > 0 else None,
        "allocations": [(row, getattr(row, other)) for row in allocations],
        "disputes": contested,
        "is_disputed": next((row.pk for row in contested if row.closed_on is None), None),
        "holds": list(
            Hold.objects.filter(Q(item=found) | Q(item=None, customer=found.customer_id))
            .filter(Q(entity=None) | Q(entity=found.entity_id))
            .order_by("-from_on", "-id")[:10]
        ),
        "placed": list(
            PlacedItem.objects.filter(item=found).select_related("placement__agency").order_by("-from_on", "-id")[:10]
        )
        if found.was_placed
        else [],
        **_promised(found),
        "today": today,
    }
    return render(request, "web/item.html", context)


def _promised(found: OpenItem) -> dict:
    """The latest promises and payment plans that have the item, in one query."""
    parts = [
        model.objects.filter(item=found)
        .order_by(f"-{of}__{day}", "-id")
        .values(
            "amount",
            kind=Value(kind),
            of=F(f"{of}_id"),
            on=F(f"{of}__{day}"),
            until=F(f"{of}__{until}"),
            state=F(f"{of}__state"),
            actor=F(f"{of}__actor"),
        )[:10]
        for kind, model, of, day, until in (
            ("promises", PromisedItem, "promise", "promised_on", "pay_by"),
            ("plans", PlanItem, "plan", "agreed_on", "ends_on"),
        )
    ]
    rows = sorted(parts[0].union(parts[1], all=True), key=lambda row: (row["on"], row["of"]), reverse=True)
    return {kind: [row for row in rows if row["kind"] == kind] for kind in ("promises", "plans")}
