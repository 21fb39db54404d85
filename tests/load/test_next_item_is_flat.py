"""Issue 2, acceptance 5: the next item at a million items costs what it costs at a thousand."""

import time
from statistics import median
from uuid import uuid4

import pytest
from django.db import connection

from annotation.domain.answer import submit_answer
from annotation.domain.lease import expire_leases, lease_items
from annotation.models import AnnotatorProgress, Project
from annotation.queries.standing import with_places
from annotation.tests.factories import make_project, make_user
from tests.load.rows import add_items, analyze, answer_first

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SMALL, LARGE = 1_000, 1_000_000
ROUNDS = 60
MOST_TIMES_SLOWER = 1.5


def milliseconds(call):
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def next_and_submit(project, user):
    """Medians of taking one item and of submitting it, each after some to warm up."""
    taking, submitting = [], []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        (lease,) = lease_items(project.pk, user=user, n=1).leases
        taking.append(1000 * (time.perf_counter() - started))
        submitting.append(
            milliseconds(lambda: submit_answer(user, lease_id=lease.id, key=uuid4(), result={"sentiment": "pos"}))  # noqa: B023
        )
    return median(taking[10:]), median(submitting[10:])


def test_next_item_and_submit_are_flat_from_a_thousand_to_a_million_items(capsys):
    projects = {size: make_project(items=0) for size in (SMALL, LARGE)}
    for size, project in projects.items():
        add_items(project, size)
    veteran = make_user("veteran")
    for size, project in projects.items():
        answer_first(project, veteran, size // 5)
    analyze()

    figures = {}
    for size, project in projects.items():
        figures[f"newcomer {size}"] = next_and_submit(project, make_user())
        figures[f"veteran {size}"] = next_and_submit(project, veteran)
        # The worst place of a cursor: at the start of all that this person has done already.
        AnnotatorProgress.objects.filter(user=veteran, project=project).update(cursor=0)
        figures[f"new lap {size}"] = (
            median(milliseconds(lambda: lease_items(project.pk, user=veteran, n=1)) for _r in range(5)),  # noqa: B023
            0,
        )
        figures[f"free places {size}"] = median(
            milliseconds(lambda: with_places(Project.objects.filter(pk=project.pk)).get().has_places)  # noqa: B023
            for _r in range(20)
        ), 0  # fmt: skip
        figures[f"sweep {size}"] = milliseconds(expire_leases), 0

    with capsys.disabled():
        for name, (taking, submitting) in figures.items():
            print(f"\n{name:>22}: next {taking:6.2f} ms, submit {submitting:6.2f} ms", end="")
        print()
    for who in ("newcomer", "veteran"):
        small, large = figures[f"{who} {SMALL}"], figures[f"{who} {LARGE}"]
        assert large[0] <= MOST_TIMES_SLOWER * small[0], (who, small, large)
        assert large[1] <= MOST_TIMES_SLOWER * small[1], (who, small, large)
    # A lap that begins again is bounded by its windows, not by what the person has done.
    assert figures[f"new lap {LARGE}"][0] < 500


def test_the_draw_reads_the_partial_index_of_free_places():
    project = make_project(items=0)
    add_items(project, 50_000)
    analyze()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            EXPLAIN SELECT id, position FROM annotation_item
             WHERE project_id = %s AND state = 'open' AND NOT is_gold AND taken < places AND position >= 25000
             ORDER BY position LIMIT 2000
            """,
            [project.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "items_with_free_places" in plan
    assert "Sort" not in plan
