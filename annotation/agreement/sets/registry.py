"""The kinds of sets by the name that meta.json gives them."""

from annotation.agreement.sets.boxes import Boxes
from annotation.agreement.sets.categorical import Categorical
from annotation.agreement.sets.comparing import Pairs, Rankings
from annotation.agreement.sets.contract import SetKind, SetRefused
from annotation.agreement.sets.hierarchical import Hierarchical
from annotation.agreement.sets.multi_label import MultiLabel
from annotation.agreement.sets.numeric import Numeric
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription

SETS: dict[str, SetKind] = {
    "boxes": Boxes(),
    "categorical": Categorical(),
    "hierarchical": Hierarchical(),
    "multilabel": MultiLabel(),
    "numeric": Numeric(),
    "ordinal": Numeric(has_levels=True),
    "pairwise": Pairs(),
    "polygons": Boxes(),
    "ranking": Rankings(),
    "spans": Spans(),
    "transcription": Transcription(),
}


def set_kind(name: str) -> SetKind:
    if name not in SETS:
        raise SetRefused(f"Sets of kind {name!r} cannot be resolved yet; these can: {', '.join(sorted(SETS))}.")
    return SETS[name]
