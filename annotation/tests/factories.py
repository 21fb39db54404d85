"""Rows for tests: plain functions, one per model; whatever a test does not name is the simplest thing that works."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from annotation.models import (
    AnnotatorProgress,
    Answer,
    Assignment,
    Exam,
    ExamAttempt,
    ExamPass,
    Export,
    GoldAnswer,
    Item,
    ItemTarget,
    Media,
    Project,
    SchemaVersion,
    Upload,
)
from rewards.models import Chain, Escrow, Token

_numbers = itertools.count(1)
SENTIMENT = {
    "schema": "1",
    "data": {"text": {"type": "text", "dir": "auto"}},
    "fields": [
        {
            "name": "sentiment",
            "tool": "choices",
            "title": {"en": "How does it sound?"},
            "source": "text",
            "multiple": False,
            "required": True,
            "options": [
                {"value": "pos", "title": {"en": "Positive"}, "key": "1"},
                {"value": "neg", "title": {"en": "Negative"}, "key": "2"},
            ],
        }
    ],
}


def make_user(name: str = "worker", **fields: Any) -> User:
    return User.objects.create_user(
        email=f"{name}-{next(_numbers)}@example.org", password=None, display_name=name, **fields
    )


def make_team(name: str = "Oasis Labs", **members: User) -> Team:
    """`make_team(owner=person, reviewer=another)`."""
    team = Team.objects.create(name=name)
    for role, user in members.items():
        Membership.objects.create(team=team, user=user, role=Role(role))
    return team


def make_token(**fields: Any) -> Token:
    chain, _is_new = Chain.objects.get_or_create(
        chain_id=31337,
        defaults={
            "name": "Test", "genesis_hash": "0x0", "escrow_address": "0x" + "1" * 40, "settlement_address": "0x" + "2" * 40,
            "escrow_code_hash": "0x0", "settlement_code_hash": "0x0",
        },
    )  # fmt: skip
    address = f"0x{next(_numbers):040x}"
    return Token.objects.create(
        **{"chain": chain, "address": address, "symbol": "TEST", "name": "Test", "decimals": 6} | fields
    )


def make_escrow(team: Team, token: Token, **fields: Any) -> Escrow:
    number = next(_numbers)
    return Escrow.objects.create(
        **{
            "token": token, "team": team, "reference_kind": "project", "reference_id": uuid4(),
            "chain_key": f"0x{number:064x}", "salt": f"0x{number:064x}", "fee_bps": 500, "required": 10**12,
            "funder_address": f"0x{number:040x}", "state": Escrow.State.FUNDED, "deposited": 10**12,
        } | fields
    )  # fmt: skip


def make_project(*, items: int = 3, schema: dict[str, Any] | None = None, **fields: Any) -> Project:
    """An open project with this many items, each with `overlap` places."""
    owner = fields.pop("owner", None) or make_user("owner")
    team = fields.pop("team", None) or make_team(owner=owner)
    token = fields.pop("token", None) or make_token()
    now = timezone.now()
    project = Project.objects.create(
        **{
            "team": team, "created_by": owner, "title": f"Film reviews {next(_numbers)}", "token": token,
            "price_minor": 50_000, "fee_bps": 500, "overlap": 3, "state": Project.State.OPEN, "opened_at": now,
            "escrow": make_escrow(team, token), "instructions": "Read, then choose.",
        } | fields
    )  # fmt: skip
    if project.escrow is not None and "escrow" not in fields:
        project.escrow.reference_id = project.pk
        project.escrow.save()
    project.schema_version = SchemaVersion.objects.create(
        project=project, number=1, schema=schema or SENTIMENT, created_by=owner, frozen_at=now
    )
    project.save()
    make_items(project, items)
    return project


def make_items(project: Project, count: int, **fields: Any) -> list[Item]:
    first = project.items_total
    items = Item.objects.bulk_create(
        Item(
            **{
                "project": project, "position": first + n, "data": {"text": f"Text {first + n}"},
                "sha256": f"{uuid4().hex}{uuid4().hex}", "places": project.overlap,
            } | fields
        )
        for n in range(count)
    )  # fmt: skip
    project.items_total = first + count
    project.save(update_fields=["items_total"])
    return items


def make_gold(project: Project, value: str = "pos", **fields: Any) -> Item:
    (item,) = make_items(project, 1, is_gold=True, **{"places": 100} | fields)
    GoldAnswer.objects.create(item=item, value={"sentiment": value})
    return item


def make_target(item: Item, user: User) -> ItemTarget:
    return ItemTarget.objects.create(item=item, user=user)


def make_progress(project: Project, user: User, **fields: Any) -> AnnotatorProgress:
    return AnnotatorProgress.objects.create(project=project, user=user, **fields)


def make_lease(item: Item, user: User, **fields: Any) -> Assignment:
    """A lease that holds its place, as the queue would have made it."""
    now = timezone.now()
    project = item.project
    lease = Assignment.objects.create(
        **{
            "project": project, "item": item, "user": user, "schema_version": project.schema_version,
            "price_minor": project.price_minor, "leased_at": now, "expires_at": now + timedelta(minutes=15),
        } | fields
    )  # fmt: skip
    if not lease.is_rework:
        Item.objects.filter(pk=item.pk).update(taken=F("taken") + 1)
        item.refresh_from_db()
    AnnotatorProgress.objects.get_or_create(project=project, user=user)
    return lease


def make_answer(item: Item, user: User, value: str = "pos", **fields: Any) -> Answer:
    """A submitted answer with its lease and its place."""
    lease = make_lease(item, user, state=Assignment.State.SUBMITTED)
    Item.objects.filter(pk=item.pk).update(answered=F("answered") + 1)
    item.refresh_from_db()
    progress = AnnotatorProgress.objects.get(project=item.project, user=user)
    progress.answers += 1
    progress.save()
    return Answer.objects.create(
        **{
            "project": item.project, "item": item, "user": user, "assignment": lease,
            "schema_version": item.project.schema_version, "key": uuid4(), "value": {"sentiment": value},
            "price_minor": lease.price_minor, "review_due_at": timezone.now() + timedelta(days=3),
        } | fields
    )  # fmt: skip


def make_media(project: Project, **fields: Any) -> Media:
    return Media.objects.create(
        **{
            "project": project, "path": f"media/{uuid4().hex}", "original_name": "dune.png", "content_type": "image/png",
            "sha256": uuid4().hex * 2, "bytes": 4, "width": 10, "height": 10,
        } | fields
    )  # fmt: skip


def make_draft(*, items: int = 3, **fields: Any) -> Project:
    """A project on its way through the wizard: no money yet."""
    return make_project(items=items, **{"state": Project.State.DRAFT, "escrow": None, "opened_at": None} | fields)


def make_upload(project: Project, **fields: Any) -> Upload:
    return Upload.objects.create(
        **{
            "project": project, "created_by": project.created_by, "original_name": "rows.csv",
            "path": f"uploads/{uuid4().hex}", "format": "csv", "bytes": 10, "sha256": uuid4().hex * 2,
            "state": Upload.State.CHECKED, "rows_read": 3, "rows_good": 2, "rows_bad": 1,
            "columns": [{"name": "text", "kind": "text", "filled": 2, "example": "a"}], "preview": [{"text": "a"}],
        } | fields
    )  # fmt: skip


def make_export(project: Project, **fields: Any) -> Export:
    return Export.objects.create(
        **{"project": project, "created_by": project.created_by, "format": Export.Format.CSV} | fields
    )


def make_exam(project: Project, *, questions: int = 2, pool: int = 4, practice: int = 0, **fields: Any) -> Exam:
    """An exam with a pool of questions; every other one is negative, so that nobody passes by one answer to all."""
    for n in range(pool):
        gold = make_gold(project, "pos" if n % 2 else "neg", places=0).gold
        gold.use, gold.explanation = GoldAnswer.Use.EXAM, f"Why {n}"
        gold.save()
    for n in range(practice):
        gold = make_gold(project, "pos" if n % 2 else "neg", places=0).gold
        gold.use, gold.explanation = GoldAnswer.Use.PRACTICE, f"Because {n}"
        gold.save()
    rules: dict[str, Any] = {"pass_mark": 100, "pay_mark": 100, "cooldown_seconds": 3600, "attempts_most": 3}
    return Exam.objects.create(**{"project": project, "questions": questions} | rules | fields)


def make_pass(project: Project, user: User, *, valid_days: int | None = None) -> ExamPass:
    """A pass of the project's exam; one that has run out, where the days are negative."""
    now = timezone.now()
    attempt = ExamAttempt.objects.create(
        exam=project.exam, user=user, number=1, state=ExamAttempt.State.PASSED, version=1,
        schema_version=project.schema_version, pass_mark=80, pay_mark=80, questions=1, counted=1, right=1,
        started_at=now, expires_at=now, finished_at=now,
    )  # fmt: skip
    until = None if valid_days is None else now + timedelta(days=valid_days)
    return ExamPass.objects.create(exam=project.exam, user=user, attempt=attempt, passed_at=now, valid_until=until)
