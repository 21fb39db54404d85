"""How often a reviewer was right, as far as anything but another reviewer's agreement can tell.

docs/algorithms/reviewers.md explains it with a worked table.

Counted is what a verdict was worth on a hidden probe, and what became of it when a person above looked at it: never
whether two reviewers said the same, and never what a clock decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import User
from annotation.agreement.intervals import beta_bounds
from lib.ids import first_id_of

PERIOD = timedelta(days=365)
# Everybody begins as somebody who was right four times of five: one bad day is no verdict on a person.
PRIOR_RIGHT, PRIOR_WRONG = 4, 1
MOST_LINES = 200
PROBE, CONFIRMED, OVERTURNED, VOIDED = "probe", "confirmed", "overturned", "voided"
UPHELD_CONFIRMED, UPHELD_OVERTURNED = "upheld_confirmed", "upheld_overturned"


@dataclass(frozen=True)
class Score:
    right: int
    wrong: int

    @property
    def known(self) -> int:
        return self.right + self.wrong

    @property
    def mean(self) -> float:
        return (PRIOR_RIGHT + self.right) / (PRIOR_RIGHT + PRIOR_WRONG + self.known)

    @property
    def low(self) -> float:
        return self._bounds()[0]

    @property
    def high(self) -> float:
        return self._bounds()[1]

    def _bounds(self) -> tuple[float, float]:
        """The middle 95 % of Beta(4 + right, 1 + wrong)."""
        low, high = beta_bounds(np.array([PRIOR_RIGHT + self.right]), np.array([PRIOR_WRONG + self.wrong]))
        return float(low[0]), float(high[0])


@dataclass(frozen=True)
class ScoreLine:
    """One thing that counts. A probe is named only when its project is closed: until then it tests others."""

    source: str
    is_right: bool
    project_id: UUID
    project: str
    item: int | None
    at: datetime | None


@dataclass(frozen=True)
class ProbesOfProject:
    project_id: UUID
    project: str
    right: int
    seen: int


@dataclass(frozen=True)
class MixRow:
    """Of one sort of item: how much of it this person judged, and all who judged in the same projects."""

    name: str  # sure, unsure, open
    mine: int
    overturned: int
    everybody: int


@dataclass(frozen=True)
class ReviewerRecord:
    score: Score
    probes: list[ProbesOfProject]
    lines: list[ScoreLine]
    mix: list[MixRow]
    is_cut: bool

    @property
    def judged(self) -> int:
        return sum(row.mine for row in self.mix)

    @property
    def everybody(self) -> int:
        return sum(row.everybody for row in self.mix)

    @property
    def overturned(self) -> int:
        return sum(row.overturned for row in self.mix)


def scores_of(reviewers: Iterable[int]) -> dict[int, Score]:
    """One statement for all of them."""
    people = list(reviewers)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _parameters(people))
        found = {user: Score(right, wrong) for user, right, wrong in cursor.fetchall()}
    return {user: found.get(user, Score(0, 0)) for user in people}


def record_of(reviewer: User) -> ReviewerRecord:
    """What one person's score is made of. Four statements, whatever it is made of."""
    parameters: dict[str, Any] = _parameters([reviewer.pk]) | {"most": MOST_LINES + 1}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, parameters)
        row = cursor.fetchone()
        cursor.execute(_PROBES, parameters)
        probes = [ProbesOfProject(*each) for each in cursor.fetchall()]
        cursor.execute(_LINES, parameters)
        lines = [ScoreLine(*each) for each in cursor.fetchall()]
        cursor.execute(_MIX, parameters)
        mix = {each[0]: MixRow(*each) for each in cursor.fetchall()}
    return ReviewerRecord(
        score=Score(row[1], row[2]) if row else Score(0, 0),
        probes=probes,
        lines=lines[:MOST_LINES],
        mix=[mix.get(name, MixRow(name, 0, 0, 0)) for name in ("sure", "unsure", "open")],
        is_cut=len(lines) > MOST_LINES,
    )


def _parameters(people: list[int]) -> dict[str, Any]:
    return {"people": people, "since": first_id_of(timezone.now() - PERIOD)}


# `fact` has a row for everything that counts. Of a hold that was voided all rejections count once: it was one decision.
_FACTS = """
WITH probe AS MATERIALIZED (
    SELECT v.decided_by_id AS person, 'probe' AS source, a.project_id, a.item_id, v.created_at AS at,
           (v.decision = 'accepted') = (coalesce(r.value, a.value) = g.value) AS is_right
      FROM annotation_verdict v
      JOIN annotation_answer a ON a.id = v.answer_id
      JOIN annotation_goldanswer g ON g.item_id = a.item_id AND g.use = 'probe'
       AND (g.made_at IS NULL OR g.made_at < v.created_at)
      JOIN annotation_project p ON p.id = a.project_id
      LEFT JOIN annotation_answerrevision r ON r.answer_id = a.id AND r.number = v.revision AND v.revision < a.revision
     WHERE v.decided_by_id = ANY (%(people)s) AND v.id >= %(since)s
       AND NOT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.team_id = p.team_id AND m.user_id = v.decided_by_id
                          AND m.role IN ('owner', 'manager'))
), ended AS MATERIALIZED (
    SELECT ap.answer_id, ap.project_id, ap.hold_id, v.decided_by_id AS person, a.item_id, ap.ended_at AS at,
           last.kind, last.by_id
      FROM annotation_verdict v
      JOIN annotation_appeal ap ON ap.verdict_id = v.id AND ap.state IN ('final', 'overturned')
      JOIN annotation_answer a ON a.id = v.answer_id
      JOIN LATERAL (SELECT s.kind, s.by_id FROM annotation_appealstep s WHERE s.appeal_id = ap.answer_id
                     ORDER BY s.created_at DESC, s.id DESC LIMIT 1) last ON true
     WHERE v.decided_by_id = ANY (%(people)s) AND v.id >= %(since)s AND last.by_id IS NOT NULL
), upheld AS MATERIALIZED (
    SELECT s.by_id AS person, ap.project_id, a.item_id, ap.ended_at AS at, last.kind
      FROM annotation_appealstep s
      JOIN annotation_appeal ap ON ap.answer_id = s.appeal_id AND ap.state IN ('final', 'overturned')
      JOIN annotation_answer a ON a.id = ap.answer_id
      JOIN LATERAL (SELECT t.kind, t.by_id FROM annotation_appealstep t WHERE t.appeal_id = ap.answer_id
                     ORDER BY t.created_at DESC, t.id DESC LIMIT 1) last ON true
     WHERE s.kind = 'upheld' AND s.by_id = ANY (%(people)s) AND s.id >= %(since)s
       AND last.kind IN ('confirmed', 'overturned') AND last.by_id IS NOT NULL
), fact AS (
    SELECT person, source, project_id, item_id, at, is_right FROM probe
    UNION ALL
    SELECT person, kind, project_id, item_id, at, kind = 'confirmed' FROM ended
     WHERE kind IN ('confirmed', 'overturned')
    UNION ALL
    SELECT person, 'voided', min(project_id::text)::uuid, NULL, max(at), false FROM ended
     WHERE kind = 'voided' GROUP BY person, hold_id
    UNION ALL
    SELECT person, 'upheld_' || kind, project_id, item_id, at, kind = 'confirmed' FROM upheld
)
"""
_COUNTS = f"""
{_FACTS}
SELECT person, count(*) FILTER (WHERE is_right), count(*) FILTER (WHERE NOT is_right) FROM fact GROUP BY person
"""  # noqa: S608
_PROBES = f"""
{_FACTS}
SELECT p.id, p.title, count(*) FILTER (WHERE probe.is_right), count(*)
  FROM probe JOIN annotation_project p ON p.id = probe.project_id GROUP BY p.id, p.title ORDER BY p.title, p.id
"""  # noqa: S608
_LINES = f"""
{_FACTS}
SELECT fact.source, fact.is_right, p.id, p.title, i.position + 1, fact.at
  FROM fact JOIN annotation_project p ON p.id = fact.project_id LEFT JOIN annotation_item i ON i.id = fact.item_id
 WHERE fact.source <> 'probe' OR p.state = 'closed'
 ORDER BY fact.at DESC, fact.item_id LIMIT %(most)s
"""  # noqa: S608
# How sure the consensus is now says how hard an item was; what is not decided yet is a sort of its own.
_MIX = """
WITH judged AS MATERIALIZED (
    SELECT v.id, v.decided_by_id = ANY (%(people)s) AS is_mine, r.confidence,
           EXISTS (SELECT 1 FROM annotation_appeal ap WHERE ap.verdict_id = v.id AND ap.state = 'overturned'
                      AND EXISTS (SELECT 1 FROM annotation_appealstep s WHERE s.appeal_id = ap.answer_id
                                     AND s.kind IN ('overturned', 'voided') AND s.by_id IS NOT NULL)) AS is_overturned
      FROM annotation_verdict v JOIN annotation_answer a ON a.id = v.answer_id
      LEFT JOIN annotation_resolution r ON r.item_id = a.item_id
     WHERE v.id >= %(since)s AND v.decided_by_id IS NOT NULL
       AND a.project_id IN (SELECT own.project_id FROM annotation_verdict w
                              JOIN annotation_answer own ON own.id = w.answer_id
                             WHERE w.decided_by_id = ANY (%(people)s) AND w.id >= %(since)s)
)
SELECT CASE WHEN confidence IS NULL THEN 'open' WHEN confidence < 0.8 THEN 'unsure' ELSE 'sure' END,
       count(*) FILTER (WHERE is_mine), count(*) FILTER (WHERE is_mine AND is_overturned), count(*)
  FROM judged GROUP BY 1
"""
