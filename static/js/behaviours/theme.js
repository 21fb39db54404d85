// <form data-theme-choice> with <select name="theme">: changes the theme at once and remembers it in the cookie the
// server reads. Without script the form posts.

export function attach(form) {
  const select = form.elements.theme;
  select.addEventListener("change", () => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.documentElement.dataset.theme = select.value;
    document.cookie = `theme=${select.value};path=/;max-age=31536000;samesite=lax${secure}`;
  });
}
