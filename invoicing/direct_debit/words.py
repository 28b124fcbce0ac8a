"""The reasons of direct debits in words: why an item is not collected, and what a bank means by its codes."""

# Why an item was left out of a run, or dropped from it before the bank had it: title, sentence.
LEFT_OUT = {
    "disputed": ("Disputed", "The customer contests it, or its source calls it disputed."),
    "promise_open": ("Promise stands", "The customer promised to pay it otherwise."),
    "plan_kept": ("Payment plan kept", "The customer pays it in instalments, as agreed."),
    "hold": ("On hold", "A hold on the item or the customer is in force."),
    "handed_over": ("Handed over", "It is with a collection agency or a lawyer."),
    "under_way": ("Under way", "It is in another run that was not ended."),
    "currency": ("Not in euros", "SEPA collects in euros only."),
    "mandate_draft": ("Mandate not active", "Its account is not confirmed yet, or nobody has activated it."),
    "mandate_blocked": ("Mandate blocked", "Its last collections came back."),
    "mandate_expired": ("Mandate expired", "It was not used for 36 months."),
    "mandate_used": ("Mandate used up", "It was good for one collection, or its last one was made."),
    "net_credit": ("In credit", "With its credits taken off, the customer owes nothing in this currency."),
    # only said of what was dropped from a run
    "paid": ("Paid meanwhile", "It was settled after the run was proposed."),
    "changed": ("Amount changed", "Another amount is open than was proposed and told to the customer."),
    "not_due": ("No longer due", "Its due date was put off."),
    "mandate_cancelled": ("Mandate cancelled", "The mandate has ended meanwhile."),
    "mandate_changed": ("Mandate changed", "The account or the mandate is another one meanwhile."),
    "withdrawn": ("Run not made", "The run was refused or withdrawn."),
}

# ISO 20022 external codes as the SEPA rulebooks use them (EPC016-06, EPC222-07, 4.4; EPC173-14).
BANK = {
    "AC01": "The account number is wrong",
    "AC04": "The account is closed",
    "AC06": "The account is blocked",
    "AC13": "A consumer's account cannot be collected from by a business mandate",
    "AG01": "Direct debits are not allowed on the account",
    "AG02": "The bank does not know this kind of collection",
    "AM04": "The account has not enough money",
    "AM05": "It was collected twice",
    "BE05": "The creditor identifier is not known",
    "CNOR": "The creditor's bank is not reached",
    "DNOR": "The debtor's bank is not reached",
    "DT01": "The day is wrong",
    "ED05": "The settlement failed",
    "FF01": "The file cannot be read",
    "FF05": "The scheme is wrong",
    "FOCR": "It came back because it was recalled",
    "MD01": "There is no valid mandate",
    "MD02": "The mandate's data are missing or wrong",
    "MD06": "The customer asked for the money back",
    "MD07": "The account's holder has died",
    "MS02": "The customer refused it",
    "MS03": "The bank gives no reason",
    "RC01": "The bank's code (BIC) is wrong",
    "RR01": "The bank misses the debtor's account or identification",
    "RR02": "The bank misses the debtor's name or address",
    "RR03": "The bank misses the creditor's name or address",
    "RR04": "The law does not allow it",
    "SL01": "The customer's agreement with its bank does not allow it",
    "TM01": "The bank had the file too late",
}

# What says that the mandate itself is no good: two of these block it.
MANDATE_IS_BAD = frozenset({"MD01", "AC04"})


def title(reason: str) -> str:
    return LEFT_OUT[reason][0] if reason in LEFT_OUT else reason


def sentence(reason: str) -> str:
    return LEFT_OUT[reason][1] if reason in LEFT_OUT else ""


def of_bank(code: str) -> str:
    """A bank's reason as people read it: AC04, the account is closed."""
    words = BANK.get(code.strip().upper()[:4])
    return f"{code}: {words[0].lower()}{words[1:]}" if words else code


def told(reason: str) -> str:
    """Any reason of a collection in words."""
    return title(reason) if reason in LEFT_OUT else of_bank(reason)
