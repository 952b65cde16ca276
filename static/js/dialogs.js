// Dialogs and menus.

import { $, on } from "./dom.js";

// command and commandfor are native; this covers browsers that lack them.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  on("click", "button[commandfor]", (_, button) => {
    const target = document.getElementById(button.getAttribute("commandfor"));
    if (button.getAttribute("command") === "show-modal") target?.showModal();
    else target?.close();
  });
}

// A dialog opens when the answer is in it. Its button may stand in a menu that closed under it.
document.addEventListener("htmx:afterSwap", (e) => {
  const button = e.detail.requestConfig?.elt; // none where Back renewed the page
  const dialog = button?.dataset.opens && document.getElementById(button.dataset.opens);
  if (!dialog?.contains(e.target)) return;
  const menu = button.closest("[popover]");
  const back = menu ? $(`[popovertarget="${menu.id}"]`) : button;
  dialog.addEventListener("close", () => back.focus(), { once: true });
  dialog.showModal();
});
on("click", "dialog", (e, dialog) => {
  if (e.target === dialog) dialog.close();
});
on("click", "[data-close]", (_, button) => button.closest(button.dataset.close)?.remove());

// A menu closes when one of its items sends or downloads; markup can say so only of buttons that send nothing.
on("click", "a.menu__item", (_, link) => link.closest("[popover]")?.hidePopover());
document.addEventListener("submit", (e) => {
  if (e.submitter?.matches(".menu__item")) e.submitter.closest("[popover]")?.hidePopover();
});
document.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.successful && e.target.matches("button.menu__item")) e.target.closest("[popover]")?.hidePopover();
});
