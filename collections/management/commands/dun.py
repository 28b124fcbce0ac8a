import json
import sys
from datetime import date

from django.conf import settings
from django.core.management.base import CommandError

from o2c.collections import dunning
from o2c.collections.dunning import DunningFailed, DunningRefused
from o2c.collections.models import DunningRun, Notice
from o2c.core import clock, messages
from o2c.core.actors import Actor
from o2c.core.commands import BookCommand
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import LegalEntity

State = DunningRun.State
WORKER_ANSWERS_WITHIN = 1.0  # seconds
BEFORE = {"approve": [State.PROPOSED], "send": [State.APPROVED, State.SENDING]}


class Command(BookCommand):
    help = (
        "Dunning of one legal entity or all: propose notices, approve them, send them, or `run` all three, which stops"
        " after proposing where the entity does not approve by itself."
    )

    def add_arguments(self, parser):
        parser.add_argument("step", choices=["propose", "approve", "send", "run"])
        parser.add_argument("--as-of", type=date.fromisoformat, help="YYYY-MM-DD; the entity's today if not given.")
        parser.add_argument("--entity", help="Code of one legal entity.")
        parser.add_argument("--run", type=int, help="approve, send: this run only.")
        parser.add_argument("--replay", action="store_true", help="Play a past day: recorded and spooled, never sent.")
        parser.add_argument("--inline", action="store_true", help="Do the work here, not in workers.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        self.actor = Actor("manage.py dun")
        self.inline = options["inline"] or not self.worker_answers()
        try:
            if options["step"] in BEFORE:
                runs = [self.go_on(run, options["step"]) for run in self.waiting(options)]
            else:
                runs = [self.begin(entity, options) for entity in self.entities(options["entity"])]
            if options["step"] in ("send", "run"):
                self.deliver(runs)
        except DunningRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        except (DunningFailed, IllegalMove, LostRace) as failed:
            raise CommandError(str(failed)) from None
        self.answer(runs, as_json=options["json"], as_of=options["as_of"])

    def worker_answers(self) -> bool:
        from o2c.celery import app

        try:
            if app.control.ping(timeout=WORKER_ANSWERS_WITHIN, limit=1):
                return True
        except Exception as error:
            self.say(f"the queue does not answer ({error})")
        self.say("no worker answers: doing the work here")
        return False

    def say(self, text: str) -> None:
        print(f"o2c: {text}", file=sys.stderr, flush=True)

    def entities(self, code: str | None) -> list[LegalEntity]:
        entities = list(LegalEntity.objects.filter(**({"code": code} if code else {})).order_by("code"))
        if not entities:
            raise DunningRefused(f"There is no legal entity {code}." if code else "There is no legal entity yet.")
        return entities

    def waiting(self, options: dict) -> list[DunningRun]:
        """The runs that wait for the step: the one named, else all of the entity and day asked for."""
        runs = DunningRun.objects.filter(scenario_id=None).select_related("entity").order_by("pk")
        if options["run"]:
            found = list(runs.filter(pk=options["run"]))
            if not found:
                raise DunningRefused(f"There is no run {options['run']}.")
            return found
        wanted = {"state__in": BEFORE[options["step"]], "replay": options["replay"]}
        if options["as_of"]:
            wanted["as_of"] = options["as_of"]
        return list(runs.filter(entity__in=self.entities(options["entity"]), **wanted))

    def go_on(self, run: DunningRun, step: str) -> DunningRun:
        if step == "approve":
            dunning.approve(run, actor=self.actor)
            return run
        run = dunning.send(run, actor=self.actor, inline=self.inline)
        return run if self.inline else dunning.wait(run)

    def begin(self, entity: LegalEntity, options: dict) -> DunningRun:
        as_of, replay = options["as_of"] or clock.today(entity.time_zone), options["replay"]
        dunning.check_day(entity, as_of, replay=replay)
        if options["step"] == "run":
            return dunning.run_day(entity, as_of, actor=self.actor, replay=replay, inline=self.inline)
        run = dunning.propose(entity, as_of, actor=self.actor, replay=replay, inline=self.inline)
        return run if self.inline else dunning.wait(run)

    def deliver(self, runs: list[DunningRun]) -> None:
        """Hand over what is queued, and say where mail went that was not sent."""
        delivered = messages.deliver()
        if delivered.spooled:
            why = "" if settings.O2C_SMTP else " (SMTP_URL names no mail server)"
            self.say(f"{delivered.spooled} messages written to files in {settings.O2C_RUN_DIR}, not sent{why}")
        if delivered.later or delivered.refused or delivered.unsure:
            self.say(f"messages: {delivered.later} later, {delivered.refused} refused, {delivered.unsure} unsure")

    def answer(self, runs: list[DunningRun], *, as_json: bool, as_of: date | None) -> None:
        counts = {run.pk: 0 for run in runs}
        for run_id in Notice.objects.filter(run__in=runs, message__isnull=False).values_list("run_id", flat=True):
            counts[run_id] += 1
        parts = [
            {
                "run": run.pk,
                "as_of": run.as_of.isoformat(),
                "considered": run.considered,
                "notices": run.notices_made,
                "items": run.items_noticed,
                "skipped": dict(sorted(run.skipped.items())),
                "messages": counts[run.pk],
                "entity": run.entity.code,
                "state": run.state,
            }
            for run in runs
        ]
        if as_json:
            self.stdout.write(json.dumps(summed(parts, as_of), indent=2))
            return
        for part in parts:
            skipped = ", ".join(f"{count} {reason}" for reason, count in part["skipped"].items())
            self.stdout.write(
                f"{part['entity']} {part['as_of']}, run {part['run']}, {part['state']}: {part['considered']} overdue"
                f" items considered, {part['notices']} notices of {part['items']} items, {part['messages']} messages"
                + (f"; not chased: {skipped}" if skipped else "")
            )
        if not parts:
            self.stdout.write("Nothing is waiting.")


def summed(parts: list[dict], as_of: date | None) -> dict:
    """One object: of one run its own, of several (or none) their sums, with each run's own under `runs`."""
    if len(parts) == 1:
        return parts[0]
    days = {part["as_of"] for part in parts}
    skipped: dict[str, int] = {}
    for part in parts:
        for reason, count in part["skipped"].items():
            skipped[reason] = skipped.get(reason, 0) + count
    return {
        "run": None,
        "as_of": as_of.isoformat() if as_of else (days.pop() if len(days) == 1 else None),
        **{key: sum(part[key] for part in parts) for key in ("considered", "notices", "items")},
        "skipped": dict(sorted(skipped.items())),
        "messages": sum(part["messages"] for part in parts),
        "runs": parts,
    }
