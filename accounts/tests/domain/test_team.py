from datetime import timedelta
from hashlib import sha256
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts.domain import team as verbs
from accounts.exceptions import AccountsError
from accounts.models import AuditEntry, Invitation, Membership, Role
from accounts.tests.factories import make_invitation, make_membership, make_person, make_team


def roles(team):
    return dict(Membership.objects.filter(team=team).values_list("user_id", "role"))


def token_of(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


@pytest.mark.django_db
def test_create_team_makes_its_founder_an_owner_and_leaves_a_trace():
    founder = make_person()

    team = verbs.create_team(founder, name="  Oasis   Labs ")

    assert team.name == "Oasis Labs"
    assert roles(team) == {founder.pk: "owner"}
    assert AuditEntry.objects.get().action == "team.created"


@pytest.mark.django_db
def test_create_team_refuses_an_empty_name():
    with pytest.raises(AccountsError) as caught:
        verbs.create_team(make_person(), name="  ")

    assert caught.value.field == "name"


@pytest.mark.django_db
def test_rename_team_records_both_names():
    owner = make_person()
    team = make_team(owner, name="Old")

    assert verbs.rename_team(team, name="New", by=owner).name == "New"

    assert AuditEntry.objects.get(action="team.renamed").changes == {"name": ["Old", "New"]}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MANAGER, Role.REVIEWER, Role.VIEWER, None])
def test_only_an_owner_changes_the_team(role):
    team, actor, other = make_team(), make_person(), make_person()
    if role:
        make_membership(team, actor, role)
    victim = make_membership(team, other, Role.VIEWER)
    invitation = make_invitation(team, actor)
    attempts = [
        lambda: verbs.rename_team(team, name="Mine", by=actor),
        lambda: verbs.invite_member(team, email="a@example.org", role=Role.OWNER, by=actor),
        lambda: verbs.revoke_invitation(invitation, by=actor),
        lambda: verbs.change_role(victim, role=Role.OWNER, by=actor),
        lambda: verbs.remove_member(victim, by=actor),
    ]

    for attempt in attempts:
        with pytest.raises(AccountsError) as caught:
            attempt()
        assert caught.value.code == "not_owner"

    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
def test_invite_member_mails_a_link_whose_token_is_not_kept(django_capture_on_commit_callbacks, mailoutbox):
    owner = make_person(display_name="Amina")
    team = make_team(owner)

    with django_capture_on_commit_callbacks(execute=True):
        invitation, address = verbs.invite_member(team, email=" New@Example.org ", role=Role.REVIEWER, by=owner)

    assert invitation.email == "new@example.org"
    assert invitation.token_hash == sha256(token_of(address).encode()).hexdigest()
    assert address in mailoutbox[0].body
    assert mailoutbox[0].subject == "Amina invites you to Oasis Labs"
    assert token_of(address) not in str(list(AuditEntry.objects.values()))


@pytest.mark.django_db
def test_invite_member_again_replaces_the_first_link():
    owner = make_person()
    team = make_team(owner)
    _first, old = verbs.invite_member(team, email="new@example.org", role=Role.OWNER, by=owner)

    _second, new = verbs.invite_member(team, email="new@example.org", role=Role.VIEWER, by=owner)

    assert verbs.find_invitation(token_of(old)) is None
    assert verbs.find_invitation(token_of(new)) is not None


@pytest.mark.django_db
def test_invite_member_stops_at_so_many_letters_an_hour(monkeypatch):
    monkeypatch.setattr(verbs, "INVITATIONS_AN_HOUR", 2)
    owner = make_person()
    teams = [make_team(owner), make_team(owner)]
    for number, team in enumerate(teams):
        verbs.invite_member(team, email=f"friend{number}@example.org", role=Role.VIEWER, by=owner)

    with pytest.raises(AccountsError) as caught:
        verbs.invite_member(teams[0], email="another@example.org", role=Role.VIEWER, by=owner)

    assert (caught.value.code, caught.value.status) == ("too_many_invitations", 429)
    Invitation.objects.update(created_at=timezone.now() - timedelta(hours=2))
    verbs.invite_member(teams[0], email="another@example.org", role=Role.VIEWER, by=owner)


@pytest.mark.django_db
def test_invite_member_refuses_a_member():
    owner = make_person()
    team = make_team(owner)

    with pytest.raises(AccountsError) as caught:
        verbs.invite_member(team, email=owner.email.upper(), role=Role.VIEWER, by=owner)

    assert caught.value.code == "already_member"


@pytest.mark.django_db
def test_accept_invitation_gives_the_role_once():
    owner, newcomer, latecomer = make_person(), make_person(), make_person()
    team = make_team(owner)
    _invitation, address = verbs.invite_member(team, email="new@example.org", role=Role.REVIEWER, by=owner)

    verbs.accept_invitation(token_of(address), user=newcomer)

    assert roles(team) == {owner.pk: "owner", newcomer.pk: "reviewer"}
    assert AuditEntry.objects.get(action="member.joined").changes == {"role": "reviewer", "invited": "new@example.org"}
    with pytest.raises(AccountsError) as caught:
        verbs.accept_invitation(token_of(address), user=latecomer)
    assert caught.value.code == "invitation_gone"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ended",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
        {"accepted_at": timezone.now()},
    ],
)
def test_accept_invitation_refuses_one_that_has_ended(ended):
    team = make_team()
    token = "t" * 43
    make_invitation(team, make_person(), token_hash=sha256(token.encode()).hexdigest(), **ended)

    with pytest.raises(AccountsError):
        verbs.accept_invitation(token, user=make_person())

    assert team.memberships.count() == 1


@pytest.mark.django_db
def test_accept_invitation_does_not_change_a_members_role():
    owner = make_person()
    team = make_team(owner)
    viewer = make_person()
    make_membership(team, viewer, Role.VIEWER)
    _invitation, address = verbs.invite_member(team, email="new@example.org", role=Role.OWNER, by=owner)

    with pytest.raises(AccountsError) as caught:
        verbs.accept_invitation(token_of(address), user=viewer)

    assert (caught.value.code, roles(team)[viewer.pk]) == ("already_member", "viewer")


@pytest.mark.django_db(transaction=True)
def test_one_invitation_accepted_by_two_people_at_once_lets_one_in():
    owner = make_person()
    team = make_team(owner)
    people = [make_person(), make_person()]
    _invitation, address = verbs.invite_member(team, email="new@example.org", role=Role.VIEWER, by=owner)

    outcomes = at_once(*[lambda p=person: verbs.accept_invitation(token_of(address), user=p) for person in people])

    assert sorted(outcomes) == ["done", "invitation_gone"]
    assert team.memberships.count() == 2


@pytest.mark.django_db
def test_revoke_invitation_closes_the_link():
    owner = make_person()
    team = make_team(owner)
    invitation, address = verbs.invite_member(team, email="new@example.org", role=Role.VIEWER, by=owner)

    verbs.revoke_invitation(invitation, by=owner)

    assert verbs.find_invitation(token_of(address)) is None
    assert AuditEntry.objects.filter(action="invitation.revoked").count() == 1


@pytest.mark.django_db
def test_revoke_invitation_refuses_an_accepted_one():
    owner = make_person()
    invitation = make_invitation(make_team(owner), owner, accepted_at=timezone.now())

    with pytest.raises(AccountsError):
        verbs.revoke_invitation(invitation, by=owner)

    assert Invitation.objects.get().revoked_at is None


@pytest.mark.django_db
def test_change_role_records_both_roles():
    owner, member = make_person(), make_person()
    team = make_team(owner)
    membership = make_membership(team, member, Role.VIEWER)

    verbs.change_role(membership, role=Role.MANAGER, by=owner)

    assert roles(team)[member.pk] == "manager"
    entry = AuditEntry.objects.get(action="member.role_changed")
    assert entry.changes == {"member": str(member.public_id), "role": ["viewer", "manager"]}


@pytest.mark.django_db
def test_last_owner_can_neither_step_down_nor_leave_nor_be_removed():
    owner = make_person()
    team = make_team(owner)
    mine = team.memberships.get()

    for attempt in (
        lambda: verbs.change_role(mine, role=Role.MANAGER, by=owner),
        lambda: verbs.leave_team(team, user=owner),
        lambda: verbs.remove_member(mine, by=owner),
    ):
        with pytest.raises(AccountsError) as caught:
            attempt()
        assert caught.value.code == "last_owner"

    assert roles(team) == {owner.pk: "owner"}


@pytest.mark.django_db(transaction=True)
def test_two_owners_leaving_at_once_leave_one_behind():
    first, second = make_person(), make_person()
    team = make_team(first)
    make_membership(team, second, Role.OWNER)

    outcomes = at_once(*[lambda p=person: verbs.leave_team(team, user=p) for person in (first, second)])

    assert sorted(outcomes) == ["done", "last_owner"]
    assert list(roles(team).values()) == ["owner"]


@pytest.mark.django_db
def test_leave_and_remove_end_a_membership_with_a_trace():
    owner, leaver, removed = make_person(), make_person(), make_person()
    team = make_team(owner)
    make_membership(team, leaver)
    membership = make_membership(team, removed)

    verbs.leave_team(team, user=leaver)
    verbs.remove_member(membership, by=owner)

    assert roles(team) == {owner.pk: "owner"}
    assert set(AuditEntry.objects.values_list("action", "actor")) == {
        ("member.left", leaver.pk),
        ("member.removed", owner.pk),
    }


def at_once(*attempts) -> list[str]:
    together, outcomes = Barrier(len(attempts)), []

    def run(attempt):
        together.wait()
        try:
            attempt()
            outcomes.append("done")
        except AccountsError as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
