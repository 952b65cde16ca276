// Buttons that copy a text or a link.

import { $, on } from "./dom.js";
import { toast } from "./messages.js";

async function copy(text, button, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast(copySelected(text, button) ? done : "This browser does not let pages copy. Select the text and copy it.");
  }
}

// Without https there is no clipboard; what is selected can still be copied.
function copySelected(text, button) {
  const field = Object.assign(document.createElement("textarea"), { value: text });
  button.after(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  button.focus();
  return isCopied;
}

on("click", "[data-copy]", (_, button) => {
  const source = $(button.dataset.copy);
  copy(source?.value ?? source?.textContent ?? "", button, button.dataset.copied ?? "Copied");
});
on("click", "[data-copy-link]", (_, button) => {
  const link = new URL(button.dataset.copyLink, location.href).href;
  copy(link, button, "Link copied. Who may see the picture can open it.");
});
