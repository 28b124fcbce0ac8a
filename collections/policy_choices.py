"""Which policy chases whom: the one that an item, a customer's account, its segment or its legal entity names."""

from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from o2c.collections import texts
from o2c.collections.models import DunningPolicy, DunningSettings, PolicyChoice, Trial
from o2c.collections.policy_rules import PolicyRefused
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Contact, LegalEntity


@dataclass(frozen=True)
class Users:
    """Who names a policy, and the trials that it is in or will be."""

    entities: list[LegalEntity] = field(default_factory=list)
    segments: list[PolicyChoice] = field(default_factory=list)
    accounts: int = 0
    items: int = 0
    trials: list[Trial] = field(default_factory=list)

    @property
    def nobody(self) -> bool:
        return not (self.entities or self.segments or self.accounts or self.items or self.trials)


def users(code: str, entities: QuerySet[LegalEntity]) -> Users:
    """Who names the policy, of these legal entities."""
    choices = PolicyChoice.objects.filter(policy=code, entity__in=entities)
    return Users(
        list(entities.filter(dunning__policy=code).order_by("code")),
        list(choices.filter(item=None).select_related("entity").order_by("entity__code", "segment")),
        Account.objects.filter(policy=code, entity__in=entities).count(),
        choices.exclude(item=None).count(),
        list(
            Trial.objects.filter(Q(champion=code) | Q(challenger=code), entity__in=entities)
            .lasting(clock.today())
            .select_related("entity")
            .order_by("entity__code", "first_on")
        ),
    )


def named_by_accounts(entities: QuerySet[LegalEntity]) -> dict[str, int]:
    """How many accounts name each policy themselves."""
    named = Account.objects.filter(entity__in=entities).exclude(policy="")
    return dict(named.values_list("policy").annotate(Count("id")))


def chased_by(code: str) -> QuerySet[Account]:
    """The accounts whose policy this is, by whichever of them says it."""
    segments = PolicyChoice.objects.filter(item=None).values_list("entity_id", "segment", "policy")
    of_entity = set(DunningSettings.objects.filter(policy=code).values_list("entity_id", flat=True))
    found = Account.objects.filter(policy=code)
    silent = Account.objects.filter(policy="")
    for entity_id, segment, policy in segments:
        if policy == code:
            found = found | silent.filter(entity_id=entity_id, segment=segment)
    usual = silent.filter(entity_id__in=of_entity)
    for entity_id, segment, policy in segments:
        if policy != code and entity_id in of_entity:
            usual = usual.exclude(entity_id=entity_id, segment=segment)
    return found | usual


def languages(code: str) -> frozenset[str]:
    """The languages, of those we write, of customers who are chased by the policy, or may be in a trial."""
    accounts = chased_by(code)
    for trial in Trial.objects.filter(challenger=code).lasting(clock.today()):
        accounts = accounts | chased_by(trial.champion).filter(entity=trial.entity_id)
    spoken = set(accounts.values_list("customer__language", flat=True).distinct())
    contacts = Contact.objects.filter(customer__in=accounts.values("customer"), in_use=True).exclude(language="")
    spoken |= set(contacts.values_list("language", flat=True).distinct())
    return frozenset(word[:2].lower() for word in spoken if word[:2].lower() in texts.LANGUAGES)


def use_for_entity(entity: LegalEntity, code: str, *, actor: Actor) -> None:
    """Chase the customers of a legal entity by a policy, but for those that name another. Raises PolicyRefused."""
    with acting(actor):
        _check_usable(code)
        if not DunningSettings.objects.filter(entity=entity).update(policy=code):
            raise PolicyRefused(f"{entity.code} has no dunning settings.", "entity")


def use_for_segment(entity: LegalEntity, segment: str, code: str, *, actor: Actor) -> PolicyChoice:
    """Chase a segment of a legal entity's customers by a policy. Raises PolicyRefused where nobody is in it."""
    segment = segment.strip()
    with acting(actor):
        _check_usable(code)
        if not segment or not Account.objects.filter(entity=entity, segment=segment).exists():
            raise PolicyRefused(f"No customer of {entity.code} is in the segment {segment}.", "segment")
        choice, _ = PolicyChoice.objects.update_or_create(
            entity=entity, segment=segment, item=None, defaults={"policy": code}
        )
        return choice


def use_for_item(item: OpenItem, code: str, *, actor: Actor) -> None:
    """Chase one item by a policy of its own; without a code by its customer's again. Raises PolicyRefused."""
    with acting(actor):
        if not code:
            PolicyChoice.objects.filter(item=item).delete()
            return
        _check_usable(code)
        PolicyChoice.objects.update_or_create(item=item, defaults={"entity_id": item.entity_id, "policy": code})


def forget(choice: PolicyChoice, *, actor: Actor) -> None:
    """Chase the segment by its legal entity's policy again."""
    with acting(actor):
        PolicyChoice.objects.filter(pk=choice.pk).delete()


def usable() -> list[str]:
    """The codes of the policies that have a version in force, or one to come."""
    codes = DunningPolicy.objects.exclude(activated_at=None).order_by("code").values_list("code", flat=True)
    return list(codes.distinct())


def _check_usable(code: str) -> None:
    if code not in usable():
        raise PolicyRefused(f"There is no policy {code} that is activated.", "policy")
