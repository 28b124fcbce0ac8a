"""The whole set-up as a file: its format, reading it, and writing what is there. `applying` brings it about."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from o2c.collections.agencies import FACTS as AGENCY_FACTS
from o2c.collections.models import Agency, DunningSettings, Queue, Team
from o2c.core import clock, numbering
from o2c.core.models import NumberPattern, User
from o2c.invoicing.models import BankAccount, LedgerAccount
from o2c.orders.models import LegalEntity, PaymentTerms
from o2c.web.setup import chronic, credit, dunning, inquiries, late_payers, offers, pools, targets

FORMAT = 1
ENTITY_FACTS = (
    "code", "name", "country", "base_currency", "time_zone", "address", "vat_id", "registration_number",
    "eori", "peppol_address", "email", "phone",
)  # fmt: skip
KEYS = {
    "": ("o2c_setup", "queues", "terms", "entities", "people", "teams", "targets"),
    "entity": (
        *ENTITY_FACTS, "subdivision", "weekend", "books_kept_by", "cash_applied_by", "queue", "closing_days",
        "bank_accounts", "agencies", "numbering", "chart", "dunning", "inquiries",
        "late_payers", "early_offers", "chronic", "credit",
    ),
    "closing_day": ("day", "name"),
    "bank_account": ("name", "currency", "iban", "bic", "account_number", "bank", "is_main", "in_use"),
    "agency": ("code", *AGENCY_FACTS),
    "series": ("prefix", "year_digits", "separator", "width", "next"),
    "terms": ("code", "name", "kind", "days", "day_of_month", "discounts", "instalments"),
    "discount": ("days", "percent"),
    "instalment": ("percent", "extra_days"),
    "queue": ("code", "name", *pools.KEYS),
    "person": ("username", "first_name", "last_name", "email", "roles", "all_entities", "entities"),
    "team": ("code", "name", "lead", "members", "queues"),
    "target": targets.KEYS,
    "dunning": dunning.KEYS,
    "inquiries": inquiries.KEYS,
    "late_payers": late_payers.KEYS,
    "early_offers": offers.KEYS,
    "chronic": chronic.KEYS,
    "credit": credit.KEYS,
}  # fmt: skip


@dataclass(frozen=True)
class Wrong:
    """A mistake in the file; `place` is a JSON pointer (RFC 6901)."""

    place: str
    says: str

    def __str__(self):
        return f"{self.place or '/'}: {self.says}"


class DocumentRefused(ValueError):
    """The file cannot be applied; nothing of it was."""

    def __init__(self, wrong: list[Wrong]):
        super().__init__("\n".join(str(each) for each in wrong))
        self.wrong = wrong


@dataclass
class Done:
    """What applying a file did: places by what became of them. `links` are for people who have no password yet."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    links: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict:
        return {
            "created": self.created, "changed": self.changed, "unchanged": self.unchanged, "links": self.links,
        }  # fmt: skip


def read(path: Path) -> dict:
    """The file's JSON. Raises DocumentRefused where it is none, or says the same name twice."""

    def once(pairs):
        named = dict(pairs)
        if len(named) != len(pairs):
            twice = next(name for name, _ in pairs if [key for key, _ in pairs].count(name) > 1)
            raise DocumentRefused([Wrong("", f"{twice!r} is said twice in one object.")])
        return named

    def no_number(text):
        raise DocumentRefused([Wrong("", f"{text} is no number.")])

    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=once, parse_float=Decimal, parse_constant=no_number)
    except OSError as error:
        raise DocumentRefused([Wrong("", f"{path} cannot be read: {error.strerror}.")]) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentRefused([Wrong("", f"This is no JSON: {error}.")]) from None


# --- Writing what is there


def export() -> dict:
    """The present set-up, as a file that changes nothing when it is applied."""
    return {
        "o2c_setup": FORMAT,
        "queues": [pools.export(queue) for queue in Queue.objects.order_by("place", "code")],
        "terms": [_terms(terms) for terms in PaymentTerms.objects.order_by("code")],
        "entities": [_entity(entity) for entity in LegalEntity.objects.order_by("code")],
        "people": [
            {
                "username": user.username,
                "first_name": user.first_name,
                "last_name": user.last_name,
                "email": user.email,
                "roles": sorted(user.roles),
                "all_entities": user.all_entities,
                "entities": sorted(user.entity_access.values_list("entity__code", flat=True)),
            }
            for user in User.objects.filter(is_active=True).exclude(roles=[]).order_by("username")
        ],
        "teams": [
            {
                "code": team.code,
                "name": team.name,
                "lead": team.lead.username if team.lead else None,
                "members": sorted(team.members.filter(is_active=True).values_list("username", flat=True)),
                "queues": sorted(team.queues.values_list("code", flat=True)),
            }
            for team in Team.objects.order_by("code")
        ],
        "targets": targets.export(),
    }


def _terms(terms: PaymentTerms) -> dict:
    return {
        "code": terms.code,
        "name": terms.name,
        "kind": terms.kind,
        "days": terms.days,
        "day_of_month": terms.day_of_month,
        "discounts": [{"days": tier.days, "percent": _plain(tier.percent)} for tier in terms.discounts.all()],
        "instalments": [
            {"percent": _plain(part.percent), "extra_days": part.extra_days} for part in terms.instalments.all()
        ],
    }


def _entity(entity: LegalEntity) -> dict:
    today = clock.today(entity.time_zone)
    settings = DunningSettings.objects.filter(entity=entity).select_related("queue").first()
    series = {}
    for name in NumberPattern.objects.filter(owner=entity.code).order_by("series").values_list("series", flat=True):
        pattern = numbering.pattern(entity.code, name)
        series[name] = {
            "prefix": pattern.prefix,
            "year_digits": pattern.year_digits,
            "separator": pattern.separator,
            "width": pattern.width,
            "next": numbering.next_number(entity.code, name, today),
        }
    return {
        **{name: getattr(entity, name) for name in ENTITY_FACTS},
        "subdivision": entity.subdivision,
        "weekend": entity.weekend,
        "books_kept_by": entity.books_kept_by,
        "cash_applied_by": entity.cash_applied_by,
        "queue": settings.queue.code if settings and settings.queue else None,
        "closing_days": [
            {"day": row.day.isoformat(), "name": row.name} for row in entity.closing_days.filter(day__gte=today)
        ],
        "bank_accounts": [
            {name: getattr(account, name) for name in KEYS["bank_account"]}
            for account in BankAccount.objects.filter(entity=entity).order_by("id")
        ],
        "agencies": [_agency(agency) for agency in Agency.objects.filter(entity=entity).order_by("code")],
        "numbering": series,
        "chart": {
            account.key: account.company_code
            for account in LedgerAccount.objects.filter(entity=entity).order_by("code")
        },
        "dunning": dunning.export(entity),
        "inquiries": inquiries.export(entity),
        "late_payers": late_payers.export(entity),
        "early_offers": offers.export(entity),
        "chronic": chronic.export(entity),
        "credit": credit.export(entity),
    }


def _agency(agency: Agency) -> dict:
    facts = {name: getattr(agency, name) for name in KEYS["agency"]}
    return facts | {"fee_percent": None if agency.fee_percent is None else _plain(agency.fee_percent)}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
