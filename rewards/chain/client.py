"""The one door to the node, and the only importer of web3.

web3 is used as a transport: its richer calls would follow off-chain look-ups (EIP-3668) wherever a contract points,
retry on their own, and raise a dozen kinds of exception. Here every call has a time-out and fails in two ways only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import requests
from eth_utils import keccak, to_checksum_address
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from rewards.chain import abi, events
from rewards.chain.artifacts import AbiEntry
from rewards.chain.errors import ChainRejected, ChainUnavailable, Reason, error_from_node

BlockTag = int | Literal["latest", "pending", "safe", "finalized", "earliest"]

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_GWEI = 10**9


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: str
    parent_hash: str
    timestamp: int
    base_fee: int
    gas_limit: int


@dataclass(frozen=True, slots=True)
class Receipt:
    transaction_hash: str
    succeeded: bool
    block_number: int
    block_hash: str
    gas_used: int
    gas_price: int
    contract_address: str | None


@dataclass(frozen=True, slots=True)
class Fees:
    """What to offer: `max_fee` covers the base fee doubling twice over about a dozen full blocks."""

    base_fee: int
    tip: int
    max_fee: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Which chain answers. A development chain that was reset keeps the id and, at times, the genesis hash."""

    chain_id: int
    genesis_hash: str


class ChainClient:
    """Typed calls to one node of one chain. Raises ChainUnavailable and ChainRejected, nothing else of the network."""

    def __init__(self, rpc_url: str, chain_id: int, *, timeout_seconds: float = 10.0) -> None:
        self.chain_id = chain_id
        self._provider = HTTPProvider(
            rpc_url, request_kwargs={"timeout": timeout_seconds}, exception_retry_configuration=None
        )
        self._provider.global_ccip_read_enabled = False

    # Which chain, which block

    def identity(self) -> Identity:
        return Identity(chain_id=_number(self._request("eth_chainId")), genesis_hash=self.block(0).hash)

    def check_identity(self, genesis_hash: str | None = None) -> Identity:
        """Refuses to go on with another chain than the one configured (and, when given, remembered)."""
        found = self.identity()
        if found.chain_id != self.chain_id:
            raise ChainRejected(Reason.WRONG_CHAIN, f"the node is on chain {found.chain_id}, not {self.chain_id}")
        if genesis_hash is not None and found.genesis_hash != genesis_hash:
            raise ChainRejected(Reason.WRONG_CHAIN, f"the chain begins with {found.genesis_hash}, not {genesis_hash}")
        return found

    def block_number(self) -> int:
        return _number(self._request("eth_blockNumber"))

    def find_block(self, tag: BlockTag = "latest") -> Block | None:
        found = self._request("eth_getBlockByNumber", _tag(tag), False)
        return None if found is None else _block(found)

    def block(self, tag: BlockTag = "latest") -> Block:
        found = self.find_block(tag)
        if found is None:
            raise ChainUnavailable(f"The node does not have block {tag}.")
        return found

    def block_hash(self, number: int) -> str | None:
        found = self.find_block(number)
        return found.hash if found else None

    # Accounts

    def code(self, address: str, block: BlockTag = "latest") -> bytes:
        return _bytes(self._request("eth_getCode", to_checksum_address(address), _tag(block)))

    def code_hash(self, address: str) -> str | None:
        """None when there is no code."""
        code = self.code(address)
        return "0x" + keccak(code).hex() if code else None

    def native_balance(self, address: str) -> int:
        return _number(self._request("eth_getBalance", to_checksum_address(address), "latest"))

    def nonce(self, address: str, block: BlockTag = "latest") -> int:
        """How many transactions of the account are in the chain; with "pending", in the pool as well."""
        return _number(self._request("eth_getTransactionCount", to_checksum_address(address), _tag(block)))

    # Sending

    def fees(self) -> Fees:
        base_fee = self.block().base_fee
        try:
            tip = _number(self._request("eth_maxPriorityFeePerGas"))
        except ChainRejected:  # not every chain has the method
            tip = _GWEI
        tip = max(tip, 1)
        return Fees(base_fee=base_fee, tip=tip, max_fee=4 * base_fee + tip)

    def simulate(
        self,
        *,
        to: str | None,
        data: bytes,
        sender: str | None = None,
        value: int = 0,
        gas: int | None = None,
        block: BlockTag = "latest",
    ) -> bytes:
        """What the call would answer. A revert is ChainRejected with the contract's own words."""
        return _bytes(self._request("eth_call", _call(to, data, sender, value, gas), _tag(block)))

    def estimate_gas(self, *, to: str | None, data: bytes, sender: str, value: int = 0) -> int:
        return _number(self._request("eth_estimateGas", _call(to, data, sender, value, None)))

    def send_raw(self, raw: bytes) -> str:
        """Broadcasts signed bytes and returns their hash. Bytes that the node already has are no error."""
        hash_ = "0x" + keccak(raw).hex()
        answer = self._answer("eth_sendRawTransaction", ["0x" + raw.hex()])
        error = answer.get("error")
        if error and not _is_known_already(str(error.get("message", ""))):
            raise _rejection(error)
        return hash_

    def receipt(self, transaction_hash: str) -> Receipt | None:
        found = self._request("eth_getTransactionReceipt", transaction_hash)
        return None if found is None or found.get("blockHash") is None else _receipt(found)

    def is_known(self, transaction_hash: str) -> bool:
        """Is the transaction in the chain or in this node's pool?"""
        return self._request("eth_getTransactionByHash", transaction_hash) is not None

    # Contracts

    def call(
        self, contract: str, function: AbiEntry, *arguments: Any, gas: int | None = None, block: BlockTag = "latest"
    ) -> Any:
        """A view function's answer: one value, or a tuple when it answers with several."""
        answer = self.simulate(to=contract, data=abi.encode_call(function, arguments), gas=gas, block=block)
        try:
            values = abi.decode_values(abi.types_of(function["outputs"]), answer)
        except ValueError:
            # No code answers with no bytes, and other code with other bytes.
            raise ChainRejected(Reason.WRONG_CODE, f"{contract} does not answer {function['name']}") from None
        return values[0] if len(values) == 1 else tuple(values)

    def escrow_events(self, escrow: str, first: int, last: int) -> list[events.ChainEvent]:
        return self._events(events.escrow_kinds(), [escrow], first, last)

    def settlement_events(self, settlement: str, first: int, last: int) -> list[events.ChainEvent]:
        return self._events(events.settlement_kinds(), [settlement], first, last)

    def transfers(
        self, tokens: Sequence[str], first: int, last: int, *, sender: str | None = None, receiver: str | None = None
    ) -> list[events.Transfer]:
        """ERC-20 transfers of these tokens in blocks `first` to `last`, both included."""
        topics = [None if party is None else _address_topic(party) for party in (sender, receiver)]
        found = self._events(events.TRANSFER_KINDS, tokens, first, last, topics)
        return [event for event in found if isinstance(event, events.Transfer)]

    def _events(
        self, kinds: events.Kinds, contracts: Sequence[str], first: int, last: int, topics: Sequence[str | None] = ()
    ) -> list[events.ChainEvent]:
        if last < first or not contracts:
            return []
        wanted = {
            "address": [to_checksum_address(contract) for contract in contracts],
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": [list(kinds), *topics],
        }
        logs = self._request("eth_getLogs", wanted)
        found = [events.decode_log(kinds, log) for log in logs if not log.get("removed")]
        return sorted(
            (event for event in found if event), key=lambda event: (event.at.block_number, event.at.log_index)
        )

    # The wire

    def _request(self, method: str, *parameters: Any) -> Any:
        answer = self._answer(method, parameters)
        if answer.get("error"):
            raise _rejection(answer["error"])
        if "result" not in answer:
            raise ChainUnavailable("The chain's node answered neither a result nor an error.")
        return answer["result"]

    def _answer(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        answer: Any
        try:
            answer = self._provider.make_request(RPCEndpoint(method), parameters)
        except requests.HTTPError as error:
            # Anvil and others put a JSON-RPC error into a 4xx; a refusal is told from an outage by its body.
            answer = _body_of(error)
        except (requests.RequestException, Web3Exception, OSError, ValueError) as error:
            raise ChainUnavailable(f"The chain's node does not answer ({type(error).__name__}).") from error
        if not isinstance(answer, dict):
            raise ChainUnavailable("The chain's node answered something that is not JSON-RPC.")
        return dict(answer)


def _body_of(error: requests.HTTPError) -> dict[str, Any]:
    try:
        body = error.response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "error" not in body:
        raise ChainUnavailable(f"The chain's node answers {error.response.status_code}.") from error
    return body


def _rejection(error: Any) -> ChainRejected | ChainUnavailable:
    if not isinstance(error, dict):
        return error_from_node(0, str(error))
    return error_from_node(int(error.get("code") or 0), str(error.get("message", "")), _revert_words(error.get("data")))


def _revert_words(data: Any) -> str | None:
    """What a contract gave as its reason, if the error is a revert that carries data."""
    if isinstance(data, dict):  # some nodes nest it
        data = data.get("data")
    if not isinstance(data, str) or not data.startswith("0x"):
        return None
    raw = bytes.fromhex(data[2:])
    if raw[:4] == _ERROR_STRING:
        try:
            return str(abi.decode_values(["string"], raw[4:])[0])
        except ValueError:
            return ""
    if raw[:4] == _PANIC and len(raw) == 36:
        return f"panic {raw[-1]:#x}"
    return ""


def _is_known_already(message: str) -> bool:
    low = message.lower()
    return "already known" in low or "already imported" in low or "known transaction" in low


def _number(value: Any) -> int:
    try:
        return int(value, 16)
    except (TypeError, ValueError):
        raise ChainUnavailable(f"The chain's node answered {value!r} for a number.") from None


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(value[2:])
    except (TypeError, ValueError):
        raise ChainUnavailable("The chain's node answered something that is not hexadecimal.") from None


def _tag(block: BlockTag) -> str:
    return hex(block) if isinstance(block, int) else block


def _address_topic(address: str) -> str:
    return "0x" + "0" * 24 + to_checksum_address(address)[2:].lower()


def _call(to: str | None, data: bytes, sender: str | None, value: int, gas: int | None) -> dict[str, str]:
    call = {"data": "0x" + data.hex()}
    if to is not None:
        call["to"] = to_checksum_address(to)
    if sender is not None:
        call["from"] = to_checksum_address(sender)
    if value:
        call["value"] = hex(value)
    if gas is not None:
        call["gas"] = hex(gas)
    return call


def _block(found: dict[str, Any]) -> Block:
    return Block(
        number=_number(found["number"]),
        hash=found["hash"],
        parent_hash=found["parentHash"],
        timestamp=_number(found["timestamp"]),
        base_fee=_number(found.get("baseFeePerGas", "0x0")),
        gas_limit=_number(found["gasLimit"]),
    )


def _receipt(found: dict[str, Any]) -> Receipt:
    made = found.get("contractAddress")
    return Receipt(
        transaction_hash=found["transactionHash"],
        succeeded=_number(found["status"]) == 1,
        block_number=_number(found["blockNumber"]),
        block_hash=found["blockHash"],
        gas_used=_number(found["gasUsed"]),
        gas_price=_number(found.get("effectiveGasPrice", "0x0")),
        contract_address=to_checksum_address(made) if made else None,
    )
