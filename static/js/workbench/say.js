/** Says a sentence to screen readers. The region is emptied first, so that the same sentence twice is read twice. */

export function createSay(polite, urgent = polite) {
  let timer = 0;
  return function say(text, { now = false } = {}) {
    const region = now ? urgent : polite;
    clearTimeout(timer);
    region.textContent = "";
    timer = setTimeout(() => {
      region.textContent = text;
    }, 60);
  };
}
