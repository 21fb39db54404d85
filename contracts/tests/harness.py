"""Contracts on a real anvil, called by name: `escrow.open(salt, token, 1, 0, 1, sender=project_owner)`."""

from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from contracts.scripts.compile import CONTRACTS, TOKENS, build_contract
from contracts.scripts.devchain import Devchain
from contracts.tests.tracing import recorder
from rewards.chain import abi
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected

GAS = 16_000_000
DEFAULT_EVM = "cancun"
ZERO = "0x" + "00" * 20
HALF_HOUR = 1800
DAY = 86_400


class Reverted(Exception):
    """Carries the contract's own words."""


@dataclass(frozen=True)
class Sent:
    gas_used: int
    logs: list[dict[str, Any]]
    value: Any


class Chain:
    def __init__(self, devchain: Devchain) -> None:
        self.devchain = devchain
        self.client = ChainClient(devchain.url, 31337)
        self.accounts = [to_checksum_address(account) for account in devchain.rpc("eth_accounts")]

    def deploy(self, name: str, *arguments: Any, evm: str = DEFAULT_EVM) -> "Contract":
        source = CONTRACTS / "src" / f"{name}.vy"
        artifact = build_contract(source if source.exists() else TOKENS / f"{name}.vy", evm)
        inputs: list[dict[str, Any]] = next(
            (entry["inputs"] for entry in artifact["abi"] if entry["type"] == "constructor"), []
        )
        data = artifact["bytecode"] + abi.encode_values(abi.types_of(inputs), arguments).hex()
        receipt = self.send({"from": self.accounts[0], "data": data}, creates=name)
        address = to_checksum_address(receipt["contractAddress"])
        if recorder:
            recorder.deployed(self, address, name if evm == DEFAULT_EVM else "")
        return Contract(self, address, artifact["abi"])

    def send(self, call: dict[str, Any], creates: str = "") -> dict[str, Any]:
        call = {"gas": hex(GAS)} | call
        if recorder:
            recorder.call(self, call, creates)
        try:
            self.client._request("eth_call", call, "latest")
        except ChainRejected as error:
            raise Reverted(error.detail) from None
        hash_ = self.devchain.rpc("eth_sendTransaction", call)
        while (receipt := self.devchain.rpc("eth_getTransactionReceipt", hash_)) is None:
            pass
        if receipt["status"] != "0x1":
            raise Reverted("mined, but failed")
        return receipt

    def now(self) -> int:
        return self.client.block().timestamp

    def pass_time(self, seconds: int) -> None:
        self.devchain.pass_time(seconds)

    def start_of_day(self) -> None:
        """Moves to the next midnight, so that a test of a daily cap never straddles one."""
        self.pass_time(DAY - self.now() % DAY)


class Contract:
    def __init__(self, chain: Chain, address: str, entries: list[dict[str, Any]]) -> None:
        self.chain = chain
        self.address = address
        self._functions = {entry["name"]: entry for entry in entries if entry["type"] == "function"}
        self._events = {abi.topic(entry): entry for entry in entries if entry["type"] == "event"}

    def __getattr__(self, name: str) -> Any:
        function = self._functions[name]
        return self._reader(function) if function["stateMutability"] in ("view", "pure") else self._sender(function)

    def data(self, name: str, *arguments: Any) -> bytes:
        return abi.encode_call(self._functions[name], arguments)

    def events(self, sent: Sent) -> list[tuple[Any, ...]]:
        """This contract's events of a transaction: (name, values in the order of declaration)."""
        return [self._decode(log) for log in sent.logs if log["address"].lower() == self.address.lower()]

    def _reader(self, function: dict[str, Any]) -> Any:
        def read(*arguments: Any) -> Any:
            if recorder:
                data = "0x" + abi.encode_call(function, arguments).hex()
                recorder.call(self.chain, {"to": self.address, "data": data, "gas": hex(GAS)})
            try:
                return self.chain.client.call(self.address, function, *arguments)
            except ChainRejected as error:
                raise Reverted(error.detail) from None

        return read

    def _sender(self, function: dict[str, Any]) -> Any:
        def send(*arguments: Any, sender: str, gas: int = GAS) -> Sent:
            data = "0x" + abi.encode_call(function, arguments).hex()
            receipt = self.chain.send({"from": sender, "to": self.address, "data": data, "gas": hex(gas)})
            return Sent(gas_used=int(receipt["gasUsed"], 16), logs=receipt["logs"], value=None)

        return send

    def _decode(self, log: dict[str, Any]) -> tuple[Any, ...]:
        entry = self._events[log["topics"][0]]
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        plain = [part for part in entry["inputs"] if not part["indexed"]]
        head = bytes.fromhex("".join(topic[2:] for topic in log["topics"][1:]))
        values = dict(zip([p["name"] for p in indexed], abi.decode_values(abi.types_of(indexed), head), strict=True))
        body = abi.decode_values(abi.types_of(plain), bytes.fromhex(log["data"][2:]))
        values |= dict(zip([p["name"] for p in plain], body, strict=True))
        return (entry["name"], *(values[part["name"]] for part in entry["inputs"]))
