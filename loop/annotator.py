"""An annotator's part: take leases, submit, come back for more, until there is nothing left to do."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from loop.http import Api, Refused
from loop.wallet import Wallet

LEASES_A_CALL = 5
# What another life of ours may have done already: the lost answer arrived after all, or the lease ran out meanwhile.
HARMLESS = {"already_answered", "lease_gone"}


@dataclass
class Annotator:
    name: str
    api: Api
    wallet: Wallet
    person: str
    labels: dict[str, str]
    submitted: int = 0

    def visit(self, project: str, tasks: dict[str, str]) -> int:
        """Come by once: take a few items, if there are any, and label them; the number of answers."""
        found = self.api.post(f"work/{project}leases/", {"n": LEASES_A_CALL}, name="next")
        return sum(self._submit(lease, tasks) for lease in found["leases"])

    def work(self, project: str, tasks: dict[str, str]) -> int:
        """Label everything that the queue hands out, a task known by its text; the number of answers."""
        submitted = 0
        missing = len(self.labels)
        while missing > submitted:
            found = self.api.post(f"work/{project}leases/", {"n": LEASES_A_CALL}, name="next")
            for lease in found["leases"]:
                submitted += self._submit(lease, tasks)
            if found["leases"]:
                continue
            if self._answered(project) >= missing:
                break
            # A killed server may have handed out leases whose answer never arrived: they come back when they expire.
            submitted += self._held(project, tasks)
            time.sleep(min(found["retry_after_s"] or 1, 5))
        return submitted

    def _submit(self, lease: dict[str, Any], tasks: dict[str, str]) -> int:
        label = self.labels[tasks[lease["data"]["text"]]]
        body = {
            "lease": lease["id"],
            "result": {"label": label},
            "lead_ms": 1500,
            "active_ms": 1200,
            "schema_version": lease["schema_version"],
            "client": {"v": "loop", "locale": "en"},
        }
        try:
            self.api.post("work/answers/", body, key=str(uuid4()), name="submit")
        except Refused as refusal:
            if refusal.code not in HARMLESS:
                raise
        self.submitted += 1
        return 1

    def _state(self, project: str) -> dict[str, Any]:
        return dict(self.api.get(f"work/{project}"))

    def _answered(self, project: str) -> int:
        return int(self._state(project)["progress"]["mine"])

    def _held(self, project: str, tasks: dict[str, str]) -> int:
        leases = self._state(project)["leases"]
        return sum(self._submit(lease, tasks) for lease in leases)
