"""What is missing for daily work: each line worked out from what is there, with what it is for and where to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from o2c.collections import policies
from o2c.collections.models import DunningLevel, DunningPolicy, DunningSettings, Queue
from o2c.collections.teams import WORKERS
from o2c.core import clock
from o2c.core.care import checks
from o2c.core.models import Heartbeat, Role, User
from o2c.invoicing.models import BankAccount, ExchangeRate, LedgerAccount, OpenItem
from o2c.orders import business_days
from o2c.orders.models import Account, Contact, LegalEntity, PaymentTerms

# Something does not work without it; it works, but not as it should; good to have.
NEEDED, SHOULD, COULD = "needed", "should", "could"
ORDER = [NEEDED, SHOULD, COULD]
TITLES = {NEEDED: "Needed", SHOULD: "Should be", COULD: "Could be"}
# Longer without a backup is too long; rates of so many days ago are old (they skip weekends and holidays).
BACKUP_EVERY, RATES_OLD = timedelta(days=2), timedelta(days=10)


@dataclass(frozen=True)
class Line:
    """Something missing: what, what for, and how it is mended (with the page, where there is one)."""

    key: str
    weight: str
    what: str
    why: str
    mend: str
    href: str = ""

    @property
    def weight_title(self) -> str:
        return TITLES[self.weight]

    def as_json(self) -> dict:
        return asdict(self)


def lines(user: User | None = None) -> list[Line]:
    """Everything that is missing, the gravest first; of the legal entities that the user sees (None: of all)."""
    entities = LegalEntity.objects.all() if user is None else LegalEntity.objects.for_user(user)
    seen = list(entities.order_by("code"))
    found = [line for look in LOOKS for line in look(seen)]
    return sorted(found, key=lambda line: ORDER.index(line.weight))


def _mail(entities: list[LegalEntity]) -> Iterator[Line]:
    if settings.O2C_SMTP is None:
        yield Line(
            "mail_server", NEEDED, "No mail server is set",
            "Reminders and password links are written into files and reach nobody.",
            "Set SMTP_URL, such as smtp+tls://user:password@host:587, and start again.",
        )  # fmt: skip
    texts = DunningLevel.objects.filter(channel=DunningLevel.Channel.SMS).exclude(policy__activated_at=None)
    if settings.O2C_SMS is None and texts.exists():
        yield Line(
            "sms_provider", NEEDED, "Nobody sends text messages",
            "A dunning level goes as an SMS; they are written into files and reach nobody.",
            "Set O2C_SMS_URL and O2C_SMS_TOKEN, and start again.",
        )  # fmt: skip
    for entity in entities:
        if not entity.email:
            yield Line(
                f"sender:{entity.code}", SHOULD, f"{entity.code} has no sender e-mail",
                f"Its reminders come from {settings.DEFAULT_FROM_EMAIL}, and answers go there.",
                "Give it one", reverse("entity", args=[entity.pk]),
            )  # fmt: skip


def _processes(entities: list[LegalEntity]) -> Iterator[Line]:
    alive = {name: checks.look(name, check) for name, check in (("worker", checks.worker), ("beat", checks.beat))}
    if alive["worker"].state != checks.OK:
        yield Line(
            "worker", NEEDED, "No worker says that it lives",
            "Nothing is proposed, sent, or worked out.",
            "Start one: manage.py serve worker. It says so after ten seconds.",
        )  # fmt: skip
    if alive["beat"].state != checks.OK:
        yield Line(
            "beat", NEEDED, "The regular work has not run for a quarter of an hour",
            "What is due by itself (reminders, figures, the nightly proof) waits for it.",
            "Start beat: manage.py serve beat. It begins within five minutes.",
        )  # fmt: skip


def _entities(entities: list[LegalEntity]) -> Iterator[Line]:
    if not entities:
        yield Line(
            "entity", NEEDED, "There is no legal entity", "Everything that is owed is owed to one.",
            "Open one", reverse("new_entity"),
        )  # fmt: skip


def _banks(entities: list[LegalEntity]) -> Iterator[Line]:
    mains = set(BankAccount.objects.filter(is_main=True).values_list("entity_id", "currency"))
    owed = _currencies(entities)
    for entity in entities:
        href = reverse("bank_accounts", args=[entity.pk])
        if (entity.pk, entity.base_currency) not in mains:
            yield Line(
                f"bank:{entity.code}", NEEDED, f"{entity.code} has no bank account in {entity.base_currency}",
                "Reminders do not say where to pay.", "Add it", href,
            )  # fmt: skip
            continue
        others = sorted(currency for currency in owed.get(entity.pk, ()) if (entity.pk, currency) not in mains)
        if others:
            yield Line(
                f"bank_currency:{entity.code}", COULD,
                f"{entity.code} is owed {', '.join(others)} and has no bank account for it",
                f"Reminders about it name the account in {entity.base_currency}.", "Add one", href,
            )  # fmt: skip


def _tax(entities: list[LegalEntity]) -> Iterator[Line]:
    for entity in entities:
        if not entity.vat_id:
            yield Line(
                f"vat:{entity.code}", SHOULD, f"{entity.code} has no VAT id",
                "Invoices with tax, or with a reason for none, cannot be issued (EN 16931).",
                "Say it", reverse("entity", args=[entity.pk]),
            )  # fmt: skip


def _policies(entities: list[LegalEntity]) -> Iterator[Line]:
    named = dict(DunningSettings.objects.filter(entity__in=entities).values_list("entity_id", "policy"))
    versions: dict[str, DunningPolicy] = {}
    begun = DunningPolicy.objects.filter(effective_on__lte=clock.today()).exclude(activated_at=None)
    for policy in begun.order_by("effective_on", "version"):
        versions[policy.code] = policy
    for entity in entities:
        code = named.get(entity.pk)
        policy = versions.get(code or "")
        wrong = policies.faults(policy) if policy else ["No version of it is in force."]
        if code is None or policy is None or wrong:
            yield Line(
                f"policy:{entity.code}", NEEDED,
                f"{entity.code} has no dunning policy that works: {wrong[0]}" if code
                else f"{entity.code} has no dunning policy",
                "Nobody is reminded.", "Name a policy",
                reverse("admin:collections_dunningsettings_changelist"),
            )  # fmt: skip


def _customers(entities: list[LegalEntity]) -> Iterator[Line]:
    accounts = Account.objects.filter(entity__in=entities)
    if entities and not accounts.exists():
        yield Line(
            "customers", NEEDED, "There are no customers", "Nobody owes anything yet.",
            "Load a file", reverse("imports"),
        )  # fmt: skip
        return
    reached = Contact.objects.filter(customer=OuterRef("customer"), in_use=True).exclude(email="")
    for key, weight, rows, what, why in (
        (
            "contact", SHOULD, accounts.filter(~Exists(reached), channel=Account.Channel.EMAIL),
            "no contact with an e-mail address", "Their reminders become tasks to find one.",
        ),
        (
            "terms", SHOULD, accounts.filter(terms=None),
            "no payment terms", "Invoices that come without a due date are refused.",
        ),
        (
            "collector", COULD, accounts.filter(collector=None),
            "no collector", "Their tasks wait in a queue for whoever is free.",
        ),
    ):  # fmt: skip
        count = len(rows.values_list("pk")[: MOST + 1])
        if count:
            many = f"More than {MOST:,}" if count > MOST else f"{count:,}"
            customers = "customer has" if count == 1 else "customers have"
            yield Line(
                key, weight, f"{many} {customers} {what}", why, "Load a file of customers",
                reverse("imports"),
            )  # fmt: skip


# Nobody needs to know exactly how many there are beyond it.
MOST = 10_000


def _people(entities: list[LegalEntity]) -> Iterator[Line]:
    active = User.objects.filter(is_active=True)
    if active.filter(roles__contains=[Role.ADMINISTRATOR]).count() < 2:
        yield Line(
            "second_administrator", SHOULD, "Only one person administers",
            "Where they are ill or have lost their password, nobody lets others in.",
            "Add another", reverse("people"),
        )  # fmt: skip
    for role, why in (
        (Role.FINANCE_MANAGER, "Nobody approves dunning runs."),
        (Role.COLLECTOR, "Nobody works the tasks."),
        (Role.CASH_CLERK, "Nobody but finance managers books money."),
    ):
        others = Q(roles__contains=[role])
        if role == Role.CASH_CLERK:
            others |= Q(roles__contains=[Role.FINANCE_MANAGER])
        if not active.filter(others).exists():
            title = Role(role).label.lower()
            yield Line(f"role:{role.value}", SHOULD, f"There is no {title}", why, "Add somebody", reverse("new_person"))
    served = Queue.objects.filter(teams__isnull=False).exclude(
        Exists(User.objects.filter(is_active=True, roles__overlap=list(WORKERS), teams__queues=OuterRef("pk")))
    )
    for queue in served.distinct().order_by("name"):
        yield Line(
            f"queue:{queue.code}", NEEDED, f"Nobody is given the tasks of the queue {queue.name}",
            "The teams that serve it have no member who can sign in and works tasks.",
            "Change the team", reverse("teams"),
        )  # fmt: skip


def _terms(entities: list[LegalEntity]) -> Iterator[Line]:
    if not PaymentTerms.objects.exists():
        yield Line(
            "no_terms", SHOULD, "There are no payment terms",
            "Files and the API name them to say when an invoice is due.", "Agree on some", reverse("new_terms"),
        )  # fmt: skip


def _rates(entities: list[LegalEntity]) -> Iterator[Line]:
    latest = {"EUR": clock.today()}
    for currency, on in (
        ExchangeRate.objects.order_by("currency", "-on").distinct("currency").values_list("currency", "on")
    ):
        latest[currency] = on
    owed = _currencies(entities)
    needed = set()
    for entity in entities:
        foreign = owed.get(entity.pk, set()) - {entity.base_currency}
        needed |= foreign | ({entity.base_currency} if foreign else set())
    since = clock.today() - RATES_OLD
    missing = sorted(currency for currency in needed if latest.get(currency) is None)
    old = sorted(currency for currency in needed if latest.get(currency) and latest[currency] < since)
    mend = "Set O2C_RATES_URL to the European Central Bank's file, or load it: manage.py load rates FILE."
    if missing:
        yield Line(
            "rates", NEEDED, f"There is no exchange rate of {', '.join(missing)}",
            "What is owed in it counts in no total in base currency.", mend,
        )  # fmt: skip
    if old:
        yield Line(
            "old_rates", SHOULD, f"The exchange rates of {', '.join(old)} are more than ten days old",
            "Totals in base currency are worked out with them.", mend,
        )  # fmt: skip


def _charts(entities: list[LegalEntity]) -> Iterator[Line]:
    open_ones = LedgerAccount.objects.filter(entity__in=entities, company_code="")
    for pk, code in open_ones.order_by("entity__code").values_list("entity_id", "entity__code").distinct():
        yield Line(
            f"chart:{code}", COULD, f"{code} has accounts without one in your own chart",
            "The journal export is refused until they have.", "Map them", reverse("chart", args=[pk]),
        )  # fmt: skip


def _calendars(entities: list[LegalEntity]) -> Iterator[Line]:
    for entity in entities:
        if not business_days.known(entity.country):
            where = entity.country or "no country"
            yield Line(
                f"calendar:{entity.code}", COULD, f"The public holidays of {entity.code} ({where}) are not known",
                "Reminders go out on them.",
                "Add the days" if entity.country else "Say the country",
                reverse("entity_calendar" if entity.country else "entity", args=[entity.pk]),
            )  # fmt: skip


def _care(entities: list[LegalEntity]) -> Iterator[Line]:
    done = Heartbeat.objects.filter(part="backup").values_list("succeeded_at", flat=True).first()
    if done is None or done < clock.now() - BACKUP_EVERY:
        yield Line(
            "backup", SHOULD, "No backup was made yet" if done is None else "The last backup is more than two days old",
            "A disk that fails takes the books with it.",
            "Let manage.py backup --to FOLDER run every day, on another disk.",
        )  # fmt: skip
    local = settings.O2C_URL.startswith(("http://127.", "http://localhost"))
    if not settings.HTTPS and not local:
        yield Line(
            "tls", NEEDED, "The pages are reached without TLS",
            "Passwords and debts can be read on the way.",
            "Put a proxy with a certificate in front and set O2C_URL to https://…",
        )  # fmt: skip


def _currencies(entities: list[LegalEntity]) -> dict[int, set[str]]:
    """The currencies in which something is open, by legal entity."""
    found: dict[int, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT entity_id, currency FROM {OpenItem._meta.db_table}"  # noqa: S608
            " WHERE open_amount <> 0 AND entity_id = ANY(%s)",
            [[entity.pk for entity in entities]],
        )
        for entity_id, currency in cursor.fetchall():
            found.setdefault(entity_id, set()).add(currency)
    return found


LOOKS: list[Callable[[list[LegalEntity]], Iterator[Line]]] = [
    _entities, _mail, _processes, _banks, _tax, _policies, _people, _terms, _customers, _rates, _charts, _calendars,
    _care,
]  # fmt: skip
