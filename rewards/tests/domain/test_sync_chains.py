import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from rewards.chain.configuration import ChainSettings, TokenSettings
from rewards.chain.signer import create_keystore
from rewards.domain import deployment, node
from rewards.models import Chain, ChainSigner, Token


def settings_for(scene, **changes) -> ChainSettings:
    values = {
        "chain_id": 31337,
        "name": "Renamed",
        "rpc_urls": (scene.devchain.url,),
        "confirmations": 5,
        "finality": "safe",
        "tokens": (TokenSettings(scene.token.address),),
    } | changes
    return ChainSettings(**values)


def test_the_row_becomes_what_the_configuration_says(scene, settings):
    settings.CHAINS = {31337: settings_for(scene)}

    call_command("sync_chains")

    chain = Chain.objects.get()
    assert (chain.name, chain.confirmations, chain.finality) == ("Renamed", 5, "safe")
    said = AuditEntry.objects.get(action="chain.configured")
    assert said.changes["confirmations"] == [3, 5]
    call_command("sync_chains")
    assert AuditEntry.objects.filter(action="chain.configured").count() == 1


def test_only_listed_tokens_are_offered_and_an_old_one_is_still_settled(scene, settings):
    people = scene.earners(1)
    other = scene.harness.deploy("TestToken", "Eight", "EIGHT", 8).address
    settings.CHAINS = {31337: settings_for(scene, tokens=(TokenSettings(other),))}

    call_command("sync_chains")
    scene.settle_to_the_end()

    assert list(Token.objects.filter(is_active=True).values_list("symbol", "decimals")) == [("EIGHT", 8)]
    assert scene.on_chain(people[0].wallets.get().address) == 1_000
    settings.CHAINS = {31337: settings_for(scene)}
    call_command("sync_chains")
    assert Token.objects.get(is_active=True) == scene.token
    assert AuditEntry.objects.filter(action="token.retired").count() == 2


def test_contracts_that_are_there_already_are_recorded(scene, settings, tmp_path):
    key = bytes(scene.signer._account.key)
    create_keystore(tmp_path / "key.json", "secret", key)
    (tmp_path / "password").write_text("secret\n")
    at = {"escrow": scene.chain.escrow_address, "settlement": scene.chain.settlement_address.lower()}
    recorded = Chain.objects.get()
    kept = (recorded.genesis_hash, recorded.escrow_code_hash, recorded.settlement_code_hash)
    ChainSigner.objects.all().delete()
    Token.objects.all().delete()
    Chain.objects.all().delete()
    settings.CHAINS = {
        31337: settings_for(
            scene, **at, deployed_block=2, operator_keystore=str(tmp_path / "key.json"),
            operator_password_file=str(tmp_path / "password"),
        )
    }  # fmt: skip

    call_command("sync_chains")

    chain = Chain.objects.get()
    assert (chain.genesis_hash, chain.escrow_code_hash, chain.settlement_code_hash) == kept
    assert (chain.deployed_block, chain.signer.address) == (2, scene.signer.address)
    assert chain.settlement_address == scene.chain.settlement_address
    assert chain.tokens.get().symbol == "TEST"


def test_contracts_of_another_operator_are_not_recorded(scene, settings, tmp_path):
    create_keystore(tmp_path / "key.json", "secret")
    (tmp_path / "password").write_text("secret")
    said = settings_for(
        scene, escrow=scene.chain.escrow_address, settlement=scene.chain.settlement_address,
        operator_keystore=str(tmp_path / "key.json"), operator_password_file=str(tmp_path / "password"),
    )  # fmt: skip
    ChainSigner.objects.all().delete()
    Token.objects.all().delete()
    Chain.objects.all().delete()

    settings.CHAINS = {31337: said}
    with pytest.raises(node.NotConfigured, match="is not the operator of Escrow"):
        deployment.sync_chain(said)

    assert not Chain.objects.exists()


def test_a_chain_that_cannot_be_reached_is_named_and_the_others_are_brought_in_step(scene, settings, capsys):
    gone = ChainSettings(chain_id=10, name="Gone", rpc_urls=("http://127.0.0.1:1",), escrow="0x" + "1" * 40)
    settings.CHAINS = {10: gone, 31337: settings_for(scene)}
    settings.CHAIN_OPERATOR_KEYSTORE = ""

    with pytest.raises(CommandError, match="1 of the configured chains"):
        call_command("sync_chains")

    assert "eip155:10: " in capsys.readouterr().err
    assert Chain.objects.get().name == "Renamed"
