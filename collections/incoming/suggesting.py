"""What a mail seems to say, as suggestions to a person: a promise, a dispute, that it is paid, that a copy is wanted,
that somebody else is to be written to. Pure; nothing here acts.

Each turn of phrase leaves some doubt, and what several leave is multiplied, as in matching. A turn that is denied
("cannot pay") counts for nothing. Words of English, German and French; a mail in another language gets no suggestion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache

from babel.dates import get_day_names, get_month_names

LANGUAGES = ("en", "de", "fr")
LEAST = 0.5  # what is less sure is not shown
MOST_TEXT = 5_000
FURTHEST = timedelta(days=366)


class About(StrEnum):
    PROMISE = "promise"
    DISPUTE = "dispute"
    PAID = "paid"
    COPY = "copy"
    CONTACT = "contact"


TITLES = {
    About.PROMISE: "Promises to pay",
    About.DISPUTE: "Contests an invoice",
    About.PAID: "Says it is paid",
    About.COPY: "Wants a copy",
    About.CONTACT: "Names somebody else to write to",
}
# A turn of phrase and how likely it means what it stands for.
CUES: dict[About, tuple[tuple[str, float], ...]] = {
    About.PROMISE: (
        (r"\b(we|i)( will|'ll| shall| are going to| am going to) (\w+ ){0,3}(pay|settle|transfer|remit)", 0.85),
        (r"\b(payment|transfer) (will be|is) (\w+ )?(made|scheduled|released|executed|planned)", 0.8),
        (r"\b(will be|is being|are being) (paid|settled|transferred)", 0.75),
        (r"\b(next|our) payment run", 0.6),
        (r"\bpromise to pay|\byou (will|can expect to) (receive|have) (the|our|your) (payment|money)", 0.85),
        (r"\b(wird|werden|werde)\b.{0,90}?\b(überweisen|überwiesen|(be)?zahlen|(be|ge)zahlt|begleichen|beglichen|anweisen"
         r"|angewiesen|ausgleichen)\b", 0.85),
        (r"\b(zahlung|überweisung)\b.{0,40}\b(er)?folgt\b", 0.65),
        (r"\b(überweisen|zahlen|begleichen) (wir|ich)\b|\b(wir|ich) (überweisen?|zahlen?|begleichen?)\b", 0.75),
        (r"\bzahlungslauf", 0.6),
        (r"\b(nous|je) (allons|vais) (\w+ ){0,3}(payer|régler|virer|effectuer)", 0.85),
        (r"\b(nous|je) (paierons|paierai|réglerons|réglerai|effectuerons)", 0.85),
        (r"\b(paiement|virement|règlement) (\w+ ){0,3}(sera|est) (\w+ )?(effectué|fait|programmé|prévu|émis)", 0.8),
    ),
    About.DISPUTE: (
        (r"\b(dispute|contest|object to|disagree with|reject)\b", 0.7),
        (r"\b(incorrect|wrong|not correct|overcharged|double[- ]billed|billed twice)\b", 0.65),
        (r"\b(not|never) (\w+ )?(received|delivered|ordered) (the |any |these |those )?"
         r"(goods|parts|delivery|items|order)", 0.75),
        (r"\b(damaged|defective|faulty|short delivery|missing (items|parts|pieces))\b", 0.7),
        (r"\b(credit note|price (difference|is wrong|was agreed))\b", 0.5),
        (r"\b(reklam|beanstand|widersprech|mangelhaft|beschädigt|defekt|fehlmenge|falsch|stimmt nicht"
         r"|nicht korrekt)\w*", 0.7),
        (r"\b(nicht|nie) (\w+ )?(bestellt|geliefert|erhalten haben|angekommen)\b", 0.65),
        (r"\bgutschrift\b", 0.5),
        (r"\b(contest|litige|réclam|défectueu|endommag|erron|incorrecte?|abîm)\w*", 0.7),
        (r"\b(pas|jamais) (été )?(livrée?s?|commandée?s?|reçu la marchandise)\b", 0.7),
        (r"\bavoir\b(?= (de|d'|pour|concernant))", 0.5),
    ),
    About.PAID: (
        (r"\b(have|has|had|was|were|been) (already |been |since )*(paid|settled|transferred|remitted)\b", 0.8),
        (r"\b(we|i) (already )?(paid|settled|transferred|remitted)\b", 0.8),
        (r"\bpayment (was|has been) (made|sent|executed)", 0.8),
        (r"\bproof of payment\b", 0.6),
        (r"\b(bereits|schon|längst) (\w+ ){0,4}?(bezahlt|überwiesen|beglichen|gezahlt|angewiesen)\b", 0.85),
        (r"\b(haben|habe|wurde|wurden|ist)\b.{0,80}?\b(bezahlt|überwiesen|beglichen|gezahlt)\b(?! werden)", 0.7),
        (r"\b(déjà|a été|ont été|avons|ai) (\w+ ){0,3}?(payée?s?|réglée?s?|virée?s?)\b", 0.8),
        (r"\b(paiement|virement) (\w+ ){0,2}(a été) (effectué|fait|émis)", 0.8),
    ),
    About.COPY: (
        (r"\b(copy|copies|duplicate) of (the |your |this |that |these )?(invoices?|documents?|statement)", 0.85),
        (r"\b(send|resend|forward|provide|share) (\w+ ){0,4}(invoices?|copy|copies|statement)\b", 0.75),
        (r"\b(do|did|have) not (have|received?|find|get) (the |this |that |your |any )?(invoices?|copy)", 0.7),
        (r"\b(rechnungs?kopien?|kopien? (der|von|dieser)|zweitschrift|duplikat)\b", 0.85),
        (r"\brechnung(en)? (\w+ ){0,4}?(nicht|nie) (erhalten|bekommen|vorliegen|vor)\b", 0.75),
        (r"\brechnung(en)? (\w+ ){0,5}?(zusenden|schicken|senden|zukommen|zuschicken)\b", 0.75),
        (r"\b(senden|schicken|übermitteln) sie\b.{0,40}\brechnung", 0.75),
        (r"\b(copies?|duplicata|double) (de |du |des |d')?(la |le |les |cette |votre |vos )?(factures?|relevé)", 0.85),
        (r"\b(envoyer|transmettre|renvoyer|adresser) (\w+ ){0,4}(factures?|copie)", 0.75),
        (r"\bpas reçu (la |votre |cette |les |vos )?factures?", 0.7),
    ),
    About.CONTACT: (
        (r"\b(no longer|not) (\w+ ){0,3}(responsible|in charge|work(s|ing)? (here|for|at))", 0.8),
        (r"\bplease (\w+ )?(contact|write to|address|direct|forward) (\w+ ){0,6}(to |at )?\S+@\S+", 0.75),
        (r"\b(wrong (person|contact|address)|new (contact|address) (is|for))\b", 0.75),
        (r"\b(left the company|has left)\b", 0.8),
        (r"\b(nicht mehr|nicht) (\w+ ){0,3}(zuständig|im unternehmen|tätig)", 0.8),
        (r"\bwenden sie sich (\w+ ){0,3}an\b", 0.75),
        (r"\b(falsche[rn]? (ansprechpartner|adresse|empfänger)|neue[rn]? ansprechpartner)", 0.8),
        (r"\b(plus|pas) (\w+ ){0,3}(responsable|en charge|dans l'entreprise)", 0.8),
        (r"\bveuillez (\w+ ){0,2}(contacter|vous adresser|écrire)\b", 0.7),
    ),
}  # fmt: skip
DENIED = re.compile(
    r"\b(not|cannot|can't|won't|unable|never|if|unless|until|nicht|kein\w*|wenn|falls|erst|ne|pas|si)\b[^.!?;\n]{0,25}$"
)


# "10. Dezember" is one word.
SENTENCES = re.compile(r"(?<=[.!?])(?<!\d\.)\s+(?=[A-ZÄÖÜÉÈÀ])|\n{2,}|\n(?=[-*•])")


@dataclass(frozen=True)
class Suggestion:
    """`on` and `amount` are those that a promise names; `words` is the sentence that says it."""

    about: About
    confidence: float
    words: str
    on: date | None = None
    amount: Decimal | None = None

    @property
    def title(self) -> str:
        return TITLES[self.about]

    @property
    def percent(self) -> int:
        return round(self.confidence * 100)


def suggest(subject: str, said: str, *, on: date) -> list[Suggestion]:
    """What a mail that came on a day seems to say, the surest first."""
    text = said[:MOST_TEXT]
    sentences = [part.strip() for part in (subject, *SENTENCES.split(text)) if part.strip()]
    found: dict[About, list[tuple[float, str]]] = {}
    for sentence in sentences:
        low = " ".join(sentence.lower().replace("’", "'").split())
        for about, cues in CUES.items():
            for pattern, weight in cues:
                match = _cue(pattern).search(low)
                if match and not (about in (About.PROMISE, About.PAID) and DENIED.search(low[: match.end()])):
                    found.setdefault(about, []).append((weight, sentence))
    if About.PAID in found and About.PROMISE in found and not _days(text, on):
        # "has been paid" and "will be paid": without a day to come it is the past that counts.
        found.pop(About.PROMISE)
    suggestions = []
    for about, cues in found.items():
        doubt = 1.0
        for weight, _ in cues[:3]:
            doubt *= 1 - weight
        sentence = max(cues)[1]
        day = amount = None
        if about == About.PROMISE:
            day = next(iter(_days(sentence, on) or _days(text, on)), None)
            amount = _amount(sentence)
            if day is None:
                doubt = 1 - (1 - doubt) * 0.8
        if 1 - doubt >= LEAST:
            suggestions.append(Suggestion(about, round(1 - doubt, 2), sentence[:300], day, amount))
    return sorted(suggestions, key=lambda each: (-each.confidence, each.about))


@cache
def _cue(pattern: str) -> re.Pattern:
    return re.compile(pattern)


# --- Days and amounts in sentences


@cache
def _months() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                names[name.lower().rstrip(".")] = number
    return names


@cache
def _weekdays() -> dict[str, int]:
    return {name.lower(): number for language in LANGUAGES for number, name in get_day_names(locale=language).items()}


@cache
def _patterns() -> dict[str, re.Pattern]:
    months = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    weekdays = "|".join(sorted(map(re.escape, _weekdays()), key=len, reverse=True))
    return {
        "iso": re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b"),
        "numbers": re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](20\d\d|\d\d)?(?!\d)"),
        "named": re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?: of)? ({months})\b\.?(?: (20\d\d))?"),
        "named_first": re.compile(rf"\b({months})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (20\d\d))?"),
        "weekday": re.compile(rf"\b({weekdays})\b"),
        "in_days": re.compile(
            r"\b(?:in|within|innerhalb von|binnen|dans|sous) (\d{1,3}) (?:\w+ )?(?:days|tagen?|jours)\b"
        ),
        "month_end": re.compile(
            r"\b(?:end of (?:the|this) month|month[- ]end|ende des monats|monatsende|fin (?:du|de) mois)\b"
        ),
        "tomorrow": re.compile(r"\b(?:tomorrow|morgen|demain)\b(?! früh)"),
        "next_week": re.compile(r"\b(?:next week|nächste woche|kommende woche|la semaine prochaine)\b"),
    }  # fmt: skip


def _days(text: str, on: date) -> list[date]:
    """The days to come that a text names, in their order in it. Numbers are read day first, as the languages write."""
    low = " ".join(text.lower().split())
    patterns = _patterns()
    found: list[tuple[int, date | None]] = []
    for match in patterns["iso"].finditer(low):
        found.append((match.start(), _date(match[1], match[2], match[3], on)))
    for match in patterns["numbers"].finditer(low):
        found.append((match.start(), _date(match[3], match[2], match[1], on)))
    for match in patterns["named"].finditer(low):
        found.append((match.start(), _date(match[3], _months()[match[2]], match[1], on)))
    for match in patterns["named_first"].finditer(low):
        found.append((match.start(), _date(match[3], _months()[match[1]], match[2], on)))
    for match in patterns["weekday"].finditer(low):
        ahead = (_weekdays()[match[1]] - on.weekday()) % 7 or 7
        found.append((match.start(), on + timedelta(days=ahead)))
    for match in patterns["in_days"].finditer(low):
        found.append((match.start(), on + timedelta(days=int(match[1]))))
    for match in patterns["month_end"].finditer(low):
        found.append((match.start(), (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)))
    for match in patterns["tomorrow"].finditer(low):
        found.append((match.start(), on + timedelta(days=1)))
    for match in patterns["next_week"].finditer(low):  # by its last day of work
        found.append((match.start(), on + timedelta(days=11 - on.weekday())))
    return [day for _, day in sorted(found, key=lambda each: each[0]) if day and on <= day <= on + FURTHEST]


def _date(year: str | None, month: str | int, day: str, on: date) -> date | None:
    """A day; one without a year is the next of its name."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        this = date(on.year, int(month), int(day))
        return this if this >= on - timedelta(days=60) else date(on.year + 1, int(month), int(day))
    except ValueError:
        return None


AMOUNT = re.compile(
    r"(?:€|\$|£|\b(?:eur|usd|gbp|chf)\b)\s?(\d[\d.,' \u00a0\u202f]*\d|\d)"
    r"|(\d[\d.,' \u00a0\u202f]*\d|\d)\s?(?:€|\$|£|\b(?:eur|euros?|usd|gbp|chf)\b)",
    re.IGNORECASE,
)


def _amount(text: str) -> Decimal | None:
    """The amount of money that a sentence names, in whichever way its figures are grouped; None of several."""
    found = {_read_amount(a or b) for a, b in AMOUNT.findall(text)} - {None}
    return found.pop() if len(found) == 1 else None


def _read_amount(written: str) -> Decimal | None:
    digits = re.sub(r"[' \u00a0\u202f]", "", written)
    point = re.search(r"[.,](\d{1,2})$", digits)
    whole = re.sub(r"[.,]", "", digits[: point.start()] if point else digits)
    try:
        return Decimal(f"{whole}.{point[1]}" if point else whole)
    except InvalidOperation:
        return None
