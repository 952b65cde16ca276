// The theme. The server keeps it with the person and prints it, so there is no flash; the cookie is for pages that know
// nobody.

import { $$, on, root } from "./dom.js";

const keep = () => {
  document.cookie = `theme=${root.dataset.theme ?? "auto"};path=/;max-age=31536000;samesite=lax`;
};

on("change", 'input[name="theme"]', (_, input) => {
  if (input.value === "auto") delete root.dataset.theme;
  else root.dataset.theme = input.value;
  for (const other of $$(`input[name="theme"][value="${input.value}"]`)) other.checked = true;
  keep();
});
keep();
