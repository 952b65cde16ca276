// Selecting pictures: a range with Shift, all with Ctrl+A, one with X; the count of the selected ones. Without this
// module the checkboxes and their bar work by CSS and plain forms.

import { $, $$, hasSingleKeys, isTyping } from "./dom.js";
import { say, toast } from "./messages.js";
import { gettext, interpolate, ngettext, number } from "./text.js";

const form = () => $("#selection");
const picks = () => (form() ? $$('input[name="pick"]', form()) : []);
const picked = () => picks().filter((pick) => pick.checked);
const allOfThem = () => $('input[name="all"]', form() ?? document);
let last; // the checkbox a range begins at

/* ── how many: what a swap puts in place of a live region is not read out, so the page's own says it ── */
function count() {
  const box = $("#selected");
  if (!box) return;
  const isAll = allOfThem()?.checked;
  const amount = isAll ? Number($("#pager").dataset.count) : picked().length;
  const values = { number: isAll ? box.dataset.all : number(amount) };
  const counted = interpolate(ngettext("%(number)s selected", "%(number)s selected", amount), values);
  const text = amount ? counted : gettext("Selected");
  if (text === box.textContent) return;
  say(amount ? text : gettext("Nothing selected"));
  box.textContent = text;
}
document.addEventListener("change", (e) => {
  if (!e.target.matches('[name="pick"], [name="all"]')) return;
  if (e.target.name === "pick" && !e.target.checked && allOfThem()) allOfThem().checked = false;
  count();
});
document.addEventListener("reset", () => {
  last = undefined;
  setTimeout(count);
});

/* ── what stays selected while the list is renewed, and where the focus goes ── */
let kept = [];
let isRenewed = false;
document.addEventListener("htmx:beforeSwap", (e) => {
  isRenewed = e.detail.requestConfig?.elt.id === "pager"; // Back renews the page without a request of its own
  kept = isRenewed ? picked().map((pick) => pick.value) : [];
});
document.addEventListener("htmx:afterSwap", () => { // before anything is painted
  for (const pick of picks()) if (kept.includes(pick.value)) pick.checked = true;
  kept = [];
});
document.addEventListener("htmx:afterSettle", () => {
  count();
  if (isRenewed) moveFocus();
  isRenewed = false;
});
document.addEventListener("htmx:afterRequest", (e) => {
  if (!e.detail.successful || !e.target.closest?.("#selection")) return;
  if (e.target.closest("#tagging")) {
    $("#tagging").hidePopover();
    $("#tag").value = "";
  }
  count();
  moveFocus();
});
function moveFocus() {
  const focused = document.activeElement;
  if (focused !== document.body && focused.checkVisibility?.()) return;
  ($("#toast button") ?? $("#tiles .frame__box"))?.focus({ preventScroll: true });
}

/* ── who comes back to the list finds the selection as it was left ── */
const LEFT = "selected";
function left() {
  try {
    return JSON.parse(sessionStorage.getItem(LEFT));
  } catch {
    return null;
  }
}
addEventListener("pagehide", () => {
  const keys = picked().map((pick) => pick.value);
  try {
    sessionStorage.setItem(LEFT, JSON.stringify({ at: location.href, keys }));
  } catch { /* private mode */ }
});
const [navigation] = performance.getEntriesByType("navigation");
if (navigation?.type === "back_forward" && left()?.at === location.href) {
  for (const pick of picks()) pick.checked = left().keys.includes(pick.value);
  count();
}

/* ── Shift selects from the last one to this one; while anything is selected, a click on a picture selects it ── */
function setRange(from, to, is) {
  const list = picks();
  const [first, end] = [list.indexOf(from), list.indexOf(to)].sort((a, b) => a - b);
  for (const pick of list.slice(first, end + 1)) pick.checked = is;
}
function pickOf(target) {
  const pick = target && $('input[name="pick"]', target.closest(".frame"));
  return pick && form()?.contains(pick) ? pick : null;
}
function clickPick(e, pick) {
  if (e.shiftKey && last?.isConnected && last !== pick) {
    setRange(last, pick, pick.checked);
    count();
  }
  last = pick;
}
document.addEventListener("click", (e) => {
  if (e.target.matches?.('input[name="pick"]')) return clickPick(e, e.target);
  const pick = pickOf(e.target.closest?.(".frame__box"));
  if (!pick || e.ctrlKey || e.metaKey || e.button) return;
  if (!e.shiftKey && !picked().length) return;
  e.preventDefault();
  e.stopPropagation();
  const isRange = e.shiftKey && last?.isConnected;
  setRange(isRange ? last : pick, pick, isRange ? last.checked : !pick.checked);
  last = pick;
  pick.dispatchEvent(new Event("change", { bubbles: true }));
}, true);

/* ── keys of a selection; Ctrl+A here means every picture of the page ── */
const tooMany = (most) =>
  ngettext(
    "At most %(number)s can be selected one by one. “All” takes every one.",
    "At most %(number)s can be selected one by one. “All” takes every one.",
    most,
  );
function selectAll() {
  const most = Number(form().dataset.most);
  for (const [n, pick] of picks().entries()) pick.checked = n < most;
  if (picks().length > most) toast(interpolate(tooMany(most), { number: number(most) }));
  count();
}
document.addEventListener("keydown", (e) => {
  if (isTyping(document.activeElement) || $("dialog[open], :popover-open") || !form()) return;
  const hasCtrl = e.ctrlKey || e.metaKey;
  if (e.altKey || e.shiftKey) return;
  if (hasCtrl && e.key.toLowerCase() === "a") {
    e.preventDefault();
    selectAll();
  } else if (e.key === "Escape" && picked().length) {
    form().reset();
  } else if (e.key === "Delete" && !hasCtrl && hasSingleKeys() && picked().length) {
    $('[data-key="delete"]', form())?.click();
  }
}, true);
