"""python -m tests.journeys.exam_opening: run inside a product. An open project of the demo's client with an exam.

Every step is the product's own: upload, gold, rules, money on the chain. Prints the project and the right answers by
the text they belong to.
"""

import io
import json
import os
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from accounts.models import Team, User  # noqa: E402
from annotation.domain.exams import set_exam  # noqa: E402
from annotation.domain.gold import set_gold  # noqa: E402
from annotation.domain.upload import receive_upload, start_import  # noqa: E402
from annotation.models import Project, Upload  # noqa: E402
from config.demo import projects, texts  # noqa: E402
from config.demo.people import TEAM  # noqa: E402

TITLE = "Guest books, second volume"
# So many of each answer: one answer to all must not pass for knowledge.
OF_EACH, PRACTICE = 4, 2


def main() -> dict[str, Any]:
    owner = User.objects.get(email="client@foggara.example")
    content, truth = texts.reviews_csv()
    project = projects._project(Team.objects.get(name=TEAM), owner, TITLE)
    if not project.items_total:
        bring(project, owner, content)
    projects._fill(project, owner, "guest-books.csv", content, texts.SENTIMENT, texts.INSTRUCTIONS)
    if project.state == Project.State.DRAFT:
        items = [
            item
            for sound in texts.LABELS
            for item in [each for each in project.items.order_by("position") if truth[each.data["text"]] == sound][
                :OF_EACH
            ]
        ]
        exam = {item.pk for item in items}
        items += [item for item in project.items.order_by("position") if item.pk not in exam][:PRACTICE]
        rows = [
            {
                "item": item.pk,
                "value": {"sentiment": truth[item.data["text"]]},
                "explanation": f"The guest says so: {truth[item.data['text']]}.",
                "use": "exam" if item.pk in exam else "practice",
            }
            for item in items
        ]
        set_gold(project, actor=owner, rows=rows)
        set_exam(
            project, actor=owner, questions=5, pass_mark=80, pay_mark=80, pay_minor=150_000, paid_budget=20,
            seconds=900, cooldown_seconds=3600,
        )  # fmt: skip
        project.refresh_from_db()
    projects._open(project, owner)
    return {"project": str(project.pk), "truth": truth}


def bring(project: Project, owner: User, content: bytes) -> None:
    """The product's worker checks and imports: doing it here as well would be doing it twice at once."""
    upload = receive_upload(project, actor=owner, file=io.BytesIO(content), name="guest-books.csv")
    start_import(arrived(upload, Upload.State.CHECKED), actor=owner)
    arrived(upload, Upload.State.IMPORTED)
    project.refresh_from_db()


def arrived(upload: Upload, state: str) -> Upload:
    for _look in range(240):
        upload.refresh_from_db()
        if upload.state == state:
            return upload
        time.sleep(0.5)
    raise TimeoutError(f"The file is {upload.state}, not {state}.")


if __name__ == "__main__":
    print(json.dumps(main()))
