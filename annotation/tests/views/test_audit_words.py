import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.domain import audit
from annotation.domain.hidden import BROKEN_SKIPS_TO_HIDE
from annotation.domain.project import create_project, pause_project, set_schema, update_project
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import SENTIMENT, make_draft, make_project, make_team, make_token, make_user
from annotation.views.audit_words import COUNTED, SENTENCES, SETTINGS, happening

pytestmark = pytest.mark.django_db
# Of a project; answers and accounts have pages of their own.
WRITTEN = re.compile(r'"((?:project|item|upload|export)\.[a-z_]+|answer\.accepted_all)"')


@pytest.fixture
def owner():
    return make_user("owner")


def page_of(owner, project):
    return signed_in(owner).get(f"/projects/{project.pk}/history/").content.decode()


def test_every_action_on_a_project_has_its_sentence():
    verbs = Path(settings.BASE_DIR, "annotation", "domain").glob("*.py")
    written = {action for path in verbs for action in WRITTEN.findall(path.read_text(encoding="utf-8"))}

    assert "project.opened" in written
    assert written - set(SENTENCES) - set(COUNTED) == set()


def test_the_page_says_what_happened_in_sentences_and_not_in_codes(owner):
    project = create_project(make_team(owner=owner), actor=owner, title="Films")
    set_schema(project, actor=owner, schema=SENTIMENT)
    update_project(
        project, actor=owner, token=make_token(), price_minor=50_000, review_period_seconds=7200, team_only=True
    )

    page = page_of(owner, project)

    assert "The draft was begun." in page
    assert "Version 1 of the interface was saved." in page
    assert "Time to judge an answer, in hours:</span> <bdi>72</bdi> → <bdi>2</bdi>" in page
    assert "Per accepted answer:</span> <bdi>0 TEST</bdi> → <bdi>0.05 TEST</bdi>" in page
    assert "<bdi>no</bdi> → <bdi>yes</bdi>" in page
    assert "project." not in re.sub(r"<[^>]+>", "", page)


def test_a_reason_that_somebody_typed_stands_beside_it_as_text(owner):
    project = make_project(owner=owner, team=make_team(owner=owner))
    pause_project(project, actor=owner, reason="<b>Wait</b>")

    page = page_of(owner, project)

    assert "The project was paused." in page
    assert "&lt;b&gt;Wait&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("action", "changes", "said"),
    [
        ("project.opened", {"total_minor": "1500000"}, "The project was opened; 1.5 TEST are reserved for the work."),
        ("project.opened", {}, "The project was opened; – are reserved for the work."),
        ("project.gold_set", {"items": 1}, "1 item was made gold by a file."),
        ("answer.accepted_all", {"answers": 12}, "12 waiting answers were accepted at once."),
        ("export.requested", {"format": "label_studio"}, "An export was asked for: Label Studio JSON."),
        (
            "item.hidden",
            {"item": 7, "broken_for": BROKEN_SKIPS_TO_HIDE},
            "Item 7 was hidden: 3 people called it broken.",
        ),
        ("upload.discarded", {"name": "100%.csv"}, "The file “100%.csv” was discarded."),
        ("project.of_tomorrow", {}, "project.of_tomorrow"),
    ],
)
def test_sentences_hold_their_figures_and_survive_what_is_missing(action, changes, said):
    project = make_draft()
    entry = audit.record(
        action, actor=None, object_kind="project", object_id=project.pk, team=project.team, changes=changes
    )

    assert happening(project, entry).sentence == said


def test_every_setting_has_a_name():
    from annotation.domain.project import ALWAYS, DRAFT_ONLY

    assert set(SETTINGS) == ALWAYS | DRAFT_ONLY
