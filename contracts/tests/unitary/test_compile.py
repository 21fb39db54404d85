import json

import pytest

from contracts.scripts import compile as compiling


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "BUILD", tmp_path)
    return tmp_path


def test_only_contracts_in_capitals_are_deployables():
    assert [path.stem for path in compiling.deployables()] == ["Escrow", "Settlement", "TestToken"]


def test_build_writes_an_artifact_and_skips_an_unchanged_one(build):
    source = compiling.CONTRACTS / "src" / "TestToken.vy"

    first = compiling.build_contract(source)
    marked = json.loads((build / "TestToken.cancun.json").read_text()) | {"name": "not compiled again"}
    (build / "TestToken.cancun.json").write_text(json.dumps(marked))

    assert first["runtime_size"] < compiling.EIP170_BYTES
    assert compiling.build_contract(source)["name"] == "not compiled again"


def test_build_compiles_again_when_a_source_has_changed(build):
    source = compiling.CONTRACTS / "src" / "TestToken.vy"
    stale = {"source_hash": "of another text", "name": "stale"}
    (build / "TestToken.cancun.json").write_text(json.dumps(stale))

    assert compiling.build_contract(source)["name"] == "TestToken"


def test_paris_and_cancun_differ(build):
    source = compiling.CONTRACTS / "src" / "Settlement.vy"

    paris, cancun = (compiling.build_contract(source, evm) for evm in ("paris", "cancun"))

    assert paris["runtime_hash"] != cancun["runtime_hash"]
    assert paris["abi"] == cancun["abi"]


def test_a_broken_contract_is_named(build, tmp_path):
    broken = tmp_path / "Broken.vy"
    broken.write_text("not vyper at all (")

    with pytest.raises(compiling.CompileError, match=r"Broken\.vy"):
        compiling.build_contract(broken)


def test_a_contract_too_large_to_deploy_is_refused(build, monkeypatch):
    monkeypatch.setattr(compiling, "EIP170_BYTES", 100)

    with pytest.raises(compiling.CompileError, match="EIP-170"):
        compiling.build_contract(compiling.CONTRACTS / "src" / "TestToken.vy")


def test_an_unknown_evm_is_refused():
    with pytest.raises(compiling.CompileError, match="Unknown EVM version"):
        compiling.build_all("byzantium")
