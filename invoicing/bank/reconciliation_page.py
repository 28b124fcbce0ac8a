"""The reconciliation of bank accounts in the browser."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from o2c.core import clock, replica
from o2c.core.rights import needs
from o2c.invoicing.bank import listing, reconciling
from o2c.invoicing.bank.forms import PeriodFilter

USUAL_DAYS = 31


@needs("bank.read")
@require_safe
def reconciliation(request: HttpRequest) -> HttpResponse:
    """Bank against books for each account and day, what makes the difference, and what nobody has identified yet."""
    accounts = listing.accounts(request.user)
    form = PeriodFilter(request.GET, accounts=accounts)
    form.is_valid()
    asked = form.cleaned_data
    today = max((clock.today(each.entity.time_zone) for each in accounts), default=clock.today())
    chosen = [each for each in accounts if asked.get("account") in ("", None, str(each.pk))]
    until_on = asked.get("until_on") or today
    from_on = asked.get("from_on") or until_on - timedelta(days=USUAL_DAYS)
    found = replica.read(lambda: reconciling.reconcile(chosen, from_on=from_on, until_on=until_on))
    if asked.get("wrong"):
        for each in found:
            each.days = [day for day in each.days if day.difference]
    entities = sorted({each.entity_id for each in chosen})
    context = {
        "form": form,
        "accounts": accounts,
        "found": [each for each in found if each.days or each.gaps],
        "from_on": from_on,
        "until_on": until_on,
        "kept": any(asked.values()),
        "differ": sum(not each.agrees for each in found),
        "unidentified": replica.read(lambda: reconciling.unidentified(chosen, today)),
        "ages": reconciling.AGE_TITLES,
        "clearing": replica.read(lambda: reconciling.clearing(entities)),
    }
    return render(request, "invoicing/reconciliation.html", context)
