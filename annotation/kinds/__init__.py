"""The ways of labelling, by the name a schema calls them (`"tool": "choices"`).

Adding one is a folder and a line here; nothing else in the house asks which kind a field is.
"""

from annotation.kinds.choices import ChoicesKind
from annotation.kinds.contract import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (ChoicesKind(),)}
