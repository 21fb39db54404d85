"""Projects over the API."""

import pytest
from django.db import OperationalError, connection

from annotation.models import Project
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_draft, make_team, make_user


def fail_at_second_write(execute, sql, params, many, context):
    if sql.startswith('UPDATE "annotation_project"'):
        raise OperationalError("The connection is gone.")
    return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_a_project_is_made_with_all_its_settings_or_not_at_all():
    owner = make_user("owner")
    team = make_team(owner=owner)
    given = {"team": str(team.pk), "title": "Films", "overlap": 5}

    with connection.execute_wrapper(fail_at_second_write), pytest.raises(OperationalError):
        signed_in(owner).post("/api/v1/projects/", given, content_type="application/json")
    assert Project.objects.count() == 0

    answer = signed_in(owner).post("/api/v1/projects/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["overlap"]) == (201, 5)


@pytest.mark.django_db
def test_collecting_until_sure_is_set_quoted_and_followed_over_the_api():
    project = make_draft(items=10)
    api = signed_in(project.created_by)
    path = f"/api/v1/projects/{project.pk}/"
    given = {"target_confidence": 0.95, "least_overlap": 2, "overlap": 6}

    changed = api.patch(path, given, content_type="application/json")
    quote = api.get(f"{path}quote/").json()["quote"]
    progress = api.get(f"{path}progress/").json()["collecting"]

    assert (changed.status_code, changed.json() | given) == (200, changed.json())
    assert (quote["answers"], quote["least"]["answers"]) == (60, 20)
    assert quote["least"]["total"]["minor"] == str(20 * 50_000 * 105 // 100)
    assert (progress["sure"], progress["still_open"], progress["fixed_answers"]) == (0, 10, 60)
    refused = api.patch(path, {"least_overlap": 7}, content_type="application/json")
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, ["overlap"])


@pytest.mark.django_db
def test_a_fixed_number_of_answers_has_neither_least_nor_target():
    project = make_draft()
    api = signed_in(project.created_by)

    assert api.get(f"/api/v1/projects/{project.pk}/quote/").json()["quote"]["least"] is None
    assert api.get(f"/api/v1/projects/{project.pk}/progress/").json()["collecting"] is None
