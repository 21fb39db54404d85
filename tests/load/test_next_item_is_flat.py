"""Issue 2, acceptance 5: the next item at a million items costs what it costs at a thousand."""

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
MOST_TIMES_MORE = 1.5
MOST_BLOCKS_A_LAP = 50_000


def blocks_read() -> int:
    """Blocks of tables and indexes that this database's statements have asked for so far, cached or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("""
            SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0))
              FROM pg_statio_user_tables
        """)
        return int(cursor.fetchone()[0])


def blocks(call):
    before = blocks_read()
    call()
    return blocks_read() - before


def next_and_submit(project, user):
    """Median blocks of taking one item and of submitting it, each after some to warm up."""
    taking, submitting, leased = [], [], []
    for _round in range(ROUNDS):
        taking.append(blocks(lambda: leased.extend(lease_items(project.pk, user=user, n=1).leases)))
        answer = {"lease_id": leased.pop().id, "key": uuid4(), "result": {"sentiment": "pos"}}
        submitting.append(blocks(lambda: submit_answer(user, **answer)))  # noqa: B023
    return median(taking[10:]), median(submitting[10:])


def test_next_item_and_submit_are_flat_from_a_thousand_to_a_million_items(capsys):
    """Counted in blocks, which a busy machine does not change; `make bench` has the milliseconds."""
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
        figures[f"new lap {size}"] = median(
            blocks(lambda: lease_items(project.pk, user=veteran, n=1))  # noqa: B023
            for _r in range(5)
        ), 0  # fmt: skip
        figures[f"free places {size}"] = median(
            blocks(lambda: with_places(Project.objects.filter(pk=project.pk)).get().has_places)  # noqa: B023
            for _r in range(20)
        ), 0  # fmt: skip
        figures[f"sweep {size}"] = blocks(expire_leases), 0

    with capsys.disabled():
        for name, (taking, submitting) in figures.items():
            print(f"\n{name:>22}: next {taking:8.1f} blocks, submit {submitting:8.1f} blocks", end="")
        print()
    for who in ("newcomer", "veteran"):
        small, large = figures[f"{who} {SMALL}"], figures[f"{who} {LARGE}"]
        assert 0 < large[0] <= MOST_TIMES_MORE * small[0], (who, small, large)
        assert 0 < large[1] <= MOST_TIMES_MORE * small[1], (who, small, large)
    # A lap that begins again is bounded by its windows, not by what the person has done.
    assert figures[f"new lap {LARGE}"][0] < MOST_BLOCKS_A_LAP


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
