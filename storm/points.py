"""Every line of the worker that writes, found in its source: nobody keeps a list by hand.

A point is a call that writes a row (`save`, `update`, `delete`, …, or SQL that inserts, updates or deletes), a
call that keeps a file, the broadcast of a transaction, or the end of a `with transaction.atomic()`, where all that
comes true. The worker's are those in functions that its tasks reach, followed through the source by name.
`watch.py` meets them at run time, and a write that is none of them fails the campaign: so the list is complete.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A worker is killed on either side of each point.
BEFORE, AFTER = "before", "after"
ROOTS = ("rewards.tasks.index_chain", "rewards.tasks.settle", "rewards.tasks.advance_intents")
SCANNED = ("rewards/tasks.py", "rewards/domain/*.py", "accounts/domain/audit.py")
ROW_WRITERS = {"save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create"}
WRITES_SQL = re.compile(r"\b(INSERT\s+INTO|DELETE\s+FROM|(?<!FOR )(?<!NO KEY )UPDATE\s+\w)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Point:
    """Where, from line to line, and what: `rewards/domain/outbox.py:Outbox._move:228 save`."""

    path: str
    first: int
    last: int
    function: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.function}:{self.first} {self.what}"


@dataclass
class Function:
    module: str
    name: str  # with its class
    node: ast.AST
    calls: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        return f"{self.module}.{self.name}"


class Source:
    """One module: its functions, what its names mean, and the texts of its constants."""

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(ROOT)
        self.module = ".".join(self.path.with_suffix("").parts)
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {found.name: found for found in self._functions()}
        self.classes = {node.name for node in self.tree.body if isinstance(node, ast.ClassDef)}
        self.names = dict(self._imported())

    def _functions(self) -> Iterator[Function]:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef):
                yield Function(self.module, node.name, node)
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        yield Function(self.module, f"{node.name}.{inner.name}", inner)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                # A table of functions is followed like one.
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    yield Function(self.module, target.id, node.value)

    def _imported(self) -> Iterator[tuple[str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"

    def references(self, function: Function) -> set[str]:
        """The keys of what the function's body mentions."""
        own_class = function.name.split(".")[0] if "." in function.name else ""
        found: set[str] = set()
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name):
                found.add(self.names.get(node.id, f"{self.module}.{node.id}"))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                base = node.value.id
                home = f"{self.module}.{own_class}" if base == "self" else self.names.get(base, "")
                found.add(f"{home}.{node.attr}")
        return found

    @cached_property
    def texts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = _text(node.value, found)
        return found

    def points(self, function: Function) -> Iterator[Point]:
        for node in ast.walk(function.node):
            what = self._write(node)
            if what and isinstance(node, ast.expr):
                yield Point(str(self.path), node.lineno, node.end_lineno or node.lineno, function.name, what)
            if isinstance(node, ast.With):
                for item in node.items:
                    call = item.context_expr
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "transaction.atomic":
                        yield Point(str(self.path), node.lineno, node.lineno, function.name, "commit")

    def _write(self, node: ast.AST) -> str:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return ""
        verb, owner = node.func.attr, ast.unparse(node.func.value)
        if owner == "default_storage":
            return f"file {verb}" if verb in {"save", "delete"} else ""
        if verb == "execute":
            text = _text(node.args[0], self.texts) if node.args else ""
            return "sql" if WRITES_SQL.search(text) or "?" in text else ""
        if verb == "send_raw":
            return "broadcast"
        if verb == "update":
            return "update" if not node.args else ""  # a dictionary's or a digest's has arguments
        if verb == "delete":
            return "delete" if not node.args and owner != "cache" else ""
        return verb if verb in ROW_WRITERS else ""


def _text(node: ast.AST, known: dict[str, str]) -> str:
    """What can be read of a text; `?` for what cannot."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return known.get(node.id, "?")
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.BinOp):
        return _text(node.left, known) + _text(node.right, known)
    return "?"


@cache
def worker_points() -> list[Point]:
    """The points of every function that the tasks reach."""
    sources = {source.module: source for source in map(Source, _files())}
    functions = {found.key: (source, found) for source in sources.values() for found in source.functions.values()}
    classes = {f"{source.module}.{name}" for source in sources.values() for name in source.classes}
    reached: set[str] = set()
    todo = list(ROOTS)
    while todo:
        key = todo.pop()
        if key in reached:
            continue
        reached.add(key)
        if key in functions:
            source, function = functions[key]
            todo += source.references(function)
        if key in classes:  # whoever makes an object may call all its methods
            todo += [inner for inner in functions if inner.startswith(f"{key}.")]
    found = {point for key in reached if key in functions for point in functions[key][0].points(functions[key][1])}
    return sorted(found)


def _files() -> Iterator[Path]:
    for pattern in SCANNED:
        yield from sorted(ROOT.glob(pattern))
