"""The review pages in a real browser: by keyboard, without script, within the policy, at every width."""

import functools

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import sync_playwright

from annotation.domain.resolution import count_new_answers
from annotation.models import Answer, Verdict
from annotation.tests.factories import make_answer, make_project, make_team, make_user
from stack.browser import launch_options
from stack.node_tools import FOLDER as NODE_TOOLS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = NODE_TOOLS / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def browser():
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(**launch_options())
        chromium.new_context = functools.partial(chromium.new_context, locale="en-GB", timezone_id="UTC")
        yield chromium
        chromium.close()


class Scene:
    pass


@pytest.fixture
def scene(client, live_server):
    scene = Scene()
    scene.reviewer = make_user("reviewer", is_quality_admin=True)
    scene.worker = make_user()
    scene.project = make_project(items=2, team=make_team(owner=make_user("owner"), reviewer=scene.reviewer))
    for item in scene.project.items.all():
        for value, worker in (("neg", scene.worker), ("pos", make_user()), ("pos", make_user())):
            make_answer(item, worker, value)
    count_new_answers()
    scene.item = scene.project.items.first()
    scene.url = live_server.url + reverse("review-item", args=[scene.project.pk, scene.item.pk])
    scene.live = live_server.url
    return scene


def open_page(browser, client, user, address, *, width=1280, theme="light", with_script=True):
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=with_script, bypass_csp=False
    )
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": "/".join(address.split("/")[:3]),
            }
        ]
    )
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(address, wait_until="networkidle")
    return page


def answers(scene):
    return list(Answer.objects.filter(item=scene.item).order_by("id"))


def test_an_item_is_judged_by_keyboard_alone(browser, client, scene):
    page = open_page(browser, client, scene.reviewer, scene.url)
    page.wait_for_selector(".review-answer.is-current")

    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("a")
    page.wait_for_selector(".review-answer.is-current")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("r")
    page.keyboard.press("T")  # “The answer is wrong”: the list of reasons has the focus
    page.keyboard.press("Tab")
    page.keyboard.type("The text says the opposite of a j and an r.")
    for _past_the_places in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "returned":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert [answer.state for answer in answers(scene)] == ["returned", "accepted", "pending"]
    assert page.complaints == []


def test_single_keys_do_nothing_where_they_are_switched_off(browser, client, scene):
    scene.reviewer.workbench_prefs = {"shortcuts": False}
    scene.reviewer.save()
    page = open_page(browser, client, scene.reviewer, scene.url)

    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_timeout(300)

    assert not Verdict.objects.exists()


def test_a_rejection_is_made_without_script(browser, client, scene):
    page = open_page(browser, client, scene.reviewer, scene.url, with_script=False)
    first = answers(scene)[0]
    card = page.locator(f"#answer-{first.pk}")

    assert "Text 0" in page.locator(".review__item").inner_text()
    card.locator("summary", has_text="Return or reject").click()
    card.locator("select[name=reason]").select_option("wrong")
    card.locator("textarea[name=evidence]").fill("The text says the opposite.")
    card.get_by_role("button", name="Reject …").click()
    page.get_by_role("button", name="Reject for good").click()

    assert Verdict.objects.get().evidence == "The text says the opposite."
    assert page.complaints == []


def test_the_item_is_drawn_by_the_tools_of_the_workbench(browser, client, scene):
    page = open_page(browser, client, scene.reviewer, scene.url)

    page.wait_for_selector(".option-others")
    assert page.locator(".option-decided").count() == 1
    assert page.locator(".option-others b").all_inner_texts() == ["2 people", "1 person"]
    assert page.locator(".work-fields input:enabled").count() == 0


def addresses(scene):
    own = Answer.objects.filter(user=scene.worker).first()
    reviewing = [
        ("review-all", []), ("review-queue", [scene.project.pk]), ("review-item", [scene.project.pk, scene.item.pk]),
        ("quality", []), ("quality-annotators", []), ("quality-reviewers", []),
    ]  # fmt: skip
    for name, arguments in reviewing:
        yield scene.reviewer, reverse(name, args=arguments)
    yield scene.worker, reverse("my-answers")
    yield scene.worker, reverse("my-answer", args=[own.pk])


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_pages_fit_break_no_policy_and_no_rule_of_accessibility(browser, client, scene, width, theme):
    wrong = []
    for user, path in addresses(scene):
        page = open_page(browser, client, user, scene.live + path, width=width, theme=theme)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path} scrolls sideways")
        wrong += [f"{path}: {complaint}" for complaint in page.complaints]
        if AXE.exists():
            # Evaluated by the debugger, not as a script of the page: the policy stays on.
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run().then(({ violations }) => violations.map((v) => [v.id, v.nodes[0].html]))")
            wrong += [f"{path}: {rule} {html}" for rule, html in found]
        page.context.close()

    assert wrong == []
