"""What the workbench begins with: the same for the page and for the API."""

from typing import Any
from uuid import UUID

from accounts.models import User
from annotation.eligibility import reasons_against
from annotation.queries.figures import project_figures
from annotation.queries.leases import live_leases
from annotation.queries.standing import standing_of
from annotation.queries.work import prices_json, token_json, work_project
from lib.markdown import render_markdown


def workbench_state(user: User, project_id: UUID) -> dict[str, Any]:
    project = work_project(user, project_id)
    standing = standing_of(project)
    figures = project_figures(project.pk)
    token = token_json(project.token)
    price = int(project.price_minor)
    undecided = standing.answers - standing.accepted_here - standing.rejected_here
    version = project.schema_version
    assert version is not None
    return {
        "id": str(project.pk),
        "title": project.title,
        "state": project.state,
        "instructions_html": render_markdown(project.instructions),
        "schema_version": version.number,
        "schema": version.schema,
        **prices_json(project),
        "progress": {"mine": standing.answers, "project_done": figures["done"], "project_total": figures["total"]},
        "earned": {"minor": str(standing.accepted_here * price), "token": token},
        "pending": {"minor": str(undecided * price), "token": token},
        "prefs": {"shortcuts": True, "keymap": {}} | user.workbench_prefs,
        "why_not": [why.as_json() for why in reasons_against(user, project, standing)],
        "leases": [lease.as_json() for lease in live_leases(user, project_id=project.pk)],
    }
