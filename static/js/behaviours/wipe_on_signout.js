/**
 * <form data-sign-out="user-id">: before signing out, deletes what this browser keeps of that person (drafts, queue).
 * If answers were not sent yet, data-unsent asks first, with data-stay and data-leave for the two buttons.
 */

import { button, make } from "../workbench/dom.js";
import { openStorage, wipeStorage } from "../workbench/storage.js";

export function attach(form) {
  const user = form.dataset.signOut;
  if (!user || !globalThis.indexedDB) return;
  let isClean = false;

  form.addEventListener(
    "submit",
    async (event) => {
      if (isClean) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      if ((await countUnsent(user)) && !(await askFirst(form.dataset))) return;
      await Promise.race([wipeStorage(user).catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2000))]);
      isClean = true;
      form.requestSubmit(submitter);
    },
    { capture: true },
  );
}

async function countUnsent(user) {
  const storage = await openStorage(user);
  const rows = await storage.queue.all();
  storage.close();
  return rows.length;
}

function askFirst({ unsent, stay, leave }) {
  return new Promise((resolve) => {
    const dialog = make("dialog", { class: "dialog", "aria-labelledby": "unsent-title" });
    dialog.append(
      make(
        "div",
        {},
        make("p", { id: "unsent-title", text: unsent }),
        make("div", { class: "dialog__actions" }, button(stay, () => dialog.close(), { class: "button button--primary" }), button(leave, () => dialog.close("leave"), { class: "button button--danger" })),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "leave");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
