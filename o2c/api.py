"""The REST API, version 1: every app's endpoints, their description, and an answer for what is not there."""

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, path, re_path, resolve

from o2c.analytics.metrics import api as metrics
from o2c.analytics.scoring import api as scoring
from o2c.analytics.serving import api as serving
from o2c.collections import api as collections
from o2c.collections import (
    backtests_api,
    board_api,
    chronic_api,
    debits_api,
    dispute_causes_api,
    disputes_api,
    inquiries_api,
    interest_api,
    late_payers_api,
    mails_api,
    messages_api,
    nettings_api,
    notices_api,
    offers_api,
    pilots_api,
    placements_api,
    plans_api,
    policies_api,
    queues_api,
    strategies_api,
    targets_api,
    trials_api,
)
from o2c.core.api import reference
from o2c.core.api.endpoints import Nothing
from o2c.invoicing import api as invoicing
from o2c.invoicing.bank import api as bank
from o2c.invoicing.billing import api as billing
from o2c.invoicing.cash import api as cash
from o2c.invoicing.customs import api as customs
from o2c.invoicing.direct_debit import api as direct_debit
from o2c.invoicing.invoices import api as invoices
from o2c.invoicing.netting import api as payables
from o2c.invoicing.remittances import api as remittances
from o2c.orders import api as orders

app_name = "api"

_nothing = Nothing.as_view()


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Addresses have no slash at their end; one that has is answered as if it had none."""
    if request.path_info.endswith("/"):
        try:
            match = resolve(request.path_info.rstrip("/"))
        except Resolver404:
            return _nothing(request)
        if match.func is not elsewhere:
            return match.func(request, *match.args, **match.kwargs)
    return _nothing(request)


elsewhere.csrf_exempt = True  # as every endpoint: they check it themselves where a session calls

urlpatterns = [
    *orders.urlpatterns,
    *invoicing.urlpatterns,
    *cash.urlpatterns,
    *payables.urlpatterns,
    *invoices.urlpatterns,
    *billing.urlpatterns,
    *customs.urlpatterns,
    *bank.urlpatterns,
    *direct_debit.urlpatterns,
    *debits_api.urlpatterns,
    *remittances.urlpatterns,
    *collections.urlpatterns,
    *policies_api.urlpatterns,
    *backtests_api.urlpatterns,
    *trials_api.urlpatterns,
    *pilots_api.urlpatterns,
    *strategies_api.urlpatterns,
    *queues_api.urlpatterns,
    *board_api.urlpatterns,
    *targets_api.urlpatterns,
    *notices_api.urlpatterns,
    *messages_api.urlpatterns,
    *mails_api.urlpatterns,
    *interest_api.urlpatterns,
    *late_payers_api.urlpatterns,
    *offers_api.urlpatterns,
    *nettings_api.urlpatterns,
    *chronic_api.urlpatterns,
    *placements_api.urlpatterns,
    *plans_api.urlpatterns,
    *disputes_api.urlpatterns,
    *dispute_causes_api.urlpatterns,
    *inquiries_api.urlpatterns,
    *scoring.urlpatterns,
    *metrics.urlpatterns,
    *serving.urlpatterns,
    path("schema/", reference.schema, name="schema"),
    path("docs/", reference.page, name="docs"),
    re_path(r"", elsewhere, name="elsewhere"),
]
