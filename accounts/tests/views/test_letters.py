import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.domain import audit
from accounts.tests.factories import make_person, make_team

# Each test writes to an address of its own: letters to one are limited in number.
NEW = "a quiet lake at dusk"


def sign_up(client, address):
    data = {"email": address, "password1": NEW, "password2": NEW}
    return client.post(reverse("account_signup"), data, follow=True).content.decode()


def link_in(letter):
    return re.search(r"http://testserver(/\S+)", letter.body)[1]


@pytest.mark.django_db
def test_a_newcomer_is_led_from_the_form_through_the_letter_to_the_account(client):
    page = sign_up(client, "newcomer@example.org")

    assert "Look into your mail" in page
    letter = mail.outbox[0]
    assert letter.subject == "Open your Foggara account"
    assert "which languages you know" in letter.body
    assert "testserver:" not in letter.body.replace(link_in(letter), "")
    asked = client.get(link_in(letter)).content.decode()
    assert "Is newcomer@example.org yours?" in asked
    assert "Sign in" in client.post(link_in(letter), follow=True).content.decode()


@pytest.mark.django_db
def test_who_signs_up_twice_is_told_by_letter_that_there_is_an_account(client):
    make_person(email="here.already@example.org")

    sign_up(client, "here.already@example.org")

    assert [letter.subject for letter in mail.outbox] == ["You have an account already"]
    assert "here.already@example.org" in mail.outbox[0].body


@pytest.mark.django_db
def test_a_link_that_no_longer_works_says_where_a_new_one_comes_from(client):
    stale = client.get(reverse("account_reset_password_from_key", args=["abc", "no-such-key"])).content.decode()

    assert "This link no longer works" in stale
    assert reverse("account_reset_password") in stale


@pytest.mark.django_db
def test_each_address_has_the_buttons_that_make_sense_for_it(client):
    person = make_person()
    person.emailaddress_set.create(email="second@example.org", verified=False)
    client.force_login(person)

    unconfirmed = client.get(reverse("account_email")).content.decode()
    person.emailaddress_set.filter(email="second@example.org").update(verified=True)
    confirmed = client.get(reverse("account_email")).content.decode()

    assert ("Send the letter again" in unconfirmed, "Make it the main one" in unconfirmed) == (True, False)
    assert ("Send the letter again" in confirmed, "Make it the main one" in confirmed) == (False, True)


@pytest.mark.django_db
def test_the_log_of_a_team_speaks_in_sentences_and_keeps_the_record(client):
    owner = make_person()
    team = make_team(owner)
    audit.record("team.renamed", actor=owner, object_kind="team", object_id=team.pk, team=team, changes={"name": "A"})
    client.force_login(owner)

    page = client.get(reverse("team-audit", args=[team.pk])).content.decode()

    assert "The team was renamed." in page
    assert "<code>team.renamed</code>" in page


@pytest.mark.django_db
def test_the_log_of_a_team_shows_records_of_any_name(client):
    owner = make_person()
    team = make_team(owner)
    changes = {"items": 12, "shade": "ab", "title": ["Old", "New"], "left": ["", "5"]}
    audit.record("project.gold_set", actor=owner, object_kind="team", object_id=team.pk, team=team, changes=changes)
    client.force_login(owner)

    page = client.get(reverse("team-audit", args=[team.pk])).content.decode()

    assert "<bdi>12</bdi>" in page
    assert "<bdi>ab</bdi>" in page
    assert "<bdi>Old → New</bdi>" in page
