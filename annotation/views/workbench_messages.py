"""Every sentence the workbench's scripts say, translated here so that no script holds a language.

A plural is a dictionary from the reader's plural categories (as Intl.PluralRules names them) to its forms.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

Message = str | dict[str, str]

# A number of each category, in the languages that have it: Arabic has all six, Polish and Russian four.
SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def workbench_messages() -> dict[str, Message]:
    """For the workbench itself: item messages and those around them."""
    return {**item_messages(), **_flow(), **_threads(), **_queue(), **_skipping(), **_keys(), **_pauses()}


def item_messages() -> dict[str, Message]:
    """For an item alone: enough for the review view and for the preview."""
    return {
        "optional": _("(optional)"),
        "clear": _("Clear the choice"),
        "choose_any": _("(any number)"),
        "choose_any_required": _("(one or more)"),
        "choose_between": _("({low} to {high})"),
        "choose_up_to": _forms(ngettext_lazy("(at most {n})", "(at most {n})")),
        "choose_one": _("Choose one option."),
        "choose_at_least": _forms(ngettext_lazy("Choose at least {n} option.", "Choose at least {n} options.")),
        "choose_at_most": _forms(ngettext_lazy("Choose at most {n} option.", "Choose at most {n} options.")),
        "choice_unknown": _("This choice is not in the list any more."),
        "search_options": _("Search the options"),
        "no_option_matches": _("No option has these words."),
        "decided": _("Decided"),
        "chosen_by": _forms(ngettext_lazy("{n} person", "{n} people")),
        "answer_keys": _("Answers"),
        "said_chosen": _("{title}: chosen"),
        "said_unchosen": _("{title}: not chosen"),
        "empty_text": _("This text is empty."),
        "image_alt": _("The image to label, item {item}"),
        "image_frame": _("Image"),
        "image_broken": _("The image does not load."),
        "actual_size": _("Actual size"),
        "try_again": _("Try again"),
        "skip_broken": _("Skip as broken"),
        "preview_incomplete": _("The preview appears when there is a question with its options."),
    }


def _flow() -> dict[str, Message]:
    return {
        "item_title": _("Item {item}"),
        "price_each": _("{amount} for this item"),
        "progress_mine": _forms(ngettext_lazy("{n} answer by you", "{n} answers by you")),
        "progress_project": _("Project: {done} of {total} ({percent})"),
        "pending_sum": _("+ {amount} in review"),
        "said_kept": _("Answer kept. Next item."),
        "said_skipped": _("Skipped. Next item."),
        "said_refused": _("An answer was not accepted. It is listed at the top of the page."),
        "said_undone": _("Undone"),
        "said_redone": _("Redone"),
        "returned_title": _("Returned to you by a reviewer"),
        "returned_silent": _("The reviewer asks you to look at this item again."),
        "expiring": _forms(
            ngettext_lazy(
                "This item is kept for you for {n} more second.",
                "This item is kept for you for {n} more seconds.",
            )
        ),
        "still_here": _("I am still working on it"),
        "expired_title": _("The time for this item is over"),
        "expired_text": _(
            "Somebody else may get it now. You can still submit your answer: it is accepted if it is still needed."
        ),
        "no_storage": _(
            "This browser keeps nothing on this device, so close the page only when every answer has been sent."
        ),
        "not_kept_title": _("The answer could not be kept"),
        "not_kept_text": _("This device has no room left. Free some space, then submit again; nothing was sent."),
        "prefs_not_kept": _("The keys were changed for now, but could not be saved."),
    }


def _threads() -> dict[str, Message]:
    return {
        "threads_title": _forms(ngettext_lazy("{n} comment on your answer", "{n} comments on your answer")),
        "thread_next": _("Next comment"),
        "thread_word": _("Comment"),
        "thread_you": _("You"),
        "thread_reviewer": _("A reviewer"),
        "thread_open": _("Open"),
        "thread_resolved": _("Settled"),
        "thread_gone": _("Not in your answer any more"),
        "thread_resolve": _("Mark as settled"),
        "thread_reopen": _("Open again"),
        "thread_reply_to": _("Your reply to comment {number}"),
        "thread_send": _("Reply"),
        "thread_sent": _("Sent"),
        "thread_not_sent": _("Not sent. Try again when you are online."),
    }


def _queue() -> dict[str, Message]:
    return {
        "offline": _("Offline"),
        "queue_empty": _("Everything is sent"),
        "queue_sending": _forms(ngettext_lazy("Sending {n}", "Sending {n}")),
        "queue_offline": _forms(ngettext_lazy("Offline, {n} waiting", "Offline, {n} waiting")),
        "queue_retrying": _forms(ngettext_lazy("{n} waiting, trying again", "{n} waiting, trying again")),
        "queue_sign_in": _forms(ngettext_lazy("Sign in to send {n} answer", "Sign in to send {n} answers")),
        "dead_title": _forms(ngettext_lazy("{n} answer was not accepted", "{n} answers were not accepted")),
        "dead_lede": _("Nothing is lost: each stays in this browser until you decide."),
        "dead_answer": _("Answer to item {item}"),
        "dead_skip": _("Skipping of item {item}"),
        "dead_status": _("The server refused it (status {status})."),
        "dead_hint": _("Try again; if it is refused again, copy it for the project's owner, then discard it."),
        "dead_hint_not_needed": _("Others have finished this item in the meantime. You can discard your copy."),
        "dead_hint_already_answered": _("Your first answer to this item counts. You can discard this one."),
        "dead_hint_lease_gone": _("The item is no longer kept for you. Try again once; if it is refused, discard it."),
        "dead_hint_not_found": _(
            "The item is not lent to the account that is signed in. If you work with several, sign in with the other."
        ),
        "dead_hint_permission_denied": _("You may not answer in this project now. Copy the answer and ask its owner."),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "discard": _("Discard"),
        "discard_title": _("Discard this answer?"),
        "discard_text": _("It exists only in this browser. Once discarded it cannot be brought back."),
        "cancel": _("Cancel"),
        "close": _("Close"),
    }


def _skipping() -> dict[str, Message]:
    return {
        "skip_title": _("Skip this item"),
        "skip_why": _("What is the reason?"),
        "reason_unclear": _("It is unclear what to answer"),
        "reason_broken": _("It is broken or empty"),
        "reason_offensive": _("It is offensive or disturbing"),
        "reason_too_hard": _("It is too hard for me"),
        "reason_other": _("Another reason"),
        "skip_note": _("Note (optional)"),
    }


def _keys() -> dict[str, Message]:
    return {
        "keys_workbench": _("Workbench"),
        "help_title": pgettext("keyboard", "Keys"),
        "submit": _("Submit"),
        "skip": _("Skip"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "instructions": _("Instructions"),
        "single_keys": _("Use single keys"),
        "single_keys_hint": _(
            "Off: only keys with Ctrl or Cmd do anything, and answers are chosen with Tab and Space."
        ),
        "change_key": _("Change"),
        "change_key_of": _("Change the key for: {title}"),
        "press_a_key": _("Press a key"),
        "keys_reset": _("Original keys"),
    }


def _pauses() -> dict[str, Message]:
    return {
        "pause_loading_title": _("Fetching the next item"),
        "pause_loading_text": _("One moment."),
        "pause_empty_title": _("No item for you right now"),
        "pause_empty_text": _(
            "Every open item is answered or in somebody's hands. This page looks again by itself; "
            "what you submitted is reviewed and paid as the project says."
        ),
        "pause_not_eligible_title": _("This project has no work for you yet"),
        "pause_not_eligible_text": _("These rules stand in the way, and this would change it:"),
        "pause_paused_title": _("The project is paused"),
        "pause_paused_text": _("Its owner has paused it. Your answers are safe and stay payable."),
        "pause_closed_title": _("The project is finished"),
        "pause_closed_text": _("Every answer is in. What was accepted is paid out; your earnings page shows each."),
        "pause_other_tab_title": _("Your items are open in another tab"),
        "pause_other_tab_text": _("Go on there, or close that tab and check again here."),
        "pause_offline_title": _("You are offline"),
        "pause_offline_text": _("The work goes on by itself when the connection is back. Your answers are kept here."),
        "pause_unwell_title": _("The server does not answer"),
        "pause_unwell_text": _("This page tries again by itself. Your answers are kept here."),
        "pause_refused_title": _("The server does not give out items"),
        "pause_refused_text": _("Check again, or choose another project."),
        "pause_signed_out_title": _("You are signed out"),
        "pause_signed_out_text": _("Sign in to go on. Unsent answers are sent after that."),
        "pause_broken_title": _("The workbench could not be loaded"),
        "pause_broken_text": _("A part of this page is missing. Reload it; if that does not help, tell the project."),
        "pause_waiting": _forms(
            ngettext_lazy(
                "{n} answer is not sent yet. Keep this page open until it is.",
                "{n} answers are not sent yet. Keep this page open until they are.",
            )
        ),
        "sum_mine": _("Done"),
        "sum_earned": _("Earned here"),
        "sum_pending": _("In review"),
        "check_again": _("Check again"),
        "other_projects": _("Other projects"),
        "my_earnings": _("My earnings"),
        "sign_in": _("Sign in"),
    }


def _forms(plural: Any) -> dict[str, str]:
    """Every plural form of the active language."""
    forms = {category: str(plural % number) for category, number in SAMPLES.items()}
    return {category: form for category, form in forms.items() if category == "other" or form != forms["other"]}
