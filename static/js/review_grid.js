// Review on a sheet: keys mark the picture that has the focus, or all that are selected in one act.

import { $, $$, hasSingleKeys, isTyping, on, root } from "./dom.js";
import { say, toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";
import { announce, SAID, send, showCount } from "./verdicts.js";

const STATES = { a: "approved", c: "changes", r: "rejected" };
const TITLES = {
  rejected: gettext("Reject"),
  changes: gettext("Request changes"),
};
const sheet = () => $("[data-sheet]");
const cells = () => $$(".frame", sheet());
const picked = () => $$('[name="pick"]:checked', sheet());
const cellOf = (el) => el?.closest?.("[data-sheet] > .frame");
const given = []; // addresses that undo what was decided here, with the pictures it was about
let asked; // what waits for a reason

/* ── deciding ── */
function mark(cell, state) {
  cell.classList.remove(
    "is-approved",
    "is-rejected",
    "is-changes",
    "is-marking",
  );
  if (state) cell.classList.add(`is-${state}`, "is-marking");
}
function wordsOf(html, entry) {
  const said = html.querySelector("#review-answer");
  const toasted = html.querySelector("#toast");
  entry.undo = said?.dataset.undo ??
    toasted?.querySelector("form")?.getAttribute("action");
  showCount(html);
  return said?.textContent ?? toasted?.querySelector("span")?.textContent ?? "";
}
function decide(cells, state, reason = "", note = "") {
  const isMany = cells.length > 1;
  const body = new URLSearchParams({ state, reason, note, here: location.pathname + location.search });
  const before = cells.map((cell) => [...cell.classList].find((name) => name.startsWith("is-"))?.slice(3) ?? "");
  if (isMany) {
    for (const cell of cells) {
      body.append("pick", cell.id.slice(2));
      body.append("over", `${cell.id.slice(2)}:${cell.dataset.over}`);
    }
  } else body.append("over", cells[0].dataset.over);
  for (const cell of cells) mark(cell, state);
  say(SAID[state]);
  const entry = { cells, before, undo: "" };
  given.push(entry);
  const address = isMany ? $("#selection").getAttribute("action") : cells[0].dataset.verdictUrl;
  entry.done = send(address, body).then(async (answer) => {
    if (!answer.ok && answer.status !== 409) throw new TypeError(`${answer.status}`);
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    overtaken(html, entry);
    const sentence = wordsOf(html, entry);
    if (entry.undo) return announce(sentence, "u");
    if (entry.cells.length) throw new TypeError(sentence);
    given.splice(given.indexOf(entry), 1);
    if (sentence) toast(sentence);
  }).catch((error) => {
    given.splice(given.indexOf(entry), 1);
    for (const [n, cell] of entry.cells.entries()) mark(cell, entry.before[n]);
    toast(
      error.message ||
        gettext("A verdict was not saved. Check the connection and try again."),
    );
  });
  if (isMany) $("#selection").reset();
}
// Somebody was faster: their verdicts stand, and are seen from now on.
function overtaken(html, entry) {
  const notice = html.querySelector("[data-overtaken]");
  if (!notice) return;
  for (const one of notice.querySelectorAll("[data-mark]")) {
    const cell = document.getElementById(`c-${one.value}`);
    const n = entry.cells.indexOf(cell);
    if (n < 0) continue;
    entry.cells.splice(n, 1);
    entry.before.splice(n, 1);
    mark(cell, one.dataset.mark);
    cell.dataset.over = one.dataset.over;
    $('[name="over"]', cell).value = `${one.value}:${one.dataset.over}`;
  }
  $("#review-notices").append(notice);
}
on("click", "[data-undo-last]", async () => {
  const entry = given.pop();
  if (!entry) return say(gettext("There is nothing to undo."));
  await entry.done;
  if (!entry.undo) return;
  const answer = await send(entry.undo, new URLSearchParams()).catch(() => null);
  if (!answer?.ok) {
    return toast(gettext("Undo failed. Check the connection and try again."));
  }
  const sentence = wordsOf(
    new DOMParser().parseFromString(await answer.text(), "text/html"),
    {},
  );
  for (const [n, cell] of entry.cells.entries()) mark(cell, entry.before[n]);
  toast(sentence);
  $(".frame__box", entry.cells[0])?.focus();
});

/* ── a reason first ── */
function act(state) {
  const focused = cellOf(document.activeElement);
  const some = picked().length ? picked().map(cellOf) : focused ? [focused] : [];
  if (!some.length) return;
  if (state === "approved") return go(some, state);
  asked = { some, state };
  $("[data-why]").textContent = TITLES[state];
  $("#why").showPopover();
  $("#why [data-reason]")?.focus();
}
function go(some, state, reason, note) {
  const wasMany = picked().length > 0;
  decide(some, state, reason, note);
  const last = cells().indexOf(some.at(-1));
  (wasMany ? $(".frame__box", some[0]) : $(".frame__box", cells()[last + 1] ?? some[0])).focus();
}
function goAsked(reason = "") {
  const note = $("#why-note").value;
  $("#why").hidePopover();
  $("#why-note").value = "";
  if (asked) go(asked.some, asked.state, reason, note);
  asked = undefined;
}
on(
  "click",
  "#why [data-reason]",
  (_, button) => goAsked(button.dataset.reason),
);
on("submit", "#why-form", (e) => {
  e.preventDefault();
  goAsked();
});
on("click", "#selection [data-bulk]", (e, button) => {
  e.preventDefault();
  e.stopImmediatePropagation();
  act(button.dataset.bulk);
}, { capture: true });

/* ── keys: arrows go in all four directions, Shift+X takes all up to here ── */
function nearby(here, key) {
  const from = here.getBoundingClientRect();
  const all = $$(".frame__box", sheet());
  if (key === "ArrowRight" || key === "ArrowLeft") {
    const isForward = (key === "ArrowRight") === (root.dir !== "rtl");
    return all[all.indexOf(here) + (isForward ? 1 : -1)];
  }
  const isDown = key === "ArrowDown";
  const middle = from.left + from.width / 2;
  const boxes = all.map((el) => ({ el, box: el.getBoundingClientRect() }));
  const beyond = boxes.filter((
    { box },
  ) => (isDown ? box.bottom > from.bottom + 8 : box.bottom < from.bottom - 8));
  const line = (isDown ? Math.min : Math.max)(
    ...beyond.map(({ box }) => box.bottom),
  );
  const off = ({ box }) => Math.abs(box.left + box.width / 2 - middle);
  return beyond.filter(({ box }) => Math.abs(box.bottom - line) < 8).sort((
    a,
    b,
  ) => off(a) - off(b))[0]?.el;
}
function pickUpTo(cell) {
  const all = cells();
  const last = all.findLastIndex((one, n) => n <= all.indexOf(cell) && $('[name="pick"]', one).checked);
  for (const one of all.slice(Math.max(0, last), all.indexOf(cell) + 1)) {
    $('[name="pick"]', one).checked = true;
  }
  $('[name="pick"]', cell).dispatchEvent(
    new Event("change", { bubbles: true }),
  );
}
document.addEventListener("keydown", (e) => {
  const focused = document.activeElement;
  if (!sheet() || isTyping(focused) || e.ctrlKey || e.metaKey || e.altKey) {
    return;
  }
  if ($("dialog[open], :popover-open")) return;
  const cell = cellOf(focused);
  if (cell && e.key.startsWith("Arrow")) {
    e.stopImmediatePropagation();
    const next = nearby($(".frame__box", cell), e.key);
    if (!next) return;
    e.preventDefault();
    next.focus();
  } else if (!hasSingleKeys() || e.repeat) {
    return;
  } else if (cell && e.shiftKey && e.key.toLowerCase() === "x") {
    e.preventDefault();
    e.stopImmediatePropagation();
    pickUpTo(cell);
  } else if (STATES[e.key]) {
    e.preventDefault();
    e.stopImmediatePropagation();
    if (!cell && !picked().length) $(".frame__box", sheet())?.focus();
    act(STATES[e.key]);
  }
}, true);

on("click", "#review-more a", async (e, link) => {
  e.preventDefault();
  const answer = await fetch(link.href, {
    headers: { ...headers(), "HX-Target": "sheet" },
  }).catch(() => null);
  if (!answer?.ok) {
    return toast(gettext("More pictures could not be loaded. Try again."));
  }
  $("#review-more").outerHTML = await answer.text();
});
