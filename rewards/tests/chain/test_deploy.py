from dataclasses import replace

import pytest

from rewards.chain import reads
from rewards.chain.deploy import deploy_all, has_code
from rewards.chain.errors import ChainRejected, Reason


def test_deploy_puts_everything_on_the_chain(client, operator, config, addresses):
    assert has_code(client, addresses.settlement, "Settlement")
    assert has_code(client, addresses.escrow, "Escrow")
    assert reads.token_metadata(client, addresses.test_token) == reads.TokenMetadata("Foggara test token", "TEST", 6)
    assert reads.role_holders(client, addresses.escrow) == {
        "admin": config.admin,
        "operator": operator.address,
        "guardian": config.guardian,
    }


def test_deploy_again_changes_nothing(client, operator, config, addresses):
    nonce = client.nonce(operator.address)

    assert deploy_all(client, operator.signer, config, addresses) == addresses
    assert client.nonce(operator.address) == nonce


def test_deploy_without_test_token_makes_none(client, operator, config):
    assert deploy_all(client, operator.signer, replace(config, with_test_token=False)).test_token is None


def test_deploy_after_a_reset_deploys_what_is_gone(client, operator, config, addresses, devchain):
    devchain.rpc("anvil_setCode", addresses.settlement, "0x")

    again = deploy_all(client, operator.signer, config, addresses)

    assert again.settlement != addresses.settlement
    assert again.escrow != addresses.escrow
    assert again.test_token == addresses.test_token


def test_deploy_refuses_known_addresses_with_other_code(client, operator, config, addresses):
    with pytest.raises(ChainRejected) as refused:
        deploy_all(client, operator.signer, config, replace(addresses, escrow=addresses.test_token))

    assert refused.value.reason == Reason.WRONG_CODE


def test_deploy_refuses_roles_that_watch_themselves(client, operator, config):
    with pytest.raises(ChainRejected, match="operator is guardian"):
        deploy_all(client, operator.signer, replace(config, guardian=config.operator))


def test_the_paris_build_deploys_too(client, operator, config):
    from contracts.scripts.compile import build_all

    build_all("paris")
    paris = replace(config, evm="paris")

    addresses = deploy_all(client, operator.signer, paris)

    assert has_code(client, addresses.escrow, "Escrow", "paris")
