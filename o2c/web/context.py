"""What the shell around every page shows."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from o2c.collections import approving
from o2c.core.rights import may
from o2c.invoicing.cash import waiting
from o2c.web.corrections import reading as corrections

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """A page in the navigation, for those who have the right; `under` are the addresses that belong to it."""

    name: str
    title: str
    icon: str
    right: str = "book.read"
    key: str = ""
    counts: str = ""  # the right of those who are shown how much waits there
    waits: str = "to put right"
    tag: str = "bad"


PLACES: list[tuple[str, list[Place]]] = [
    (
        "Work",
        [
            Place("dashboard", "Dashboard", "gauge", key="g d"),
            Place("worklist", "Worklist", "inbox", key="g w"),
            Place("tasks", "Tasks", "check", key="g t"),
            Place("board", "Board", "people", right="board.read"),
            Place("metrics", "Metrics", "gauge", right="metrics.read"),
        ],
    ),
    (
        "Selling",
        [
            Place("orders", "Orders", "check", key="g o"),
            Place("credit_list", "Credit list", "pause"),
            Place("contracts", "Contracts", "file"),
            Place("deliveries", "Deliveries", "send"),
            Place("billing", "Billing", "invoice"),
            Place("serving", "Cost to serve", "bars", right="serving.read"),
            Place("price_lists", "Price lists", "cash"),
            Place("products", "Products", "list"),
        ],
    ),
    (
        "Receivables",
        [
            Place("customers", "Customers", "people", key="g c"),
            Place("invoices", "Invoices", "invoice", key="g v"),
            Place("items", "Open items", "list", key="g i"),
            Place("aging", "Ageing", "bars", key="g a"),
            Place("bank_lines", "Bank", "bank", right="bank.read", key="g b"),
            Place("workbench", "Workbench", "check", right="bank.read", key="g f"),
            Place("receipts", "Receipts", "cash", key="g r"),
            Place("direct_debits", "Direct debits", "down", right="debits.read", key="g n"),
            Place("nettings", "Netting", "check", right="netting.read"),
            Place("statements", "Statements", "file", key="g e"),
        ],
    ),
    (
        "Chasing",
        [
            Place(
                "runs",
                "Dunning runs",
                "send",
                key="g u",
                counts="dunning.approve",
                waits="notices to approve",
                tag="warn",
            ),
            Place("disputes", "Disputes", "flag"),
            Place("inquiries", "Inquiries", "inbox"),
            Place("messages", "Messages", "send", key="g m"),
            Place("letters", "Letters", "file"),
            Place("mails", "Mail", "mail", key="g z"),
            Place("interest", "Interest", "bars"),
            Place("early_offers", "Early payment", "cash"),
            Place("late_payers", "Late payers", "clock"),
            Place("chronic_accounts", "Chronic accounts", "alert"),
            Place("hand_overs", "Hand-over", "out"),
            Place("policies", "Policies", "list", key="g y"),
            Place("wordings", "Wordings", "file"),
        ],
    ),
    (
        "Control",
        [
            Place("quarantines", "Quarantine", "lock", right="quarantine.read", key="g q"),
            Place(
                "approvals",
                "Approvals",
                "check",
                right="approvals.read",
                key="g o",
                counts="approvals.decide",
                waits="to decide",
                tag="warn",
            ),
            Place("corrections", "Corrections", "alert", right="corrections.read", key="g x", counts="corrections.act"),
            Place("audit", "Audit trail", "eye", right="audit.read", key="g h"),
        ],
    ),
    (
        "Set-up",
        [
            Place("imports", "Imports", "upload", key="g l"),
            Place("journal", "Journal export", "book", right="journal.export", key="g j"),
            Place("setup", "Company", "company", right="setup.manage", key="g s"),
            Place("people", "People", "people", right="users.manage", key="g p"),
            Place("api_keys", "API keys", "key", right="keys.manage", key="g k"),
        ],
    ),
]

# How much waits at the places that say so.
COUNTED = {
    "corrections": corrections.count,
    "approvals": waiting.count,
    "runs": approving.count,
}


def shell(request: HttpRequest) -> dict:
    """The navigation and the theme; costs no query, but once a minute for those who are shown what waits for them."""
    theme = request.COOKIES.get(settings.O2C_THEME_COOKIE, "")
    theme = theme if theme in THEMES else ""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        provider = settings.O2C_SINGLE_SIGN_ON
        return {"theme": theme, "sso": provider.name if provider else "", "sso_only": bool(provider and provider.only)}
    groups, here = [], _here(request.path)
    for title, places in PLACES:
        shown = [
            {
                "place": place,
                "href": (href := reverse(place.name)),
                "here": href == here,
                "count": _count(request.user, place),
            }
            for place in places
            if may(request.user, place.right)
        ]
        if shown:
            groups.append({"title": title, "places": shown})
    return {"theme": theme, "navigation": groups}


def _count(user, place: Place) -> int:
    return COUNTED[place.name](user) if place.counts and may(user, place.counts) else 0


def _here(path: str) -> str:
    """The address of the place that a page belongs to: the longest that its own begins with."""
    hrefs = [reverse(place.name) for _, places in PLACES for place in places]
    return max((href for href in hrefs if path == href or (href != "/" and path.startswith(href))), key=len, default="")
