"""The reasons of a proposal as sentences. What is kept is codes with facts, so that words may change."""

from collections.abc import Iterable

SENTENCES = {
    "collection": "It is our direct debit of {numbers}.",
    "reference": "The creditor reference of {numbers} stands in the text.",
    "number": "{numbers} stands in the text.",
    "tail": "The last figures of {numbers} stand in the text.",
    "similar": "A number in the text is {numbers} but for one slip.",
    "iban": "The account is known as the customer's.",
    "learnt_iban": "Payments from this account were matched to the customer before.",
    "mandate": "The mandate is the customer's.",
    "customer_number": "The customer's number stands in the text.",
    "learnt_reference": "Payments with this number of the payer’s own were matched to the customer before.",
    "learnt_name": "Payments under this name were matched to the customer before.",
    "name": "The payer's name is the customer's, or like it.",
    "exact": "The amount is exactly what is open.",
    "instalment": "The amount is exactly the instalments that are due first.",
    "all": "The amount is all that is open.",
    "overdue": "The amount is all that is overdue.",
    "discount": "The amount is what is open less the early-payment discount.",
    "late_discount": "The early-payment discount was taken after its last day.",
    "offer_late": "The amount is what the offer asked for until {until}; what it does not grant by now stays open.",
    "offer_less": "The amount is less than what the offer asks for on the day; the rest stays open.",
    "combination": "The amount is the sum of {items} items.",
    "netted": "The amount is what is open less a credit.",
    "difference": "The amount is a small difference short.",
    "charge": "The amount is short by what a bank may have kept.",
    "charge_told": "The amount is short by what the bank says it kept.",
    "chosen": "The amount is that of {items} of the items that are named.",
    "paid_before": "{numbers} was settled before: this may be a second payment of it.",
    "part": "The amount is less than what is open; the rest stays open.",
    "over": "The amount is more than what is named; the rest stays on account.",
    "on_account": "Nothing that is open explains the amount; it would stay on account.",
    "other_payer": "The account is known as another customer's.",
    "rivals": "Another proposal is as likely.",
    "by_hand": "Split by {by}.",
    "advice": "Remittance advice {advice} says so: {numbers}.",
    "advice_deduction": "What the advice deducts stays open, in dispute.",
    "advice_unearned": "More discount was taken than is earned; what is beyond it stays open, in dispute.",
    "advice_less": "The advice says more than {documents} owes.",
    "advice_over": "The advice pays more than {documents} came to.",
    "advice_unknown": "The advice names {documents}, which is not known here.",
    "advice_several": "The advice names {documents}, which may be more than one document.",
    "advice_of_none": "The advice has an amount that is of no document.",
    "advice_more": "The advice says more than came.",
    "advice_differs": "The advice’s total is not what came.",
    "advice_unsound": "The advice does not add up, or a part of it could not be read.",
    "advice_contradicts": "The remittance advice says something else.",
}
MOST_NAMED = 3


def sentences(reasons: Iterable[dict]) -> list[str]:
    """What is said of each reason, in their order; of a code that is not known, the code."""
    numbers = next((reason["numbers"] for reason in reasons if reason.get("numbers")), [])
    told = []
    for reason in reasons:
        facts = {"items": "several", "by": "a person", "until": "its day", **reason}
        facts["numbers"] = _listed(reason.get("numbers") or numbers)
        facts["documents"] = _listed(reason.get("documents") or [])
        text = SENTENCES.get(reason["code"])
        told.append(text.format(**facts) if text else reason["code"])
    return told


def _listed(numbers: list[str]) -> str:
    if not numbers:
        return "A document"
    more = len(numbers) - MOST_NAMED
    return ", ".join(numbers[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
