// <form data-submit-on-change>: a changed select or check box submits the form. Its button serves those without script.

export function attach(form) {
  form.addEventListener("change", () => form.requestSubmit());
}
