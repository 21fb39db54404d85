import time

import pytest

from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import make_draft, make_escrow, make_team, make_user
from rewards.models import ChainEvent, Deposit, Escrow

pytestmark = pytest.mark.django_db
OPENED_BY = "0x" + "ab" * 20
REASON = "It was opened with a fee of 1 basis points, not 500."
_places = iter(range(1000))


@pytest.fixture
def project():
    owner = make_user("owner")
    project = make_draft(owner=owner, team=make_team(owner=owner))
    project.escrow = make_escrow(
        project.team, project.token, state=Escrow.State.QUOTED, deposited=0, refused_reason=REASON
    )
    project.save()
    return project


def happened(project, name, **arguments):
    escrow = project.escrow
    return ChainEvent.objects.create(
        chain=escrow.token.chain, name=name, arguments={"project": escrow.chain_key} | arguments, block_number=1,
        block_hash="0xb", transaction_hash=f"0x{next(_places):064x}", log_index=next(_places),
    )  # fmt: skip


@pytest.fixture
def refused(project):
    happened(project, "Opened", client=OPENED_BY, token=project.token.address, fee_bps="1", cap="9")
    funded = happened(project, "Funded", amount="1500000")
    Deposit.objects.create(
        escrow=project.escrow, transaction_hash=funded.transaction_hash, log_index=funded.log_index, amount=1_500_000,
        refused_reason=REASON,
    )  # fmt: skip
    return project


def page_of(user, project, path=""):
    return signed_in(user).get(f"/projects/{project.pk}/{path}").content.decode()


@pytest.mark.parametrize("path", ["", "setup/funding/"])
def test_the_client_is_told_what_happened_and_gets_a_button_that_closes(refused, path):
    page = page_of(refused.created_by, refused, path)

    assert "Money that does not count" in page
    assert REASON in page
    assert "1.50" in page
    assert f'data-from="{OPENED_BY}"' in page
    assert "Close it with %(wallet)s" in page


def test_while_the_notice_runs_there_is_nothing_to_send(refused):
    happened(refused, "Closing", by=OPENED_BY, at_time=str(int(time.time()) + 86_400))

    assert "data-take-back" not in page_of(refused.created_by, refused)


def test_after_the_notice_any_wallet_may_send_the_money_back_and_then_it_is_told(refused):
    happened(refused, "Closing", by=OPENED_BY, at_time=str(int(time.time()) - 1))
    page = page_of(refused.created_by, refused)
    assert "Send it back with %(wallet)s" in page
    assert "data-from" not in page

    happened(refused, "Refunded", amount="1500000")

    page = page_of(refused.created_by, refused)
    assert "Given back" in page
    assert "data-take-back" not in page


def test_others_of_the_team_are_not_shown_the_clients_wallet(refused):
    viewer = make_user("viewer")
    refused.team.memberships.create(user=viewer, role="viewer")

    assert "Money that does not count" not in page_of(viewer, refused)


def test_the_api_tells_the_same_to_who_manages_and_nothing_to_others(refused):
    viewer = make_user("viewer")
    refused.team.memberships.create(user=viewer, role="viewer")
    address = f"/api/v1/projects/{refused.pk}/funding/"

    (told,) = signed_in(refused.created_by).get(address).json()["refused"]

    assert (told["reason"], told["amount_minor"], told["client"]) == (REASON, "1500000", OPENED_BY)
    assert told["amount"]["token"]["symbol"] == "TEST"
    assert told["next_call"]["to"] == refused.escrow.token.chain.escrow_address
    assert (told["closing_at"], told["refund_transaction"]) == (None, "")
    assert signed_in(viewer).get(address).json()["refused"] == []


def test_the_api_offers_no_call_while_the_notice_runs(refused):
    happened(refused, "Closing", by=OPENED_BY, at_time=str(int(time.time()) + 86_400))

    (told,) = signed_in(refused.created_by).get(f"/api/v1/projects/{refused.pk}/funding/").json()["refused"]

    assert told["closing_at"] is not None
    assert told["next_call"] is None


def test_a_project_whose_money_was_taken_says_nothing_of_it(project):
    assert "Money that does not count" not in page_of(project.created_by, project)
