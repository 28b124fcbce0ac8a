"""The reasons of the decision ledger in words, for pages and letters to ourselves. The rules are in the database."""

# What a decision says, and in one sentence why.
WORDS = {
    "notice": ("Chased", "It was late enough for its next level, and nothing stood against it."),
    "handed_over": ("Handed over", "It is with an agency or a lawyer, who collects it for us."),
    "disputed": ("Disputed", "The customer contests it, or its source calls it disputed."),
    "promise_open": ("Promise stands", "The customer promised to pay it, and the day with its grace is not past."),
    "plan_kept": ("Payment plan kept", "It is paid in instalments, as agreed, and none of them was missed."),
    "hold": ("On hold", "A hold on the item or the customer is in force."),
    "payment_found": ("Payment found", "A payment that covers it has come in and is not applied yet."),
    "in_contact": ("In contact", "Somebody spoke with the customer within the policy's days of contact."),
    "direct_debit": ("Direct debit under way", "It is being collected from the customer's account by direct debit."),
    "no_reminders": ("No reminders", "The account is agreed to get no reminders."),
    "net_credit": ("In credit", "With its credits taken off, the customer owes nothing in this currency."),
    "no_policy": ("No policy", "No dunning policy was in force for the account."),
    "noticed_later": ("Noticed later", "A run of a later day had chased it already."),
    "last_level": ("At the last level", "It has had every level of its policy; what follows is up to a person."),
    "not_yet": ("Not yet", "It is not late enough for its next level."),
    "grace": ("Money may be on its way", "It is late enough, but for the days that a transfer takes."),
    "deadline_running": ("Deadline running", "Its last notice gave it until a day, which is not past yet."),
    "interval": ("Too soon", "Its last notice is less than the policy's interval ago."),
    "below_minimum": ("Too little", "The customer's overdue total is below the level's minimum."),
    # only said of what was dropped between the proposal and the sending
    "left_out": ("Left out", "Somebody who looked through the run left it out."),
    "paid": ("Paid meanwhile", "It was settled between the proposal and the sending."),
    "not_due": ("No longer due", "Its due date was put off between the proposal and the sending."),
    "superseded": ("Not approved in time", "Nobody had approved it when the next run looked at its items again."),
    "cancelled": ("Run cancelled", "The run was cancelled before anything went out."),
}

# Somebody has said or agreed something about it, or is collecting it: a person who asks for it too would be wrong.
LEFT_ALONE = [
    "handed_over",
    "disputed",
    "promise_open",
    "plan_kept",
    "hold",
    "direct_debit",
    "net_credit",
    "payment_found",
]


def title(reason: str) -> str:
    return WORDS[reason][0] if reason in WORDS else reason


def sentence(reason: str) -> str:
    return WORDS[reason][1] if reason in WORDS else ""
