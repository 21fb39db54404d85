"""Projects over the API."""

import pytest
from django.db import OperationalError, connection

from annotation.models import Project
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_team, make_user


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
