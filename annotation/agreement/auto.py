"""The default: a committee of models and the vote, so that no project depends on one model being the right one.

Each model is best on some crowds and some points below the vote on others. They err in different places, and they
are surer than they ought to be; the share of the votes is neither. So the vote sits in the committee with a third of
the weight: an item leaves what most people said only where the models are more sure than the vote is.

Where some items' answers are known (hidden probes), the weights follow who is right about them, and the confidence
is set right by a temperature.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotation.agreement.calibration import cooled, fitted_temperature
from annotation.agreement.hierarchy import hierarchy
from annotation.agreement.majority import majority
from annotation.agreement.mix import Mix
from annotation.agreement.one_coin import one_coin
from annotation.agreement.votes import UNKNOWN, Fit, Floats, Votes, fix_known

# The vote, one-coin, and the two hierarchies. Nothing but equal shares of the rest for the models.
WEIGHTS = np.array([3.0, 2.0, 2.0, 2.0]) / 9
# Without the vote: how sure to be while labels are still being bought, when most items have two or three.
MODELS_ONLY = np.array([0.0, 1.0, 1.0, 1.0]) / 3
# The weights above count as much as the evidence of so many probes.
PROBES_WORTH = 40.0
# A model that says "certain" and is wrong is not thrown out by one probe.
LEAST = 0.01


@dataclass(frozen=True, slots=True)
class Committee:
    """The default fit, and what it was mixed from: enough to go on from it answer by answer (online.py)."""

    fit: Fit
    models: Floats  # the models' part of the posterior, before any temperature
    mix: Mix


def auto(votes: Votes) -> Fit:
    return deliberate(votes).fit


def deliberate(votes: Votes) -> Committee:
    members = _members(votes)
    weights, mix = tried(votes)
    models = _mixed(members, _without_vote(weights))
    posterior = _mixed(members, weights)
    if mix.temperature != 1:
        posterior = fix_known(cooled(posterior, mix.temperature), votes.known)
    fit = replace(
        members[1],
        method="auto",
        posterior=posterior,
        iterations=max(member.iterations for member in members),
    )
    return Committee(fit, models, mix)


def committee(votes: Votes, weights: Floats = WEIGHTS) -> Floats:
    """The members' posteriors, mixed."""
    return _mixed(_members(votes), weights)


def _mixed(members: Sequence[Fit], weights: Floats) -> Floats:
    mixed = np.zeros_like(members[0].posterior)
    for weight, member in zip(weights, members, strict=True):
        mixed += weight * member.posterior
    return mixed


def _members(votes: Votes) -> Sequence[Fit]:
    return (majority(votes), one_coin(votes), hierarchy(votes), hierarchy(votes, habits="own"))


def tried(votes: Votes) -> tuple[Floats, Mix]:
    """The committee's weights and temperatures, after its members said what they think of the probes blind."""
    if votes.known is None:
        return WEIGHTS, Mix()
    probes = np.flatnonzero((votes.known != UNKNOWN) & (votes.votes_per_item() > 0))
    if not len(probes):
        return WEIGHTS, Mix()
    truth = votes.known[probes]
    said = np.stack([fit.posterior[probes] for fit in _members(replace(votes, known=None))])
    weights = _stack(np.maximum(said[:, np.arange(len(probes)), truth].T, LEAST), WEIGHTS)
    together, models = (np.tensordot(each, said, axes=1) for each in (weights, _without_vote(weights)))
    return weights, Mix(float(weights[0]), fitted_temperature(together, truth), fitted_temperature(models, truth))


def _without_vote(weights: Floats) -> Floats:
    rest = weights * np.array([0.0, 1.0, 1.0, 1.0])
    models: Floats = rest / rest.sum()
    return models


def _stack(said: Floats, weights: Floats) -> Floats:
    """The mixture of members that explains the probes best (EM), drawn towards the weights it began with."""
    mixed = weights
    for _ in range(200):
        shares = said * mixed
        shares /= shares.sum(axis=1, keepdims=True)
        mixed = (shares.sum(axis=0) + PROBES_WORTH * weights) / (len(said) + PROBES_WORTH)
    return mixed
