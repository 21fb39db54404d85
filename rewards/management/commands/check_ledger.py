from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from rewards.domain.books import RULES, check_books


class Command(BaseCommand):
    help = "Recompute the books from entries, earnings and payouts. Exits with 1 when something does not add up."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            if not connection.in_atomic_block or connection.savepoint_ids:
                found = check_books()
            else:
                with connection.cursor() as cursor:
                    # All rules must see the same moment.
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                found = check_books()
        for finding in found:
            self.stderr.write(f"{finding.rule}: {finding.subject}: {finding.detail}")
        if found:
            raise CommandError(f"The books do not add up: {len(found)} findings.")
        self.stdout.write(f"The books add up ({len(RULES)} rules).")
