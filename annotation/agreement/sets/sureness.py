"""The stated confidence of a kind, mended by the probes that a set comes with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from annotation.agreement.graded import Curve, fitted_curve
from annotation.agreement.sets.contract import Decided, How, Resolved

Alike = Callable[[str, str], float]


def mended(resolved: Resolved, blind: Sequence[Decided], how: How, alike: Alike) -> Resolved:
    """`blind` was decided as if no probe were known; `alike` scores a decided label against the known one, 0 to 1."""
    if not how.probes:
        return resolved
    curve = curve_of(blind, how.probes, alike)
    said = curve.apply(np.array([row.confidence for row in resolved.decided], dtype=np.float64))
    decided = [
        Decided(row.task, how.probes[row.task], 1.0)
        if row.task in how.probes
        else replace(row, confidence=float(np.clip(sure, 0, 1)))
        for row, sure in zip(resolved.decided, said, strict=True)
    ]
    return replace(resolved, decided=decided)


def curve_of(blind: Sequence[Decided], known: Mapping[str, str], alike: Alike) -> Curve:
    probed = [row for row in blind if row.task in known]
    return fitted_curve([row.confidence for row in probed], [alike(row.label, known[row.task]) for row in probed])
