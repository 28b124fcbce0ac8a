"""Trials of two policies: begun for days to come, ended by the day that was planned, or by a person who says why."""

from datetime import date, timedelta

from o2c.collections import pilots, policies, policy_choices
from o2c.collections.models import Trial
from o2c.collections.policy_rules import faults_of
from o2c.core import clock, formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity

MOST_DAYS = 730


class TrialRefused(Refused):
    """The trial cannot be begun or ended so; the text says why, `field` what it is about."""


def begin(
    entity: LegalEntity, *, champion: str, challenger: str, share: int, first_on: date, until: date, actor: Actor
) -> Trial:
    """Chase a share of whom the champion's policy chases by the challenger's, from a day to come until another.

    Raises TrialRefused where the policies are not fit for it, nobody would take part, another trial of the champion
    falls into that time, or the legal entity's runs go to a pilot.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        _check_days(first_on, until, clock.today(entity.time_zone))
        _check_policies(champion, challenger, first_on)
        if not 1 <= share <= 99:
            raise TrialRefused("Both have a share: between 1 and 99 percent.", "share")
        if not policy_choices.chased_by(champion).filter(entity=entity).exists():
            raise TrialRefused(f"Nobody of {entity.code} is chased by {champion}.", "champion")
        if pilots.scenario_of(entity) is not None:
            raise TrialRefused(f"{entity.code} has a pilot: nothing goes out, so nothing could be learned.")
        others = Trial.objects.filter(entity=entity, champion=champion, first_on__lte=until).lasting(first_on)
        other = others.order_by("first_on").first()
        if other is not None:
            span = f"from {formats.day(other.first_on)} to {formats.day(other.last_on)}"
            raise TrialRefused(f"{champion} is tried against {other.challenger} {span}.", "first_on")
        trial = Trial.objects.create(
            entity=entity,
            champion=champion,
            challenger=challenger,
            share=share,
            first_on=first_on,
            until=until,
            salt=f"{entity.code} {champion} {challenger} {first_on}",
            begun_by=actor.name,
        )
        outbox.emit("trial.begun", trial_id=trial.pk, entity_id=entity.pk)
        return trial


def _check_days(first_on: date, until: date, today: date) -> None:
    if first_on <= today:
        raise TrialRefused("Tomorrow at the earliest: runs of today may have decided already.", "first_on")
    if until < first_on:
        raise TrialRefused("It ends before it begins.", "until")
    if (until - first_on).days >= MOST_DAYS:
        raise TrialRefused(f"It lasts at most {MOST_DAYS} days.", "until")


def _check_policies(champion: str, challenger: str, first_on: date) -> None:
    if champion == challenger:
        raise TrialRefused("A policy is tried against another one.", "challenger")
    for field, code in (("champion", champion), ("challenger", challenger)):
        version = policies.in_force(code, first_on)
        if version is None:
            raise TrialRefused(f"{code} has no version in force on {formats.day(first_on)}.", field)
        spoken = policy_choices.languages(champion)
        wrong = faults_of(policies.of(version), spoken) if code == challenger else []
        if wrong:
            raise TrialRefused(" ".join(fault.text for fault in wrong), field)


def end(trial: Trial, *, concluded: str, actor: Actor) -> Trial:
    """Let it last no longer than today, and say what came of it; one that has not begun yet never does.

    Raises TrialRefused where it is over, or is so after today anyhow.
    """
    with acting(actor):
        found = Trial.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=trial.pk)
        today = clock.today(found.entity.time_zone)
        if found.ended_on is not None or found.until <= today:
            raise TrialRefused(f"It lasts until {formats.day(found.last_on)}: there is nothing to end.")
        if not concluded.strip():
            raise TrialRefused("Say what came of it.", "concluded")
        found.ended_on = max(today + timedelta(days=1), found.first_on)
        found.ended_by, found.concluded = actor.name, concluded.strip()
        found.save(update_fields=["ended_on", "ended_by", "concluded"])
        outbox.emit("trial.ended", trial_id=found.pk, entity_id=found.entity_id)
        return found
