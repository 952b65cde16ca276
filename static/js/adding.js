// Adding pictures to a gallery: G selects the picture one points at and opens the menu; Enter in the title makes the new
// gallery, and not what the form sends else.

import { $, hasSingleKeys, isTyping } from "./dom.js";

const menu = () => $("#adding");
const loading = $("#adding-body")?.firstElementChild;

// Opens the menu for a picture of a list, which is selected, or for the one the page is about.
// The list may have been renewed since the frame was seen: it is looked up by its name.
function addTo(seen) {
  const frame = seen?.id ? document.getElementById(seen.id) : seen;
  const pick = frame && $('input[name="pick"]', frame);
  if (pick && !pick.checked) {
    pick.checked = true;
    pick.dispatchEvent(new Event("change", { bubbles: true }));
  }
  $('main [data-key="g"]')?.click();
}

document.addEventListener("add-to-gallery", (e) => addTo(e.detail)); // from the lightbox
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && e.target.id === "adding-title") {
    e.preventDefault();
    return $("#adding-new").click();
  }
  if (e.key.toLowerCase() !== "g" || e.ctrlKey || e.metaKey || e.altKey || e.repeat || !hasSingleKeys()) return;
  if (isTyping(document.activeElement) || $("dialog[open], :popover-open") || !$('main [data-key="g"]')) return;
  const frame = document.activeElement?.closest(".frame") ?? $("main .frame:hover");
  if (!frame || !$('input[name="pick"]', frame)) return;
  e.preventDefault();
  addTo(frame);
}, true);

// What was loaded for other pictures goes first: a title typed into it would be lost when the new list arrives.
document.addEventListener("htmx:beforeSend", (e) => {
  if (e.detail.target.id === "adding-body") e.detail.target.replaceChildren(loading.cloneNode(true));
});
document.addEventListener("htmx:afterRequest", (e) => {
  if (!e.detail.successful || e.detail.requestConfig.verb !== "post" || !menu()?.contains(e.target)) return;
  if (e.detail.xhr.getResponseHeader("Imageweb-Refused")) $("#adding-title").focus(); // what was typed stays
  else menu().hidePopover();
});

// Opened by its key the menu takes the focus, which returns to the picture when it closes.
document.addEventListener("htmx:afterSettle", (e) => {
  if (e.target.id !== "adding-body" || !menu()?.matches(":popover-open")) return;
  if (!menu().contains(document.activeElement)) $("button, input", menu())?.focus();
});
