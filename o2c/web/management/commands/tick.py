import json

from o2c import wiring
from o2c.core.commands import BookCommand


class Command(BookCommand):
    help = "Do now what beat does every five minutes: what is due and not yet done. Exit code 1 where a part fails."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        results = wiring.beat()
        if options["json"]:
            self.stdout.write(json.dumps(results, indent=2, default=str))
        else:
            for part, result in results.items():
                said = ", ".join(f"{name} {value}" for name, value in result.items())
                self.stdout.write(f"{part}: {said or 'nothing to do'}")
        if any("error" in result for result in results.values()):
            raise SystemExit(1)
