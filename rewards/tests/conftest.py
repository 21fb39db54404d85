from collections.abc import Iterator

import pytest

from contracts.scripts.compile import build_all
from contracts.scripts.devchain import Devchain, start_devchain
from rewards.tests.scenes import Scene


@pytest.fixture(scope="module")
def module_devchain() -> Iterator[Devchain]:
    build_all()
    with start_devchain() as devchain:
        yield devchain


@pytest.fixture
def fresh_devchain() -> Iterator[Devchain]:
    """For deep reorganisations: after some reverts anvil no longer has the state of every block that it goes back to."""
    build_all()
    with start_devchain() as chain:
        yield chain


@pytest.fixture
def scene(module_devchain: Devchain, transactional_db: None, settings, tmp_path) -> Iterator[Scene]:
    """Rows and contracts of one test; the chain goes back afterwards."""
    settings.SETTLEMENT_DELAY_SECONDS = 0
    settings.MEDIA_ROOT = str(tmp_path)
    settings.CHAIN_RPC_URL = module_devchain.url
    module_devchain.rpc("evm_setAutomine", True)
    # A revert gives back the blocks, but not the fee that the node has in mind for the next one.
    module_devchain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    snapshot = module_devchain.snapshot()
    yield Scene(module_devchain)
    module_devchain.revert(snapshot)
