"""Questions at a terminal: the least that a company needs, as a file that `applying` brings about.

Each answer goes through the field that its page has, and is asked again with the reason until it fits.
"""

from collections.abc import Callable, Iterable
from functools import partial

from django import forms

from o2c.core.models import Role, User
from o2c.orders.models import LegalEntity, PaymentTerms
from o2c.web.forms import PersonForm
from o2c.web.setup.document import FORMAT
from o2c.web.setup.forms import BankForm, EntityForm, TermsForm

Ask = Callable[[str], str]
Say = Callable[[str], None]
YES = {"y", "yes", "j", "ja", "o", "oui"}
USUAL_ENTITY = {"country": "DE", "base_currency": "EUR", "time_zone": "Europe/Berlin"}


def ask_all(ask: Ask, say: Say) -> dict:
    """Ask for a legal entity, its bank account, payment terms and an administrator, as far as they are missing."""
    told: dict = {"o2c_setup": FORMAT}
    say("An empty answer takes what stands in brackets. Ctrl-C ends it, and nothing is changed.\n")
    if not LegalEntity.objects.exists() or _yes(ask, "Open another legal entity?"):
        told["entities"] = [_entity(ask, say)]
    if not PaymentTerms.objects.exists() and _yes(ask, "Agree on payment terms now?"):
        say("Payment terms; discounts and instalments are added on their page or by a file.")
        usual = {"code": "N30", "name": "30 days net", "kind": PaymentTerms.Kind.NET.value, "days": "30"}
        told["terms"] = [_form(ask, say, TermsForm, ("code", "name", "kind", "days", "day_of_month"), usual)]
    if not User.objects.exists():
        say("The first administrator, who lets the others in.")
        person = partial(PersonForm, entities=LegalEntity.objects.none(), everything=True)
        facts = _form(ask, say, person, ("username", "first_name", "last_name", "email"), {"username": "admin"})
        told["people"] = [{**facts, "roles": [Role.ADMINISTRATOR.value], "all_entities": True}]
    return told


def _entity(ask: Ask, say: Say) -> dict:
    say("The legal entity: the company that sells.")
    entity = _form(ask, say, EntityForm, EntityForm.base_fields, USUAL_ENTITY)
    if _yes(ask, "Is it paid into a bank account that reminders name?"):
        usual = {"name": "Main account", "currency": entity["base_currency"]}
        account = _form(ask, say, BankForm, ("name", "currency", "iban"), usual, rules_of_all={"iban"})
        if "iban" not in account:
            account |= _form(ask, say, BankForm, ("account_number", "bank"), {}, needed={"account_number"})
        entity["bank_accounts"] = [{**account, "is_main": True}]
    return entity


def _form(
    ask: Ask,
    say: Say,
    form: Callable[..., forms.Form],
    names: Iterable[str],
    usual: dict[str, str],
    *,
    needed: Iterable[str] = (),
    rules_of_all: Iterable[str] = (),
) -> dict:
    """Ask for some fields of a form. `rules_of_all` are those that, once given, are judged with the others."""
    facts: dict = {}
    for name in names:
        field = form({}).fields[name]
        default = usual.get(name, "")
        must = field.required or name in needed
        hint = f" [{default}]" if default else "" if must else " (optional)"
        while True:
            answer = ask(f"  {field.label}{hint}: ").strip() or default
            if not answer and must:
                says = "This is needed."
            elif not answer and name in rules_of_all:
                break
            else:
                errors = form({**facts, name: answer}).errors.get(name)
                if not errors:
                    break
                says = " ".join(errors)
            say(f"    {says}")
        if answer:
            facts[name] = int(answer) if isinstance(field, forms.IntegerField) else answer
    return facts


def _yes(ask: Ask, question: str) -> bool:
    return ask(f"{question} [y/N] ").strip().lower() in YES
