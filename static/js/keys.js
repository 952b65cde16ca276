// Keys. Markup declares one with data-key; the focused frame or strip is asked first, then the page, then what stands
// around every page. While a menu or a dialog is open, it alone is asked.

const $ = (sel, from = document) => from.querySelector(sel);
const typing = (el) =>
  el?.matches?.('textarea, select, [contenteditable], input:not([type="checkbox"], [type="radio"], [type="range"])');

// What is hidden has no key; a picture's own buttons may be out of sight until one points at it.
const isThere = (el) => Boolean(el.closest(".frame")) || el.checkVisibility();
const there = (sel, from = document) => [...from.querySelectorAll(sel)].find(isThere);

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
  const dialog = $("dialog[open]");
  if (!dialog && e.key.startsWith("Arrow") && here?.matches(".frame__box")) return step(e, here);
  if (e.repeat || document.documentElement.dataset.shortcuts === "off") return;
  if (e.key === "?" && (!dialog || dialog.matches(".lightbox"))) { $("#help")?.showModal(); return; }
  const key = e.key.toLowerCase();
  if (!/^[a-z0-9/]$/.test(key)) return;
  const over = dialog ?? $(":popover-open"), named = `[data-key="${key}"]`;
  // The picture that has the focus or the pointer; a key never acts on just any picture of the page.
  const near = over ? null : here?.closest(".frame") ?? $("main .frame:hover") ?? here?.closest(".strip");
  const target = near && $(named, near) || (over ? there(named, over) : there(`:is(main, #toast) ${named}`) ?? there(`.app ${named}`));
  if (!target || !isThere(target)) return;
  if (!over && target.closest(".frame") && target.closest(".frame") !== near) return;
  e.preventDefault();
  if (target.matches("textarea, input:not([type='checkbox'], [type='radio'])")) target.focus(); else target.click();
});

// The list says only what works at this moment: on the page, or on the picture that is opened. It is made before it is
// seen; where a browser does not tell of that for a dialog, right after.
const isSingle = (keys) => keys.length > 0 && keys.every((key) => /^[^→←↑↓]$/.test(key.textContent));
for (const event of ["beforetoggle", "toggle"]) document.addEventListener(event, (e) => {
  if (e.target.id !== "help" || e.newState === "closed") return;
  const where = $("dialog.lightbox[open]") ? "lightbox" : "page", isOff = document.documentElement.dataset.shortcuts === "off";
  for (const part of e.target.querySelectorAll("section, dl > div")) {
    const isElsewhere = part.dataset.in && part.dataset.in !== where;
    const isUseless = part.dataset.for && [...document.querySelectorAll(part.dataset.for)].filter(isThere).length < (part.dataset.least ?? 1);
    part.hidden = isElsewhere || isUseless || (isOff && part.matches("div") && isSingle([...part.querySelectorAll("kbd")]));
  }
}, true);
addEventListener("load", () => { if (location.hash === "#refine") $("#refine [data-key]")?.focus(); });
