import pytest
from django.core.management import CommandError, call_command

from rewards.chain.signer import create_keystore
from rewards.domain import deployment, faucet
from rewards.domain.indexing import index_chain
from rewards.domain.reconciliation import reconcile
from rewards.models import Chain, Token
from rewards.tests.factories import make_address, make_user


@pytest.fixture
def keystore(scene, settings, tmp_path):
    path = tmp_path / "operator.json"
    address = create_keystore(path, "secret")
    scene.rpc("anvil_setBalance", address, hex(10**20))
    settings.CHAIN_OPERATOR_KEYSTORE, settings.CHAIN_OPERATOR_PASSWORD = str(path), "secret"
    return address


def test_deploying_again_verifies_and_changes_nothing(scene):
    again = deployment.deploy(scene.client, scene.signer)

    assert again.is_new is False
    assert (again.chain.escrow_address, Token.objects.count()) == (scene.chain.escrow_address, 1)


def test_the_test_token_has_its_own_words(scene):
    assert (scene.token.symbol, scene.token.decimals, scene.token.has_faucet) == ("TEST", 6, True)


def test_a_chain_that_was_reset_is_deployed_to_anew_while_no_money_is_on_it(scene):
    scene.rpc("anvil_setCode", scene.chain.escrow_address, "0x")

    again = deployment.deploy(scene.client, scene.signer)

    assert again.is_new is True
    assert again.chain.escrow_address != scene.chain.escrow_address


def test_what_was_compared_on_a_chain_that_is_gone_is_forgotten(scene):
    scene.mint(scene.token, scene.chain.settlement_address, 5)
    scene.mine()
    scene.index()
    assert not reconcile(scene.chain, scene.client).is_sound
    scene.rpc("anvil_setCode", scene.chain.escrow_address, "0x")

    chain = deployment.deploy(scene.client, scene.signer).chain
    scene.mine()
    index_chain(chain, scene.client)

    assert (chain.stopped_reason, chain.incidents.filter(resolved_at=None).count()) == ("", 0)
    assert reconcile(chain, scene.client).is_sound
    assert chain.reconciliations.count() == 1


def test_a_chain_that_was_reset_under_money_says_what_to_do(scene, keystore):
    scene.funded()
    scene.rpc("anvil_setCode", scene.chain.escrow_address, "0x")

    with pytest.raises(CommandError, match="make reset"):
        call_command("deploy_contracts")


def test_deploy_contracts_works_from_a_keystore(scene, keystore, capsys):
    Token.objects.all().delete()
    scene.chain.signer.delete()
    Chain.objects.all().delete()

    call_command("deploy_contracts")
    call_command("deploy_contracts")

    out = capsys.readouterr().out
    assert out.startswith("Deployed on chain 31337")
    assert "Verified on chain 31337" in out
    assert Chain.objects.get().signer.address == keystore


def test_settle_now_pays_everyone(scene, keystore, capsys):
    Token.objects.all().delete()
    scene.chain.signer.delete()
    Chain.objects.all().delete()
    call_command("deploy_contracts")
    scene.chain = Chain.objects.get()
    scene.token = scene.chain.tokens.get()
    (person,) = scene.earners(1)
    scene.rpc("evm_setIntervalMining", 1)

    call_command("settle_now")

    scene.rpc("evm_setIntervalMining", 0)
    scene.rpc("evm_setAutomine", True)
    assert "Epoch 1 is final: 1 payouts." in capsys.readouterr().out
    assert scene.on_chain(person.wallets.get().address) == 1_000


def test_the_faucet_gives_tokens_and_gas_money(scene, settings):
    address = make_address()

    poured = faucet.pour(scene.token, scene.client, address=address, actor=make_user())

    assert scene.on_chain(address) == poured.minor == 10_000 * 10**6
    assert scene.client.native_balance(address) == poured.native_wei


def test_there_is_no_faucet_outside_a_demo(scene, settings):
    settings.DEMO = False

    with pytest.raises(Exception, match="no faucet"):
        faucet.pour(scene.token, scene.client, address=make_address(), actor=make_user())


def test_a_token_is_recorded_with_the_name_and_version_that_its_permits_are_bound_to(scene):
    faulty = scene.faulty_token()

    deployment.record_permits(scene.chain, scene.client)

    assert (scene.token.permit_name, scene.token.permit_version) == (scene.token.name, "1")
    faulty.refresh_from_db()
    assert not faulty.has_permit


def test_tokens_recorded_before_permits_were_asked_for_are_asked_at_the_next_start(scene):
    Token.objects.update(permit_name="", permit_version="")

    deployment.deploy(scene.client, scene.signer)

    assert Token.objects.get().has_permit
