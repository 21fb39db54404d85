"""The steps from a file to an open project: which are done, what is missing, and where to go on."""

from dataclasses import dataclass
from typing import TypedDict

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.domain.project import missing_for_funding
from annotation.models import Project
from lib.exceptions import FieldError

PRICES = frozenset({"token", "price_minor", "second_token", "second_review_price"})
# The step, its address, and the things missing that it can mend.
STEPS: tuple[tuple[str, str | Promise, str, frozenset[str]], ...] = (
    ("data", _("Data"), "wizard-data", frozenset({"items"})),
    ("interface", _("Interface"), "wizard-interface", frozenset({"schema"})),
    ("instructions", _("Instructions"), "wizard-instructions", frozenset({"instructions"})),
    ("quality", _("Quality"), "wizard-quality", frozenset({"gold", "targets", "exam"})),
    ("price", _("Price"), "wizard-price", PRICES),
    ("funding", _("Funding"), "wizard-funding", frozenset()),
    ("opening", _("Opening"), "wizard-opening", frozenset()),
)


class Step(TypedDict):
    label: str | Promise
    url: str
    done: bool
    current: bool


@dataclass(frozen=True)
class Missing:
    """A thing that is missing, and the page where it is mended."""

    message: str
    step: str
    label: str | Promise
    url: str


@dataclass(frozen=True)
class Setup:
    """Everything a page of the wizard says about the way."""

    steps: list[Step]
    missing: list[Missing]
    next_url: str
    next_label: str | Promise

    @property
    def is_ready(self) -> bool:
        return not self.missing


def setup_of(project: Project, *, current: str = "") -> Setup:
    missing = missing_for_funding(project)
    done = _done(project, {error.path for error in missing})
    steps: list[Step] = [
        {
            "label": label,
            "url": reverse(name, args=[project.pk]),
            "done": key in done,
            "current": key == current,
        }
        for key, label, name, _mends in STEPS
    ]
    first = next((step for step in steps if not step["done"]), steps[-1])
    return Setup(steps, [_missing(project, error) for error in missing], first["url"], first["label"])


def after(project: Project, step: str) -> HttpResponse:
    """Go to the step behind this one."""
    keys = [key for key, *_rest in STEPS]
    return redirect(STEPS[min(keys.index(step) + 1, len(STEPS) - 1)][2], project.pk)


def _done(project: Project, missing: set[str]) -> set[str]:
    """What is behind the client. Quality has working defaults: it counts as seen once there is a price."""
    done = {key for key, _label, _name, mends in STEPS[:5] if not (mends & missing)}
    if missing & {"token", "price_minor"}:
        done -= {"quality", "price"}
    if project.state != Project.State.DRAFT:
        done.add("funding")
    if project.opened_at:
        done.add("opening")
    return done


def _missing(project: Project, error: FieldError) -> Missing:
    key, label, name, _mends = next((step for step in STEPS if error.path in step[3]), STEPS[0])
    return Missing(error.message, key, label, reverse(name, args=[project.pk]))
