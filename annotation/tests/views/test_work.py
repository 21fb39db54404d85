import json
import re

import pytest
from django.test import Client

from annotation.models import Assignment
from annotation.tests.api.test_work import signed_in, statements_of
from annotation.tests.factories import make_answer, make_lease, make_project, make_team, make_user

pytestmark = pytest.mark.django_db


def test_find_work_lists_what_i_can_do_and_why_not_the_rest():
    open_one = make_project(title="Oasis reviews")
    make_project(title="Dune sounds", languages=["de"])
    page = signed_in(make_user()).get("/work/").content.decode()

    assert "Oasis reviews" in page
    assert f'href="/work/{open_one.pk}/"' in page
    assert "not measured yet" in page
    assert "This work needs one of these languages: Deutsch." in page
    assert "add it to your profile" in page


def test_nothing_to_do_is_explained():
    page = signed_in(make_user()).get("/work/").content.decode()

    assert "No tasks for you right now" in page
    assert "No project is running" in page


def test_returned_work_is_reached_also_where_nothing_new_may_be_done():
    project = make_project(languages=["de"], title="Back to you")
    worker = make_user()
    make_answer(project.items.first(), worker, state="returned")

    page = signed_in(worker).get("/work/").content.decode()

    assert "Returned to you" in page
    assert f'href="/work/{project.pk}/"' in page


def test_titles_of_strangers_are_text():
    make_project(title="<script>alert(1)</script>", description="<b>x</b>")

    page = signed_in(make_user()).get("/work/").content.decode()

    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_find_work_costs_the_same_for_one_and_for_many_projects():
    client = signed_in(make_user())
    make_project()
    make_project(languages=["de"])
    client.get("/work/")
    _page, one = statements_of(lambda: client.get("/work/"))
    for _each in range(3):
        make_project()
        make_project(languages=["de"])

    _page, many = statements_of(lambda: client.get("/work/"))

    assert len(many) == len(one) <= 8


def test_strangers_are_sent_to_sign_in():
    project = make_project()

    for path in ("/work/", f"/work/{project.pk}/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")


def test_the_workbench_page_carries_its_state():
    project = make_project(items=2, title="Oasis reviews")
    worker = make_user()
    lease = make_lease(project.items.first(), worker)

    response = signed_in(worker).get(f"/work/{project.pk}/")

    page = response.content.decode()
    config = json.loads(
        re.search(r'<script id="workbench-config" type="application/json">(.*?)</script>', page, re.S)[1]
    )
    assert config["user"] == str(worker.public_id)
    assert config["state"]["leases"][0]["id"] == str(lease.pk)
    assert config["state"]["earned"]["minor"] == "0"
    assert "no-store" in response["Cache-Control"]
    # Opening the page takes nothing: the script asks for items.
    assert Assignment.objects.count() == 1


def test_the_workbench_of_a_private_project_looks_absent():
    owner = make_user("owner")
    project = make_project(owner=owner, team=make_team(owner=owner), team_only=True)

    assert signed_in(make_user("outsider")).get(f"/work/{project.pk}/").status_code == 404
    assert signed_in(owner).get(f"/work/{project.pk}/").status_code == 200
