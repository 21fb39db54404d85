"""One product is started, hurt, stopped and started again; each test leaves it serving."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from stack import anvil
from stack.layout import Layout
from stack.plan import is_serving
from stack.processes import ROOT, free_port, wait_until
from stack.product import FOREIGN, Product, running_product
from stack.trouble import Trouble

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stack")]
# Only the servers are in question here, so the product's own set-up is left out where it is not needed.
QUICK = ("compile", "migrate", "deploy", "collectstatic", "demo")


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "var"


@pytest.fixture(scope="module")
def product(var: Path):
    with running_product(var, skip=QUICK) as product:
        yield product


def family(product: Product) -> list[psutil.Process]:
    top = psutil.Process(product.pid)
    return [top, *top.children(recursive=True)]


def run_stack(var: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    command = [sys.executable, "-m", "stack", "run", "--var", str(var), "--chain-port", "0", *words]
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, timeout=60, check=False
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *expected: str) -> None:
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1
    assert len(lines) == 1, done.stderr
    for words in expected:
        assert words in lines[0]


def serves(product: Product) -> bool:
    """In time: the first request of each web process is slow on a busy machine."""
    port = int(product.base_url.rsplit(":", 1)[1])
    return wait_until(lambda: is_serving(port), timeout_seconds=120, step_seconds=0.2)


@pytest.mark.parametrize("name", ["worker", "beat", "web", "valkey", "postgres"])
def test_a_part_killed_with_minus_nine_comes_back(product: Product, name: str) -> None:
    before = product.process(name).pid

    after = product.kill_and_wait(name)

    assert after != before
    assert serves(product)


def test_no_celery_child_outlives_its_killed_worker(product: Product) -> None:
    def children_of_worker() -> list[psutil.Process]:
        # An earlier test may have killed it: what is recorded may be on its way out or not there yet.
        with contextlib.suppress(psutil.NoSuchProcess, Trouble):
            return product.process("worker").children(recursive=True)
        return []

    assert wait_until(lambda: len(children_of_worker()) >= 2, timeout_seconds=20)
    children = children_of_worker()

    product.kill_and_wait("worker")

    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []


@pytest.mark.parametrize("name", ["anvil", "chain", "anvil-again"])
def test_the_killed_chain_comes_back_with_its_transactions(product: Product, name: str) -> None:
    sender, receiver = anvil.rpc(product.rpc_url, "eth_accounts")[:2]
    genesis = anvil.rpc(product.rpc_url, "eth_getBlockByNumber", "0x0", False)["hash"]
    transaction = anvil.rpc(product.rpc_url, "eth_sendTransaction", {"from": sender, "to": receiver, "value": "0x1"})
    assert wait_until(lambda: receipt(product, transaction) is not None, timeout_seconds=5)
    block = int(receipt(product, transaction)["blockNumber"], 16)
    # What counts as confirmed must survive: CHAIN_CONFIRMATIONS is 3.
    assert wait_until(lambda: head(product) >= block + 3, timeout_seconds=15)

    product.kill_and_wait(name.removesuffix("-again"))

    assert wait_until(lambda: anvil.Chain(int(product.rpc_url.rsplit(":", 1)[1])).is_ready(), timeout_seconds=15)
    assert int(receipt(product, transaction)["blockNumber"], 16) == block
    assert anvil.rpc(product.rpc_url, "eth_getBlockByNumber", "0x0", False)["hash"] == genesis


def receipt(product: Product, transaction: object) -> dict[str, str] | None:
    return anvil.rpc(product.rpc_url, "eth_getTransactionReceipt", transaction)


def head(product: Product) -> int:
    return int(anvil.rpc(product.rpc_url, "eth_blockNumber"), 16)


def test_a_second_run_in_the_same_folder_is_refused_in_one_line(product: Product) -> None:
    done = run_stack(product.layout.var, "--port", "0")

    assert_one_line(done, "already running", str(product.pid))
    assert serves(product)


def test_reset_is_refused_while_the_product_runs(product: Product) -> None:
    command = [sys.executable, "-m", "stack", "reset", "--force", "--var", str(product.layout.var)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert_one_line(done, "already running")
    assert serves(product)


def test_secrets_are_readable_by_their_owner_alone(product: Product) -> None:
    paths = [*product.layout.secrets.iterdir(), product.layout.description]

    assert {path.stat().st_mode & 0o077 for path in paths} == {0}


def test_sigterm_leaves_no_process_and_the_next_start_keeps_the_rows(tmp_path: Path) -> None:
    with running_product(tmp_path, skip=QUICK) as product:
        processes = family(product)
        with psycopg2.connect(product.database_url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.close()

    assert len(processes) > 10
    assert [process for process in processes if process.is_running()] == []
    assert list(product.layout.run.glob("*.pid")) == []

    with running_product(tmp_path, skip=QUICK) as product:
        with psycopg2.connect(product.database_url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM kept")
            assert cursor.fetchone() == (42,)
        connection.close()
        check_that_a_killed_stack_leaves_nothing(product, tmp_path)


def check_that_a_killed_stack_leaves_nothing(product: Product, var: Path) -> None:
    processes = family(product)

    os.kill(product.pid, signal.SIGKILL)

    with running_product(var, skip=QUICK) as next_product:
        assert [process for process in processes if process.is_running() and process.status() != "zombie"] == []
        assert serves(next_product)


def test_a_taken_port_is_refused_in_one_line(product: Product, tmp_path: Path) -> None:
    port = product.base_url.rsplit(":", 1)[1]

    done = run_stack(tmp_path, "--port", port)

    assert_one_line(done, f"Port {port} is taken", "PORT=")


def test_a_damaged_database_is_refused_in_one_line(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    (layout.secrets / "database_password").write_text("x" * 40)
    layout.postgres.mkdir()
    (layout.postgres / "base").mkdir()

    done = run_stack(tmp_path, "--port", "0")

    assert_one_line(done, "is damaged", "make reset")


def test_a_database_of_another_major_version_is_refused_in_one_line(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make()
    (layout.secrets / "database_password").write_text("x" * 40)
    (layout.postgres / "global").mkdir(parents=True)
    (layout.postgres / "global" / "pg_control").touch()
    (layout.postgres / "PG_VERSION").write_text("15\n")

    done = run_stack(tmp_path, "--port", "0")

    assert_one_line(done, "PostgreSQL 15", "make reset")


def test_a_damaged_chain_is_refused_in_one_line(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.chain_state.parent.mkdir(parents=True)
    layout.chain_state.write_text('{"block": ')

    done = run_stack(tmp_path, "--port", "0")

    assert_one_line(done, "chain's state", "make reset")


def test_a_lost_database_password_is_refused_in_one_line(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.postgres.mkdir(parents=True)
    (layout.postgres / "PG_VERSION").write_text("18\n")

    done = run_stack(tmp_path, "--port", "0")

    assert_one_line(done, "database_password is missing")


def test_a_file_in_the_place_of_var_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")

    done = run_stack(tmp_path / "var", "--port", "0")

    assert_one_line(done, "in the way")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(tmp_path)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_nearly_full_disk_is_refused_in_one_line(tiny_disk: Path) -> None:
    done = run_stack(tiny_disk / "var", "--port", "0")

    assert_one_line(done, "nearly full", "free at least")


def test_a_disk_without_any_room_is_refused_in_one_line(tiny_disk: Path) -> None:
    with contextlib.suppress(OSError), (tiny_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))

    done = run_stack(tiny_disk / "var", "--port", "0")

    assert_one_line(done, "full", "free")


def test_outside_servers_are_used_and_then_none_of_ours_is_started(tmp_path: Path, product: Product) -> None:
    names = ("DATABASE_URL", "REDIS_URL", "CHAIN_RPC_URL", "CHAIN_OPERATOR_KEYSTORE", "CHAIN_OPERATOR_PASSWORD_FILE")
    outside = {name: product.env[name] for name in names}

    with running_product(tmp_path, environment=outside, skip=QUICK) as other:
        started = {path.stem for path in other.layout.run.glob("*.pid")}

        assert serves(other)
        assert started == {"supervisord", "web", "worker", "beat"}


def test_running_product_explains_why_it_did_not_start(tmp_path: Path) -> None:
    (tmp_path / "chain").mkdir()
    (tmp_path / "chain" / "state.json").write_text("{")

    with pytest.raises(Trouble, match="chain's state"), running_product(tmp_path):
        pass


def test_the_ports_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    from stack.plan import Ports

    Layout(tmp_path).make()
    wanted = free_port()
    first = Ports(Layout(tmp_path), {"chain": wanted})
    first.take("chain")
    first.save()
    second = Ports(Layout(tmp_path))
    second.load()

    assert second.take("chain") == wanted
    assert json.loads(Layout(tmp_path).ports.read_text()) == {"chain": wanted}
