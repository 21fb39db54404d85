"""Between one number per annotator and a whole confusion matrix: as much of either as the answers can bear.

An annotator either knows (with the chance that is his skill) and gives the right label, or guesses; guesses follow a
habit: the crowd's, or his own drawn towards the crowd's. That is what a row of his confusion matrix is taken to be
until he has answered: it counts as ROW_STRENGTH answers, and what he really did where the class was right is added.
A person with five answers is thus judged by his skill, one with five hundred by his matrix.

A vote is always weighed by what its giver did on *other* items (the collapsed form of the model), so no vote
confirms itself. docs/algorithms/consensus.md has the formulas and how each constant was chosen.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from annotation.agreement.ballots import Ballots
from annotation.agreement.crowd import HIGHEST, LOWEST, STRENGTH, crowd_accuracy
from annotation.agreement.standing import fit_from_posterior
from annotation.agreement.votes import Fit, Floats, Votes, sum_per

Habits = Literal["crowd", "own"]

# A row of a confusion matrix is believed to be what skill and habit say with the weight of so many answers.
ROW_STRENGTH = 8.0
# An annotator's own habit of guessing outweighs the crowd's after so many guesses.
HABIT_STRENGTH = 4.0
# Imagined items of every class, for how common the classes are.
CLASS_ITEMS = 5.0
# And imagined answers for how skilled the crowd is.
CROWD_ANSWERS = 10.0
MAX_ITERATIONS = 80
TOLERANCE = 1e-3
LEAST = 1e-4


def hierarchy(votes: Votes, *, habits: Habits = "crowd", begin: Floats | None = None) -> Fit:
    """`begin` is a posterior to start from instead of the vote, such as that of an earlier fit."""
    state = _State(votes, habits)
    posterior = state.ballots.shares() if begin is None else begin
    iteration, moved = 0, 1.0
    while moved >= TOLERANCE and iteration < MAX_ITERATIONS:
        previous, posterior = posterior, state.step(posterior)
        moved = float(np.abs(posterior - previous).max(initial=0.0))
        iteration += 1
    return fit_from_posterior(f"hierarchy_{habits}", votes, posterior, iteration, state.accuracy)


def hierarchy_own(votes: Votes) -> Fit:
    return hierarchy(votes, habits="own")


@dataclass(frozen=True, slots=True)
class Matrices:
    """What the crowd is like: [annotator, label, class] = P(label | class), and how common each class is."""

    rows: Floats
    classes: Floats


def matrices(votes: Votes, posterior: Floats, *, habits: Habits = "own") -> Matrices:
    """Every annotator's confusion matrix, given what the items are."""
    state = _State(votes, habits)
    # Skill and habit need a few rounds to settle between themselves.
    for _ in range(5):
        state.learn_skills(posterior)
    common = np.exp(state.ballots.class_logs(posterior, CLASS_ITEMS))
    return Matrices(state.rows(posterior), common)


class _State:
    """One row per vote, in the votes' order: its giver's skill and habit as his other answers show them."""

    def __init__(self, votes: Votes, habits: Habits) -> None:
        self.votes = votes
        self.habits = habits
        self.ballots = Ballots(votes)
        order = np.argsort(votes.items, kind="stable")
        starts = np.zeros(votes.n_items + 1, dtype=np.int64)
        np.cumsum(np.bincount(votes.items, minlength=votes.n_items), out=starts[1:])
        self.per_item = csr_matrix((np.ones(len(votes)), order, starts), shape=(votes.n_items, len(votes)))
        self.answers = np.bincount(votes.annotators, minlength=votes.n_annotators).astype(np.float64)
        self.accuracy, chance = crowd_accuracy(votes), 1 / votes.n_classes
        self.crowd_skill = (self.accuracy - chance) / (1 - chance)
        self.skill = np.full(len(votes), self.crowd_skill)
        self.habit = np.full(len(votes), chance)
        self.known_sums: Floats = np.zeros(0)
        self.guess_table: Floats = np.zeros(0)
        self.crowd_habit: Floats = np.zeros(0)

    def step(self, posterior: Floats) -> Floats:
        self.learn_skills(posterior)
        logs = np.log(np.maximum(self._chances(posterior), LEAST))
        scores = self.per_item @ logs
        scores += self.ballots.class_logs(posterior, CLASS_ITEMS)
        return self.ballots.settle(scores)

    def learn_skills(self, posterior: Floats) -> None:
        """Split every vote into the part that was known and the part that was guessed."""
        votes, size = self.votes, self.votes.n_classes
        right = posterior.ravel()[votes.cells]
        sure = self.skill + (1 - self.skill) * self.habit
        known = right * self.skill / sure
        guessed = 1 - known
        self.known_sums = sum_per(votes.annotators, known, votes.n_annotators)
        self.crowd_skill = float(known.sum() + self.crowd_skill * CROWD_ANSWERS) / (len(votes) + CROWD_ANSWERS)
        others = self.known_sums[votes.annotators] - known + STRENGTH * self.crowd_skill
        self.skill = np.clip(others / (self.answers[votes.annotators] - 1 + STRENGTH), LOWEST, HIGHEST)
        self.guess_table = sum_per(self.ballots.columns, guessed, votes.n_annotators * size).reshape(-1, size)
        total = self.guess_table.sum(axis=0)
        self.crowd_habit = (total + 1) / (total.sum() + size)
        self.habit = self.crowd_habit[votes.labels]
        if self.habits == "own":
            mine = self.guess_table.ravel()[self.ballots.columns] - guessed + HABIT_STRENGTH * self.habit
            self.habit = mine / (self.guess_table.sum(axis=1)[votes.annotators] - guessed + HABIT_STRENGTH)

    def _chances(self, posterior: Floats) -> Floats:
        """Per vote and class: P(this label | class) by its giver's other answers."""
        votes = self.votes
        counts = self.ballots.counts(posterior)
        believed = posterior[votes.items]
        chances = np.repeat(((1 - self.skill) * self.habit)[:, None], votes.n_classes, axis=1)
        chances[np.arange(len(votes)), votes.labels] += self.skill
        chances *= ROW_STRENGTH
        chances += counts.reshape(-1, votes.n_classes)[self.ballots.columns]
        chances -= believed
        chances /= counts.sum(axis=1)[votes.annotators] - believed + ROW_STRENGTH
        return chances

    def rows(self, posterior: Floats) -> Floats:
        """Every annotator's matrix, all of his answers counted: [annotator, label, class]."""
        size = self.votes.n_classes
        skill = (self.known_sums + STRENGTH * self.crowd_skill) / (self.answers + STRENGTH)
        habit = np.tile(self.crowd_habit, (self.votes.n_annotators, 1))
        if self.habits == "own":
            total = self.guess_table.sum(axis=1, keepdims=True)
            habit = (self.guess_table + HABIT_STRENGTH * habit) / (total + HABIT_STRENGTH)
        believed = ((1 - skill)[:, None] * habit)[:, :, None] + skill[:, None, None] * np.eye(size)
        counts = self.ballots.counts(posterior)
        rows: Floats = (counts + ROW_STRENGTH * believed) / (counts.sum(axis=1, keepdims=True) + ROW_STRENGTH)
        return rows
