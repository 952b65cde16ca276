// Review one by one: a key decides and the next picture is there already, loaded before. Verdicts are sent behind it, one
// after the other. Without this the same forms and links do it, a page at a time.

import { $, $$, on, root } from "./dom.js";
import { say, toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";
import { announce, SAID, send, showCount } from "./verdicts.js";

const LOOK_SECONDS = 10;
const AHEAD = 2;
const FEW = 9; // the next stretch is fetched while so many pictures are still to come
const desk = $("[data-review]");
const place = () => $("#review-place");
const links = () => $$("#review-items a[data-at]");
const current = () => $(".stage", place())?.dataset.keyOf;
const linkOf = (key) => links().find((link) => link.dataset.at === key);
const pages = new Map(); // what a picture's address answers, asked for before it is shown
const given = []; // what was decided here, the newest last
let armed = ""; // the verdict that waits for a reason

/* ── fetching ahead ── */
function part(address, target) {
  return fetch(address, { headers: { ...headers(), "HX-Target": target } })
    .then((answer) => {
      if (!answer.ok || answer.redirected) {
        throw new TypeError(`${answer.status}`);
      }
      return answer.text();
    });
}
function fetched(link) {
  const key = link.dataset.at;
  if (!pages.has(key)) {
    const asked = part(link.href, "review-place");
    pages.set(key, asked);
    asked.then((html) => {
      const source = new DOMParser().parseFromString(html, "text/html")
        .querySelector("#stage .frame__img");
      if (source) new Image().src = source.getAttribute("src");
    }, () => pages.delete(key));
  }
  return pages.get(key);
}
function lookAhead() {
  const all = links();
  const at = all.findIndex((link) => link.dataset.at === current());
  for (const link of all.slice(at + 1, at + 1 + AHEAD)) fetched(link);
  if (all.length - at < FEW) more();
}
let isGrowing = false;
async function more() {
  const link = $("#review-more a");
  if (!link || isGrowing) return;
  isGrowing = true;
  try {
    const html = await part(link.href, "review-items");
    const known = new Set(links().map((one) => one.dataset.at));
    const list = new DOMParser().parseFromString(
      `<ol>${html}</ol>`,
      "text/html",
    );
    $("#review-more").remove();
    for (const item of list.querySelectorAll("ol > li")) {
      if (!known.has($("a[data-at]", item)?.dataset.at)) {
        $("#review-items").append(item);
      }
    }
  } catch { /* the link still stands there */ }
  isGrowing = false;
}

/* ── showing ── */
async function show(key, address) {
  const link = linkOf(key) ??
    Object.assign(document.createElement("a"), { href: address });
  link.dataset.at = key;
  const focused = document.activeElement;
  const name = place().contains(focused) ? focused.value || focused.dataset.step : "";
  let html;
  try {
    html = await fetched(link);
  } catch {
    return toast(gettext("This picture could not be loaded. Try again."));
  }
  armed = "";
  place().innerHTML = html;
  globalThis.htmx?.process(place());
  for (const other of links()) other.toggleAttribute("aria-current", false);
  linkOf(key)?.setAttribute("aria-current", "true");
  linkOf(key)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  history.replaceState(history.state, "", link.href);
  if (name) {
    $(`#verdict-form [value="${CSS.escape(name)}"], #verdict-form [data-step="${CSS.escape(name)}"]`)?.focus();
  }
  lookAhead();
  look();
}
function step(by) {
  const all = links();
  const next = all[all.findIndex((link) => link.dataset.at === current()) + by];
  if (next) show(next.dataset.at, next.href);
  return Boolean(next);
}
on("click", "[data-review] [data-step]", (_, button) => {
  if (!step(Number(button.dataset.step))) say(desk.dataset.end);
});
on("click", "[data-review] a[data-at]", (e, link) => {
  if (e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;
  e.preventDefault();
  show(link.dataset.at, link.href);
});
on("click", "#review-more a", (e) => {
  e.preventDefault();
  more();
});

/* ── deciding ── */
function mark(key, state) {
  const box = $(".frame__box", linkOf(key) ?? document.createElement("i"));
  box?.classList.remove("is-approved", "is-rejected", "is-changes");
  if (box && state) box.classList.add(state);
}
function decide(form, state) {
  const key = current();
  const body = new FormData(form);
  body.set("state", state);
  const entry = {
    key,
    address: $(`a[data-at="${key}"]`)?.href ?? location.href,
    undo: null,
  };
  entry.done = post(form.action, body, entry, state);
  given.push(entry);
  pages.delete(key);
  mark(key, `is-${state}`);
  if (step(1)) return say(SAID[state]);
  $("#stage").classList.remove("is-approved", "is-rejected", "is-changes");
  $("#stage").classList.add(`is-${state}`, "is-marking");
  say(`${SAID[state]} ${desk.dataset.end}`);
}
async function post(address, body, entry, state) {
  try {
    const answer = await send(address, body);
    const html = new DOMParser().parseFromString(
      await answer.text(),
      "text/html",
    );
    const said = html.querySelector("#review-answer");
    if (answer.status === 409) return overtaken(html, entry);
    if (!answer.ok || !said) throw new TypeError(`${answer.status}`);
    entry.undo = said.dataset.undo;
    mark(entry.key, said.dataset.mark);
    showCount(html);
    announce(said.textContent);
  } catch {
    lost(address, body, entry, state);
  }
}
function forget(entry) {
  given.splice(given.indexOf(entry), 1);
  mark(entry.key, "");
}
function overtaken(html, entry) {
  forget(entry);
  const notice = html.querySelector("[data-overtaken]");
  if (notice) $("#review-notices").append(notice);
}
function lost(address, body, entry, state) {
  forget(entry);
  const notice = document.createElement("div");
  notice.classList.add("notice", "notice--box", "notice--stop");
  notice.setAttribute("role", "alert");
  const sentence = document.createElement("strong");
  sentence.textContent = gettext(
    "A verdict was not saved. Check the connection and try again.",
  );
  const again = document.createElement("button");
  again.className = "btn";
  again.type = "button";
  again.textContent = gettext("Try now");
  again.addEventListener("click", () => {
    notice.remove();
    given.push(entry);
    mark(entry.key, `is-${state}`);
    entry.done = post(address, body, entry, state);
  });
  notice.append(sentence, again);
  $("#review-notices").append(notice);
}

/* a reason is chosen before or after the key that rejects; with a note or pressed twice it needs none */
function arm(form, state) {
  armed = state;
  form.classList.add("is-rejecting");
  const texts = {
    rejected: gettext(
      "Choose a reason with 1 to 6, or press R again to reject without one.",
    ),
    changes: gettext(
      "Choose a reason with 1 to 6, or press C again to request changes without one.",
    ),
  };
  $("#looking").textContent = texts[state];
}
const saysWhy = (form) =>
  form.elements.note.value.trim() ||
  form.querySelector('[name="reason"]:checked');

on("submit", "#verdict-form", (e, form) => {
  e.preventDefault();
  const state = e.submitter?.value ?? armed;
  if (!state) return;
  if (state === "approved" || armed === state || saysWhy(form)) {
    decide(form, state);
  } else arm(form, state);
});
on("submit", "[data-overtaken] form", (e, form) => {
  e.preventDefault();
  const notice = form.closest("[data-overtaken]");
  const key = notice.id.replace("overtaken-", "");
  const body = new FormData(form, e.submitter);
  const entry = {
    key,
    address: linkOf(key)?.href ?? location.href,
    undo: null,
  };
  notice.remove();
  pages.delete(key);
  entry.done = post(form.action, body, entry, e.submitter.value);
  given.push(entry);
});
on("change", '#verdict-form [name="reason"]', (_, radio) => {
  if (armed) decide(radio.form, armed);
});
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || !armed) return;
  armed = "";
  $("#verdict-form").classList.remove("is-rejecting");
  $("#looking").textContent = "";
});

/* ── undo: the last one first ── */
on("click", "[data-undo-last]", async () => {
  const entry = given.pop();
  if (!entry) return say(gettext("There is nothing to undo."));
  await entry.done;
  if (!entry.undo) return;
  const answer = await send(entry.undo, new FormData()).catch(() => null);
  const html = new DOMParser().parseFromString(
    (await answer?.text()) ?? "",
    "text/html",
  );
  const said = html.querySelector("#review-answer");
  if (!said) {
    return toast(gettext("Undo failed. Check the connection and try again."));
  }
  mark(entry.key, said.dataset.mark);
  showCount(html);
  toast(said.textContent);
  pages.delete(entry.key);
  show(entry.key, entry.address);
});

/* ── who else looks ── */
async function look() {
  const stage = $(".stage", place());
  if (!stage || document.hidden || armed) return;
  const answer = await fetch(stage.dataset.look, {
    method: "POST",
    headers: headers(),
  }).catch(() => null);
  if (!answer?.ok || stage !== $(".stage", place()) || armed) return;
  const html = (await answer.text()).trim();
  if ($("#looking").dataset.said === html) return;
  $("#looking").dataset.said = html;
  $("#looking").innerHTML = html;
}

/* ── a finger: to the end approves, to the start rejects ── */
const SWIPE = 96;
let start;
on("touchstart", "#stage", (e) => {
  start = e.touches.length === 1 ? e.touches[0] : undefined;
}, { passive: true });
on("touchend", "#stage", (e) => {
  if (!start) return;
  const x = (e.changedTouches[0].clientX - start.clientX) *
    (root.dir === "rtl" ? -1 : 1);
  const y = e.changedTouches[0].clientY - start.clientY;
  start = undefined;
  if (Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
  const form = $("#verdict-form");
  form.requestSubmit(
    form.querySelector(`[value="${x > 0 ? "approved" : "rejected"}"]`),
  );
}, { passive: true });

if (desk) {
  lookAhead();
  look();
  setInterval(look, LOOK_SECONDS * 1000);
}
