"""The demo's projects: one in full swing, one with pictures, one still a draft."""

import io
import random
from uuid import uuid4

from accounts.models import Team, User
from annotation.domain import answer as answers
from annotation.domain import lease as leases
from annotation.domain import project as projects
from annotation.domain.comments import Remark
from annotation.domain.resolution import count_new_answers
from annotation.domain.upload import receive_upload, start_import
from annotation.domain.upload_check import check_upload
from annotation.domain.upload_import import import_upload
from annotation.domain.verdict import decide
from annotation.models import Answer, Project, Verdict
from config.demo import texts
from config.demo.money import fund
from config.demo.people import TEAM
from rewards.queries import active_tokens

REVIEWS = "Guest books: how does it sound?"
LANDSCAPES = "Landscapes: sea, dunes or garden?"
DRAFT = "Support mails by topic"
# How often each demo annotator chooses what the sentence's author meant.
ABILITY = {"amina": 0.95, "kenji": 0.9, "lucie": 0.85, "tariq": 0.6}


def make_projects(people: dict[str, User]) -> None:
    """Every step asks what is there already, so that a demo that was interrupted goes on where it stopped."""
    team = Team.objects.get(name=TEAM)
    owner = people["client"]
    content, truth = texts.reviews_csv()
    reviews = _project(team, owner, REVIEWS)
    _fill(reviews, owner, "guest-books.csv", content, texts.SENTIMENT, texts.INSTRUCTIONS)
    _open(reviews, owner)
    if not reviews.answers.exists():
        _label(reviews, people, truth)
        _review(reviews, people["reviewer"])
    landscapes = _project(team, owner, LANDSCAPES)
    _fill(landscapes, owner, "landscapes.zip", texts.landscapes_zip(), texts.LANDSCAPE, texts.IMAGE_INSTRUCTIONS)
    _open(landscapes, owner)
    _project(team, owner, DRAFT, description="Sort last month's mails by what they ask.")


def _project(team: Team, owner: User, title: str, description: str = "") -> Project:
    found = Project.objects.filter(team=team, title=title).first()
    return found or projects.create_project(team, actor=owner, title=title, description=description)


def _fill(
    project: Project, owner: User, name: str, content: bytes, schema: dict[str, object], instructions: str
) -> None:
    if project.state != Project.State.DRAFT:
        return
    if not project.items_total:
        upload = check_upload(receive_upload(project, actor=owner, file=io.BytesIO(content), name=name))
        import_upload(start_import(upload, actor=owner))
    projects.set_schema(project, actor=owner, schema=schema)
    projects.update_project(
        project,
        actor=owner,
        instructions=instructions,
        token=active_tokens().get(has_faucet=True),
        price_minor=50_000,
        review_price_minor=10_000,
        overlap=3,
        languages=["en"],
        # Short enough to watch silence accept, long enough to review first.
        review_period_seconds=3600,
    )
    project.refresh_from_db()


def _open(project: Project, owner: User) -> None:
    if project.state == Project.State.DRAFT:
        fund(project, owner)
        project.refresh_from_db()
    if project.state == Project.State.FUNDED:
        projects.open_project(project, actor=owner)
        project.refresh_from_db()


def _label(project: Project, people: dict[str, User], truth: dict[str, str]) -> None:
    chance = random.Random(3)  # noqa: S311 - the same demo every time
    options = list(texts.LABELS)
    for name, ability in ABILITY.items():
        for lease in leases.lease_items(project.pk, user=people[name], n=20).leases:
            meant = truth[lease.data["text"]]
            chosen = meant if chance.random() < ability else chance.choice(options)
            answers.submit_answer(
                people[name],
                lease_id=lease.id,
                key=uuid4(),
                result={"sentiment": chosen},
                lead_ms=chance.randint(3000, 12000),
                active_ms=chance.randint(2000, 9000),
            )
    count_new_answers()


def _review(project: Project, reviewer: User) -> None:
    pending = list(Answer.objects.filter(project=project, state=Answer.State.PENDING).order_by("pk"))
    for answer in pending[:24]:
        decide(answer, actor=reviewer, decision=Verdict.Decision.ACCEPTED)
    decide(
        pending[24],
        actor=reviewer,
        decision=Verdict.Decision.REJECTED,
        reason=Verdict.Reason.WRONG,
        evidence="The guest thanks them in the last words; nothing in it is a complaint.",
    )
    decide(
        pending[25],
        actor=reviewer,
        decision=Verdict.Decision.RETURNED,
        reason=Verdict.Reason.INSTRUCTIONS,
        evidence="Please read the second rule again: the guest's feeling counts, not the opening hours.",
        remarks=[Remark({"on": "field", "field": "sentiment"}, "Which words say how the guest feels?")],
    )
    count_new_answers()
