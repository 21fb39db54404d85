import pytest
from django.utils import timezone

from annotation.models import HiddenItem, Item
from annotation.tests.api.test_work import signed_in, statements_of
from annotation.tests.factories import make_lease, make_project, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    owner = make_user("owner")
    return make_project(owner=owner, team=make_team(owner=owner))


def hide(project, number=0):
    item = project.items.order_by("position")[number]
    lease = make_lease(item, make_user(), state="skipped", skip_reason="broken", skip_note="<b>No text</b>")
    lease.ended_at = timezone.now()
    lease.save()
    Item.objects.filter(pk=item.pk).update(state="hidden")
    HiddenItem.objects.create(item=item, project=project, people=3, hidden_at=timezone.now())
    return item


def test_a_manager_is_told_of_hidden_items_and_sees_what_was_said_of_them(project):
    hide(project)
    client = signed_in(project.created_by)

    overview = client.get(f"/projects/{project.pk}/").content.decode()
    page = client.get(f"/projects/{project.pk}/hidden/").content.decode()

    assert "1 item is hidden" in overview
    assert "Text 0" in page
    assert "&lt;b&gt;No text&lt;/b&gt;" in page
    assert "3 people" in page


def test_a_quality_admin_shows_an_item_again(project):
    item, admin = hide(project), make_user("admin", is_quality_admin=True)

    page = signed_in(admin).post(f"/projects/{project.pk}/items/{item.pk}/shown/", {"reason": "Fine."}, follow=True)

    assert "Shown again" in page.content.decode()
    assert (Item.objects.get(pk=item.pk).state, HiddenItem.objects.get().decided_by) == ("open", admin)


def test_a_manager_leaves_an_item_out_and_finds_it_among_those(project):
    item, client = hide(project), signed_in(project.created_by)

    client.post(f"/projects/{project.pk}/items/{item.pk}/left-out/", {"reason": "Empty indeed."})
    page = client.get(f"/projects/{project.pk}/hidden/", {"decision": "left_out"}).content.decode()

    assert HiddenItem.objects.get().decision == "left_out"
    assert "Empty indeed." in page
    assert "Show again" in page
    assert "is hidden, because" not in client.get(f"/projects/{project.pk}/").content.decode()


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_reviewers_and_viewers_do_not_decide(project, role):
    item, person = hide(project), make_user(role)
    project.team.memberships.create(user=person, role=role)
    client = signed_in(person)

    assert client.get(f"/projects/{project.pk}/hidden/").status_code == 404
    assert client.post(f"/projects/{project.pk}/items/{item.pk}/shown/").status_code == 404
    assert client.get(f"/api/v1/projects/{project.pk}/hidden-items/").status_code == 404


def test_the_api_lists_and_decides_the_same(project):
    item, client = hide(project), signed_in(project.created_by)
    address = f"/api/v1/projects/{project.pk}/hidden-items/"

    (listed,) = client.get(address).json()["results"]
    decided = client.post(f"{address}{item.pk}/decision/", {"decision": "left_out"}, content_type="application/json")
    wrong = client.post(f"{address}{item.pk}/decision/", {"decision": "burn"}, content_type="application/json")

    assert (listed["id"], listed["data"], listed["people"]) == (item.pk, {"text": "Text 0"}, 3)
    assert (decided.status_code, decided.json()["decision"]) == (200, "left_out")
    assert wrong.status_code == 422
    assert client.get(address).json()["results"] == []
    assert len(client.get(address, {"decision": "left_out"}).json()["results"]) == 1


def test_the_page_costs_the_same_for_one_and_for_three(project):
    client = signed_in(project.created_by)
    hide(project)
    client.get(f"/projects/{project.pk}/hidden/")
    _page, one = statements_of(lambda: client.get(f"/projects/{project.pk}/hidden/"))
    hide(project, 1)
    hide(project, 2)

    _page, three = statements_of(lambda: client.get(f"/projects/{project.pk}/hidden/"))

    assert len(three) == len(one)
