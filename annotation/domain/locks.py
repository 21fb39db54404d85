"""The only ways to lock a row of the work app.

Order across models: project → assignment → item → answer → progress → escrow → ledger account; within a model by
primary key. The draw (domain/draw.py) holds the annotator's progress first and waits for no item: it skips locked ones.

Rows are locked FOR NO KEY UPDATE: a foreign key check by somebody who takes a lease does not wait for it.
"""

from uuid import UUID

from annotation.models import Project


def lock_project(pk: UUID) -> Project:
    return Project.objects.select_for_update(of=("self",), no_key=True).select_related("team", "token__chain", "escrow").get(pk=pk)
