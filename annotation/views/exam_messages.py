"""What the script of an exam says: an item's sentences, and the workbench's for its keys."""

from django.utils.translation import gettext as _

from annotation.views.workbench_messages import Message, item_messages, workbench_messages

OF_WORKBENCH = (
    "keys_workbench", "help_title", "submit", "undo", "redo", "instructions", "single_keys", "single_keys_hint",
    "change_key", "change_key_of", "press_a_key", "keys_reset", "close", "cancel", "said_undone", "said_redone",
)  # fmt: skip


def exam_messages() -> dict[str, Message]:
    whole = workbench_messages()
    own: dict[str, Message] = {"prefs_not_kept": _("The keys could not be saved.")}
    return own | item_messages() | {name: whole[name] for name in OF_WORKBENCH if name in whole}
