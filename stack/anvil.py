"""The development chain: anvil's native binary from npm, without its Node wrapper.

The wrapper would receive our signals in anvil's stead and leave it running.
"""

import json
import platform
import subprocess
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from stack.processes import ROOT, Part
from stack.trouble import Trouble

VERSION = "1.7.1"
PACKAGE = "@foundry-rs/anvil"
CHAIN_ID = 31337
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
NODE_FOLDER = ROOT / "var" / "node"


def native_package() -> str:
    system = platform.system().lower()
    machine = MACHINES.get(platform.machine().lower())
    if system not in {"linux", "darwin"} or machine is None:
        raise Trouble("anvil has no build for this machine: set CHAIN_RPC_URL to a chain of your own.")
    return f"{PACKAGE}-{system}-{machine}"


def binary(node_folder: Path = NODE_FOLDER) -> Path:
    return node_folder / "node_modules" / native_package() / "bin" / "anvil"


def is_installed(node_folder: Path = NODE_FOLDER) -> bool:
    manifest = node_folder / "node_modules" / native_package() / "package.json"
    return binary(node_folder).exists() and json.loads(manifest.read_text(encoding="utf-8"))["version"] == VERSION


def install(node_folder: Path = NODE_FOLDER) -> None:
    if is_installed(node_folder):
        return
    node_folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        # The package's own script only checks the wrapper, which we do not use.
        done = subprocess.run(
            [*command, f"{PACKAGE}@{VERSION}"], cwd=node_folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Trouble("npm is missing: install Node.js 20 or newer, which brings it.") from None
    if done.returncode or not is_installed(node_folder):
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise Trouble(f"npm could not install {PACKAGE}@{VERSION}: {reason[0]}")


@dataclass(frozen=True)
class Chain:
    port: int
    options: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def part(self) -> Part:
        command = [str(binary()), "--host", "127.0.0.1", "--port", str(self.port), "--chain-id", str(CHAIN_ID)]
        return Part(name="anvil", command=[*command, "--quiet", *self.options], is_ready=self.is_ready)

    def is_ready(self) -> bool:
        try:
            return int(str(rpc(self.url, "eth_chainId")), 16) == CHAIN_ID
        except (OSError, ValueError):
            return False


def rpc(url: str, method: str, *parameters: object, timeout_seconds: float = 5) -> object:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout_seconds) as response:
        answer = json.load(response)
    if "error" in answer:
        raise ValueError(f"{method}: {answer['error'].get('message')}")
    return answer["result"]
