// Selecting: a range with Shift, all with Ctrl+A, one with X; the number of what is selected.
// Without this module the checkboxes and their bar work by CSS and plain forms. What a swap puts in place of a live
// region is not read out, so that numbers are said through the page's own.

const $ = (sel, from = document) => from.querySelector(sel);
const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
const form = () => $("#selection");
const picks = () => $$('input[name="pick"]', form() ?? document.createElement("form"));
const say = (text) => document.dispatchEvent(new CustomEvent("say", { detail: text }));
const typing = (el) => el?.matches?.('textarea, select, input:not([type="checkbox"], [type="radio"])');
let last; // the checkbox a range begins at

/* ── how many ── */
function count() {
  const box = $("#selected");
  if (!box) return;
  const all = $('input[name="all"]', form())?.checked;
  const n = picks().filter((pick) => pick.checked).length;
  const amount = all ? box.dataset.all : n && n.toLocaleString(document.documentElement.lang);
  const text = amount ? `${amount} selected` : "Selected";
  if (text === box.textContent) return;
  say(amount ? text : "Nothing selected");
  box.textContent = text;
}
document.addEventListener("change", (e) => {
  if (!e.target.matches('[name="pick"], [name="all"]')) return;
  if (e.target.name === "pick" && !e.target.checked) { const all = $('input[name="all"]', form()); if (all) all.checked = false; }
  count();
});
document.addEventListener("reset", () => { last = undefined; setTimeout(count); });
let ticked = [], isRenewed = false; // what stays selected while the list is brought up to date
document.addEventListener("htmx:beforeSwap", (e) => {
  isRenewed = e.detail.requestConfig.elt.id === "pager";
  ticked = isRenewed ? picks().filter((pick) => pick.checked).map((pick) => pick.value) : [];
});
document.addEventListener("htmx:afterSwap", () => { // before anything is painted
  for (const pick of picks()) if (ticked.includes(pick.value)) pick.checked = true;
  ticked = [];
});
document.addEventListener("htmx:afterSettle", () => {
  count();
  if (isRenewed) land();
  isRenewed = false;
});

/* ── who comes back to the list finds it as it was left ── */
const LEFT = "selected", [way] = performance.getEntriesByType("navigation");
const left = () => { try { return JSON.parse(sessionStorage.getItem(LEFT)); } catch { return null; } };
addEventListener("pagehide", () => {
  const keys = picks().filter((pick) => pick.checked).map((pick) => pick.value);
  try { sessionStorage.setItem(LEFT, JSON.stringify({ at: location.href, keys })); } catch { /* private mode */ }
});
if (way?.type === "back_forward" && left()?.at === location.href) {
  for (const pick of picks()) pick.checked = left().keys.includes(pick.value);
  count();
}

/* ── Shift selects from the last one to this one; while anything is selected, a click on a picture selects it ── */
function toTick(target) {
  const pick = $('input[name="pick"]', target.closest(".frame"));
  return pick && form()?.contains(pick) ? pick : null;
}
function tick(pick, upTo) {
  const list = picks(), from = list.indexOf(upTo ? last : pick), to = list.indexOf(pick);
  const is = upTo && last ? last.checked : !pick.checked;
  for (const one of list.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = is;
  last = pick;
  pick.dispatchEvent(new Event("change", { bubbles: true }));
}
document.addEventListener("click", (e) => {
  if (e.target.matches?.('input[name="pick"]')) {
    if (e.shiftKey && last && last !== e.target) {
      const is = e.target.checked, list = picks(), ends = [list.indexOf(last), list.indexOf(e.target)].sort((a, b) => a - b);
      for (const one of list.slice(ends[0], ends[1] + 1)) one.checked = is;
      count();
    }
    last = e.target;
    return;
  }
  const box = e.target.closest?.(".frame__box"), pick = box && toTick(box);
  if (!pick || e.ctrlKey || e.metaKey || e.button) return;
  if (!e.shiftKey && !picks().some((one) => one.checked)) return;
  e.preventDefault();
  e.stopPropagation();
  tick(pick, e.shiftKey && last?.isConnected);
}, true);

/* ── keys of a selection; Ctrl+A here means every picture of the page ── */
document.addEventListener("keydown", (e) => {
  const here = document.activeElement, single = document.documentElement.dataset.shortcuts !== "off";
  if (typing(here) || $("dialog[open], :popover-open") || !form()) return;
  if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "a") {
    e.preventDefault();
    const most = Number(form().dataset.most);
    for (const [n, pick] of picks().entries()) pick.checked = n < most;
    if (picks().length > most) document.dispatchEvent(new CustomEvent("toast", { detail: `${most} at most are selected one by one. “All” takes every one.` }));
    count();
  } else if (e.key === "Escape" && picks().some((pick) => pick.checked)) {
    form().reset();
  } else if (single && e.key === "Delete" && !e.ctrlKey && !e.metaKey && !e.altKey && !e.shiftKey && picks().some((pick) => pick.checked)) {
    $('[data-key="delete"]', form())?.click();
  }
}, true);

/* ── how many were found ── */
document.addEventListener("htmx:afterRequest", (e) => { if (e.target.id === "search" && e.detail.successful) say($("#found").textContent); });

/* ── how many each choice would show: asked by the number found, which goes with its search, so that no late answer is heard ── */
document.addEventListener("htmx:afterRequest", (e) => {
  if (e.target.id !== "found") return;
  const come = new DOMParser().parseFromString(e.detail.successful ? e.detail.xhr.responseText : "", "text/html");
  for (const place of $$('#facets [id^="n-"]')) {
    const figure = come.getElementById(place.id);
    if (place.matches("option")) place.label = figure ? `${place.text} (${figure.textContent.trim()})` : "";
    else place.replaceChildren(...(figure?.childNodes ?? []));
  }
});

/* ── what was tagged or deleted leaves the focus where one can go on ── */
document.addEventListener("htmx:afterRequest", (e) => {
  if (!e.detail.successful || !e.target.closest?.("#selection")) return;
  if (e.target.closest("#tagging")) { $("#tagging").hidePopover(); $("#tag").value = ""; }
  count();
  land();
});
function land() {
  if (document.activeElement === document.body || !document.activeElement.checkVisibility?.()) ($("#toast button") ?? $("#tiles .frame__box"))?.focus({ preventScroll: true });
}
