"""Pages of clients in a real browser: gold by clicking, help for an option, within the policy, at every width."""

import json
import time

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import GoldAnswer, HiddenItem, Item, SchemaVersion
from annotation.tests.factories import make_draft, make_gold, make_lease, make_project, make_team, make_user
from annotation.tests.views.test_review_in_browser import AXE, browser, open_page  # noqa: F401 - a fixture
from rewards.models import ChainEvent, Deposit, Escrow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def draft(owner):
    return make_draft(owner=owner, team=make_team(owner=owner))


def test_the_right_answer_is_chosen_by_a_click_and_corrected_by_a_key(browser, client, live_server, owner, draft):  # noqa: F811
    item = draft.items.first()
    page = open_page(browser, client, owner, live_server.url + reverse("project-items", args=[draft.pk]))
    page.get_by_role("link", name="Mark as gold (item 1)").click()
    page.get_by_label("Positive").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save as gold").click()
    first = GoldAnswer.objects.get(item=item).value

    page.goto(live_server.url + reverse("item-gold", args=[draft.pk, item.pk]))
    assert page.get_by_label("Positive").is_checked()
    page.get_by_label("Positive").focus()
    page.keyboard.press("2")
    with page.expect_navigation():
        page.get_by_role("button", name="Save as gold").click()

    assert (first, GoldAnswer.objects.get(item=item).value) == ({"sentiment": "pos"}, {"sentiment": "neg"})
    assert page.complaints == []


def test_help_for_an_option_is_written_in_the_builder_and_read_in_the_preview_on_a_phone(
    browser, client, live_server, owner, draft  # noqa: F811
):  # fmt: skip
    page = open_page(browser, client, owner, live_server.url + reverse("wizard-interface", args=[draft.pk]), width=390)
    page.locator(".builder-option-help summary").first.click()
    page.locator('[data-focus="f0.o0.help.en"]').fill("Also faint praise.")

    shown = page.locator(".builder-preview .option-title small")
    shown.wait_for()
    assert shown.is_visible()
    assert shown.inner_text() == "Also faint praise."
    with page.expect_navigation():
        page.get_by_role("button", name="Save and go on").click()

    options = SchemaVersion.objects.order_by("-number").first().schema["fields"][0]["options"]
    assert [option.get("help") for option in options] == [{"en": "Also faint praise."}, None]
    assert page.complaints == []


def hide(project):
    item = project.items.last()
    make_lease(item, make_user(), state="skipped", skip_reason="broken", skip_note="The text ends in the middle.")
    Item.objects.filter(pk=item.pk).update(state="hidden")
    HiddenItem.objects.create(item=item, project=project, people=3, hidden_at=timezone.now())


def refuse_funds(project):
    escrow = project.escrow
    Escrow.objects.filter(pk=escrow.pk).update(
        state="quoted", deposited=0, refused_reason="It was opened with a fee of 1 basis points, not 500."
    )
    told = {
        "Opened": {"client": escrow.funder_address, "token": escrow.token.address, "fee_bps": "1", "cap": "9"},
        "Funded": {"amount": "1500000"},
    }
    for number, (name, arguments) in enumerate(told.items()):
        ChainEvent.objects.create(
            chain=escrow.token.chain, name=name, arguments={"project": escrow.chain_key} | arguments, block_number=1,
            block_hash="0xb", transaction_hash=f"0x{time.time_ns():064x}", log_index=number,
        )  # fmt: skip
    funded = ChainEvent.objects.get(name="Funded")
    Deposit.objects.create(
        escrow=escrow, transaction_hash=funded.transaction_hash, log_index=1, amount=1_500_000, refused_reason="A fee."
    )


def pages_of(owner, draft):
    team = draft.team
    running = make_project(owner=owner, team=team, items=3)
    hide(running)
    quoted = make_project(owner=owner, team=team, state="draft", opened_at=None)
    refuse_funds(quoted)
    gold = make_gold(draft)
    yield "gold", reverse("item-gold", args=[draft.pk, gold.pk])
    yield "items", reverse("project-items", args=[draft.pk])
    yield "item", reverse("project-item", args=[draft.pk, gold.pk])
    yield "interface", reverse("wizard-interface", args=[draft.pk])
    yield "goldlist", reverse("wizard-gold", args=[draft.pk])
    yield "hidden", reverse("project-hidden", args=[running.pk])
    yield "detail", reverse("project-detail", args=[running.pk])
    yield "refused", reverse("project-detail", args=[quoted.pk])
    yield "funding", reverse("wizard-funding", args=[quoted.pk])
    yield "audit", reverse("project-audit", args=[draft.pk])


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_pages_fit_break_no_policy_and_no_rule_of_accessibility(
    browser, client, live_server, owner, draft, width, theme  # noqa: F811
):  # fmt: skip
    SchemaVersion.objects.filter(project=draft).update(schema=with_help(draft.schema_version.schema))
    wrong = []
    for name, path in pages_of(owner, draft):
        page = open_page(browser, client, owner, live_server.url + path, width=width, theme=theme)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name} scrolls sideways")
        wrong += [f"{name}: {complaint}" for complaint in page.complaints]
        if AXE.exists():
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run().then(({ violations }) => violations.map((v) => [v.id, v.nodes[0].html]))")
            wrong += [f"{name}: {rule} {html}" for rule, html in found]
        page.context.close()

    assert wrong == []


def with_help(schema):
    schema = json.loads(json.dumps(schema))
    schema["fields"][0]["options"][0]["help"] = {"en": "Also faint praise, as long as nothing is held against it."}
    return schema
