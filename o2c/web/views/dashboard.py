"""The first page: how much is owed, how late, and what is being done about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from o2c.analytics import dashboard as figures
from o2c.core import replica
from o2c.core.rights import needs
from o2c.invoicing.forms import bucket_cells


@needs("book.read")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    found = replica.read(lambda: figures.figures(request.user))
    charts = [
        {
            "currency": row.currency,
            "total": row.total,
            "overdue": row.overdue,
            "items": row.items,
            "share": row.overdue * 100 / row.total if row.total > 0 else None,
            "cells": bucket_cells(row.buckets, row.buckets.values()),
        }
        for row in found.currencies
    ]
    worst = {}
    for debtor in found.debtors:
        worst.setdefault(debtor.base_currency, debtor.overdue)
    context = {
        "figures": found,
        "charts": charts,
        "as_of": min((entity.as_of for entity in found.entities if entity.as_of), default=None),
        # the bar is within the currency: amounts of two currencies have no common length
        "debtors": [(debtor, max(debtor.overdue * 100 // worst[debtor.base_currency], 1)) for debtor in found.debtors],
    }
    return render(request, "web/dashboard.html", context)
