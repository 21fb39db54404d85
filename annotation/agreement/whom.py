"""Whom to ask where an item turned out to be hard: those whose answers tell more than the others' here."""

from collections.abc import Mapping
from math import log

import numpy as np

from annotation.agreement.crowd import Standing
from annotation.agreement.online import Crowd
from annotation.agreement.resolve import NEW_CROWD, NEWCOMER, ResolvableSchema

# Who tells less than so large a share of the crowd does is doubtful.
QUANTILE = 0.5


def told(accuracy: float, n_classes: int) -> float:
    """Nats that one answer of this accuracy is expected to tell about a question of which nothing is known."""
    if accuracy <= 1 / n_classes:
        return 0.0
    wrong = 1 - accuracy
    return log(n_classes) + accuracy * log(accuracy) + wrong * log(wrong / (n_classes - 1))


def doubtful(
    schema: ResolvableSchema, standings: Mapping[str, Mapping[str, Standing]], crowds: Mapping[str, Crowd]
) -> set[str]:
    """The annotators whose answers tell less than the middle one's, over all fields together.

    The middle one himself is not among them, nor anybody who cannot be told from him.
    """
    if not standings:
        return set()
    tells = {annotator: _tells(schema, fields, crowds) for annotator, fields in standings.items()}
    bar = float(np.quantile(list(tells.values()), QUANTILE)) - 1e-9
    return {annotator for annotator, nats in tells.items() if nats < bar}


def _tells(schema: ResolvableSchema, fields: Mapping[str, Standing], crowds: Mapping[str, Crowd]) -> float:
    total = 0.0
    for field in schema.fields:
        size = field.space.n_classes
        accuracy = fields.get(field.name, NEWCOMER).accuracy(crowds.get(field.name, NEW_CROWD).accuracy(size))
        total += told(accuracy, size)
    return total
