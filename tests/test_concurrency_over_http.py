"""Sixty-four annotators at once, over HTTP, with everything that goes wrong between a browser and a server.

Answers are sent twice, and four times at once; responses are lost; people vanish with their leases, and some of them come
back too late. In the end every item has its three answers, by three people, and every answer that somebody was told of.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest

from loop.client import Client
from loop.crowd import Crowd
from loop.http import Api, Refused, Tally
from loop.wallet import Node, Wallet

pytestmark = pytest.mark.slow
ANNOTATORS, ITEMS, OVERLAP = 64, 140, 3
PATIENCE_SECONDS = 90
# What may happen to a lease, and how often.
FATES = {"submit": 45, "repeat": 10, "four_at_once": 10, "four_keys_at_once": 10, "lost_response": 10, "vanish": 15}
REFUSALS = {"already_answered", "not_needed", "lease_gone"}
TEXTS = {f"t{n:03}": f"Sentence {n} is read by three people." for n in range(ITEMS)}
CROWD = Crowd("storm", TEXTS, ["no", "yes"], {f"a{n}": dict.fromkeys(TEXTS, "yes") for n in range(OVERLAP)}, {})


@dataclass
class Shared:
    """What the annotators have in common: which leases were left lying, and which answers somebody was told of."""

    project: str
    done: threading.Event = field(default_factory=threading.Event)
    abandoned: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    fates: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Annotator:
    def __init__(self, base_url: str, number: int, shared: Shared) -> None:
        self.base_url = base_url
        self.shared = shared
        self.chance = random.Random(number)
        self.wallet = Wallet.new()
        self.api = self.wallet.sign_in(base_url, Tally(), name=f"annotator {number}")

    def work(self) -> None:
        try:
            while not self.shared.done.is_set():
                wanted = {"n": self.chance.randint(1, 5)}
                leases = self.api.post(f"work/{self.shared.project}leases/", wanted)["leases"]
                for lease in leases:
                    self.meet_fate(lease)
                if not leases:
                    self.shared.done.wait(0.5)
        except Exception as error:
            self.shared.failures.append(repr(error))

    def meet_fate(self, lease: dict[str, Any]) -> None:
        fate = self.chance.choices(list(FATES), FATES.values())[0]
        with self.shared.lock:
            self.shared.fates[fate] += 1
        getattr(self, fate)(lease)

    def submit(self, lease: dict[str, Any], key: str | None = None) -> str | None:
        return self.send(self.api, {"lease": lease["id"], "result": {"label": "yes"}}, key or str(uuid4()))

    def repeat(self, lease: dict[str, Any]) -> None:
        key = str(uuid4())

        assert self.submit(lease, key) == self.submit(lease, key)

    def four_at_once(self, lease: dict[str, Any]) -> None:
        answers = self.at_once(lease, [str(uuid4())] * 4)

        assert len(set(answers)) == 1

    def four_keys_at_once(self, lease: dict[str, Any]) -> None:
        answers = self.at_once(lease, [str(uuid4()) for _n in range(4)])

        assert len({answer for answer in answers if answer}) <= 1

    def lost_response(self, lease: dict[str, Any]) -> None:
        """The request arrives, its response does not: the browser closed the connection, and sends it again later."""
        key, where = str(uuid4()), urlsplit(self.base_url)
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
        body = {"lease": lease["id"], "result": {"label": "yes"}}
        headers = {
            "Authorization": str(self.api.session.headers["Authorization"]),
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        connection.request("POST", "/api/v1/work/answers/", json.dumps(body), headers)
        connection.close()
        time.sleep(self.chance.random() * 0.3)
        self.send(self.api, body, key)

    def vanish(self, lease: dict[str, Any]) -> None:
        """Gone for long: the lease will have expired. One in three comes back and sends the answer all the same."""
        with self.shared.lock:
            self.shared.abandoned.add(lease["id"])
        if self.chance.random() < 0.33:
            self.shared.done.wait(2.5)
            self.submit(lease)

    def at_once(self, lease: dict[str, Any], keys: list[str]) -> list[str | None]:
        secret = str(self.api.session.headers["Authorization"]).removeprefix("Bearer ")
        body = {"lease": lease["id"], "result": {"label": "yes"}}
        apis = [Api(self.base_url, Tally(), secret=secret) for _key in keys]
        with ThreadPoolExecutor(len(keys)) as pool:
            return list(pool.map(lambda pair: self.send(pair[0], body, pair[1]), zip(apis, keys, strict=True)))

    def send(self, api: Api, body: dict[str, Any], key: str) -> str | None:
        """The answer's id, or nothing where it was refused for one of the reasons there are."""
        try:
            answer = str(api.post("work/answers/", body, key=key)["answer"])
        except Refused as refusal:
            assert refusal.code in REFUSALS, str(refusal)
            return None
        with self.shared.lock:
            self.shared.told.add(answer)
        return answer


def test_every_place_is_filled_once_whatever_goes_wrong(product):
    project = open_project(product)
    shared = Shared(project)
    with ThreadPoolExecutor(8) as pool:
        annotators = list(pool.map(lambda n: Annotator(product.base_url, n, shared), range(ANNOTATORS)))
    connection = psycopg2.connect(product.database_url)
    connection.autocommit = True

    threads = [threading.Thread(target=each.work, daemon=True) for each in annotators]
    for thread in threads:
        thread.start()
    with connection.cursor() as cursor:
        wait_until_full(cursor, shared)
        shared.done.set()
        for thread in threads:
            thread.join(30)
        found = examine(cursor, project)
    connection.close()

    assert shared.failures == []
    assert found["items"] == [(OVERLAP, OVERLAP, OVERLAP, OVERLAP, ITEMS)]
    assert found["by_person_twice"] == 0
    assert found["live_leases"] == 0
    assert found["answers"] == shared.told
    assert len(found["given_work"]) == ANNOTATORS
    assert set(shared.fates) == set(FATES)


def open_project(product) -> str:
    """Funded on the chain like any other, with the shortest leases that there are."""
    wallet = Wallet.new()
    client = Client(wallet.sign_in(product.base_url, Tally(), name="client"), wallet, Node(product.rpc_url))
    client.prepare(CROWD, team="The storm")
    client.api.patch(client.project, {"assignment_mode": "automatic", "overlap": OVERLAP, "lease_seconds": 60})
    client.fund_and_open()
    return client.project


def wait_until_full(cursor, shared: Shared) -> None:
    """Meanwhile the leases of those who vanished run out, as if a minute had passed for them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and not shared.failures:
        time.sleep(1)
        with shared.lock:
            abandoned = list(shared.abandoned)
        cursor.execute(
            "UPDATE annotation_assignment SET expires_at = now() - interval '1 second'"
            " WHERE id = ANY(%s::uuid[]) AND state = 'leased' AND expires_at > now()",
            [abandoned],
        )
        cursor.execute(
            "SELECT count(*) FROM annotation_item WHERE project_id = %s AND answered < places",
            [shared.project.split("/")[1]],
        )
        if cursor.fetchone()[0] == 0:
            return


def examine(cursor, project: str) -> dict[str, Any]:
    pk = [project.split("/")[1]]

    def ask(question: str) -> list[tuple[Any, ...]]:
        cursor.execute(question, pk)
        return list(cursor.fetchall())

    return {
        "items": ask(
            """
            SELECT places, taken, answered, given, count(*) FROM (
                SELECT places, taken, answered, (SELECT count(*) FROM annotation_answer a WHERE a.item_id = i.id) given
                FROM annotation_item i WHERE project_id = %s) counted
            GROUP BY 1, 2, 3, 4
            """
        ),
        "by_person_twice": len(
            ask("SELECT 1 FROM annotation_answer WHERE project_id = %s GROUP BY item_id, user_id HAVING count(*) > 1")
        ),
        "live_leases": len(ask("SELECT 1 FROM annotation_assignment WHERE project_id = %s AND state = 'leased'")),
        "answers": {str(row[0]) for row in ask("SELECT id FROM annotation_answer WHERE project_id = %s")},
        "given_work": {row[0] for row in ask("SELECT user_id FROM annotation_assignment WHERE project_id = %s")},
    }
