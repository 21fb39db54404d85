import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from annotation.domain.target import TargetRow, assign_items
from annotation.exceptions import AnnotationError
from annotation.models import ItemTarget
from annotation.tests.factories import make_items, make_project, make_user

pytestmark = pytest.mark.django_db


def test_items_are_named_by_id_position_or_file_and_people_by_address_or_id():
    project = make_project(items=2)
    make_items(project, 1, original_name="dune.png")
    worker = make_user()
    first, second, third = project.items.order_by("position")

    report = assign_items(
        project,
        actor=project.created_by,
        rows=[
            TargetRow(worker.email.upper(), item_id=first.pk),
            TargetRow(str(worker.public_id), position=1),
            TargetRow(f" {worker.email} ", external="dune.png"),
        ],
    )

    assert (report.rows, report.created, report.existing, report.errors) == (3, 3, 0, [])
    assert set(ItemTarget.objects.values_list("item", "user")) == {(i.pk, worker.pk) for i in (first, second, third)}
    assert AuditEntry.objects.get(action="project.items_assigned").changes["created"] == 3


def test_bad_rows_are_named_and_good_ones_taken():
    project, foreign = make_project(items=1), make_project(items=1)
    worker = make_user()
    item, theirs = project.items.get(), foreign.items.get()

    report = assign_items(
        project,
        actor=project.created_by,
        rows=[
            TargetRow(worker.email, item_id=theirs.pk),
            TargetRow(worker.email, item_id=item.pk),
            TargetRow("nobody@example.org", position=99),
            TargetRow(make_user(is_active=False).email, position=0),
            TargetRow("", external="none.png"),
        ],
    )

    assert (report.created, report.failed) == (1, 4)
    assert [(error.row, error.field) for error in report.errors] == [
        (1, "item"), (3, "item"), (3, "annotator"), (4, "annotator"), (5, "item"), (5, "annotator"),
    ]  # fmt: skip


def test_sending_a_list_twice_changes_nothing():
    project = make_project(items=2)
    worker = make_user()
    rows = [TargetRow(worker.email, position=position) for position in (0, 1, 1)]

    first = assign_items(project, actor=project.created_by, rows=rows)
    second = assign_items(project, actor=project.created_by, rows=rows)

    assert (first.created, first.existing) == (2, 1)
    assert (second.created, second.existing) == (0, 3)
    assert ItemTarget.objects.count() == 2


def test_ten_thousand_rows_are_one_statement():
    project = make_project(items=1_000)
    people = [make_user() for _each in range(10)]
    rows = [TargetRow(person.email, position=n) for person in people for n in range(1_000)]

    with CaptureQueriesContext(connection) as queries:
        report = assign_items(project, actor=project.created_by, rows=rows)

    assert report.created == 10_000
    # SAVEPOINT, the statement, the audit entry, RELEASE.
    assert len(queries) == 4


def test_a_closed_project_assigns_nothing():
    project = make_project(state="closed")

    with pytest.raises(AnnotationError, match="closed"):
        assign_items(project, actor=project.created_by, rows=[])
