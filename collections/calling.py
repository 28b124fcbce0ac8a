"""Calls from the worklist: what to say, what time it is there, and what becomes of the task by how the call ended."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from o2c.collections import activities, worklist
from o2c.collections.models import Activity, Task
from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.hours import is_business_day, zones
from o2c.orders import business_days

Outcome = Activity.Outcome

# After a call that settled nothing the task comes back so many business days later.
COMES_BACK_AFTER = {Outcome.NO_ANSWER: 1, Outcome.LEFT_MESSAGE: 2, Outcome.ALREADY_PAID: 3}
# What one key says of a call. A promise and a dispute have more to say, and a dialog of their own.
BY_KEY = (
    Outcome.REACHED,
    Outcome.NO_ANSWER,
    Outcome.LEFT_MESSAGE,
    Outcome.ALREADY_PAID,
    Outcome.WRONG_CONTACT,
)


def called(task: Task, outcome: str, *, actor: Actor, note: str = "") -> Task:
    """Write down how a call ended, and do with the task what follows from it, as one act.

    Nobody answered, a message was left, or they say that it is paid: it comes back some business days later. It was the
    wrong contact: it is done, and another asks for the right one. Else it is done. Raises TaskTaken, TaskFinished.
    """
    outcome = Outcome(outcome)
    with acting(actor):
        held = worklist.locked(task, actor)
        activities.log_call(held, outcome, note, actor=actor)
        days = COMES_BACK_AFTER.get(outcome)
        if days is not None:
            today = clock.today(held.entity.time_zone)
            until = business_days.business_day(held.entity, today, days) or today + timedelta(days=days)
            return worklist.snooze(held, until, actor, outcome.label)
        if outcome is Outcome.WRONG_CONTACT:
            worklist.create(
                entity=held.entity,
                customer=held.customer,
                kind=Task.Kind.NO_CONTACT,
                why=f"Whom we called is the wrong contact: {held.why}",
                due_on=clock.today(held.entity.time_zone),
                assignee=held.assignee,
                queue=held.queue,
                key=f"contact:task:{held.pk}",
                actor=actor,
            )
        return worklist.done(held, outcome, actor=actor)


# --- What to say

WORDS = {
    "en": {
        "me": "Good day, this is {me} of {seller}.",
        "one": "I am calling about invoice {number} of {amount}, which was due on {day}.",
        "many": "I am calling about {count} invoices of {amount} together; the oldest, {number}, was due on {day}.",
        "nothing": "You had promised {amount} by {day}, and nothing has arrived.",
        "part": "You had promised {amount} by {day}, of which {paid} has arrived.",
        "ask": "When can we expect the payment?",
    },
    "de": {
        "me": "Guten Tag, hier ist {me} von {seller}.",
        "one": "Es geht um die Rechnung {number} über {amount}, die am {day} fällig war.",
        "many": "Es geht um {count} Rechnungen über zusammen {amount}; die älteste, {number}, war am {day} fällig.",
        "nothing": "Zugesagt waren {amount} bis zum {day}, eingegangen ist nichts.",
        "part": "Zugesagt waren {amount} bis zum {day}, eingegangen sind {paid}.",
        "ask": "Wann dürfen wir mit der Zahlung rechnen?",
    },
    "fr": {
        "me": "Bonjour, {me} de {seller}.",
        "one": "Je vous appelle au sujet de la facture {number} de {amount}, échue le {day}.",
        "many": "Je vous appelle au sujet de {count} factures d'un total de {amount} ; la plus ancienne, {number},"
        " était échue le {day}.",
        "nothing": "Vous aviez promis {amount} pour le {day}, et rien n'est arrivé.",
        "part": "Vous aviez promis {amount} pour le {day} ; {paid} sont arrivés.",
        "ask": "Quand pouvons-nous attendre le paiement ?",
    },
}


@dataclass(frozen=True)
class Owed:
    """What of one currency is overdue with a legal entity; `number` and `due_on` are the oldest one's."""

    amount: Decimal
    currency: str
    count: int
    number: str
    due_on: date


@dataclass(frozen=True)
class Broken:
    """The last promise that was not kept."""

    amount: Decimal
    paid: Decimal
    currency: str
    pay_by: date


def opening(owed: Owed, broken: Broken | None, *, me: str, seller: str, language: str) -> str:
    """What to begin a call with, in the language of whoever is called, if it is one that we write; else in English."""
    language = language[:2].lower() if language[:2].lower() in WORDS else "en"
    words = WORDS[language]
    with formats.written_for(language):
        facts = {
            "number": owed.number,
            "count": owed.count,
            "amount": _money(owed.amount, owed.currency),
            "day": formats.long_day(owed.due_on),
        }
        said = [
            words["me"].format(me=me, seller=seller),
            words["one" if owed.count == 1 else "many"].format(**facts),
        ]
        if broken is not None:
            said.append(
                words["part" if broken.paid else "nothing"].format(
                    amount=_money(broken.amount, broken.currency),
                    paid=_money(broken.paid, broken.currency),
                    day=formats.long_day(broken.pay_by),
                )
            )
    return " ".join([*said, words["ask"]])


def _money(amount: Decimal, currency: str) -> str:
    return f"{formats.amount(amount, currency)} {currency}"


# --- What time it is there

OFFICE = (time(8), time(18))


@dataclass(frozen=True)
class There:
    """The time of day in a country, by each of its clocks; `is_open` where an office is likely to answer in one."""

    said: str
    is_open: bool


def there(country: str, now: datetime) -> There | None:
    """What time it is in a country; None where that is not known."""
    clocks = [now.astimezone(zone) for zone in zones(country)]
    if not clocks:
        return None
    is_open = any(OFFICE[0] <= clock.time() < OFFICE[1] and is_business_day(country, clock.date()) for clock in clocks)
    if len(clocks) == 1:
        return There(f"{clocks[0]:%H:%M} there", is_open)
    return There(", ".join(f"{clock:%H:%M} in {_place(clock)}" for clock in clocks), is_open)


def _place(clock: datetime) -> str:
    return str(clock.tzinfo).rpartition("/")[2].replace("_", " ")
