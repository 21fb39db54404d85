"""The benches that need the product's own code, run as a process inside the product's environment.

python -m bench.inside queue 1000 1000000
python -m bench.inside export 100000 3
python -m bench.inside session 300
"""

import json
import os
import resource
import statistics
import sys
import time
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Team, User  # noqa: E402
from annotation.domain import lease  # noqa: E402
from annotation.domain.export import request_export, write_export  # noqa: E402
from annotation.models import Export, Project, SchemaVersion  # noqa: E402
from rewards.models import Escrow, Token  # noqa: E402

SCHEMA = {
    "schema": "1",
    "data": {"text": {"type": "text", "dir": "auto"}},
    "fields": [
        {
            "name": "label",
            "tool": "choices",
            "source": "text",
            "multiple": False,
            "required": True,
            "title": {"en": "What fits?"},
            "options": [
                {"value": "yes", "title": {"en": "Yes"}, "key": "1"},
                {"value": "no", "title": {"en": "No"}, "key": "2"},
            ],
        }
    ],
}
ANNOTATORS, CALLS = 20, 25


def main(arguments: list[str]) -> None:
    what, numbers = arguments[0], [int(word) for word in arguments[1:]]
    measured: Any
    if what == "queue":
        measured = measure_queue(numbers)
    elif what == "export":
        measured = measure_export(*numbers)
    else:
        measured = open_session(*numbers)
    # Standard output is the result alone.
    print(json.dumps(measured))


def measure_queue(sizes: list[int]) -> list[dict[str, Any]]:
    projects = [_project(size, overlap=3) for size in sizes]
    for project in projects:
        _use_up(project, share=0.3)
    people = [User.objects.create_user(f"{uuid4()}@example.org") for _n in range(ANNOTATORS)]
    times: dict[int, list[float]] = {size: [] for size in sizes}
    # In turn, so that whatever else this machine does falls on both alike.
    for call in range(CALLS * ANNOTATORS):
        person = people[call % ANNOTATORS]
        for size, project in zip(sizes, projects, strict=True):
            started = time.perf_counter()
            leased = lease.lease_items(project.pk, user=person, n=1)
            times[size].append((time.perf_counter() - started) * 1000)
            for each in leased.leases:
                lease.skip_lease(person, lease_id=each.id, reason="too_hard")
    return [
        {
            "items": size,
            "median_ms": round(statistics.median(found), 3),
            "p95_ms": round(statistics.quantiles(found, n=20)[-1], 3),
        }
        for size, found in times.items()
    ]


def measure_export(items: int, answers: int) -> dict[str, Any]:
    project = _project(items, overlap=answers)
    _answer_all(project, answers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counted = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal counted
        counted += 1
        return execute(*arguments)

    export = request_export(project, actor=project.created_by, format=Export.Format.JSONL)
    started = time.perf_counter()
    with connection.execute_wrapper(count):
        done = write_export(Export.objects.get(pk=export.pk))
    seconds = time.perf_counter() - started
    return {
        "items": items,
        "answers": items * answers,
        "statements": counted,
        "seconds": round(seconds, 1),
        "items_per_second": round(items / seconds),
        "bytes": done.bytes,
        "memory_growth_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
    }


def open_session(items: int) -> dict[str, str]:
    """An annotator who is signed in, and a project to work on."""
    project = _project(items, overlap=1)
    person = User.objects.create_user(f"{uuid4()}@example.org")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return {"cookie": settings.SESSION_COOKIE_NAME, "session": str(session.session_key), "project": str(project.pk)}


def _project(items: int, *, overlap: int) -> Project:
    owner = User.objects.create_user(f"{uuid4()}@example.org")
    team = Team.objects.create(name="Bench")
    token = Token.objects.filter(has_faucet=True).first() or Token.objects.all()[0]
    escrow = Escrow.objects.create(
        reference_kind="bench",
        reference_id=uuid4(),
        team=team,
        token=token,
        funder_address="0x" + "0" * 40,
        salt="0x" + uuid4().hex * 2,
        chain_key="0x" + uuid4().hex * 2,
        fee_bps=0,
        required=0,
    )
    now = timezone.now()
    project = Project.objects.create(
        team=team,
        created_by=owner,
        title=f"{items} items",
        instructions="Choose.",
        token=token,
        price_minor=1,
        overlap=overlap,
        escrow=escrow,
        state=Project.State.OPEN,
        opened_at=now,
        items_total=items,
    )
    project.schema_version = SchemaVersion.objects.create(
        project=project, number=1, schema=SCHEMA, created_by=owner, frozen_at=now
    )
    project.save()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO annotation_item
                (project_id, position, data, sha256, original_name, places, taken, answered, state, is_gold)
            SELECT %s, n, jsonb_build_object('text', 'Sentence ' || n || ', which somebody has to read.'),
                   encode(sha256(n::text::bytea), 'hex'), '', %s, 0, 0, 'open', false
            FROM generate_series(0, %s) n
            """,
            [project.pk, overlap, items - 1],
        )
        cursor.execute("ANALYZE annotation_item")
    return project


def _use_up(project: Project, *, share: float) -> None:
    """The first part of the project is full, as in one that has been open for a while."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_item SET taken = places, answered = places, state = 'done'"
            " WHERE project_id = %s AND position < %s",
            [project.pk, int(project.items_total * share)],
        )
        cursor.execute("VACUUM ANALYZE annotation_item")


def _answer_all(project: Project, answers: int) -> None:
    people = [User.objects.create_user(f"{uuid4()}@example.org").pk for _n in range(answers)]
    version = project.schema_version_id
    with connection.cursor() as cursor:
        for person in people:
            cursor.execute(
                """
                WITH leased AS (
                    INSERT INTO annotation_assignment
                        (id, project_id, item_id, user_id, schema_version_id, state, price_minor, is_rework,
                         leased_at, expires_at, skip_reason, skip_note, number)
                    SELECT gen_random_uuid(), project_id, id, %(person)s, %(version)s, 'submitted', 1, false,
                           now(), now(), '', '', 0
                    FROM annotation_item WHERE project_id = %(project)s
                    RETURNING id, item_id
                )
                INSERT INTO annotation_answer
                    (id, project_id, item_id, user_id, assignment_id, schema_version_id, key, value, revision, state,
                     price_minor, lead_ms, active_ms, client, was_late, is_accrued, is_counted, created_at)
                SELECT gen_random_uuid(), %(project)s, item_id, %(person)s, id, %(version)s, gen_random_uuid(),
                       '{"label": "yes"}', 1, 'accepted', 1, 1500, 1200, '{}', false, true, true, now()
                FROM leased
                """,
                {"person": person, "version": version, "project": project.pk},
            )
        cursor.execute(
            """
            INSERT INTO annotation_resolution
                (item_id, project_id, value, confidence, method, answers, state, updated_at, is_settled)
            SELECT id, project_id, '{"label": "yes"}', 0.97, 'auto', %s, '{}', now(), true
            FROM annotation_item WHERE project_id = %s
            """,
            [answers, project.pk],
        )
        cursor.execute(
            "UPDATE annotation_item SET taken = places, answered = places, state = 'done' WHERE project_id = %s",
            [project.pk],
        )
        cursor.execute("ANALYZE annotation_answer")


if __name__ == "__main__":
    main(sys.argv[1:])
