// <form data-confirm="dialog-id">: shows that <dialog class="dialog"> before the form goes out. The dialog's
// <button value="yes"> lets it go, anything else does not. For what costs money or cannot be undone; without script the
// server must ask.

export function attach(form) {
  const dialog = document.getElementById(form.dataset.confirm);
  let confirmed = false;
  let submitter = null;

  form.addEventListener("submit", (event) => {
    if (confirmed) {
      holdButtons(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    submitter = event.submitter;
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    confirmed = true;
    form.requestSubmit(submitter);
  });
}

function holdButtons(form) {
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
}
