// Buttons that copy a text or a link.

import { $, on } from "./dom.js";
import { toast } from "./messages.js";
import { gettext } from "./text.js";

async function copy(text, button, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    const failed = gettext("This browser does not let pages copy. Select the text and copy it.");
    toast(copySelected(text, button) ? done : failed);
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
  copy(source?.value ?? source?.textContent ?? "", button, button.dataset.copied ?? gettext("Copied"));
});
on("click", "[data-copy-link]", (_, button) => {
  const address = button.dataset.copyLink || $("a", button.closest("figure")).href; // a frame's own, where it has none
  const link = new URL(address, location.href).href;
  copy(link, button, gettext("Link copied. Who may see the picture can open it."));
});
