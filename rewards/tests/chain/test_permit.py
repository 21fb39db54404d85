"""From what a page is given to an open project: one signature, one transaction."""

import pytest
from eth_account import Account

from rewards.chain import calldata, permit, reads
from rewards.tests.chain.conftest import KEYS


def sign(data, key) -> calldata.SignedPermit:
    numbers = {"value", "nonce", "deadline"}
    message = {name: int(value) if name in numbers else value for name, value in data["message"].items()}
    signed = Account.sign_typed_data(key, full_message=data | {"message": message})
    return calldata.SignedPermit(int(message["deadline"]), signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32))


def test_a_project_is_opened_with_one_signature_and_one_transaction(client, addresses, project_owner):
    token, escrow = addresses.test_token, addresses.escrow
    project_owner.send(token, calldata.mint(project_owner.address, 1_000))
    domain = permit.permit_domain(client, token)
    nonce = permit.permit_nonce(client, token, project_owner.address)
    data = permit.permit_typed_data(
        domain, owner=project_owner.address, spender=escrow, amount=1_000, nonce=nonce, deadline=2**40
    )

    opening = calldata.open_with_permit(
        salt=bytes(32), token=token, amount=1_000, fee_bps=0, cap=5, permit=sign(data, KEYS[2])
    )
    receipt = project_owner.send(escrow, opening)

    key = calldata.project_key(project_owner.address, bytes(32))
    assert receipt.succeeded
    assert reads.escrow_project(client, escrow, key).funded == 1_000


@pytest.mark.parametrize("name", ["FaultyToken", "SilentToken"])
def test_a_token_without_permit_has_no_domain(client, deploy_test_contract, name):
    assert permit.permit_domain(client, deploy_test_contract(name)) is None


def test_a_domain_with_another_version_has_another_separator(client, addresses):
    domain = permit.permit_domain(client, addresses.test_token)

    assert permit.PermitDomain(domain.name, "2", domain.chain_id, domain.token).separator != domain.separator
