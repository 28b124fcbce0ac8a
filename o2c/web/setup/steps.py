"""What there is to set up, in order, and how far it is: worked out from what is there, never ticked off by hand."""

from dataclasses import dataclass, field

from django.urls import reverse

from o2c.collections.models import Team
from o2c.core import numbering
from o2c.core.models import NumberPattern, Role, User
from o2c.invoicing.models import BankAccount, LedgerAccount
from o2c.orders.models import LegalEntity, PaymentTerms

# The pages of one legal entity, in the order in which they are gone through: address name → title.
ENTITY_PAGES = {
    "entity": "Details",
    "bank_accounts": "Bank accounts",
    "entity_calendar": "Calendar",
    "numbering": "Numbering",
    "chart": "Chart of accounts",
    "keepers": "Who keeps what",
    "cash_rules": "Letting go",
    "direct_debit_rules": "Direct debit",
    "matching_rules": "Matching",
}


@dataclass(frozen=True)
class Place:
    """Where a step is done: a legal entity's page, say."""

    title: str
    href: str
    done: bool
    says: str


@dataclass(frozen=True)
class Step:
    """`done` None: there is nothing that must be done, the standard is good for most."""

    title: str
    about: str
    href: str
    done: bool | None
    says: str
    places: list[Place] = field(default_factory=list)


def entity_pages(entity: LegalEntity, current: str) -> list[dict]:
    return [
        {"title": title, "href": reverse(name, args=[entity.pk]), "here": name == current}
        for name, title in ENTITY_PAGES.items()
    ]


def after(entity: LegalEntity, current: str) -> str:
    """The address of the page after one of a legal entity's."""
    names = list(ENTITY_PAGES)
    place = names.index(current) + 1
    return reverse(names[place], args=[entity.pk]) if place < len(names) else reverse("setup")


def steps(user: User) -> list[Step]:
    entities = list(LegalEntity.objects.for_user(user).order_by("code"))
    first = entities[0] if entities else None
    return [
        _administrator(),
        _entities(entities),
        _banks(entities, first),
        _calendars(entities, first),
        _numbering(entities, first),
        _chart(entities, first),
        _terms(),
        _keepers(entities, first),
        _people(),
        _teams(),
    ]


def next_step(found: list[Step]) -> Step | None:
    """The first that is still to be done."""
    return next((step for step in found if step.done is False), None)


def _administrator() -> Step:
    names = list(User.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR])[:3])
    says = ", ".join(str(user) for user in names)
    return Step("First administrator", "Lets others in and sets up the company.", reverse("people"), bool(names), says)


def _entities(entities: list[LegalEntity]) -> Step:
    places = [
        Place(entity.code, reverse("entity", args=[entity.pk]), True, f"{entity.name}, {entity.base_currency}")
        for entity in entities
    ]
    about = "The companies that sell: name, address, base currency, time zone."
    return Step("Legal entities", about, reverse("new_entity"), bool(entities), "", places)


def _on(name: str, first: LegalEntity | None) -> str:
    return reverse(name, args=[first.pk]) if first else reverse("new_entity")


def _banks(entities: list[LegalEntity], first: LegalEntity | None) -> Step:
    accounts: dict[int, list[str]] = {}
    for account in BankAccount.objects.filter(entity__in=entities, is_main=True):
        accounts.setdefault(account.entity_id, []).append(account.currency)
    places = [
        Place(
            entity.code,
            reverse("bank_accounts", args=[entity.pk]),
            entity.pk in accounts,
            ", ".join(sorted(accounts.get(entity.pk, []))) or "None",
        )
        for entity in entities
    ]
    href = next((place.href for place in places if not place.done), _on("bank_accounts", first))
    done = bool(places) and all(place.done for place in places)
    return Step("Bank accounts", "Where customers pay to; printed on reminders.", href, done, "", places)


def _calendars(entities: list[LegalEntity], first: LegalEntity | None) -> Step:
    places = [
        Place(
            entity.code,
            reverse("entity_calendar", args=[entity.pk]),
            True,
            f"Holidays of {entity.country}{f'-{entity.subdivision}' if entity.subdivision else ''}",
        )
        for entity in entities
    ]
    about = "On which days reminders are proposed and sent: weekends, public holidays, own closing days."
    return Step("Calendar", about, _on("entity_calendar", first), None, "Public holidays of the country", places)


def _numbering(entities: list[LegalEntity], first: LegalEntity | None) -> Step:
    own = set(NumberPattern.objects.filter(series=numbering.RECEIPT).values_list("owner", flat=True))
    places = [
        Place(
            entity.code,
            reverse("numbering", args=[entity.pk]),
            True,
            "Own" if entity.code in own else "Standard",
        )
        for entity in entities
    ]
    about = "How receipts are numbered. It can be changed until the first one is booked."
    return Step("Numbering", about, _on("numbering", first), None, "The standard: R2026-000001", places)


def _chart(entities: list[LegalEntity], first: LegalEntity | None) -> Step:
    missing: dict[int, int] = {}
    for entity_id in LedgerAccount.objects.filter(entity__in=entities, company_code="").values_list(
        "entity_id", flat=True
    ):
        missing[entity_id] = missing.get(entity_id, 0) + 1
    places = [
        Place(
            entity.code,
            reverse("chart", args=[entity.pk]),
            entity.pk not in missing,
            f"{missing[entity.pk]} accounts to map" if entity.pk in missing else "Mapped",
        )
        for entity in entities
    ]
    href = next((place.href for place in places if not place.done), _on("chart", first))
    done = bool(places) and all(place.done for place in places)
    about = "Which of your accounts stands for each of ours: needed to export the journal."
    return Step("Chart of accounts", about, href, done, "", places)


def _terms() -> Step:
    codes = list(PaymentTerms.objects.order_by("code").values_list("code", flat=True)[:6])
    says = ", ".join(codes[:5]) + (" …" if len(codes) > 5 else "")
    about = "When invoices fall due, and what early payment saves."
    return Step("Payment terms", about, reverse("terms") if codes else reverse("new_terms"), bool(codes), says)


def _keepers(entities: list[LegalEntity], first: LegalEntity | None) -> Step:
    places = [
        Place(
            entity.code,
            reverse("keepers", args=[entity.pk]),
            True,
            f"Books: {entity.get_books_kept_by_display()} · cash: {entity.get_cash_applied_by_display()}",
        )
        for entity in entities
    ]
    about = "Whether o2c or the ERP keeps the general ledger and applies payments."
    return Step("Who keeps the books", about, _on("keepers", first), None, "Books: the ERP · cash: o2c", places)


def _people() -> Step:
    count = User.objects.filter(is_active=True).count()
    about = "Who works here: finance managers, collectors, cash clerks, auditors."
    says = "Only you" if count == 1 else f"{count} people"
    return Step("People", about, reverse("people") if count > 1 else reverse("new_person"), count > 1, says)


def _teams() -> Step:
    count = Team.objects.count()
    about = "People who share the tasks of some queues. Without teams every queue is everybody's."
    return Step("Teams", about, reverse("teams"), None, f"{count} teams" if count else "None", [])
