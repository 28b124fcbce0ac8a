"""What mails seem to say."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.incoming.suggesting import About, suggest

ON = date(2026, 11, 26)  # a Thursday
PROMISES = [
    ("We will pay invoice 4711 on Friday.", "2026-11-27", None),
    ("I'll transfer EUR 1,250.50 by 4 December.", "2026-12-04", "1250.50"),
    ("Payment is scheduled for our next payment run on 2026-12-03.", "2026-12-03", None),
    ("The amount will be paid at the end of the month.", "2026-11-30", None),
    ("Die Rechnung RE-1 wird am 04.12.2026 überwiesen.", "2026-12-04", None),
    ("Wir werden den Betrag von 1.234,50 EUR bis zum 10. Dezember überweisen.", "2026-12-10", "1234.50"),
    ("Wir überweisen in 10 Tagen.", "2026-12-06", None),
    ("Nous allons régler la facture le 15 décembre.", "2026-12-15", None),
    ("Le virement sera effectué demain.", "2026-11-27", None),
]
OTHERS = [
    ("The goods were damaged, please send a credit note.", About.DISPUTE),
    ("Invoice 12 is wrong: the price was agreed at 10.", About.DISPUTE),
    ("We never received the goods.", About.DISPUTE),
    ("Die Ware war beschädigt.", About.DISPUTE),
    ("Der Preis auf der Rechnung stimmt nicht.", About.DISPUTE),
    ("Les pièces sont défectueuses.", About.DISPUTE),
    ("We have already paid this invoice on 12 November.", About.PAID),
    ("This was settled last week.", About.PAID),
    ("Die Rechnung wurde bereits bezahlt.", About.PAID),
    ("Wir haben die Rechnung am 3.11. überwiesen.", About.PAID),
    ("La facture a déjà été réglée.", About.PAID),
    ("Could you please send me a copy of the invoice?", About.COPY),
    ("We do not have this invoice.", About.COPY),
    ("Bitte senden Sie uns eine Rechnungskopie.", About.COPY),
    ("Bitte senden Sie uns die Rechnung erneut zu.", About.COPY),
    ("Merci de nous envoyer une copie de la facture F-12.", About.COPY),
    ("I am no longer responsible for accounts payable. Please contact ap@x.example.", About.CONTACT),
    ("Ich bin nicht mehr zuständig, bitte wenden Sie sich an Frau X.", About.CONTACT),
    ("Je ne suis plus en charge de la comptabilité.", About.CONTACT),
]
NOTHING = [
    "Thank you for your mail, have a nice day.",
    "We cannot pay this invoice.",
    "We will not be able to pay before the case is settled in court, unless you insist.",
    "Vielen Dank für Ihre Nachricht.",
    "Bonne journée",
    "",
]


@pytest.mark.parametrize(("text", "on", "amount"), PROMISES)
def test_promises(text, on, amount):
    found = suggest("Re: Reminder", text, on=ON)
    assert found[0].about == About.PROMISE
    assert found[0].on == date.fromisoformat(on)
    assert found[0].amount == (Decimal(amount) if amount else None)
    assert found[0].confidence >= 0.6


@pytest.mark.parametrize(("text", "about"), OTHERS)
def test_others(text, about):
    found = suggest("Re: Reminder", text, on=ON)
    assert found[0].about == about
    assert found[0].words in text


@pytest.mark.parametrize("text", NOTHING)
def test_what_says_nothing_gets_no_promise(text):
    assert About.PROMISE not in {each.about for each in suggest("Re: Reminder", text, on=ON)}


def test_days_that_are_past_or_impossible_are_no_promise_days():
    for text in ("We will pay on 31.2.2027.", "We will pay as of 1.11.2026.", "We will pay on 99.99.9999."):
        (found,) = suggest("", text, on=ON)
        assert found.on is None
        assert found.confidence == 0.68


def test_several_amounts_are_none():
    (found,) = suggest("", "We will pay EUR 100 and EUR 200 tomorrow.", on=ON)
    assert found.amount is None
