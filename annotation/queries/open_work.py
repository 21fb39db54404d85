"""Whether a closing project still owes somebody something."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from annotation.models import Answer, Appeal, Assignment, ExamAttempt, Project, Verdict

# The clocks of two machines, and the end of the transaction that closed the project.
LEEWAY = timedelta(seconds=5)
# No request and no task that hands out or takes in lasts as long: whatever is older is something else.
LONGEST_TRANSACTION = timedelta(minutes=10)


def has_open_work(project: Project) -> bool:
    """Somebody still holds a lease, waits for a verdict, may appeal, or has earned what is not in the ledger yet.

    One statement, so one snapshot: an answer that is done again between two reads would be in neither.
    """
    leases = Assignment.objects.filter(project=OuterRef("pk"), state=Assignment.State.LEASED)
    answers = Answer.objects.filter(project=OuterRef("pk"))
    attempts = ExamAttempt.objects.filter(exam=OuterRef("pk"))
    return Project.objects.filter(
        Exists(leases)
        | Exists(answers.filter(state=Answer.State.PENDING))
        # Also when its time is over: until it has lapsed, late work on it is still taken.
        | Exists(answers.filter(state=Answer.State.RETURNED))
        # A rejection that may yet be overturned keeps its money.
        | Exists(Appeal.objects.filter(project=OuterRef("pk"), state__in=Appeal.LIVE))
        | Exists(answers.filter(state=Answer.State.ACCEPTED, is_accrued=False))
        | Exists(Verdict.objects.filter(answer__project=OuterRef("pk"), is_accrued=False, price_minor__gt=0))
        | Exists(attempts.filter(state=ExamAttempt.State.LIVE, pay_minor__gt=0))
        | Exists(attempts.filter(is_paid=True, is_accrued=False)),
        pk=project.pk,
    ).exists()


def may_have_work_under_way(closed_at: datetime) -> bool:
    """A transaction that began while the project was open is not over: what it brings in cannot be seen yet."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, {"first": closed_at - LONGEST_TRANSACTION, "last": closed_at + LEEWAY})
        return bool(cursor.fetchone()[0])


_UNDER_WAY = """
SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                  AND xact_start BETWEEN %(first)s AND %(last)s)
"""
