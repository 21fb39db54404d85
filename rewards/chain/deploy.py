"""Puts the contracts on a chain. Safe to run again: what is known and still there stays. Records nothing itself."""

import time
from dataclasses import dataclass

from rewards.chain import abi, calldata
from rewards.chain.artifacts import EVM, load_artifact
from rewards.chain.client import ChainClient, Receipt
from rewards.chain.errors import ChainRejected, ChainUnavailable, Reason
from rewards.chain.signer import Signer, Transaction

GAS_MARGIN_PERCENT = 120
POLL_SECONDS = 0.1
TEST_TOKEN = ("Foggara test token", "TEST", 6)


@dataclass(frozen=True, slots=True)
class DeployConfig:
    """Who holds the roles. Operator and guardian must differ; the deploying key needs none of them."""

    admin: str
    operator: str
    guardian: str
    treasury: str
    root_delay_seconds: int
    close_notice_seconds: int
    with_test_token: bool = False
    evm: str = EVM


@dataclass(frozen=True, slots=True)
class Addresses:
    settlement: str | None = None
    escrow: str | None = None
    test_token: str | None = None


def deploy_all(
    client: ChainClient,
    signer: Signer,
    config: DeployConfig,
    known: Addresses | None = None,
    *,
    patience_seconds: float = 120.0,
) -> Addresses:
    """The contracts' addresses, after deploying those of `known` that are missing.

    A known address without code (a development chain that was reset) is deployed anew; one with other code is refused.
    An escrow that pays another settlement is deployed anew too: it could not serve this one.
    """
    known = known or Addresses()
    client.check_identity()
    deployer = _Deployer(client, signer, config.evm, patience_seconds)
    roles = [config.admin, config.operator, config.guardian]
    settlement = known.settlement
    if settlement is None or not has_code(client, settlement, "Settlement", config.evm):
        settlement = deployer.deploy("Settlement", *roles, config.root_delay_seconds)
    escrow = known.escrow
    if escrow is None or not has_code(client, escrow, "Escrow", config.evm) or not _pays(client, escrow, settlement):
        escrow = deployer.deploy("Escrow", *roles, settlement, config.treasury, config.close_notice_seconds)
    token = known.test_token
    if config.with_test_token and (token is None or not has_code(client, token, "TestToken", config.evm)):
        token = deployer.deploy("TestToken", *TEST_TOKEN)
    return Addresses(settlement=settlement, escrow=escrow, test_token=token)


def has_code(client: ChainClient, address: str, name: str, evm: str = EVM) -> bool:
    """False when there is no code; raises when it is not this contract's."""
    code = client.code(address)
    if not code:
        return False
    if not load_artifact(name, evm).matches(code):
        raise ChainRejected(Reason.WRONG_CODE, f"the code at {address} is not {name} as compiled here")
    return True


def wait_for_receipt(client: ChainClient, transaction_hash: str, patience_seconds: float) -> Receipt:
    deadline = time.monotonic() + patience_seconds
    while (receipt := client.receipt(transaction_hash)) is None:
        if time.monotonic() > deadline:
            raise ChainUnavailable(f"Transaction {transaction_hash} was not mined in {patience_seconds:.0f} seconds.")
        time.sleep(POLL_SECONDS)
    return receipt


def _pays(client: ChainClient, escrow: str, settlement: str) -> bool:
    paid = client.call(escrow, calldata.function("Escrow", "SETTLEMENT"))
    return str(paid).lower() == settlement.lower()


@dataclass(frozen=True, slots=True)
class _Deployer:
    client: ChainClient
    signer: Signer
    evm: str
    patience_seconds: float

    def deploy(self, name: str, *arguments: object) -> str:
        artifact = load_artifact(name, self.evm)
        inputs = next(entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor")
        data = artifact.bytecode + abi.encode_values(abi.types_of(inputs), arguments)
        fees = self.client.fees()
        gas = self.client.estimate_gas(to=None, data=data, sender=self.signer.address)
        signed = self.signer.sign(
            Transaction(
                chain_id=self.client.chain_id,
                nonce=self.client.nonce(self.signer.address),
                to=None,
                data=data,
                gas=gas * GAS_MARGIN_PERCENT // 100,
                max_fee=fees.max_fee,
                tip=fees.tip,
            )
        )
        self.client.send_raw(signed.raw)
        receipt = wait_for_receipt(self.client, signed.hash, self.patience_seconds)
        if not receipt.succeeded or receipt.contract_address is None:
            raise ChainRejected(Reason.REVERTED, f"deploying {name} failed in {signed.hash}")
        return receipt.contract_address
