"""One read of an EVM contract over plain JSON-RPC: bounded in time and size, no redirects, no web3."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

ANSWER_LIMIT_BYTES = 64 * 1024
CALL_GAS = 3_000_000


class NodeUnreachable(Exception):
    """The node did not give a usable answer."""


class CallReverted(Exception):
    """The contract refused the call."""


def call(node_url: str, *, to: str, data: bytes, timeout_seconds: float = 5.0) -> bytes:
    """What `eth_call` of this contract returns at the latest block. Empty when there is no contract."""
    answer = _ask(
        node_url, "eth_call", [{"to": to, "data": "0x" + data.hex(), "gas": hex(CALL_GAS)}, "latest"], timeout_seconds
    )
    if "error" in answer:
        raise CallReverted(str(answer["error"])[:200])
    try:
        return bytes.fromhex(answer["result"].removeprefix("0x"))
    except (KeyError, AttributeError, ValueError) as error:
        raise NodeUnreachable("The node's answer makes no sense.") from error


def _ask(node_url: str, method: str, parameters: list[object], timeout_seconds: float) -> dict[str, Any]:
    parts = urlsplit(node_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        raw = response.read(ANSWER_LIMIT_BYTES + 1)
        if response.status != 200 or len(raw) > ANSWER_LIMIT_BYTES:
            raise NodeUnreachable(f"The node answered {response.status} with {len(raw)} bytes.")
        answer = json.loads(raw)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NodeUnreachable(str(error)) from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise NodeUnreachable("The node's answer makes no sense.")
    return answer
