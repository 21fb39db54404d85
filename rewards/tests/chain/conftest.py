"""A chain of one's own, so that snapshots and reorganisations disturb nobody else."""

from collections.abc import Iterator

import pytest

from contracts.scripts.compile import TOKENS, build_all, build_contract
from contracts.scripts.devchain import Devchain, start_devchain
from rewards.chain import abi
from rewards.chain.client import ChainClient
from rewards.chain.deploy import Addresses, DeployConfig, deploy_all, wait_for_receipt
from rewards.chain.signer import KeySigner, Transaction

# anvil's well-known development keys, in the order of its accounts.
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
)


class Sender:
    """Signs and sends as one account, and waits until it is mined."""

    def __init__(self, client: ChainClient, key: str) -> None:
        self.client = client
        self.signer = KeySigner(key)
        self.address = self.signer.address

    def send(self, to: str, data: bytes, gas: int = 3_000_000):
        fees = self.client.fees()
        nonce = self.client.nonce(self.address)
        draft = Transaction(31337, nonce, to, data, gas, fees.max_fee, fees.tip)
        return wait_for_receipt(self.client, self.client.send_raw(self.signer.sign(draft).raw), 10)


@pytest.fixture(scope="session")
def session_devchain() -> Iterator[Devchain]:
    build_all()
    with start_devchain() as devchain:
        yield devchain


@pytest.fixture
def devchain(session_devchain: Devchain) -> Iterator[Devchain]:
    snapshot = session_devchain.snapshot()
    yield session_devchain
    session_devchain.revert(snapshot)


@pytest.fixture
def client(devchain: Devchain) -> ChainClient:
    return ChainClient(devchain.url, 31337, timeout_seconds=5)


@pytest.fixture
def operator(client: ChainClient) -> Sender:
    return Sender(client, KEYS[0])


@pytest.fixture
def guardian(client: ChainClient) -> Sender:
    return Sender(client, KEYS[1])


@pytest.fixture
def project_owner(client: ChainClient) -> Sender:
    return Sender(client, KEYS[2])


@pytest.fixture
def worker(client: ChainClient) -> Sender:
    return Sender(client, KEYS[3])


@pytest.fixture
def config(operator: Sender, guardian: Sender) -> DeployConfig:
    return DeployConfig(
        admin=guardian.address,
        operator=operator.address,
        guardian=guardian.address,
        treasury="0x" + "7e" * 20,
        root_delay_seconds=0,
        close_notice_seconds=0,
        with_test_token=True,
    )


@pytest.fixture
def addresses(client: ChainClient, operator: Sender, config: DeployConfig) -> Addresses:
    return deploy_all(client, operator.signer, config)


@pytest.fixture
def deploy_test_contract(devchain: Devchain):
    """Deploys one of the contracts that only tests use."""

    def deploy(name: str, *arguments: object) -> str:
        artifact = build_contract(TOKENS / f"{name}.vy")
        inputs = next((entry["inputs"] for entry in artifact["abi"] if entry["type"] == "constructor"), [])
        data = artifact["bytecode"] + abi.encode_values(abi.types_of(inputs), arguments).hex()
        sender = devchain.rpc("eth_accounts")[5]
        hash_ = devchain.rpc("eth_sendTransaction", {"from": sender, "data": data, "gas": hex(5_000_000)})
        while (receipt := devchain.rpc("eth_getTransactionReceipt", hash_)) is None:
            pass
        return receipt["contractAddress"]

    return deploy
