"""No answer falls between the reads by which a project decides that it is over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction

from annotation.domain.answer import submit_answer
from annotation.domain.lease import lease_items
from annotation.domain.project import close_project, finish_closing
from annotation.models import Answer, Item, Project
from annotation.queries.open_work import has_open_work
from annotation.tests.api.test_work import statements_of
from annotation.tests.factories import make_lease, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def beside(work):
    """Runs in a transaction of another connection, which stays open until `go_on` is set."""
    done, go_on = Event(), Event()

    def run():
        try:
            with transaction.atomic():
                work()
                done.set()
                go_on.wait(20)
        finally:
            done.set()
            connection.close()

    return run, done, go_on


def test_all_that_is_owed_is_looked_up_in_one_statement():
    project = make_project()

    found, statements = statements_of(lambda: has_open_work(project))

    assert found is False
    assert len(statements) == 1


@pytest.mark.parametrize("kind", ["lease", "late answer"])
def test_a_project_does_not_end_while_a_transaction_from_before_its_closing_is_under_way(kind):
    project, worker = make_project(), make_user()
    late = make_lease(project.items.first(), worker, state="expired") if kind == "late answer" else None
    Item.objects.update(taken=0)

    def work():
        if late:
            submit_answer(worker, lease_id=late.pk, key=uuid4(), result={"sentiment": "pos"})
        else:
            assert lease_items(project.pk, user=worker, n=1).leases

    run, done, go_on = beside(work)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(run)
        done.wait(20)
        close_project(project, actor=project.created_by)
        Project.objects.update(escrow=None)
        state_meanwhile = finish_closing(project).state
        go_on.set()
        task.result()

    assert state_meanwhile == "closing"
    assert finish_closing(project).state == "closing"
    assert Answer.objects.count() == (1 if late else 0)
