"""The contracts without their protection against a replay, for a control: patched and compiled in a scratch folder."""

import json
import shutil
from pathlib import Path

from contracts.scripts import compile as compiler

# Each must be found exactly once, or the control would be none.
PATCHES = {
    "Settlement.vy": [
        ("        if (bits >> (index & 255)) & 1 == 0:\n", "        if bits >= 0:\n"),
        ('    assert epoch == self.epoch + 1, "epoch"\n', '    assert epoch != 0, "epoch"\n'),
        ('    assert self.batch_epoch[batch] == 0, "batch done"\n', ""),
    ],
}


class PatchDoesNotFit(Exception):
    """The contract has changed: mend PATCHES."""


def build(folder: Path) -> Path:
    """The folder with artifacts in place of contracts/build."""
    sources, target = folder / "contracts", folder / "unguarded"
    shutil.copytree(compiler.CONTRACTS, sources, ignore=shutil.ignore_patterns("build", "tests", "__pycache__"))
    shutil.copytree(compiler.BUILD, target)
    for name, patches in PATCHES.items():
        path = sources / "src" / name
        path.write_text(_patched(path.read_text(encoding="utf-8"), patches), encoding="utf-8")
    kept = compiler.CONTRACTS
    compiler.CONTRACTS = sources
    try:
        for name in PATCHES:
            artifact = compiler.compile_contract(sources / "src" / name, "cancun")
            (target / f"{Path(name).stem}.cancun.json").write_text(json.dumps(artifact), encoding="utf-8")
    finally:
        compiler.CONTRACTS = kept
    return target


def _patched(source: str, patches: list[tuple[str, str]]) -> str:
    for old, new in patches:
        if source.count(old) != 1:
            raise PatchDoesNotFit(f"{old.strip()!r} is there {source.count(old)} times.")
        source = source.replace(old, new)
    return source
