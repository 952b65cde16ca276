// The theme. The server keeps it with the person and prints it, so there is no flash; the cookie is for pages that know
// nobody, such as the one to sign in. Who never signed in here and chose none, such as a client, gets no cookie.

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
if (root.dataset.person) keep();
