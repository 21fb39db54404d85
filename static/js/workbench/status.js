/** The bar at the top: how far this person and the project are, what is earned, and whether answers still wait. */

import { make } from "./dom.js";
import { formatBoth } from "./money.js";

export function createStatus({ root, words, say, signInUrl }) {
  const find = (name) => root.querySelector(`[data-show="${name}"]`);
  const percent = new Intl.NumberFormat(words.locale, { style: "percent", maximumFractionDigits: 0 });
  let wasFailing = false;

  return {
    progress({ mine, project_done: done, project_total: total }) {
      find("mine").textContent = words("progress_mine", { n: mine });
      find("project").textContent = words("progress_project", { done, total, percent: percent.format(total ? done / total : 0) });
      const bar = find("bar");
      bar.max = Math.max(1, total);
      bar.value = done;
    },
    earned(state) {
      const { earned: amount, pending = null } = state;
      find("earned").textContent = amount ? formatBoth(amount, state, words.locale) : "";
      const isWaiting = pending && BigInt(pending.minor) > 0n;
      find("pending").textContent = isWaiting ? words("pending_sum", { amount: formatBoth(pending, state, words.locale) }) : "";
    },
    price(amount, state) {
      find("price").textContent = amount ? words("price_each", { amount: formatBoth(amount, state, words.locale) }) : "";
    },
    queue({ waiting, isFailing, isSignedOut }) {
      const chip = find("queue");
      const n = waiting.length;
      const isStuck = n > 0 && (isFailing || isSignedOut || !navigator.onLine);
      chip.dataset.tone = isStuck ? "wait" : "quiet";
      chip.replaceChildren();
      if (isSignedOut && n) chip.append(make("a", { href: signInUrl, text: words("queue_sign_in", { n }) }));
      else if (isStuck) chip.append(words(navigator.onLine ? "queue_retrying" : "queue_offline", { n }));
      else if (!navigator.onLine) chip.append(words("offline"));
      else chip.append(n ? words("queue_sending", { n }) : words("queue_empty"));
      if (isStuck !== wasFailing) say(isStuck ? chip.textContent : words("queue_empty"));
      wasFailing = isStuck;
    },
  };
}
