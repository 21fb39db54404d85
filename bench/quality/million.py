"""python -m bench.quality.million alone|beside: 200,000 items, 20,000 people, 4 classes, one JSON line."""

import json
import resource
import statistics
import sys
from collections.abc import Callable
from time import perf_counter_ns, process_time
from typing import Any

import numpy as np

from annotation.agreement.auto import auto
from annotation.agreement.crowd import Standing
from annotation.agreement.dawid_skene import dawid_skene, ibcc
from annotation.agreement.one_coin import one_coin
from annotation.agreement.online import Crowd, Tally, cast, posterior
from annotation.agreement.policy import believe
from annotation.agreement.spaces import OneOf
from annotation.agreement.votes import Votes

ITEMS, ANNOTATORS, PER_ITEM, CLASSES, ROUNDS = 200_000, 20_000, 5, 4, 10


def synthetic(seed: int = 0) -> Votes:
    rng = np.random.default_rng(seed)
    items = np.repeat(np.arange(ITEMS), PER_ITEM)
    annotators = rng.integers(0, ANNOTATORS, len(items))
    truth, accuracy = rng.integers(0, CLASSES, ITEMS), rng.beta(7, 3, ANNOTATORS)
    wrong = (truth[items] + rng.integers(1, CLASSES, len(items))) % CLASSES
    labels = np.where(rng.random(len(items)) < accuracy[annotators], truth[items], wrong)
    return Votes(items, annotators, labels, ITEMS, ANNOTATORS, CLASSES)


def alone() -> dict[str, Any]:
    votes = synthetic()
    figures = {
        "labels": len(votes),
        "one_coin_cpu_s": _cpu(lambda: one_coin(votes)),
        "dawid_skene_10_rounds_cpu_s": _cpu(lambda: dawid_skene(votes, max_iterations=ROUNDS, tolerance=0)),
        "peak_mb": _peak_mb(),
        **online(),
    }
    return {
        **figures,
        "dawid_skene_cpu_s": _cpu(lambda: dawid_skene(votes)),
        "ibcc_cpu_s": _cpu(lambda: ibcc(votes)),
        "auto_cpu_s": _cpu(lambda: auto(votes)),
        "auto_peak_mb": _peak_mb(),
    }


def online(answers: int = 5) -> dict[str, Any]:
    """One answer more on an item that has some: the estimate of the product, and that of adaptive collection."""
    space = OneOf(CLASSES)
    taken = []
    for number in range(3_000):
        tally = Tally()
        for annotator in range(answers):
            cast(space, tally, f"a{annotator}", (number + annotator // 3) % CLASSES, standing=Standing(), crowd=Crowd())
        start = perf_counter_ns()
        cast(space, tally, "new", number % CLASSES, standing=Standing(8.0, 10.0), crowd=Crowd(800.0, 1000.0))
        posterior(space, tally, method="one_coin")
        taken.append((perf_counter_ns() - start) / 1000)
    belief, row = [0.4, 0.3, 0.2, 0.1], [0.8, 0.1, 0.1, 0.1]
    start = perf_counter_ns()
    for _ in range(20_000):
        believe(belief, row)
    return {
        "online_us": round(statistics.median(taken), 1),
        "online_belief_us": round((perf_counter_ns() - start) / 20_000 / 1000, 2),
    }


def beside() -> dict[str, Any]:
    """Dawid-Skene, ten rounds each, in turns; processor time, the middle of three."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    votes = synthetic()
    frame = pd.DataFrame({"task": votes.items, "worker": votes.annotators, "label": votes.labels})
    ours, theirs = [], []
    for _ in range(3):
        ours.append(_cpu(lambda: dawid_skene(votes, max_iterations=ROUNDS, tolerance=0)))
        theirs.append(_cpu(lambda: DawidSkene(n_iter=ROUNDS, tol=0).fit_predict_proba(frame)))
    return {
        "labels": len(votes),
        "rounds": ROUNDS,
        "ours_cpu_s": statistics.median(ours),
        "crowd_kit_cpu_s": statistics.median(theirs),
        "ratio": round(statistics.median(theirs) / statistics.median(ours), 1),
    }


def _cpu(action: Callable[[], object]) -> float:
    start = process_time()
    action()
    return round(process_time() - start, 2)


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    print(json.dumps(alone() if sys.argv[1] == "alone" else beside()))
