import pytest
from django.http import HttpRequest
from django.test import override_settings
from django.urls import path

from config.urls import urlpatterns as real
from lib.exceptions import Refusal


def refuse(_request: HttpRequest) -> None:
    raise Refusal("The well is dry <today>.", status=409)


urlpatterns = [path("refuse/", refuse), *real]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="config.tests.test_refusals")
def test_a_refusal_that_no_page_caught_is_told_in_words(client):
    response = client.post("/refuse/", headers={"Referer": "http://testserver/work/"})

    assert response.status_code == 409
    assert b"The well is dry &lt;today&gt;." in response.content
    assert b'href="http://testserver/work/"' in response.content


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="config.tests.test_refusals")
def test_the_way_back_never_leads_to_another_site(client):
    response = client.post("/refuse/", headers={"Referer": "https://elsewhere.example/"})

    assert b"elsewhere" not in response.content
