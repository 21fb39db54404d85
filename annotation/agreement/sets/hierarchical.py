"""Sets where every task has a place in a tree: a label is the path from the root, with slashes between."""

from collections.abc import Sequence

import numpy as np

from annotation.agreement.distance_alpha import distance_alpha, rounded
from annotation.agreement.methods import METHODS
from annotation.agreement.paths import Path, Placings, fit_paths
from annotation.agreement.set_distance import along_paths, mean_within, usual
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.numbering import number
from annotation.agreement.sets.rounds import collect_in_rounds

DEEPEST = 50


class Hierarchical:
    methods = tuple(METHODS)

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        if how.method not in METHODS:
            raise SetRefused(f"No method is called {how.method!r}.")
        if how.probes:
            raise SetRefused("Places in a tree take no probes.")
        read = [read_path(answer.label, place) for place, answer in enumerate(answers)]
        numbering = number(answers)
        placings = Placings(
            numbering.items,
            numbering.annotators,
            [read[row] for row in numbering.rows],
            len(numbering.tasks),
            len(numbering.workers),
        )
        fit = fit_paths(placings, METHODS[how.method])
        counts = np.bincount(numbering.annotators, minlength=len(numbering.workers))
        return Resolved(
            [
                Decided(task, "/".join(path), float(sure))
                for task, path, sure in zip(numbering.tasks, fit.paths, fit.confidence, strict=True)
            ],
            [
                Judged(worker, float(fit.reliability[place]), int(counts[place]))
                for place, worker in enumerate(numbering.workers)
            ],
            agreement=_agreement(placings, how.seed),
        )

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            read_path(answer.label, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))


def _agreement(placings: Placings, seed: int) -> dict[str, float | Sequence[float]]:
    within, sizes = mean_within(placings.items, placings.paths, placings.n_items, along_paths)
    alpha = distance_alpha(within, sizes, usual(placings.paths, along_paths), seed=seed)
    if alpha is None:
        return {}
    common = 1 - float(np.average(within[sizes > 1], weights=sizes[sizes > 1]))
    return {"alpha_path": rounded(alpha), "path_shared_by_pairs": round(common, 4)}


def read_path(label: str, place: int) -> Path:
    steps = tuple(step.strip() for step in label.strip().strip("/").split("/"))
    if not all(steps) or len(steps) > DEEPEST:
        raise SetRefused.answer(place, f"a place in a tree is a path of 1 to {DEEPEST} names, such as animal/dog.")
    return steps
