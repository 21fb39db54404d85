"""What a price is worth per hour: measured where people have worked already, else for some usual paces."""

from dataclasses import dataclass

from annotation.models import Project
from annotation.queries.work import ANSWERS_FOR_PACE, median_times, three_digits

USUAL_SECONDS = (10, 30, 60)


@dataclass(frozen=True)
class PayHint:
    """At `seconds` an answer the price makes `hourly_minor`. `answers` is 0 when nothing was measured."""

    seconds: float
    hourly_minor: int
    answers: int


def pay_hints(project: Project) -> list[PayHint]:
    answers, median_ms = median_times([project.pk]).get(project.pk, (0, 0))
    price = int(project.price_minor)
    if answers >= ANSWERS_FOR_PACE and median_ms > 0:
        return [PayHint(round(median_ms / 1000, 1), three_digits(price * 3_600_000 // median_ms), answers)]
    return [PayHint(seconds, three_digits(price * 3600 // seconds), 0) for seconds in USUAL_SECONDS]
