import json
import sys
from datetime import date

from django.conf import settings
from django.core.management.base import CommandError

from o2c.core import clock, messages
from o2c.core.actors import Actor
from o2c.core.commands import BookCommand
from o2c.invoicing.models import StatementRun
from o2c.invoicing.statements import runs
from o2c.orders.models import LegalEntity

WORKER_ANSWERS_WITHIN = 1.0  # seconds
PATIENCE = 60.0  # seconds without progress until this process takes parts itself


class Command(BookCommand):
    help = "Make the statements of account of a legal entity's customers as of a day, and wait until they are made."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["run"])
        parser.add_argument("--entity", required=True, help="Code of the legal entity.")
        parser.add_argument("--as-of", type=date.fromisoformat, help="YYYY-MM-DD; the entity's today if not given.")
        parser.add_argument("--kind", choices=StatementRun.Kind.values, default=StatementRun.Kind.OPEN_ITEMS)
        parser.add_argument(
            "--from", type=date.fromisoformat, dest="from_on", help="First day of an activity; else a month before."
        )
        parser.add_argument("--segment", default="", help="Only of accounts of this segment.")
        parser.add_argument("--who", choices=StatementRun.Who.values, default=StatementRun.Who.OPEN)
        parser.add_argument("--channel", choices=StatementRun.Channel.values, default=StatementRun.Channel.EMAIL)
        parser.add_argument("--again", action="store_true", help="Send them although they went out before.")
        parser.add_argument("--inline", action="store_true", help="Do the work here, not in workers.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        entity = LegalEntity.objects.filter(code=options["entity"]).first()
        if entity is None:
            raise CommandError(f"There is no legal entity {options['entity']}.", returncode=2)
        inline = options["inline"] or not self.worker_answers()
        asked = {name: options[name] for name in ("kind", "from_on", "segment", "who", "channel", "again")}
        try:
            as_of = options["as_of"] or clock.today(entity.time_zone)
            run = runs.begin(entity=entity, as_of=as_of, actor=Actor("manage.py statements"), **asked)
            if not inline:
                runs.enqueue(run)
            run = runs.finish(run, patience=0 if inline else PATIENCE)
        except runs.RunRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        except runs.StatementsFailed as failed:
            raise CommandError(str(failed)) from None
        if run.mailed:
            self.deliver()
        self.answer(run, as_json=options["json"])

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

    def deliver(self) -> None:
        """Hand over what is queued, and say where mail went that was not sent."""
        delivered = messages.deliver()
        if delivered.spooled:
            why = "" if settings.O2C_SMTP else " (SMTP_URL names no mail server)"
            self.say(f"{delivered.spooled} messages written to files in {settings.O2C_RUN_DIR}, not sent{why}")
        if delivered.later or delivered.refused or delivered.unsure:
            self.say(f"messages: {delivered.later} later, {delivered.refused} refused, {delivered.unsure} unsure")

    def answer(self, run: StatementRun, *, as_json: bool) -> None:
        if as_json:
            told = {
                "run": run.pk,
                "entity": run.entity.code,
                "kind": run.kind,
                "as_of": run.as_of.isoformat(),
                "from_on": run.from_on.isoformat() if run.from_on else None,
                "state": run.state,
                **{name: getattr(run, name) for name in ("made", "mailed", "no_address", "left_out", "totals")},
            }
            self.stdout.write(json.dumps(told, indent=2))
            return
        totals = ", ".join(f"{row['total']} {currency}" for currency, row in run.totals.items()) or "nothing"
        self.stdout.write(
            f"{run.entity.code} {run.as_of}, run {run.pk}, {run.state}: {run.made} statements ({totals} open),"
            f" {run.mailed} by e-mail, {run.no_address} without an address,"
            f" {run.left_out} customers with nothing to tell"
        )
