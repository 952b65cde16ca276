// The threads of a picture: what somebody writes stays when they are renewed, and a comment that is linked to is shown.

import { $, $$, on } from "./dom.js";
import { say } from "./messages.js";
import { headers } from "./session.js";
import { gettext } from "./text.js";

const fields = () => $$("#comments :is(textarea, [data-pin-where])");
let kept = new Map(); // of the fields that are about to be renewed
let sent; // the form whose answer renews them

document.addEventListener("htmx:beforeRequest", (e) => {
  sent = e.target.closest?.("form");
});
document.addEventListener("htmx:oobBeforeSwap", (e) => {
  if (e.target.id !== "comments") return;
  const isDone = ({ form }) => form === sent && form.isConnected;
  kept = new Map(fields().filter((field) => field.value && !isDone(field)).map((field) => [field.id, field]));
});
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id !== "comments") return;
  for (const field of fields()) {
    const before = kept.get(field.id);
    if (!before || field.value) continue;
    if (before.matches("select")) field.append(...$$("[data-point]", before));
    field.value = before.value;
  }
  kept.clear();
});

/* ── where what had the focus is renewed away, its comment takes it, or else what undoes the act ── */
let focused = "";
document.addEventListener("focusin", (e) => {
  focused = e.target.closest("#comments .comment")?.id ?? "";
});
document.addEventListener("pointerdown", () => {
  focused = "";
}, { capture: true });
document.addEventListener("htmx:afterSettle", () => {
  if (!focused || document.activeElement !== document.body) return;
  const button = $(`#${focused} > .comment__head > button`);
  (button?.checkVisibility() ? button : $("#toast button") ?? $("#say-text"))?.focus({ preventScroll: true });
});

/* ── a comment that is linked to may lie in a fold ── */
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const fold = target?.closest("#comments details") ?? (target?.id === "resolved" ? target : undefined);
  if (!fold || fold.open) return;
  fold.open = true;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", unfold);
unfold();

on("click", "#comment-amount", () => {
  setTimeout(() => $("#say-text")?.focus({ preventScroll: true }));
});

/* ── what others write meanwhile comes in where it belongs; what one reads or writes stays as it is ── */
const words = (el) => el.textContent.replace(/\s+/g, " ").trim();
const isBusy = (el) => el.contains(document.activeElement) || $(".comment__form, :popover-open", el);
const put = (el) => {
  globalThis.htmx.process(el);
  return el;
};

function mergeItem(old, fresh) {
  if (words(old) === words(fresh)) return;
  if (!isBusy(old)) return old.replaceWith(put(document.importNode(fresh, true)));
  const [olds, news] = [$(".thread", old), $(".thread", fresh)];
  if (news && olds) mergeList(olds, news);
  else if (news) old.append(put(document.importNode(news, true)));
}

function mergeList(list, fresh) {
  for (const old of [...list.children]) {
    if (old.id && !fresh.querySelector(`:scope > #${old.id}`) && !isBusy(old)) old.remove();
  }
  let before = null;
  for (const item of fresh.children) {
    const old = list.querySelector(`:scope > #${item.id}`);
    if (old) mergeItem(old, item);
    else {
      const place = before ? before.nextElementSibling : list.firstElementChild;
      list.insertBefore(put(document.importNode(item, true)), place);
    }
    before = document.getElementById(item.id);
  }
}

function merge(fresh) {
  const section = $("#comments");
  const list = $(":scope > .thread", section), news = $(":scope > .thread", fresh);
  if (list) mergeList(list, news ?? document.createElement("ol"));
  else if (news) {
    $(":scope > .muted", section)?.remove();
    $("#say", section).before(put(document.importNode(news, true)));
  }
  const fold = $("#resolved", section), folded = $("#resolved", fresh);
  if (folded && !(fold && (isBusy(fold) || words(fold) === words(folded)))) {
    const next = document.importNode(folded, true);
    next.open = fold?.open ?? false;
    fold?.remove();
    section.append(put(next));
  } else if (!folded && fold && !isBusy(fold)) fold.remove();
  if (!isBusy($(".head", section))) $(".head", section).replaceWith(document.importNode($(".head", fresh), true));
  $("[name=talk]", section).value = $("[name=talk]", fresh).value;
  const amount = $("#comment-amount")?.lastChild;
  if (amount && fresh.dataset.said) amount.textContent = ` ${fresh.dataset.said} `;
}

function mergePins(fresh) {
  const pins = $("#pins");
  if (!pins || pins.matches(".is-pinning") || pins.contains(document.activeElement)) return;
  const placed = $(".is-here", pins);
  const next = document.importNode(fresh, true);
  pins.replaceWith(next);
  if (placed) next.append(placed);
}

document.addEventListener("talk", async () => {
  const address = $("#comments")?.dataset.part;
  if (!address) return;
  const answer = await fetch(address, { headers: { ...headers(), "HX-Target": "talk-body" } }).catch(() => null);
  if (!answer?.ok || $("#comments")?.dataset.part !== address) return; // another picture was opened meanwhile
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!$("#comments", fresh) || !$("#comments")) return;
  merge($("#comments", fresh));
  if ($("#pins", fresh)) mergePins($("#pins", fresh));
  say(gettext("The comments have changed."));
});
