/** When there is no item to show: why, what was done, and what comes next. */

import { button, make } from "./dom.js";
import { formatBoth } from "./money.js";

export function createPausePage({ el, words, urls, onAgain, say }) {
  const sum = make("dl", { class: "pause-sum" });
  const unsent = make("p", { class: "notice", "data-tone": "wait" });
  let timer = 0;

  function show({ kind, why = [], retryAfter = null, detail = "", waiting = 0, state = null }) {
    clearTimeout(timer);
    sum.replaceChildren();
    update({ waiting, state });
    const heading = make("h2", { tabindex: "-1", text: words(`pause_${kind}_title`) });
    el.replaceChildren(
      make(
        "div",
        { class: "pause" },
        heading,
        make("p", { text: detail || words(`pause_${kind}_text`), dir: "auto" }),
        why.length ? make("ul", { class: "pause-why" }, ...why.map(drawReason)) : null,
        sum,
        unsent,
        kind === "loading" ? null : drawNext(kind),
      ),
    );
    el.hidden = false;
    if (kind !== "loading") {
      heading.focus({ preventScroll: true });
      say(heading.textContent);
    }
    if (retryAfter) timer = setTimeout(onAgain, retryAfter * 1000);
  }

  function drawReason({ message, fix }) {
    return make("li", {}, make("span", { text: message, dir: "auto" }), fix ? make("small", { class: "quiet", text: fix, dir: "auto" }) : null);
  }

  /** Answers go on being sent while this page is shown, and its numbers follow. */
  function update({ waiting, state }) {
    unsent.hidden = !waiting;
    unsent.textContent = words("pause_waiting", { n: waiting });
    sum.hidden = !state;
    if (!state) return;
    const rows = [[words("sum_mine"), words("progress_mine", { n: state.progress.mine })]];
    if (state.earned) rows.push([words("sum_earned"), formatBoth(state.earned, state, words.locale)]);
    if (state.pending && BigInt(state.pending.minor) > 0n) rows.push([words("sum_pending"), formatBoth(state.pending, state, words.locale)]);
    sum.replaceChildren(...rows.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", {}, make("bdi", { text: value })))));
  }

  function drawNext(kind) {
    const links = [];
    if (kind === "signed_out") links.push(make("a", { class: "button button--primary", href: urls.sign_in, text: words("sign_in") }));
    else links.push(button(words("check_again"), onAgain, { class: kind === "closed" ? "button" : "button button--primary" }));
    if (urls.projects) links.push(make("a", { class: "button", href: urls.projects, text: words("other_projects") }));
    if (urls.earnings) links.push(make("a", { class: "button", href: urls.earnings, text: words("my_earnings") }));
    return make("p", { class: "work-actions" }, ...links);
  }

  return {
    show,
    update,
    hide() {
      clearTimeout(timer);
      el.hidden = true;
      el.replaceChildren();
    },
  };
}
