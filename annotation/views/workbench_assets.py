"""The modules a labelling page needs, so that the browser is told of all of them at once (modulepreload).

A test follows the imports of the scripts and holds these lists to them.
"""

from collections.abc import Mapping
from typing import Any

KERNEL = (
    "js/workbench/kernel.js",
    "js/workbench/api.js",
    "js/workbench/backoff.js",
    "js/workbench/dom.js",
    "js/workbench/drafts.js",
    "js/workbench/history.js",
    "js/workbench/idb.js",
    "js/workbench/instructions.js",
    "js/workbench/item_view.js",
    "js/workbench/keys.js",
    "js/workbench/leases.js",
    "js/workbench/locks.js",
    "js/workbench/money.js",
    "js/workbench/notices.js",
    "js/workbench/pause_page.js",
    "js/workbench/queue.js",
    "js/workbench/say.js",
    "js/workbench/status.js",
    "js/workbench/storage.js",
    "js/workbench/timer.js",
    "js/workbench/when.js",
    "js/workbench/words.js",
    "js/kinds/index.js",
)
TOOLS = {
    "choices": ("js/kinds/choice_tool.js", "js/kinds/choice_view.js", "js/kinds/choices.js"),
}
SOURCES = {
    "text": ("js/kinds/text_source.js",),
    "image": ("js/kinds/image_source.js",),
}


def workbench_modules(schema: Mapping[str, Any]) -> list[str]:
    """Static paths for this labelling interface, each once, the entry first."""
    wanted = list(KERNEL)
    for field in schema["fields"]:
        wanted += TOOLS[field["tool"]]
    for spec in schema["data"].values():
        wanted += SOURCES[spec["type"]]
    return list(dict.fromkeys(wanted))
