import json

from o2c.core.commands import BookCommand
from o2c.invoicing.proof import RULES, proof


class Command(BookCommand):
    help = "Re-derive the books and list every invariant that does not hold. Exit code 1 where one does not."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        findings = proof()
        if options["json"]:
            answer = {"clean": not findings, "rules": len(RULES), "findings": [vars(finding) for finding in findings]}
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.rule}: {finding.subject}: {finding.text}")
            self.stdout.write(f"{len(RULES)} rules, {len(findings)} findings")
        if findings:
            raise SystemExit(1)
