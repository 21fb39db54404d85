"""python -m storm [--seeds 40] [--seed N] [--control replay|blind]: the whole campaign, or one seed of it again.

Two workers, a real PostgreSQL and a real anvil per seed, and everything that can go wrong. One JSON object per seed,
then the summary. docs/operating/settlement.md says how to read them.
"""

import argparse
import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg2

from contracts.scripts.compile import build_all
from stack.ephemeral import clean_environment, servers
from stack.processes import ROOT, free_port
from storm.points import AFTER, BEFORE, worker_points

SEED_SECONDS = 180
# So many seeds must have killed a worker at every point; fewer only say how far they came.
FULL_CAMPAIGN = 40
# By then what happens often has killed somebody; from then on every seed also waits for what has not.
COMMON_AFTER = 8


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m storm", description=__doc__)
    parser.add_argument("--seeds", type=int, default=FULL_CAMPAIGN, help="How many.")
    parser.add_argument("--first", type=int, default=0, help="From which on.")
    parser.add_argument("--seed", type=int, help="Only this one.")
    parser.add_argument(
        "--control", choices=["replay", "blind"], default="", help="Without the contract's replay check."
    )
    asked = parser.parse_args(words)
    seeds = [asked.seed] if asked.seed is not None else list(range(asked.first, asked.first + asked.seeds))
    build_all()
    with tempfile.TemporaryDirectory(prefix="foggara-storm-") as name, servers() as given:
        folder = Path(name)
        folder.chmod(0o711)
        ground = Ground(folder, clean_environment() | given, asked.control)
        ground.prepare()
        results: list[dict[str, Any]] = []
        for seed in seeds:
            results.append(show(ground.run(seed, besides=missed(results) if len(results) >= COMMON_AFTER else [])))
    summary = sum_up(results, control=asked.control, is_full=len(seeds) >= FULL_CAMPAIGN)
    print(json.dumps(summary), flush=True)
    return 0 if summary["ok"] else 1


class Ground:
    """What all seeds share: the servers, an empty database to copy, the operator's key, patched contracts."""

    def __init__(
        self, folder: Path, environment: dict[str, str], control: str, template: str = "storm_template"
    ) -> None:
        self.folder, self.control, self.template = folder, control, template
        self.base_url = environment["DATABASE_URL"]
        self.environment = environment | {
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DEMO": "true",
            "CHAIN_CONFIRMATIONS": "3",
            "CHAIN_CLOSE_NOTICE_SECONDS": "0",
            "CHAIN_OPERATOR_KEYSTORE": str(folder / "operator.json"),
            "CHAIN_OPERATOR_PASSWORD": secrets.token_hex(8),
            "DATABASE_CONN_MAX_AGE_SECONDS": "600",
            "PYTHONPATH": str(ROOT),
        }

    def prepare(self) -> None:
        from rewards.chain.signer import create_keystore

        create_keystore(self.folder / "operator.json", self.environment["CHAIN_OPERATOR_PASSWORD"])
        if self.control:
            from storm.unguarded import build

            build(self.folder)
        self.sql(f"CREATE DATABASE {self.template}")
        self.python("manage.py", "migrate", "--verbosity=0", DATABASE_URL=self.database(self.template))

    def run(self, seed: int, *, besides: list[str]) -> dict[str, Any]:
        name = f"{self.template}_{seed}"
        folder = self.folder / name
        folder.mkdir()
        node_port, proxy_port = free_port(), free_port()
        self.sql(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            answer = self.python(
                "-m",
                "storm.seed",
                json.dumps(
                    {
                        "seed": seed,
                        "control": self.control,
                        "besides": besides,
                        "folder": str(folder),
                        "node_port": node_port,
                        "proxy_port": proxy_port,
                    }
                ),
                DATABASE_URL=self.database(name),
                CHAIN_RPC_URL=f"http://127.0.0.1:{proxy_port}",
                MEDIA_ROOT=str(folder / "media"),
                EMAIL_FILE_PATH=str(folder / "mail"),
            )
        except subprocess.SubprocessError as error:
            said = getattr(error, "stderr", None) or ""
            return {"seed": seed, "ok": False, "failure": f"{error}: {str(said)[-2000:]}"}
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")
        return dict(json.loads(answer.splitlines()[-1]))

    def python(self, *words: str, **environment: str) -> str:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=SEED_SECONDS,
        ).stdout

    def sql(self, statement: str) -> None:
        connection = psycopg2.connect(self.base_url)
        connection.autocommit = True  # a database is not made in a transaction
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)

    def database(self, name: str) -> str:
        return f"{self.base_url.rsplit('/', 1)[0]}/{name}"


def show(result: dict[str, Any]) -> dict[str, Any]:
    brief = {key: value for key, value in result.items() if key not in {"died", "met"}}
    print(json.dumps(brief), flush=True)
    return result


def missed(results: list[dict[str, Any]]) -> list[str]:
    """The moments at which no worker has died yet."""
    died = {moment for result in results for moment in result.get("died", [])}
    return sorted({f"{when} {point.name}" for point in worker_points() for when in (BEFORE, AFTER)} - died)


def sum_up(results: list[dict[str, Any]], *, control: str, is_full: bool) -> dict[str, Any]:
    """A campaign is sound when every seed ends exact and, if it was a full one, a worker died at every point."""
    moments = {f"{when} {point.name}" for point in worker_points() for when in (BEFORE, AFTER)}
    died = {moment for result in results for moment in result.get("died", [])}
    met = {moment for result in results for moment in result.get("met", [])}
    faults: Counter[str] = Counter()
    for result in results:
        faults.update(result.get("faults", {}))
    failed = [result["seed"] for result in results if not result["ok"]]
    left = missed(results)
    return {
        "summary": control or "storm",
        # The blind worker must fail, or the campaign would see nothing.
        "ok": bool(failed) if control == "blind" else not failed and (bool(control) or not is_full or not left),
        "seeds": len(results),
        "failed": failed,
        "points": len(worker_points()),
        "moments": len(moments),
        "moments_hit": len(moments & died),
        "moments_met": len(moments & met),
        "missed": left if is_full or len(results) > 5 else len(left),
        "crashes": sum(result.get("crashes", 0) for result in results),
        "faults": dict(sorted(faults.items())),
        "seconds": round(sum(result.get("seconds", 0) for result in results), 1),
        "longest_seconds": max((result.get("seconds", 0) for result in results), default=0),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
