// <time data-when datetime="…"><span class="when__relative">: keeps "3 minutes ago" true while the page stays open.

const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });
const shown = new Set();

export function attach(time) {
  shown.add(new WeakRef(time));
}

function refresh() {
  for (const reference of shown) {
    const time = reference.deref();
    if (!time?.isConnected) shown.delete(reference);
    else say(time);
  }
}

function say(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  // Under a minute the server's word stays.
  if (unit) time.querySelector(".when__relative").textContent = words.format(Math.trunc(seconds / length), unit);
}

setInterval(refresh, 30_000);
