import re
from pathlib import Path

from django.utils import translation

from annotation.kinds import KINDS
from annotation.views.workbench_assets import KERNEL, SOURCES, TOOLS, workbench_modules
from annotation.views.workbench_messages import item_messages, workbench_messages

STATIC = Path(__file__).resolve().parents[3] / "static"
STATIC_IMPORT = re.compile(r'^import .*from "(\./|\.\./)(.+)";$', re.MULTILINE)
SAID = re.compile(r'words(?:\.has)?\(\s*"(\w+)"')
# Chosen by a value at run time, so that no search finds them whole.
COMPUTED = re.compile(
    r"pause_\w+_(title|text)|reason_\w+|dead_hint_\w+|choose_one|choose_at_least|choose_at_most|choice_unknown"
)


def imported_from(*entries: str) -> set[str]:
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        folder = STATIC / Path(path).parent
        waiting += [
            str((folder / (dots + name)).resolve().relative_to(STATIC))
            for dots, name in STATIC_IMPORT.findall((STATIC / path).read_text())
        ]
    return found


def scripts() -> str:
    return "\n".join(
        path.read_text() for name in ("workbench", "kinds") for path in (STATIC / "js" / name).glob("*.js")
    )


def test_the_kernels_modules_are_all_preloaded_and_no_other():
    assert set(KERNEL) == imported_from("js/workbench/kernel.js")
    assert len(KERNEL) == len(set(KERNEL))


def test_a_tools_modules_are_all_preloaded():
    for name, modules in {**TOOLS, **SOURCES}.items():
        assert set(modules) == imported_from(modules[0]) - set(KERNEL), name


def test_every_kind_of_the_server_has_a_tool_in_the_browser():
    assert set(KINDS) == set(TOOLS)


def test_a_page_is_told_of_what_its_schema_needs():
    schema = {"fields": [{"tool": "choices"}, {"tool": "choices"}], "data": {"text": {"type": "text"}}}

    modules = workbench_modules(schema)

    assert modules == [*KERNEL, *TOOLS["choices"], *SOURCES["text"]]


def test_every_message_the_scripts_say_exists_and_none_is_idle():
    said = set(SAID.findall(scripts()))
    known = set(workbench_messages())

    assert said - known == set()
    assert [name for name in known if f'"{name}"' not in scripts() and not COMPUTED.fullmatch(name)] == []


def test_the_item_messages_are_enough_for_an_item_alone():
    files = [STATIC / path for modules in (*TOOLS.values(), *SOURCES.values()) for path in modules]
    said = {name for path in files for name in SAID.findall(path.read_text())}

    assert said - set(item_messages()) == set()


def test_plural_forms_are_those_of_the_active_language():
    with translation.override("en"):
        forms = item_messages()["chosen_by"]

    assert isinstance(forms, dict)
    assert forms["one"] == "{n} person"
    assert forms["other"] == "{n} people"
