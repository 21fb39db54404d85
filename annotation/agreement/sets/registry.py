"""The kinds of sets by the name that meta.json gives them."""

from annotation.agreement.sets.categorical import Categorical
from annotation.agreement.sets.contract import SetKind, SetRefused
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription

SETS: dict[str, SetKind] = {
    "categorical": Categorical(),
    "spans": Spans(),
    "transcription": Transcription(),
}


def set_kind(name: str) -> SetKind:
    if name not in SETS:
        raise SetRefused(f"Sets of kind {name!r} cannot be resolved yet; these can: {', '.join(sorted(SETS))}.")
    return SETS[name]
