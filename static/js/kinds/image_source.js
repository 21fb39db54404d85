/** Shows an image: fitted to the screen or at its own size, with a way out when it does not load. */

import { button, make } from "../workbench/dom.js";
import { titleOf } from "../workbench/words.js";

export function prepare({ name, task }) {
  const url = addressOf(task, name);
  if (!url) return;
  const ahead = new Image();
  ahead.src = url;
  ahead.decode?.().catch(() => {});
}

export function mount({ el, name, spec, task, say, words, onBroken }) {
  const media = mediaOf(task, name);
  const url = addressOf(task, name);
  const image = make("img", {
    class: "source-image",
    alt: words("image_alt", { item: String(task.item ?? "") }),
    width: media.width,
    height: media.height,
    decoding: "async",
    draggable: "false",
  });
  const frame = make("div", { class: "source-frame", tabindex: "0", role: "group", "aria-label": words("image_frame") }, image);
  const zoom = button(words("actual_size"), toggleZoom, { class: "button button--quiet source-zoom", "aria-pressed": "false" });
  const figure = make("figure", { class: "source-figure" }, frame, make("figcaption", {}, zoom));
  if (spec.title) el.append(make("h3", { class: "source-title", text: titleOf(spec.title, words.locale, name), dir: "auto" }));
  el.append(figure);
  image.addEventListener("error", fail);
  if (url) image.src = url;
  else fail();

  function toggleZoom() {
    const isZoomed = frame.classList.toggle("is-actual");
    zoom.setAttribute("aria-pressed", String(isZoomed));
  }

  function fail() {
    const retry = url ? button(words("try_again"), again) : null;
    const skip = onBroken ? button(words("skip_broken"), () => onBroken()) : null;
    figure.replaceChildren(
      make("div", { class: "notice", "data-tone": "loss" }, make("div", {}, make("p", { text: words("image_broken") }), make("p", { class: "work-actions" }, retry, skip))),
    );
    say(words("image_broken"), { now: true });
  }

  function again() {
    figure.replaceChildren(frame, make("figcaption", {}, zoom));
    image.removeAttribute("src");
    image.src = url;
  }

  return {
    destroy() {
      image.removeEventListener("error", fail);
      image.removeAttribute("src");
    },
  };
}

/** An item has one image at most; the server files it under "image" whatever its column is called. */
function mediaOf(task, name) {
  return task.media?.[name] ?? task.media?.image ?? {};
}

function addressOf(task, name) {
  const { url } = mediaOf(task, name);
  return typeof url === "string" && /^(\/(?!\/)|https?:|blob:|data:image\/)/.test(url) ? url : null;
}
