// <div data-poll="url" data-poll-seconds="2">: fetches the fragment and puts it in this element's place of content until
// the fragment has an element with data-poll-done; then, with data-poll-then="reload", the page is loaded again.
// A hidden tab waits; a failure waits twice as long, up to a minute.

const LONGEST_MS = 60_000;

export function attach(element) {
  const pause = Number(element.dataset.pollSeconds || 2) * 1000;
  let wait = pause;

  const again = () => {
    if (element.isConnected) setTimeout(look, wait);
  };
  const look = async () => {
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    try {
      const response = await fetch(element.dataset.poll, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      show(element, await response.text());
      wait = pause;
    } catch {
      wait = Math.min(wait * 2, LONGEST_MS);
    }
    if (element.querySelector("[data-poll-done]")) finish(element);
    else again();
  };
  if (element.querySelector("[data-poll-done]")) return;
  again();
}

function show(element, html) {
  if (element.dataset.pollShown === html) return;
  element.dataset.pollShown = html;
  element.replaceChildren(new DOMParser().parseFromString(html, "text/html").body);
  element.replaceChildren(...element.firstElementChild.childNodes);
  element.dispatchEvent(new CustomEvent("foggara:load", { bubbles: true }));
}

function finish(element) {
  if (element.dataset.pollThen === "reload") location.reload();
}
