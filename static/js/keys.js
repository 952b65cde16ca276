// Keyboard shortcuts. Markup declares one with data-key; the focused frame or strip is asked first, then the page, then
// what surrounds every page. While a menu or a dialog is open, it alone is asked.

import { $, $$, hasSingleKeys, isTyping } from "./dom.js";

// What is hidden has no key; a picture's own buttons may be out of sight until one points at it.
const isThere = (el) => Boolean(el.closest(".frame")) || el.checkVisibility();
const firstThere = (sel, from = document) => $$(sel, from).find(isThere);

function send(e, field) {
  e.preventDefault();
  if (!e.repeat) field.form.requestSubmit();
}

function step(e, frame) {
  const frames = $$("main .frame__box[href]");
  const next = frames[frames.indexOf(frame) + (e.key === "ArrowRight" || e.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  e.preventDefault();
  next.focus();
}

// The element a key presses: of the picture that has the focus or the pointer, never of just any picture of the page.
function targetOf(key, focused, over) {
  const named = `[data-key="${key}"]`;
  if (over) return firstThere(named, over);
  const near = focused?.closest(".frame") ?? $("main .frame:hover") ?? focused?.closest(".strip");
  const target = (near && $(named, near)) || (firstThere(`:is(main, #toast) ${named}`) ?? firstThere(`.app ${named}`));
  const frame = target?.closest(".frame");
  return target && isThere(target) && (!frame || frame === near) ? target : null;
}

function press(target) {
  if (target.matches("textarea, input:not([type='checkbox'], [type='radio'])")) target.focus();
  else target.click();
}

document.addEventListener("keydown", (e) => {
  const focused = document.activeElement;
  if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && focused?.form) return send(e, focused);
  if (e.key === "Escape" && isTyping(focused)) return focused.blur();
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isTyping(focused)) return;
  const dialog = $("dialog[open]");
  if (!dialog && e.key.startsWith("Arrow") && focused?.matches(".frame__box")) return step(e, focused);
  const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
  if (by && !dialog && focused === document.body) $(`[data-step="${by}"]`)?.click();
  if (e.repeat || !hasSingleKeys()) return;
  if (e.key === "?" && (!dialog || dialog.matches(".lightbox"))) return $("#help")?.showModal();
  const key = e.key.toLowerCase();
  const target = /^[a-z0-9/]$/.test(key) && targetOf(key, focused, dialog ?? $(":popover-open"));
  if (!target) return;
  e.preventDefault();
  press(target);
});

addEventListener("load", () => {
  if (location.hash === "#refine") $("#refine [data-key]")?.focus();
});

/* ── the list of shortcuts names those that work now: on the page, or on the picture that is opened. It is made before
   it is seen; in browsers that do not announce a dialog, right after ── */
const isSingle = (keys) => keys.length > 0 && keys.every((key) => /^[^→←↑↓]$/.test(key.textContent));

function isUseful(part) {
  const where = $("dialog.lightbox[open]") ? "lightbox" : "page";
  if (part.dataset.in && part.dataset.in !== where) return false;
  if (part.dataset.for && $$(part.dataset.for).filter(isThere).length < (part.dataset.least ?? 1)) return false;
  return hasSingleKeys() || !part.matches("div") || !isSingle($$("kbd", part));
}
for (const event of ["beforetoggle", "toggle"]) {
  document.addEventListener(event, (e) => {
    if (e.target.id !== "help" || e.newState === "closed") return;
    for (const part of $$("section, dl > div", e.target)) part.hidden = !isUseful(part);
  }, true);
}
