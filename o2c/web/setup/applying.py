"""Bringing an installation to what a file says.

Every part goes through the form that its page has, so a file can say nothing that a person could not type. Applying is
one transaction and changes only what differs: the same file again changes nothing. What a file does not name stays.
"""

import difflib
from datetime import date
from decimal import Decimal, InvalidOperation

from django import forms
from django.db import transaction

from o2c.collections import agencies
from o2c.collections import teams as team_acts
from o2c.collections.forms import AgencyForm
from o2c.collections.models import Agency, DunningSettings, Queue, Team
from o2c.core import clock, numbering, people
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing import banks, chart
from o2c.invoicing.models import BankAccount, LedgerAccount
from o2c.orders import agreements, business_days
from o2c.orders.agreements import TermsRefused
from o2c.orders.models import LegalEntity, PaymentTerms
from o2c.orders.terms import Share, Terms, Tier
from o2c.web import company, staff
from o2c.web.forms import PersonForm
from o2c.web.setup import chronic, credit, dunning, inquiries, late_payers, offers, pools, targets
from o2c.web.setup.document import ENTITY_FACTS, FORMAT, KEYS, DocumentRefused, Done, Wrong
from o2c.web.setup.forms import (
    BankForm,
    CalendarForm,
    ChartForm,
    ClosingDayForm,
    EntityForm,
    KeepersForm,
    QueueForm,
    SeriesForm,
    TeamForm,
    TermsForm,
)


def apply(told: dict, *, actor: Actor) -> Done:
    """Bring the installation to what a file says; all of it or nothing. Raises DocumentRefused with every mistake."""
    work = _Applying(actor)
    with transaction.atomic(), acting(actor):
        work.document(told)
        if work.wrong:
            raise DocumentRefused(work.wrong)
    # Links are made of what is committed: the account that they are for.
    for user in work.invited:
        work.done.links[user.username] = staff.password_link(user)
    return work.done


class _Applying:
    def __init__(self, actor: Actor):
        self.actor = actor
        self.wrong: list[Wrong] = []
        self.done = Done()
        self.invited: list[User] = []

    # --- The parts, in the order in which one needs the other

    def document(self, told) -> None:
        if not self.keys(told, "", ""):
            return
        if told.get("o2c_setup") != FORMAT:
            self.wrong.append(Wrong("/o2c_setup", f"This must be {FORMAT}, the format that this version reads."))
            return
        queues = self.listed(told, "", "queues", "queue")
        for place, each in queues:
            self.queue(place, each)
        for place, each in self.listed(told, "", "terms", "terms"):
            self.terms(place, each)
        for place, each in self.listed(told, "", "entities", "entity"):
            self.entity(place, each)
        for place, each in queues:
            self.pool(place, each)
        for place, each in self.listed(told, "", "people", "person"):
            self.person(place, each)
        for place, each in self.listed(told, "", "teams", "team"):
            self.team(place, each)
        self.expected(self.listed(told, "", "targets", "target"))

    def queue(self, place: str, told: dict) -> None:
        there = Queue.objects.filter(code=told.get("code")).first()
        now = {"name": there.name} if there else {}
        facts = self.facts(QueueForm, place, told, there, now, kept=("code", *pools.KEYS))
        if facts is None:
            return
        if there is None:
            team_acts.open_queue(actor=self.actor, **facts)
        else:
            team_acts.rename_queue(there, facts["name"], actor=self.actor)

    def pool(self, place: str, told: dict) -> None:
        """What goes into a queue, once the legal entities are there that it may name."""
        there = Queue.objects.filter(code=told["code"]).first()
        if there is None or self.wrong:
            return

        def mapping(row, known: tuple[str, ...]) -> bool:
            return self.mapping(row, f"{place}/pool", known)

        changed, wrong = pools.apply(there, told, mapping, actor=self.actor)
        self.wrong += [Wrong(f"{place}/{name}", says) for name, says in wrong]
        if changed and place not in self.done.created + self.done.changed:
            self.done.unchanged -= 1
            self.done.changed.append(place)

    def terms(self, place: str, told: dict) -> None:
        there = PaymentTerms.objects.filter(code=told.get("code")).first()
        cells = {name: told[name] for name in ("code", "name", "kind", "days", "day_of_month") if name in told}
        if there is not None:
            cells = {"name": there.name, "kind": there.kind, "days": there.days, "day_of_month": there.day_of_month} | {
                name: value for name, value in cells.items() if name != "code"
            }
        tiers = self.parts(told, place, "discounts", "discount", lambda days, percent: Tier(days, percent))
        shares = self.parts(
            told, place, "instalments", "instalment", lambda percent, extra_days=0: Share(percent, extra_days)
        )
        if tiers is False or shares is False:
            return
        form = TermsForm(self.typed(cells), terms=there)
        if not self.valid(form, place, cells):
            return
        before = Terms.of(there) if there else None
        wanted = agreements.Agreement(
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["kind"],
            days=form.cleaned_data["days"],
            day_of_month=form.cleaned_data["day_of_month"],
            tiers=tuple(sorted(tiers, key=lambda tier: tier.days))
            if tiers is not None
            else before.tiers
            if before
            else (),
            shares=tuple(shares) if shares is not None else before.shares if before else (),
        )
        try:
            if there is None:
                agreements.create(form.cleaned_data["code"], wanted, actor=self.actor)
                self.done.created.append(place)
                return
            agreements.change(there, wanted, actor=self.actor)
        except TermsRefused as refused:
            self.wrong.append(Wrong(place, str(refused)))
            return
        meant = Terms(wanted.kind, wanted.days, wanted.day_of_month, wanted.tiers, wanted.shares)
        self.count(place, (there.name, before) != (wanted.name, meant))

    def parts(self, told: dict, place: str, name: str, kind: str, make):
        """Tiers or instalments; None where the file does not name them, False where they cannot be read."""
        if name not in told:
            return None
        found, before = [], len(self.wrong)
        for at, each in self.listed(told, place, name, kind):
            numbers = {}
            for key, value in each.items():
                number = _number(value)
                whole = key != "percent"
                if number is None or (whole and number != number.to_integral_value()) or number < 0:
                    self.wrong.append(Wrong(f"{at}/{key}", "This is a number, not less than nothing."))
                else:
                    numbers[key] = int(number) if whole else number
            missing = [key for key in KEYS[kind] if key not in each and key != "extra_days"]
            self.wrong += [Wrong(f"{at}/{key}", "This is needed.") for key in missing]
            if len(self.wrong) == before:
                found.append(make(**numbers))
        return found if len(self.wrong) == before else False

    def entity(self, place: str, told: dict) -> None:
        code = told.get("code")
        there = LegalEntity.objects.filter(code=code.strip().upper() if isinstance(code, str) else None).first()
        facts = {name: told[name] for name in ENTITY_FACTS if name in told}
        if there is not None:
            now = {name: getattr(there, name) for name in ENTITY_FACTS[1:]}
            facts = now | {name: value for name, value in facts.items() if name != "code"}
        form = EntityForm(self.typed(facts), entity=there)
        if not self.valid(form, place, facts):
            return
        if there is None:
            there = company.open_entity(actor=self.actor, **form.cleaned_data)
            self.done.created.append(place)
            changed = None
        else:
            changed = self.changed_entity(there, place, form.cleaned_data)
            if changed is None:
                return
            there.refresh_from_db()
        more = self.calendar_and_keepers(there, place, told)
        if changed is not None:
            self.count(place, changed or more)
        self.closing_days(there, place, told)
        for at, each in self.listed(told, place, "bank_accounts", "bank_account"):
            self.bank_account(there, at, each)
        for at, each in self.listed(told, place, "agencies", "agency"):
            self.agency(there, at, each)
        self.series(there, place, told)
        self.chart(there, place, told)
        parts = {
            "dunning": dunning, "inquiries": inquiries, "late_payers": late_payers, "early_offers": offers,
            "chronic": chronic, "credit": credit,
        }  # fmt: skip
        for name, part in parts.items():
            self.settings(name, part, there, place, told)

    def changed_entity(self, there: LegalEntity, place: str, facts: dict) -> bool | None:
        before = {name: getattr(there, name) for name in facts}
        try:
            company.change_entity(there, actor=self.actor, **facts)
        except company.EntityRefused as refused:
            self.wrong.append(Wrong(f"{place}/{refused.field}", str(refused)))
            return None
        return before != facts

    def calendar_and_keepers(self, there: LegalEntity, place: str, told: dict) -> bool:
        changed = False
        days = {"subdivision": there.subdivision, "weekend": there.weekend}
        asked = {name: told[name] for name in days if name in told}
        if asked:
            form = CalendarForm(self.typed(days | asked), country=there.country)
            if self.valid(form, place, asked):
                changed |= bool(self.changed_entity(there, place, form.cleaned_data))
                there.refresh_from_db()
        settings = DunningSettings.objects.select_related("queue").get(entity=there)
        keep = {
            "books_kept_by": there.books_kept_by, "cash_applied_by": there.cash_applied_by,
            "queue": settings.queue.code if settings.queue else None,
        }  # fmt: skip
        asked = {name: told[name] for name in keep if name in told}
        if asked:
            form = KeepersForm(self.typed(keep | asked))
            if self.valid(form, place, asked):
                facts = form.cleaned_data
                queue = facts.pop("queue")
                changed |= bool(self.changed_entity(there, place, facts))
                changed |= settings.queue != queue
                company.send_tasks_to(there, queue, actor=self.actor)
                there.refresh_from_db()
        return changed

    def closing_days(self, there: LegalEntity, place: str, told: dict) -> None:
        """The days to come on which it is closed are exactly those of the file, where the file names them."""
        if "closing_days" not in told:
            return
        wanted: dict[date, str] = {}
        for at, each in self.listed(told, place, "closing_days", "closing_day"):
            form = ClosingDayForm(self.typed(each))
            if self.valid(form, at, each):
                wanted[form.cleaned_data["day"]] = form.cleaned_data["name"]
        if self.wrong:
            return
        kept = dict(there.closing_days.values_list("day", "name"))
        for day, name in wanted.items():
            if kept.get(day) != name:
                business_days.close(there, day, name, actor=self.actor)
        today = clock.today(there.time_zone)
        for row in there.closing_days.filter(day__gte=today).exclude(day__in=wanted):
            business_days.reopen(row, actor=self.actor)
        after = dict(there.closing_days.values_list("day", "name"))
        self.count(f"{place}/closing_days", kept != after)

    def bank_account(self, there: LegalEntity, place: str, told: dict) -> None:
        account = self.known_account(there, told)
        names = KEYS["bank_account"]
        now = {name: getattr(account, name) for name in names} if account else {"is_main": False}
        form = BankForm(self.typed(now | told), account=account)
        if not self.valid(form, place, told):
            return
        facts = form.cleaned_data
        try:
            if account is None:
                banks.open_account(there, actor=self.actor, **facts)
                self.done.created.append(place)
            else:
                saved = banks.change(account, actor=self.actor, **facts)
                self.count(place, {name: getattr(saved, name) for name in names} != now)
        except banks.BankRefused as refused:
            self.wrong.append(Wrong(f"{place}/{refused.field}", str(refused)))

    def known_account(self, there: LegalEntity, told: dict) -> BankAccount | None:
        """The account that is meant: by its IBAN, or its number and bank, with its currency."""
        found = BankAccount.objects.filter(entity=there, currency=told.get("currency"))
        if isinstance(told.get("iban"), str) and told["iban"]:
            return found.filter(iban="".join(told["iban"].split()).upper()).first()
        if told.get("account_number"):
            return found.filter(account_number=told["account_number"], bank=told.get("bank", "")).first()
        return None

    def agency(self, entity: LegalEntity, place: str, told: dict) -> None:
        there = Agency.objects.filter(entity=entity, code=told["code"].strip()).first() or Agency(entity=entity)
        now = {name: getattr(there, name) for name in agencies.FACTS}
        form = AgencyForm(self.typed(now | told), entities=LegalEntity.objects.none(), known=True)
        if not self.valid(form, place, told):
            return
        try:
            if there.pk is None:
                agencies.add(entity, told["code"], actor=self.actor, **form.cleaned_data)
                self.done.created.append(place)
            else:
                agencies.change(there, actor=self.actor, **form.cleaned_data)
                self.count(place, form.cleaned_data != now)
        except agencies.AgencyRefused as refused:
            self.wrong.append(Wrong(f"{place}/{refused.field}", str(refused)))

    def series(self, there: LegalEntity, place: str, told: dict) -> None:
        if "numbering" not in told:
            return
        at = f"{place}/numbering"
        if not self.mapping(told["numbering"], at, tuple(numbering.TITLES)):
            return
        today = clock.today(there.time_zone)
        for name, each in told["numbering"].items():
            if not self.mapping(each, f"{at}/{name}", KEYS["series"]):
                continue
            before = numbering.pattern(there.code, name), numbering.next_number(there.code, name, today)
            pattern, number = before
            now = {
                "prefix": pattern.prefix, "year_digits": pattern.year_digits, "separator": pattern.separator,
                "width": pattern.width, "next": number,
            }  # fmt: skip
            # Where numbers are taken already, the number to begin with has had its effect.
            asked = {key: value for key, value in each.items() if key != "next" or not _taken(there, name)}
            form = SeriesForm(self.typed(now | asked))
            if not self.valid(form, f"{at}/{name}", each):
                continue
            try:
                numbering.arrange(
                    there.code, name, form.pattern(), first=form.cleaned_data["next"], on=today, actor=self.actor
                )
            except numbering.NumberingRefused as refused:
                self.wrong.append(Wrong(f"{at}/{name}", str(refused)))
            else:
                self.count(f"{at}/{name}", before != (form.pattern(), form.cleaned_data["next"]))

    def chart(self, there: LegalEntity, place: str, told: dict) -> None:
        ours = LedgerAccount.objects.filter(entity=there).order_by("code")
        banks = [account for account in ours if account.bank_account_id]
        keys = (*LedgerAccount.Role, *(account.key for account in banks))
        if "chart" not in told or not self.mapping(told["chart"], f"{place}/chart", keys):
            return
        now = {account.key: account.company_code for account in ours}
        form = ChartForm(self.typed(now | told["chart"]), banks=banks)
        if self.valid(form, f"{place}/chart", told["chart"]):
            chart.map_to(there, form.cleaned_data, actor=self.actor)
            after = {account.key: account.company_code for account in ours.all()}
            self.count(f"{place}/chart", now != after)

    def settings(self, name: str, part, there: LegalEntity, place: str, told: dict) -> None:
        """What a part of the product says of a legal entity, by that part's own `apply`."""
        told, place = told.get(name), f"{place}/{name}"
        if told is None or not self.keys(told, place, name):
            return
        changed, wrong = part.apply(there, told, lambda form, asked: self.valid(form, place, asked), actor=self.actor)
        self.wrong += [Wrong(f"{place}/{name}", says) for name, says in wrong]
        if not wrong:
            self.count(place, changed)

    def person(self, place: str, told: dict) -> None:
        name = told.get("username")
        there = User.objects.filter(username__iexact=name).first() if isinstance(name, str) else None
        facts = dict(told)
        if there is not None:
            now = {
                "first_name": there.first_name, "last_name": there.last_name, "email": there.email,
                "roles": there.roles, "all_entities": there.all_entities,
                "entities": list(there.entity_access.values_list("entity__code", flat=True)),
            }  # fmt: skip
            facts = now | {key: value for key, value in facts.items() if key != "username"}
        typed = self.typed(facts)
        codes = facts.get("entities", [])
        if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
            known = dict(LegalEntity.objects.filter(code__in=codes).values_list("code", "pk"))
            unknown = [code for code in codes if code not in known]
            self.wrong += [Wrong(f"{place}/entities", f"There is no legal entity {code}.") for code in unknown]
            if unknown:
                return
            typed["entities"] = list(known.values())
        form = PersonForm(typed, entities=LegalEntity.objects.all(), everything=True, person=there)
        if not self.valid(form, place, facts):
            return
        facts = form.cleaned_data
        try:
            if there is None:
                user = staff.take_on(actor=self.actor, everything=facts.pop("all_entities"), **facts)
                self.invited.append(user)
                self.done.created.append(place)
                return
            wanted = {key: facts[key] for key in ("first_name", "last_name", "email", "all_entities")}
            wanted["roles"] = sorted(facts["roles"])
            wanted["entities"] = {entity.code for entity in facts["entities"]} if not facts["all_entities"] else set()
            now["roles"], now["entities"] = sorted(now["roles"]), set(now["entities"])
            if wanted != now:
                staff.change(there, actor=self.actor, everything=facts.pop("all_entities"), **facts)
            self.count(place, wanted != now)
        except people.PeopleRefused as refused:
            self.wrong.append(Wrong(place, str(refused)))

    def team(self, place: str, told: dict) -> None:
        there = Team.objects.filter(code=told.get("code")).first()
        now = {}
        if there is not None:
            now = {
                "name": there.name, "lead": there.lead.username if there.lead else None,
                "members": sorted(there.members.values_list("username", flat=True)),
                "queues": sorted(there.queues.values_list("code", flat=True)),
            }  # fmt: skip
        facts = now | {key: value for key, value in told.items() if there is None or key != "code"}
        form = TeamForm(self.typed(facts), team=there)
        if not self.valid(form, place, told):
            return
        try:
            if there is None:
                code = form.cleaned_data.pop("code")
                team_acts.create(code, actor=self.actor, **form.cleaned_data)
                self.done.created.append(place)
                return
            team_acts.change(there, actor=self.actor, **form.cleaned_data)
        except team_acts.TeamRefused as refused:
            self.wrong.append(Wrong(place, str(refused)))
            return
        there.refresh_from_db()
        after = {
            "name": there.name, "lead": there.lead.username if there.lead else None,
            "members": sorted(there.members.values_list("username", flat=True)),
            "queues": sorted(there.queues.values_list("code", flat=True)),
        }  # fmt: skip
        self.count(place, now != after)

    def expected(self, rows: targets.Rows) -> None:
        """What is expected of people and teams, once they are there."""
        if self.wrong:
            return
        fates, wrong = targets.apply(rows, self.valid, actor=self.actor)
        self.wrong += [Wrong(place, says) for place, says in wrong]
        for place, fate in fates.items():
            if fate == targets.CREATED:
                self.done.created.append(place)
            else:
                self.count(place, fate == targets.CHANGED)

    # --- What every part needs

    def facts(self, form_class, place: str, told: dict, there, now: dict, *, kept: tuple[str, ...]) -> dict | None:
        """The facts of a row that is known by its code; None where they are wrong. Counts what becomes of it."""
        if there is None:
            form = form_class(self.typed(told))
            if not self.valid(form, place, told):
                return None
            self.done.created.append(place)
            return form.cleaned_data
        facts = now | {name: value for name, value in told.items() if name not in kept}
        if not all(isinstance(value, str) and value for value in facts.values()):
            self.wrong.append(Wrong(place, "What it says must be text."))
            return None
        self.count(place, facts != now)
        return facts

    def count(self, place: str, changed: bool) -> None:
        if changed:
            self.done.changed.append(place)
        else:
            self.done.unchanged += 1

    def listed(self, told: dict, place: str, name: str, kind: str) -> list[tuple[str, dict]]:
        """The objects of a list with their places; what is no list, no object or has unknown names is written down."""
        rows = told.get(name, [])
        if not isinstance(rows, list):
            self.wrong.append(Wrong(f"{place}/{name}", "This must be a list."))
            return []
        found = [(f"{place}/{name}/{number}", row) for number, row in enumerate(rows)]
        good = [(at, row) for at, row in found if self.keys(row, at, kind)]
        key = {"person": "username"}.get(kind, "code")
        if key in KEYS[kind]:
            seen: set = set()
            for at, row in good:
                said = row.get(key)
                if isinstance(said, str) and said.strip().upper() in seen:
                    self.wrong.append(Wrong(f"{at}/{key}", f"{said} is in the list twice."))
                elif isinstance(said, str):
                    seen.add(said.strip().upper())
                else:
                    self.wrong.append(Wrong(f"{at}/{key}", "This is needed, and must be text."))
        return [(at, row) for at, row in good if key not in KEYS[kind] or isinstance(row.get(key), str)]

    def keys(self, row, place: str, kind: str) -> bool:
        return self.mapping(row, place, KEYS[kind])

    def mapping(self, row, place: str, known: tuple[str, ...]) -> bool:
        if not isinstance(row, dict):
            self.wrong.append(Wrong(place, "This must be an object."))
            return False
        unknown = [name for name in row if name not in known]
        for name in unknown:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Is {near[0]!r} meant?" if near else f" Known are: {', '.join(known)}."
            self.wrong.append(Wrong(f"{place}/{name}", f"This is not known here.{hint}"))
        return not unknown

    @staticmethod
    def typed(facts: dict) -> dict:
        """What a browser would send: nothing for null."""
        return {name: "" if value is None else value for name, value in facts.items()}

    def valid(self, form: forms.Form, place: str, told: dict) -> bool:
        """Whether a form takes what a file says; each mistake is written down at its place."""
        before = len(self.wrong)
        for name, bound in form.fields.items():
            if name in told and not _fits(bound, told[name]):
                self.wrong.append(Wrong(f"{place}/{name}", f"This must be {_kind(bound)}."))
        if len(self.wrong) > before:
            return False
        for name, errors in form.errors.items():
            says = " ".join(errors)
            if name in form.fields and isinstance(form.fields[name], forms.ChoiceField) and "valid choice" in says:
                says = _no_choice(form.fields[name], told.get(name))
            self.wrong.append(Wrong(place if name == "__all__" else f"{place}/{name}", says))
        return len(self.wrong) == before


def _taken(entity: LegalEntity, series: str) -> bool:
    return numbering.used(entity.code, series)


def _number(value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _fits(bound: forms.Field, value) -> bool:
    """Whether a JSON value is of the kind that a field reads."""
    if value is None:
        return not bound.required
    if isinstance(bound, forms.BooleanField):
        return isinstance(value, bool)
    if isinstance(bound, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return isinstance(value, list) and all(isinstance(each, str | int) for each in value)
    if isinstance(bound, forms.DecimalField):
        return isinstance(value, int | Decimal | str) and not isinstance(value, bool)
    if isinstance(bound, forms.IntegerField | forms.TypedChoiceField):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def _kind(bound: forms.Field) -> str:
    if isinstance(bound, forms.BooleanField):
        return "true or false"
    if isinstance(bound, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return "a list"
    if isinstance(bound, forms.DecimalField):
        return "a number"
    if isinstance(bound, forms.IntegerField | forms.TypedChoiceField):
        return "a whole number"
    return "text"


def _no_choice(bound: forms.ChoiceField, value) -> str:
    """ "Europe/Berln" is none of them; is Europe/Berlin meant?"""
    offered = [str(key) for key, _ in bound.choices if str(key)]
    said = [each for each in (value if isinstance(value, list) else [value]) if str(each) not in offered] or [value]
    near = difflib.get_close_matches(str(said[0]), offered, 1, 0.5)
    if near:
        return f"{said[0]!r} is not known. Is {near[0]!r} meant?"
    if len(offered) <= 20:
        return f"{said[0]!r} is not known. Known are: {', '.join(offered)}."
    return f"{said[0]!r} is not known."
