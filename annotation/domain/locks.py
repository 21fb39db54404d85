"""The only ways to lock a row of the work app.

Order across models: project → exam → attempt at it → assignment → item → answer → appeal → resolution → progress →
escrow → ledger account; within a model by primary key. One exception: a verdict takes its project's review counter
last, because all reviewers share that row; nobody who holds a project waits for an item. A project's consensus row
comes before items and answers; nobody who holds either waits for it, and whoever finds it held leaves his turn to the
next. The draw (domain/draw.py) holds the annotator's progress first and waits for no item: it skips locked ones.

Rows are locked FOR NO KEY UPDATE: a foreign key check by somebody who takes a lease does not wait for it.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from annotation.models import Answer, Appeal, Consensus, Exam, ExamAttempt, Item, Project


def lock_project(pk: UUID) -> Project:
    return (
        Project.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "token__chain", "escrow")
        .get(pk=pk)
    )


def lock_exam(project_pk: UUID) -> Exam | None:
    """Held by whoever begins an attempt or voids a question: one by one, so that no more is promised than there is."""
    return Exam.objects.select_for_update(no_key=True).filter(pk=project_pk).first()


def hold_attempt(pk: UUID) -> ExamAttempt:
    """An attempt, to write to it; meanwhile no question of its exam is voided."""
    exam_pk = ExamAttempt.objects.values_list("exam_id", flat=True).get(pk=pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM annotation_exam WHERE project_id = %s FOR SHARE", [exam_pk])
    related = ("exam__project__team", "schema_version", "user")
    return ExamAttempt.objects.select_for_update(of=("self",), no_key=True).select_related(*related).get(pk=pk)


def lock_item_and_answer(answer_pk: UUID) -> tuple[Item, Answer]:
    """An answer and its item, the item first."""
    item_pk = Answer.objects.values_list("item_id", flat=True).get(pk=answer_pk)
    item = Item.objects.select_for_update(no_key=True).get(pk=item_pk)
    answer = (
        Answer.objects.select_for_update(of=("self",), no_key=True).select_related("project__team").get(pk=answer_pk)
    )
    return item, answer


def lock_appeal(answer_pk: UUID) -> tuple[Item, Answer, Appeal]:
    """A rejected answer that may still be objected to, after its item."""
    item, answer = lock_item_and_answer(answer_pk)
    return item, answer, Appeal.objects.select_for_update(of=("self",), no_key=True).get(pk=answer_pk)


def lock_free_appeal(answer_pk: UUID) -> tuple[Item, Answer, Appeal] | None:
    """The same, or None when somebody holds any of them."""
    item_pk = Answer.objects.values_list("item_id", flat=True).get(pk=answer_pk)
    free: dict[str, Any] = {"no_key": True, "skip_locked": True}
    item = Item.objects.select_for_update(**free).filter(pk=item_pk).first()
    if item is None:
        return None
    answers = Answer.objects.select_for_update(of=("self",), **free).select_related("project__team", "user")
    answer = answers.filter(pk=answer_pk).first()
    appeal = Appeal.objects.select_for_update(of=("self",), **free).filter(pk=answer_pk).first() if answer else None
    return (item, answer, appeal) if answer and appeal else None


def lock_item(pk: int) -> Item:
    return Item.objects.select_for_update(of=("self",), no_key=True).select_related("project__team").get(pk=pk)


def lock_item_of_lease(lease_id: UUID) -> Item:
    items = Item.objects.select_for_update(of=("self",), no_key=True).select_related("project__team")
    return items.get(assignments=lease_id)


def hold_consensus(project: Project) -> Consensus | None:
    """The project's consensus row, locked; None when another worker holds it."""
    Consensus.objects.bulk_create([Consensus(project=project)], ignore_conflicts=True)
    return Consensus.objects.select_for_update(skip_locked=True).filter(project=project).first()
