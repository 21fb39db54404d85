import pytest
from django.test import Client, RequestFactory

from config import context

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/styleguide/"])
def test_a_stranger_can_read_the_page(client: Client, address: str):
    response = client.get(address)

    assert response.status_code == 200
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_an_unknown_address_says_what_to_do(client: Client):
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_set_theme_is_remembered_and_set_by_the_server(client: Client):
    response = client.post("/theme/", {"theme": "dark", "next": "/styleguide/"})

    assert response.headers["Location"] == "/styleguide/"
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_set_theme_refuses_words_it_does_not_know(client: Client):
    client.post("/theme/", {"theme": '"><script>', "next": "/"})

    assert 'data-theme="system"' in client.get("/").content.decode()


def test_set_theme_never_leads_to_another_site(client: Client):
    response = client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})

    assert response.headers["Location"] == "/"


def test_theme_of_a_forged_cookie_is_the_systems():
    request = RequestFactory().get("/", headers={"cookie": "theme=purple"})

    assert context.theme_of(request) == "system"


def test_styleguide_shows_errors_beside_their_field(client: Client):
    page = client.get("/styleguide/").content.decode()

    assert 'aria-describedby="id_wrong-title_helptext id_wrong-title_error"' in page
    assert 'id="id_wrong-title_error"' in page
    assert 'aria-invalid="true"' in page
