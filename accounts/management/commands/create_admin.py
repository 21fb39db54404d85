"""Makes a member of the staff, or gives rights to a person who is there already."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain import person, staff
from accounts.models import User


class Command(BaseCommand):
    help = "Create a member of the staff. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--superuser", action="store_true", help="everything, including others' rights")
        parser.add_argument("--quality", action="store_true", help="quality admin")
        parser.add_argument("--finance", action="store_true", help="finance admin")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email).first()
        if user is None:
            user = person.create_person(email=email, password=_password(), is_verified=True)
        try:
            staff.grant_rights(
                user,
                by=None,
                is_staff=True,
                is_superuser=options["superuser"] or user.is_superuser,
                is_quality_admin=options["quality"] or user.is_quality_admin,
                is_finance_admin=options["finance"] or user.is_finance_admin,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{email} is staff.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass("Password: ")
