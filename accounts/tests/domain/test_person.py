import pytest

from accounts.domain import person as verbs
from accounts.domain import staff
from accounts.exceptions import AccountsError
from accounts.models import AuditEntry
from accounts.tests.factories import make_person
from lib.exceptions import InvalidInput


@pytest.mark.django_db
def test_create_person_can_sign_in_with_the_address(client):
    created = verbs.create_person(email="New@Example.org", password="water finds its way", is_verified=True)

    assert created.email == "new@example.org"
    assert client.login(email="new@example.org", password="water finds its way")


@pytest.mark.django_db
def test_update_profile_changes_what_is_given_and_records_it():
    person = make_person(display_name="A", locale="fr")

    verbs.update_profile(person, display_name="Amina", languages=["ar", "fr"])

    person.refresh_from_db()
    assert (person.display_name, person.languages, person.locale) == ("Amina", ["ar", "fr"], "fr")
    assert AuditEntry.objects.get().changes == {"display_name": ["A", "Amina"], "languages": [[], ["ar", "fr"]]}


@pytest.mark.django_db
def test_update_profile_touches_no_rights():
    person = make_person()

    verbs.update_profile(person, is_staff=True, is_suspended=True)

    person.refresh_from_db()
    assert (person.is_staff, person.is_suspended, AuditEntry.objects.count()) == (False, False, 0)


@pytest.mark.django_db
def test_update_prefs_merges_and_null_forgets():
    person = make_person()
    verbs.update_prefs(person, {"shortcuts": False, "keymap": {"submit": "Ctrl+Enter"}})

    assert verbs.update_prefs(person, {"shortcuts": None, "sound": True}) == {
        "keymap": {"submit": "Ctrl+Enter"},
        "sound": True,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prefs",
    [{"unknown": 1}, {"shortcuts": "yes"}, {"keymap": {"a": 1}}, {"keymap": {"a" * 61: "b"}}, {"font_scale": True},
     {"keymap": {str(i): "x" for i in range(101)}}],
)  # fmt: skip
def test_update_prefs_refuses_what_is_no_preference(prefs):
    with pytest.raises(InvalidInput):
        verbs.update_prefs(make_person(), prefs)


@pytest.mark.django_db
def test_rights_are_given_by_another_superuser_only():
    superuser, person = make_person(is_superuser=True), make_person()

    staff.grant_rights(person, by=superuser, is_quality_admin=True)

    assert AuditEntry.objects.get().changes == {"is_quality_admin": [False, True]}
    for actor, target in ((person, superuser), (superuser, superuser), (make_person(is_staff=True), person)):
        with pytest.raises(AccountsError):
            staff.grant_rights(target, by=actor, is_superuser=True)


@pytest.mark.django_db
def test_suspension_needs_a_reason_and_tells_the_person(django_capture_on_commit_callbacks, mailoutbox):
    admin, person = make_person(is_quality_admin=True), make_person()

    with pytest.raises(AccountsError):
        staff.suspend_person(person, by=admin, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        staff.suspend_person(person, by=admin, reason="Five accounts of one person.")

    person.refresh_from_db()
    assert person.is_suspended
    assert AuditEntry.objects.get().reason == "Five accounts of one person."
    assert "Five accounts of one person." in mailoutbox[0].body
