import signal
import socket
import threading
import time

import pytest

from rewards.chain import calldata
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected, ChainUnavailable, Reason
from rewards.chain.signer import Transaction


def draft(sender, **changes):
    values = {"nonce": sender.client.nonce(sender.address), "gas": 21_000, "max_fee": 10**11, "tip": 10**9} | changes
    to = values.pop("to", "0x" + "22" * 20)
    return Transaction(chain_id=values.pop("chain_id", 31337), to=to, data=values.pop("data", b""), **values)


def send(sender, **changes):
    return sender.client.send_raw(sender.signer.sign(draft(sender, **changes)).raw)


def test_identity_is_the_chain_id_and_the_first_blocks_hash(client):
    identity = client.check_identity()

    assert identity.chain_id == 31337
    assert client.check_identity(identity.genesis_hash) == identity


def test_another_chain_than_the_configured_one_is_refused(client, devchain):
    for check in (
        lambda: ChainClient(devchain.url, 1).check_identity(),
        lambda: client.check_identity("0x" + "00" * 32),
    ):
        with pytest.raises(ChainRejected) as refused:
            check()
        assert refused.value.reason == Reason.WRONG_CHAIN


def test_blocks_know_their_parents(client, devchain):
    devchain.rpc("evm_mine")

    last = client.block()

    assert last.number == client.block_number()
    assert last.parent_hash == client.block_hash(last.number - 1)
    assert client.find_block(last.number + 1) is None
    with pytest.raises(ChainUnavailable):
        client.block(last.number + 1)


def test_code_and_its_hash(client, addresses):
    assert client.code_hash("0x" + "22" * 20) is None
    assert len(client.code(addresses.escrow)) > 1_000
    assert client.code_hash(addresses.escrow).startswith("0x")


def test_a_sent_transaction_has_a_receipt_and_counts(client, worker):
    before = client.nonce(worker.address)

    hash_ = send(worker, value=5)
    receipt = client.receipt(hash_)

    assert receipt.succeeded
    assert receipt.block_hash == client.block_hash(receipt.block_number)
    assert client.nonce(worker.address) == before + 1
    assert client.native_balance("0x" + "22" * 20) >= 5
    assert client.is_known(hash_)


def test_sending_the_same_bytes_twice_is_no_error_while_they_wait(client, worker, devchain):
    devchain.rpc("evm_setAutomine", False)
    raw = worker.signer.sign(draft(worker)).raw

    try:
        assert client.send_raw(raw) == client.send_raw(raw)
        assert client.receipt(client.send_raw(raw)) is None
        assert client.nonce(worker.address, "pending") == client.nonce(worker.address) + 1
    finally:
        devchain.rpc("anvil_dropAllTransactions")
        devchain.rpc("evm_setAutomine", True)


def test_a_dropped_transaction_is_unknown(client, worker, devchain):
    devchain.rpc("evm_setAutomine", False)
    try:
        hash_ = send(worker)
        assert client.is_known(hash_)
        devchain.rpc("anvil_dropAllTransactions")
        assert not client.is_known(hash_)
    finally:
        devchain.rpc("evm_setAutomine", True)


def test_a_used_nonce_is_named(client, worker):
    send(worker)

    with pytest.raises(ChainRejected) as refused:
        send(worker, nonce=0, value=9)

    assert refused.value.reason == Reason.NONCE_USED


def test_an_underpriced_replacement_is_named(client, worker, devchain):
    devchain.rpc("evm_setAutomine", False)
    try:
        send(worker, value=1)
        with pytest.raises(ChainRejected) as refused:
            send(worker, value=2)
        assert refused.value.reason == Reason.UNDERPRICED
        send(worker, value=2, max_fee=2 * 10**11, tip=2 * 10**9)
    finally:
        devchain.rpc("anvil_dropAllTransactions")
        devchain.rpc("evm_setAutomine", True)


def test_a_fee_below_the_base_fee_is_named(client, worker, devchain):
    devchain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**11))
    devchain.rpc("evm_mine")

    try:
        with pytest.raises(ChainRejected) as refused:
            send(worker, max_fee=10**6, tip=1)
    finally:
        # Reverting to a snapshot does not bring the fee back.
        devchain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))

    assert refused.value.reason == Reason.FEE_TOO_LOW


def test_an_empty_purse_is_named(client, worker, devchain):
    devchain.rpc("anvil_setBalance", worker.address, "0x1")

    with pytest.raises(ChainRejected) as refused:
        send(worker)

    assert refused.value.reason == Reason.NO_GAS_MONEY


def test_a_transaction_for_another_chain_is_named(client, worker):
    with pytest.raises(ChainRejected) as refused:
        send(worker, chain_id=777)

    assert refused.value.reason == Reason.WRONG_CHAIN


def test_too_much_gas_is_named(client, worker):
    with pytest.raises(ChainRejected) as refused:
        send(worker, gas=10**9, max_fee=10**10)

    assert refused.value.reason == Reason.GAS_LIMIT


def test_a_revert_carries_the_contracts_words(client, addresses, worker):
    data = calldata.close(b"\x01" * 32)

    for attempt in (client.simulate, client.estimate_gas):
        with pytest.raises(ChainRejected) as refused:
            attempt(to=addresses.escrow, data=data, sender=worker.address)
        assert (refused.value.reason, refused.value.detail) == (Reason.REVERTED, "unknown")


def test_a_call_to_no_contract_is_named(client):
    with pytest.raises(ChainRejected) as refused:
        client.call("0x" + "22" * 20, calldata.ERC20["decimals"])

    assert refused.value.reason == Reason.WRONG_CODE


def test_fees_leave_room_for_the_base_fee_to_grow(client):
    fees = client.fees()

    assert fees.max_fee >= 2 * fees.base_fee + fees.tip


def test_no_node_is_unavailable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    with pytest.raises(ChainUnavailable):
        ChainClient(f"http://127.0.0.1:{port}", 31337).block_number()


def test_a_hung_node_is_unavailable_after_the_time_out(devchain):
    client = ChainClient(devchain.url, 31337, timeout_seconds=0.3)
    devchain.process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)  # a signal takes a moment to reach every thread

    try:
        with pytest.raises(ChainUnavailable):
            client.block_number()
    finally:
        devchain.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{"jsonrpc":"2.0","id":0,"result":[]}',
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 54\r\n\r\n"
        b'{"jsonrpc":"2.0","error":{"code":429,"message":"slow"}}'[:54],
    ],
)
def test_a_node_that_answers_nonsense_is_unavailable(answer):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=answer_once, args=(listener, answer))
        thread.start()

        with pytest.raises(ChainUnavailable):
            ChainClient(f"http://127.0.0.1:{listener.getsockname()[1]}", 31337, timeout_seconds=2).block_number()
        thread.join()


def answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)
