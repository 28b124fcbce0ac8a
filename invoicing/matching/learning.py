"""What people's decisions teach: who pays from an account, under which name, and with which number of its own in the
text. Known again next time.

Only persons teach: what the matcher decides by itself it knew already. What two payers share is evidence for neither
(`candidates`). What was taught can be withdrawn, and undoing a decision takes its lesson back.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from o2c.core.actors import Actor, acting
from o2c.invoicing.matching import habits, texts
from o2c.invoicing.models import ItemNumber, MatchProposal, PayerAlias
from o2c.orders.models import Customer, CustomerBankAccount

Kind = PayerAlias.Kind
SHORTEST_NAME = 4


def lessons(proposal: MatchProposal) -> list[tuple[str, str]]:
    """Kind and key of what a decided proposal says about its customer."""
    line = proposal.line
    found = []
    if line.party_iban:
        iban = texts.account_key(line.party_iban)
        if not CustomerBankAccount.objects.filter(customer_id=proposal.customer_id, iban=iban).exists():
            found.append((Kind.IBAN, iban))
    elif line.party_account:
        found.append((Kind.ACCOUNT, texts.account_key(line.party_account)))
    name = texts.name_key(line.party_name)
    if len(name) >= SHORTEST_NAME and name != texts.name_key(proposal.customer.name):
        found.append((Kind.NAME, name[:200]))
    found += [(Kind.REFERENCE, word) for word in _habits(proposal)]
    return [(kind, key) for kind, key in found if key]


def _habits(proposal: MatchProposal) -> list[str]:
    """The numbers that a payer writes of its own accord: not those of documents, nor its number, which are known."""
    line = proposal.line
    references = [line.end_to_end_id, line.bank_reference, line.customer_reference, line.mandate_id]
    written = line.remittance
    keys = texts.keys([written])
    documents = frozenset(
        ItemNumber.objects.filter(item__entity=proposal.entity_id, key__in=keys).values_list("key", flat=True)
        if keys
        else ()
    )
    found = habits.words(written, references=[*references, *line.creditor_references], documents=documents)
    known = set(Customer.objects.filter(number__in=found).values_list("number", flat=True))
    return [word for word in found if word not in known]


def learn(proposal_ids: Sequence[int], *, actor: Actor) -> None:
    """Remember what a person's decisions say about who pays."""
    if actor.user_id is None:
        return
    for proposal in MatchProposal.objects.filter(pk__in=proposal_ids).select_related("line", "customer").order_by("pk"):
        for kind, key in lessons(proposal):
            with connection.cursor() as cursor:
                cursor.execute(
                    LEARN,
                    {
                        "entity": proposal.entity_id, "kind": kind, "key": key, "customer": proposal.customer_id,
                        "line": proposal.line_id, "actor": actor.name,
                    },
                )  # fmt: skip


def unlearn(proposal: MatchProposal, *, actor: Actor) -> None:
    """Take back what the decision taught, where nothing else did. To be called in the act that undoes it."""
    if actor.user_id is None:
        return
    for kind, key in lessons(proposal):
        held = PayerAlias.objects.filter(
            entity_id=proposal.entity_id, kind=kind, key=key, customer_id=proposal.customer_id, withdrawn_at=None
        )
        held.filter(times__gt=1).update(times=F("times") - 1) or held.update(
            withdrawn_at=Now(), withdrawn_by=actor.name
        )


def withdraw(alias: PayerAlias, *, actor: Actor) -> None:
    """Forget it: the next payment of this kind is looked at by a person. The same again changes nothing."""
    with acting(actor):
        PayerAlias.objects.filter(pk=alias.pk, withdrawn_at=None).update(withdrawn_at=Now(), withdrawn_by=actor.name)


LEARN = """
    INSERT INTO invoicing_payeralias (entity_id, kind, key, customer_id, line_id, times, actor, withdrawn_by)
    VALUES (%(entity)s, %(kind)s, %(key)s, %(customer)s, %(line)s, 1, %(actor)s, '')
    ON CONFLICT (entity_id, kind, key, customer_id) WHERE withdrawn_at IS NULL
    DO UPDATE SET times = invoicing_payeralias.times + 1
"""
