"""An escrow opened with one signature and one transaction, on a real chain; and everything that can be wrong with it."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import to_checksum_address

from rewards.chain import abi, calldata
from rewards.domain import permits
from rewards.domain.escrows import extend_escrow
from rewards.models import Escrow, Token

KEY = b"\x77" * 32
OWNER = Account.from_key(KEY).address


@pytest.fixture
def escrow(scene) -> Escrow:
    """Quoted for a wallet with tokens and gas money, whose key we have."""
    scene.rpc("anvil_setBalance", OWNER, hex(10**20))
    scene.funder = OWNER
    escrow = scene.quoted(1_000_000)
    scene.harness.send(
        {"from": scene.harness.accounts[5], "to": scene.token.address,
         "data": "0x" + calldata.mint(OWNER, 5 * int(escrow.required)).hex()}
    )  # fmt: skip
    scene.rpc("anvil_impersonateAccount", OWNER)
    return escrow


def sign(request: permits.PermitRequest, key: bytes = KEY, **changes: int) -> str:
    data = request.typed_data
    message = in_numbers(data["message"]) | changes
    return "0x" + bytes(Account.sign_typed_data(key, full_message=data | {"message": message}).signature).hex()


def in_numbers(message):
    """As eth-account wants them; wallets take text."""
    return {name: int(value) if name in {"value", "nonce", "deadline"} else value for name, value in message.items()}


def opening(escrow, scene, request, signature, **changes) -> permits.PermittedOpening:
    return permits.opening_with_permit(
        escrow, scene.client, **({"deadline": request.deadline, "signature": signature} | changes)
    )


def hand_in(scene, escrow, request, signature) -> None:
    """What a stranger who saw the signature may do with it."""
    raw = bytes.fromhex(signature[2:])
    arguments = [
        OWNER, to_checksum_address(escrow.token.chain.escrow_address), int(escrow.required), request.deadline,
        raw[64], raw[:32], raw[32:64],
    ]  # fmt: skip
    data = abi.encode_call(calldata.ERC20["permit"], arguments)
    scene.send(escrow.token.address, "0x" + data.hex(), sender=scene.harness.accounts[7])


def test_one_signature_and_one_transaction_fund_the_escrow(scene, escrow):
    request = permits.permit_request(escrow, scene.client)

    found = opening(escrow, scene, request, sign(request))
    scene.send(found.call["to"], found.call["data"])
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert (found.is_used, escrow.state, escrow.deposited) == (False, Escrow.State.FUNDED, escrow.required)
    assert not permits.may_have_permit(escrow)


def test_one_signature_and_one_transaction_add_to_a_funded_escrow(scene, escrow):
    first = permits.permit_request(escrow, scene.client)
    scene.send(*called(opening(escrow, scene, first, sign(first))))
    scene.mine()
    scene.index()
    grown = extend_escrow(Escrow.objects.get(pk=escrow.pk), rewards_minor=1_500_000)
    assert permits.may_have_permit(grown)
    request = permits.permit_request(grown, scene.client)
    assert request.typed_data["message"]["value"] == str(grown.required - grown.deposited)

    found = opening(grown, scene, request, sign(request))
    scene.send(*called(found))
    scene.mine()
    scene.index()

    grown.refresh_from_db()
    assert (found.is_used, grown.state, grown.deposited) == (False, Escrow.State.FUNDED, grown.required)


def test_a_top_up_that_the_chain_would_refuse_is_not_offered(scene, escrow):
    """As with a contract that was deployed before it knew the call; here the project is closed."""
    first = permits.permit_request(escrow, scene.client)
    scene.send(*called(opening(escrow, scene, first, sign(first))))
    scene.mine()
    scene.index()
    grown = extend_escrow(Escrow.objects.get(pk=escrow.pk), rewards_minor=1_500_000)
    request = permits.permit_request(grown, scene.client)
    closing = calldata.close(bytes.fromhex(grown.chain_key[2:]))
    scene.send(scene.chain.escrow_address, "0x" + closing.hex(), sender=OWNER)

    with pytest.raises(permits.PermitRefused, match="in one transaction"):
        opening(grown, scene, request, sign(request))


def called(found: permits.PermittedOpening) -> tuple[str, str]:
    return found.call["to"], found.call["data"]


def test_what_is_signed_names_the_escrow_the_price_and_half_an_hour(scene, escrow):
    request = permits.permit_request(escrow, scene.client)

    message, domain = request.typed_data["message"], request.typed_data["domain"]
    now = scene.client.block().timestamp
    assert (domain["name"], domain["version"], domain["chainId"]) == (scene.token.name, "1", 31337)
    assert domain["verifyingContract"] == scene.token.address
    assert (message["owner"], message["spender"]) == (OWNER, scene.chain.escrow_address)
    assert (message["value"], message["nonce"]) == (str(escrow.required), "0")
    assert int(message["deadline"]) == request.deadline
    assert now < request.deadline <= now + permits.SECONDS_TO_SIGN_AND_SEND + 3600
    signable = encode_typed_data(full_message=request.typed_data | {"message": in_numbers(message)})
    assert Account.recover_message(signable, signature=sign(request)) == OWNER


def test_a_wallet_that_says_0_or_1_for_the_parity_is_understood(scene, escrow):
    request = permits.permit_request(escrow, scene.client)
    signature = sign(request)
    old = f"{signature[:-2]}{int(signature[-2:], 16) - 27:02x}"

    assert opening(escrow, scene, request, old) == opening(escrow, scene, request, signature)


def test_a_signature_that_somebody_else_handed_in_first_changes_nothing(scene, escrow):
    request = permits.permit_request(escrow, scene.client)
    signature = sign(request)
    hand_in(scene, escrow, request, signature)

    found = opening(escrow, scene, request, signature)
    scene.send(found.call["to"], found.call["data"])
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert (found.is_used, escrow.state) == (True, Escrow.State.FUNDED)


def test_a_signature_handed_in_after_we_looked_changes_nothing_either(scene, escrow):
    request = permits.permit_request(escrow, scene.client)
    signature = sign(request)
    found = opening(escrow, scene, request, signature)
    hand_in(scene, escrow, request, signature)

    scene.send(found.call["to"], found.call["data"])
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert escrow.state == Escrow.State.FUNDED


def test_a_signature_whose_time_is_over_is_asked_for_again(scene, escrow):
    request = permits.permit_request(escrow, scene.client)
    signature = sign(request)
    scene.rpc("evm_increaseTime", permits.SECONDS_TO_SIGN_AND_SEND + 60)
    scene.mine(1)

    with pytest.raises(permits.PermitExpired, match="sign again"):
        opening(escrow, scene, request, signature)
    again = permits.permit_request(escrow, scene.client)
    assert opening(escrow, scene, again, sign(again)).is_used is False


def test_a_signature_that_would_end_before_a_block_takes_it_is_asked_for_again(scene, escrow):
    request = permits.permit_request(escrow, scene.client)
    signature = sign(request)
    scene.rpc("evm_increaseTime", permits.SECONDS_TO_SIGN_AND_SEND - 10)
    scene.mine(1)

    with pytest.raises(permits.PermitExpired):
        opening(escrow, scene, request, signature)


@pytest.mark.parametrize("wrong", [{"value": 1}, {"nonce": 7}, {"deadline": 2**40}])
def test_a_signature_of_something_else_is_refused_before_anything_is_sent(scene, escrow, wrong):
    request = permits.permit_request(escrow, scene.client)

    with pytest.raises(permits.PermitRefused):
        opening(escrow, scene, request, sign(request, **wrong))


def test_another_accounts_signature_is_refused(scene, escrow):
    request = permits.permit_request(escrow, scene.client)

    with pytest.raises(permits.PermitRefused):
        opening(escrow, scene, request, sign(request, b"\x78" * 32))


@pytest.mark.parametrize("signature", ["0x", "0x" + "00" * 64, "0x" + "11" * 97])
def test_a_contract_wallets_signature_is_refused(scene, escrow, signature):
    request = permits.permit_request(escrow, scene.client)

    with pytest.raises(permits.PermitRefused, match="contract wallet"):
        opening(escrow, scene, request, signature)


def test_a_paying_address_with_code_is_not_asked_to_sign_but_one_that_borrows_code_is(scene, escrow):
    scene.rpc("anvil_setCode", OWNER, "0x6001")
    with pytest.raises(permits.NoPermit) as refused:
        permits.permit_request(escrow, scene.client)
    scene.rpc("anvil_setCode", OWNER, "0xef0100" + "11" * 20)

    assert refused.value.code == "smart_wallet"
    assert permits.permit_request(escrow, scene.client).typed_data["message"]["owner"] == OWNER


def test_a_token_without_permits_has_none_to_sign(scene, escrow):
    Token.objects.update(permit_version="")
    escrow = Escrow.objects.get(pk=escrow.pk)

    assert not permits.may_have_permit(escrow)
    with pytest.raises(permits.NoPermit):
        permits.permit_request(escrow, scene.client)


def test_a_token_that_changed_its_domain_since_has_none_to_sign(scene, escrow):
    Token.objects.update(permit_version="2")

    with pytest.raises(permits.NoPermit) as refused:
        permits.permit_request(Escrow.objects.get(pk=escrow.pk), scene.client)

    assert refused.value.code == "token_changed"
