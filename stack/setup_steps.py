"""What is done between the servers' start and the product's, in this order, at every start. Each is safe to repeat."""

import hashlib
import sys
from dataclasses import dataclass

from stack.processes import ROOT

MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    command: tuple[str, ...]
    # The file that must exist for the step to make sense (a pattern below the repository).
    needs: str
    # A slow step is left out while these files (patterns) are as they were when it last succeeded.
    inputs: tuple[str, ...] = ()


SETUP_STEPS = (
    Step(
        "compile",
        "Contracts compiled",
        (sys.executable, "-m", "contracts.scripts.compile"),
        needs="contracts/scripts/compile.py",
    ),
    Step("migrate", "Database migrated", (*MANAGE, "migrate", "--noinput", "--verbosity=1"), needs="manage.py"),
    Step(
        "deploy",
        "Contracts deployed",
        (*MANAGE, "deploy_contracts"),
        needs="*/management/commands/deploy_contracts.py",
    ),
    Step(
        "collectstatic",
        "Static files collected",
        (*MANAGE, "collectstatic", "--noinput"),
        needs="manage.py",
        inputs=("static/**/*", "*/static/**/*", "requirements*.txt", "config/settings.py", "lib/staticfiles.py"),
    ),
    Step("demo", "Demo data written", (*MANAGE, "demo"), needs="*/management/commands/demo.py"),
)
LOGINS = Step("logins", "Demo logins", (*MANAGE, "demo", "--logins"), needs="*/management/commands/demo.py")


def is_available(step: Step) -> bool:
    return any(ROOT.glob(step.needs))


def fingerprint(step: Step) -> str:
    """Of the step's inputs; empty for a step that is always done."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in step.inputs for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_mtime_ns} {path.stat().st_size}\n".encode())
    return digest.hexdigest() if step.inputs else ""
