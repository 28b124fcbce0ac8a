"""The texts of notices, with fields in braces that are filled from a closed set. Nothing here touches the database.

Notices have one kind of wording, answers to inquiries another (`answer_…`), each with fields of its own. A wording is a
subject, an opening and a closing; between the two stands the table of items; and what is said instead
where it goes as a text message, of which each line may name fields without a value. The standard ones are small files a
language: the subject on the first line, the opening, a line `--`, and the closing; the text message in `sms/`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.template import TemplateDoesNotExist
from django.template.loader import get_template

FOLDER = "collections/messages"
LANGUAGES = ("en", "de", "fr")
USUAL = "reminder"
LONGEST_SUBJECT = 200
LONGEST_PART = 4000
LONGEST_SMS = 600
LONGEST = {"subject": LONGEST_SUBJECT, "sms": LONGEST_SMS}

# What a text may name, and what stands there then.
FIELDS = {
    "invoices": "“invoice 4711”, or “3 invoices”",
    "overdue_invoices": "the same, called overdue",
    "total": "the open amount of all of them",
    "currency": "its currency",
    "count": "how many they are",
    "oldest": "the number of the one due first",
    "oldest_due_on": "the day on which that was due",
    "on": "the day of the notice",
    "pay_by": "the last day given to pay, where the level gives one",
    "interest": "the interest that is charged with the notice, where there is any",
    "fee": "the fee of the notice, where its level has one",
    "to_pay": "the total with both, after credits that are listed",
    "customer": "the customer’s name",
    "customer_number": "its number",
    "entity": "our name",
    "phone": "our telephone number",
    "email": "our e-mail address",
}
# What answers to inquiries may name. A paragraph that names one without a value is left out.
ANSWER_FIELDS = {
    "contact": "whom it is written to",
    "customer": "the customer’s name",
    "customer_number": "its number",
    "subject": "what was asked",
    "asked_on": "the day on which it was asked",
    "invoices": "“invoice 4711”, or “3 invoices”: what is attached of them",
    "documents": "the names of all that is attached, each in a line",
    "balance": "what the account owes, in each currency",
    "overdue": "what of it is overdue, where anything is",
    "payment": "the amount of the last payment that came, where there is one",
    "payment_on": "the day on which that came",
    "me": "who answers",
    "on": "the day of the answer",
    "entity": "our name",
    "phone": "our telephone number",
    "email": "our e-mail address",
}
ANSWER = "answer_"
FIELD = re.compile(r"\{([^{}]*)\}")
ONE_OR_MORE = {
    "en": {
        "invoices": ("invoice {}", "{} invoices"),
        "overdue_invoices": ("invoice {} overdue", "{} invoices overdue"),
    },
    "de": {
        "invoices": ("Rechnung {}", "{} Rechnungen"),
        "overdue_invoices": ("Rechnung {} überfällig", "{} Rechnungen überfällig"),
    },
    "fr": {"invoices": ("facture {}", "{} factures"), "overdue_invoices": ("facture {} échue", "{} factures échues")},
}


@dataclass(frozen=True)
class Text:
    """A wording in a language."""

    subject: str
    opening: str
    closing: str = ""
    sms: str = ""

    def faults(self, fields: Collection[str] = FIELDS) -> list[tuple[str, str]]:
        """What keeps it from being sent: the part that it is about, and a sentence. It may name these fields."""
        found = []
        for name in ("subject", "opening", "closing", "sms"):
            part, most = getattr(self, name), LONGEST.get(name, LONGEST_PART)
            if len(part) > most:
                found.append((name, f"It is longer than {most} characters."))
            if not part.strip() and name in ("subject", "opening"):
                found.append((name, "Write something here."))
            for field in dict.fromkeys(FIELD.findall(part)):
                if field not in fields:
                    found.append((name, f"There is no field {{{field}}}."))
            if re.search(r"[{}]", FIELD.sub("", part)):
                found.append((name, "A brace that belongs to no field: fields are written {total}."))
        if len(self.subject.splitlines()) > 1:
            found.append(("subject", "A subject is one line."))
        return found

    def filled(self, values: dict[str, str]) -> "Text":
        """With its fields filled. A paragraph that names a field without a value is left out, and a line of the sms."""
        subject = FIELD.sub(lambda found: values.get(found[1], ""), self.subject)
        letter = (_fill(part, r"\n[ \t]*\n", values) for part in (self.opening, self.closing))
        opening, closing = ("\n\n".join(paragraphs) for paragraphs in letter)
        return Text(" ".join(subject.split()), opening, closing, "\n".join(_fill(self.sms, r"\n", values)))


def _fill(part: str, between: str, values: dict[str, str]) -> list[str]:
    paragraphs = re.split(between, part.replace("\r\n", "\n").strip())
    kept = [each.strip() for each in paragraphs if all(values.get(field, "") for field in FIELD.findall(each))]
    return [FIELD.sub(lambda found: values[found[1]], each) for each in kept]


def invoices(field: str, language: str, numbers: list[str]) -> str:
    """One by its number, more by how many they are, as the language has it."""
    one, more = ONE_OR_MORE[language][field]
    return one.format(numbers[0]) if len(numbers) == 1 else more.format(len(numbers))


# --- The standard wordings


def names() -> list[str]:
    """The wordings that a level may name."""
    return sorted(path.stem for path in _folder().glob("*.txt") if path.stem != "layout")


def answers() -> list[str]:
    """The wordings of answers to inquiries."""
    return sorted(f"{ANSWER}{path.stem}" for path in (_folder() / "answers").glob("*.txt"))


def _folder() -> Path:
    return Path(get_template(f"{FOLDER}/en/{USUAL}.txt").origin.name).parent


def is_answer(name: str) -> bool:
    return name.startswith(ANSWER)


def fields_of(name: str) -> dict[str, str]:
    """What a wording may name."""
    return ANSWER_FIELDS if is_answer(name) else FIELDS


def exists(name: str, language: str = "en") -> bool:
    """Whether there is a wording of that name in a language."""
    return _read(language, name) is not None


@lru_cache(maxsize=64)
def standard(language: str, name: str) -> Text:
    """The wording of that name in the language, else in English, else the usual one."""
    found = _read(language, name) or _read("en", name) or _read(language, USUAL)
    if found is None:
        raise TemplateDoesNotExist(f"{FOLDER}/{language}/{name}")
    return found


def _read(language: str, name: str) -> Text | None:
    try:
        file = f"answers/{name.removeprefix(ANSWER)}" if is_answer(name) else name
        written = get_template(f"{FOLDER}/{language}/{file}.txt").template.source
    except TemplateDoesNotExist:
        return None
    subject, _, body = written.strip().partition("\n")
    opening, _, closing = body.partition("\n--\n")
    return Text(subject.strip(), opening.strip(), closing.strip(), _sms(language, name))


def _sms(language: str, name: str) -> str:
    """What goes out as a text message; for a wording that has none, what the usual one says. Answers do not."""
    if is_answer(name):
        return ""
    try:
        return get_template(f"{FOLDER}/{language}/sms/{name}.txt").template.source.strip()
    except TemplateDoesNotExist:
        return "" if name == USUAL else _sms(language, USUAL)
