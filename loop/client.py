"""The client's part: upload, describe, fund on chain, open; later accept and export."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from loop.crowd import Crowd
from loop.http import Api, wait_for
from loop.wallet import Node, Wallet

PRICE_MINOR = "50000"


@dataclass
class Client:
    api: Api
    wallet: Wallet
    node: Node
    project: str = ""

    def prepare(self, crowd: Crowd, *, team: str, target: float | None = None) -> None:
        """A draft with its items, interface, instructions and price. With a target every item is collected until it is
        so sure, with as many answers at most as were recorded of any."""
        made = self.api.post("teams/", {"name": team})
        token = next(t for t in self.api.get("tokens/") if t["has_faucet"])
        created = self.api.post("projects/", {"team": made["id"], "title": f"Loop: {crowd.name}"})
        self.project = f"projects/{created['id']}/"
        self._import(crowd)
        self.api.put(self.project + "schema/", {"schema": crowd.schema()})
        self.api.patch(
            self.project,
            {
                "instructions": "Read the text. Choose the one answer that fits best.",
                "token": token["id"],
                "price_minor": PRICE_MINOR,
                "overlap": crowd.overlap,
                "target_confidence": target,
                "assignment_mode": "manual",
                "review_period_seconds": 86_400,
                "lease_seconds": 600,
            },
        )

    def assign(self, crowd: Crowd, people: dict[str, str]) -> None:
        """Each item to those who labelled it; `people` are public ids by annotator."""
        tasks = {item["id"]: item["data"]["id"] for item in self.api.pages(self.project + "items/", page_size=500)}
        by_task = crowd.by_task()
        rows = [
            {"item": item, "annotator": people[annotator]}
            for item, task in tasks.items()
            for annotator in by_task[task]
        ]
        report = self.api.post(self.project + "targets/", {"rows": rows})
        if report["created"] != len(rows):
            raise RuntimeError(f"{len(rows)} assignments were sent, {report['created']} were made: {report}")

    def fund_and_open(self) -> dict[str, Any]:
        """Lock the quoted price from the client's own wallet, wait for the confirmations, open. The funding's facts."""
        funding = self.api.post(self.project + "funding/", {"funder_address": self.wallet.address})
        self.api.post("faucet/", {"address": self.wallet.address})
        token = funding["required"]["token"]["address"]
        required = int(funding["required"]["minor"])
        wait_for("the faucet's drop", lambda: self.node.token_balance(token, self.wallet.address) >= required)
        for call in funding["calls"]:
            self.wallet.send(self.node, funding["chain_id"], call)
        wait_for("the funding", lambda: self.api.get(self.project)["state"] == "funded")
        self.api.post(self.project + "opening/")
        return dict(funding)

    def accept_everything(self) -> int:
        return int(self.api.post(self.project + "acceptance/")["accepted"])

    def wait_until_resolved(self, answers: int) -> None:
        """Until every answer is in the consensus."""

        def counted() -> bool:
            progress = self.api.get(self.project + "progress/")
            return bool(progress["answers"] >= answers and progress["uncounted"] == 0)

        wait_for("the consensus", counted)

    def export(self) -> list[dict[str, Any]]:
        made = self.api.post(self.project + "exports/", {"format": "jsonl"})

        def ready() -> bool:
            found = self.api.get(f"exports/{made['id']}/")
            if found["state"] == "failed":
                raise RuntimeError(found["failure"])
            return bool(found["state"] == "ready")

        wait_for("the export", ready)
        return [json.loads(line) for line in self.api.download(f"exports/{made['id']}/file/").splitlines()]

    def close(self) -> None:
        self.api.post(self.project + "closure/", {"reason": "The loop is complete."})

    def close_and_take_back(self, token: str) -> int:
        """Close, wait until the rest has come back to the wallet that paid; how much it was, as the chain has it."""
        before = self.node.token_balance(token, self.wallet.address)
        self.close()
        wait_for("the end of the project", lambda: self.api.get(self.project)["state"] == "closed", seconds=600, step=1)
        return self.node.token_balance(token, self.wallet.address) - before

    def given_back(self) -> int:
        """The same as the ledger has it, once it has seen the chain's confirmation."""
        escrow = self.api.get(self.project + "funding/")["escrow"]

        def refunded() -> int | None:
            return int(self.api.get(f"escrows/{escrow}/")["figures"]["refunded"]["minor"]) or None

        return int(wait_for("the refund in the ledger", refunded, seconds=120))

    def _import(self, crowd: Crowd) -> None:
        file = io.StringIO()
        rows = csv.DictWriter(file, ["id", "text"])
        rows.writeheader()
        rows.writerows({"id": task, "text": text} for task, text in crowd.texts.items())
        upload = self.api.upload(self.project + "uploads/", name=f"{crowd.name}.csv", content=file.getvalue().encode())
        path = f"uploads/{upload['id']}/"
        wait_for("the check of the upload", lambda: self._reached(path, "checked"))
        self.api.post(path + "import/")
        done = wait_for("the import", lambda: self._reached(path, "imported"))
        if done["rows_good"] != len(crowd.texts):
            raise RuntimeError(f"{len(crowd.texts)} rows were sent, {done['rows_good']} became items.")

    def _reached(self, path: str, state: str) -> dict[str, Any] | None:
        found = self.api.get(path)
        if found["state"] == "failed":
            raise RuntimeError(found["failure"])
        return dict(found) if found["state"] == state else None
