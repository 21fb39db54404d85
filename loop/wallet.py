"""A wallet as a person has one: it signs in, and it signs and sends transactions."""

import time
from typing import Any

import requests
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from loop.http import Api, Tally, wait_for

SCOPES = ["read", "work", "projects", "review", "money", "account"]
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


class Node:
    """The chain's JSON-RPC, over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, *params: Any, patience_seconds: float = 60) -> Any:
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                answer = self.session.post(
                    self.url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, timeout=20
                ).json()
                break
            except (requests.RequestException, ValueError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def token_balance(self, token: str, owner: str) -> int:
        data = "0x70a08231" + owner[2:].lower().rjust(64, "0")
        return int(self.call("eth_call", {"to": token, "data": data}, "latest"), 16)

    def receipt(self, transaction: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.call("eth_getTransactionReceipt", transaction)
        return found


class Wallet:
    def __init__(self, account: LocalAccount) -> None:
        self.account = account
        self.address: str = account.address

    @classmethod
    def new(cls) -> "Wallet":
        return cls(Account.create())

    def sign_in(self, base_url: str, tally: Tally, *, name: str) -> Api:
        """An API connection with a key of this wallet's own person; the person is made at the first sign-in."""
        stranger = Api(base_url, tally)
        challenge = stranger.post("auth/wallet/challenge/", {"address": self.address, "result": "key"})
        signed = self.account.sign_message(encode_defunct(text=challenge["message"]))
        made = stranger.post(
            "auth/wallet/verify/",
            {
                "message": challenge["message"],
                "signature": "0x" + signed.signature.hex().removeprefix("0x"),
                "binding": challenge["binding"],
                "scopes": SCOPES,
                "name": name,
            },
        )
        return Api(base_url, tally, secret=made["secret"])

    def sign_typed_data(self, data: dict[str, Any]) -> str:
        """`eth_signTypedData_v4`: numbers may come as text."""
        types = {each["name"]: each["type"] for each in data["types"][data["primaryType"]]}
        message = {
            name: int(value) if types[name].startswith("uint") else value for name, value in data["message"].items()
        }
        signed = Account.sign_typed_data(self.account.key, full_message=data | {"message": message})
        return "0x" + signed.signature.hex().removeprefix("0x")

    def send(self, node: Node, chain_id: int, call: dict[str, Any]) -> dict[str, Any]:
        """Sign and send one call, and wait until it is mined; raises when it failed."""
        sent = self.submit(node, chain_id, call)
        receipt = wait_for("the transaction", lambda: node.receipt(sent), seconds=60)
        if int(receipt["status"], 16) != 1:
            raise RuntimeError(f"Transaction {sent} failed.")
        return dict(receipt)

    def submit(self, node: Node, chain_id: int, call: dict[str, Any]) -> str:
        """Sign and send one call; its hash."""
        gas = int(node.call("eth_estimateGas", {"from": self.address, "to": call["to"], "data": call["data"]}), 16)
        base_fee = int(node.call("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        tip = 10**9
        signed = self.account.sign_transaction(
            {
                "type": 2,
                "chainId": chain_id,
                "nonce": int(node.call("eth_getTransactionCount", self.address, "pending"), 16),
                "to": call["to"],
                "data": call["data"],
                "value": 0,
                "gas": gas * 12 // 10,
                "maxPriorityFeePerGas": tip,
                "maxFeePerGas": base_fee * 2 + tip,
            }
        )
        return str(node.call("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x")))
