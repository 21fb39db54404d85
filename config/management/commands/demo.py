from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.people import PASSWORD, PEOPLE, make_people
from config.demo.projects import make_projects


class Command(BaseCommand):
    help = "Write the demo's people and projects, with their money locked on the development chain. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--logins", action="store_true", help="Only print who can sign in.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data is only written where DEMO=true.")
        if not options["logins"]:
            make_projects(make_people())
        for person in PEOPLE:
            self.stdout.write(f"{person.email:32} {person.what}")
        self.stdout.write(f"Password of all of them: {PASSWORD}")
