"""What a price is worth per hour: measured where people have worked already, else for some usual paces."""

from dataclasses import dataclass

from annotation.models import Project
from annotation.queries.work import ANSWERS_FOR_PACE, hourly, median_times

USUAL_SECONDS = (10, 30, 60)


@dataclass(frozen=True)
class PayHint:
    """At `seconds` an answer the price makes `hourly_minor`, and of the second token, where there is one, so much more.

    `answers` is 0 when nothing was measured.
    """

    seconds: float
    hourly_minor: int
    second_hourly_minor: int
    answers: int


def pay_hints(project: Project, *, second_price_minor: int = 0) -> list[PayHint]:
    answers, median_ms = median_times([project.pk]).get(project.pk, (0, 0))
    paces, counted = [float(seconds) for seconds in USUAL_SECONDS], 0
    if answers >= ANSWERS_FOR_PACE and median_ms > 0:
        paces, counted = [round(median_ms / 1000, 1)], answers
    else:
        median_ms = 0
    return [
        PayHint(
            seconds=seconds if counted else int(seconds),
            hourly_minor=hourly(int(project.price_minor), median_ms or round(seconds * 1000)),
            second_hourly_minor=hourly(second_price_minor, median_ms or round(seconds * 1000)),
            answers=counted,
        )
        for seconds in paces
    ]
