"""The kinds of sets by the name that meta.json gives them."""

from annotation.agreement.sets.categorical import Categorical
from annotation.agreement.sets.contract import SetKind, SetRefused

SETS: dict[str, SetKind] = {
    "categorical": Categorical(),
}


def set_kind(name: str) -> SetKind:
    if name not in SETS:
        raise SetRefused(f"Sets of kind {name!r} cannot be resolved yet; these can: {', '.join(sorted(SETS))}.")
    return SETS[name]
