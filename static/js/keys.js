// Keys. Markup declares one with data-key; the focused frame or strip is asked first, then the page.

const $ = (sel, from = document) => from.querySelector(sel);
const typing = (el) =>
  el?.matches?.('textarea, select, [contenteditable], input:not([type="checkbox"], [type="radio"], [type="range"])');

function send(e, here) {
  e.preventDefault();
  if (!e.repeat) here.form.requestSubmit();
}

function step(e, here) {
  const frames = [...document.querySelectorAll("main .frame__box[href]")];
  const next = frames[frames.indexOf(here) + (e.key === "ArrowRight" || e.key === "ArrowDown" ? 1 : -1)];
  if (next) { e.preventDefault(); next.focus(); }
}

document.addEventListener("keydown", (e) => {
  const here = document.activeElement;
  if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && here?.form) return send(e, here);
  if (e.key === "Escape" && typing(here)) return here.blur();
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(here)) return;
  if (document.documentElement.dataset.shortcuts === "off") return;
  const dialog = $("dialog[open]");
  if (!dialog && e.key === "?") { $("#help")?.showModal(); return; }
  if (!dialog && e.key.startsWith("Arrow") && here?.matches(".frame__box")) return step(e, here);
  const key = e.key.toLowerCase();
  if (!/^[a-z0-9]$/.test(key)) return;
  // The picture that has the focus or the pointer; a key never acts on just any picture of the page.
  const near = here?.closest(".frame") ?? $("main .frame:hover") ?? here?.closest(".strip");
  const named = `[data-key="${key}"]`;
  const target = (near && $(named, near)) ?? (dialog ? $(named, dialog) : $(`:is(main, #toast) ${named}`));
  if (!target || (dialog && !dialog.contains(target))) return;
  if (!dialog && target.closest(".frame") && target.closest(".frame") !== near) return;
  e.preventDefault();
  if (target.matches("textarea, input:not([type='checkbox'], [type='radio'])")) target.focus(); else target.click();
});

// The list says only what works on this page.
document.addEventListener("toggle", (e) => {
  if (e.target.id !== "help") return;
  for (const part of e.target.querySelectorAll("[data-for]")) part.hidden = !$(part.dataset.for);
}, true);
