// Every posting form: its buttons rest after the submit, so that an impatient second click sends nothing twice.
// They wake when the page comes back from the history, and after an htmx answer.
// <form data-submit-again> keeps them awake.

export function attach(form) {
  if ("submitAgain" in form.dataset) return;
  form.addEventListener("submit", (event) => {
    // After the browser has read the form: a disabled button would not send its name and value.
    setTimeout(() => { if (!event.defaultPrevented || form.matches("[hx-post]")) rest(form, true); });
  });
  window.addEventListener("pageshow", () => rest(form, false));
  form.addEventListener("htmx:finally:request", () => rest(form, false));
}

function rest(form, resting) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (resting && !button.disabled) {
      button.dataset.resting = "";
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    } else if (!resting && "resting" in button.dataset) {
      delete button.dataset.resting;
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }
}
