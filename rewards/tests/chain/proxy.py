"""A small JSON-RPC server before a real node, which can fail the ways that hired nodes do."""

import json
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Proxy:
    """`asked` has the methods in order. Set `mode` to busy, busy_logs, hangs or empty to change what it does."""

    def __init__(self, node_url: str) -> None:
        self.node_url = node_url
        self.mode = ""
        self.blocks_behind = 0
        self.most_blocks: int | None = None
        self.chain_id: int | None = None
        self.asked: list[str] = []
        self.ranges: list[tuple[int, int]] = []
        self._freed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def die(self) -> None:
        self._freed.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        method = call["method"]
        self.asked.append(method)
        if self.mode == "hangs":
            self._freed.wait(30)
            time.sleep(0.01)
        if self.mode == "busy" or (self.mode == "busy_logs" and method == "eth_getLogs"):
            return 429, {"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32005, "message": "rate limit"}}
        if method == "eth_getLogs":
            asked = call["params"][0]
            first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
            self.ranges.append((first, last))
            if self.most_blocks and last - first + 1 > self.most_blocks:
                error = {"code": -32600, "message": f"eth_getLogs is limited to a {self.most_blocks} block range"}
                return 200, {"jsonrpc": "2.0", "id": call["id"], "error": error}
        found = self._forward(call)
        if method == "eth_blockNumber":
            found["result"] = hex(max(0, int(found["result"], 16) - self.blocks_behind))
        if method == "eth_chainId" and self.chain_id:
            found["result"] = hex(self.chain_id)
        return 200, found

    def _forward(self, call: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(call).encode()
        request = urllib.request.Request(self.node_url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            found: dict[str, Any] = json.load(response)
        return found


def _handler_of(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = proxy.answer(call)
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
