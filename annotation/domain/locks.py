"""The only ways to lock a row of the work app.

Order across models: project → item → assignment → answer → escrow → ledger account; within a model by primary key.
"""

from uuid import UUID

from annotation.models import Project


def lock_project(pk: UUID) -> Project:
    return Project.objects.select_for_update(of=("self",)).select_related("team", "token__chain", "escrow").get(pk=pk)
