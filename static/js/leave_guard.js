// Asks before a form is left in which something was changed and not saved.

const form = document.querySelector("#content-main > form[id$='_form']");

if (form) {
  // One that comes back, with errors or because somebody else has saved, holds what is not saved.
  let isUnsaved = form.querySelector(".errorlist, [role='alert']") !== null;
  const changed = () => { isUnsaved = true; };
  for (const kind of ["input", "change", "formset:added", "formset:removed"]) {
    form.addEventListener(kind, changed);
  }
  form.addEventListener("submit", () => { isUnsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
}
