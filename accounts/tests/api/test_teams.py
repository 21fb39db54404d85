import pytest
from django.test import Client

from accounts.models import Role
from accounts.tests.factories import make_membership, make_person, make_team


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


def send(client, method, url, data=None):
    return getattr(client, method)(url, data or {}, content_type="application/json")


@pytest.mark.django_db
def test_a_team_lives_its_life_over_the_api():
    owner, newcomer = make_person(), make_person()
    client, other = browser_of(owner), browser_of(newcomer)

    team = send(client, "post", "/api/v1/teams/", {"name": "Oasis"}).json()
    url = f"/api/v1/teams/{team['id']}/"
    renamed = send(client, "patch", url, {"name": "Kesria"}).json()
    sent = send(client, "post", f"{url}invitations/", {"email": "n@example.org", "role": "viewer"}).json()
    token = sent["address"].rstrip("/").rpartition("/")[2]
    joined = send(other, "post", "/api/v1/invitations/acceptance/", {"token": token})
    member = f"{url}members/{newcomer.public_id}/"
    promoted = send(client, "patch", member, {"role": "manager"}).json()
    log = other.get(f"{url}audit/").json()["results"]
    removed = client.delete(member)

    assert (team["role"], renamed["name"], joined.json()["role"]) == ("owner", "Kesria", "viewer")
    assert promoted["role"] == "manager"
    assert [entry["action"] for entry in log] == [
        "member.role_changed", "member.joined", "invitation.sent", "team.renamed", "team.created"
    ]  # fmt: skip
    assert removed.status_code == 204
    assert other.get(url).status_code == 404


@pytest.mark.django_db
def test_last_owner_is_told_what_to_do():
    owner = make_person()
    team = make_team(owner)

    answer = browser_of(owner).delete(f"/api/v1/teams/{team.pk}/membership/")

    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert "owner" in answer.json()["detail"]


@pytest.mark.django_db
def test_bad_input_names_the_field():
    owner = make_person()
    team = make_team(owner)

    answer = send(browser_of(owner), "post", f"/api/v1/teams/{team.pk}/invitations/", {"email": "x", "role": "king"})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"email", "role"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["teams/", "teams/{team}/members/", "teams/{team}/audit/", "teams/{team}/invitations/"]
)
def test_lists_take_the_same_number_of_statements_for_one_and_for_three(path, django_assert_num_queries):
    owner = make_person()
    team = make_team(owner)
    client = browser_of(owner)
    url = f"/api/v1/{path.format(team=team.pk)}"
    count = len(_queries(client, url))
    for number in range(3):
        make_membership(team, make_person(), Role.VIEWER)
        make_team(owner)
        send(
            client,
            "post",
            f"/api/v1/teams/{team.pk}/invitations/",
            {"email": f"a{number}@example.org", "role": "viewer"},
        )

    with django_assert_num_queries(count):
        client.get(url)


def _queries(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return caught.captured_queries
