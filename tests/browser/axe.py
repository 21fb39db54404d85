"""The accessibility rules of axe-core, run inside a page whose content policy lets no stranger's script in."""

import functools
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from stack import node_tools

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.map((each) => ({
    rule: each.id,
    nodes: each.nodes.slice(0, 4).map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 160)}`),
  }));
}"""


@functools.cache
def _source() -> str:
    modules = Path(os.environ.get("NODE_TOOLS") or node_tools.install())
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[dict[str, Any]]:
    if not page.evaluate("typeof window.axe === 'object'"):
        # The policy forbids script elements and eval; the debugger's own evaluation is neither.
        devtools = page.context.new_cdp_session(page)
        devtools.send("Runtime.evaluate", {"expression": _source()})
        devtools.detach()
    found: list[dict[str, Any]] = page.evaluate(RUN, TAGS)
    return found
