// The lightbox: the pictures of the page one after the other, over everything, and on into the page's next part. Each
// has its address while it is shown; Back closes it and returns to the list.

import { $, $$, hasSingleKeys, isTyping } from "./dom.js";
import { explain } from "./explain.js";
import { judge } from "./judging.js";
import { say } from "./messages.js";
import { gettext, interpolate } from "./text.js";
import * as visits from "./visits.js";
import * as zoom from "./zoom.js";

const SWIPE = 48;
const SCROLL = 120;
const box = $("#lightbox");
const frame = $("figure", box);
const picture = $("img", frame);
const problem = $("p", frame);
const links = () => $$("[data-lightbox]");
let link; // the picture that is shown
let talk; // the comments beside it, once they were asked for
let mirrored; // the picture whose state the buttons show

/* ── showing ── */
function show(next) {
  link = next;
  const source = $(".frame__img", link);
  picture.src = link.dataset.lightbox;
  picture.alt = source.alt;
  picture.width = source.getAttribute("width");
  picture.height = source.getAttribute("height");
  zoom.reset();
  problem.textContent = "";
  $("[data-caption]", box).textContent = caption();
  $("[data-place]", box).textContent = place();
  for (const button of $$("[data-step]", box)) {
    button.hidden = links().length === 1 && !more();
  }
  $("a[download]", box).href = `${link.dataset.lightbox}?download`;
  $("[data-detail]", box).href = link.href;
  $("[data-comments]", box).href = `${link.href}#comments`;
  for (const further of $$("[data-detail], [data-comments]", box)) {
    further.hidden = visits.isHome(link.href);
  }
  mirror();
  talk?.follow(link.href);
  if (!box.open) {
    box.append($("#toast"), $("#live")); // what lies under a modal dialog is neither seen nor read out
    box.showModal();
  }
  for (const near of [neighbour(1), neighbour(-1)]) {
    if (near) new Image().src = near.dataset.lightbox;
  }
}
function caption() {
  const words = $(".words", link.closest(".strip, .spread") ?? document);
  return link.dataset.caption ?? words?.textContent.trim() ?? "";
}
function place() {
  const count = links().length;
  const { shown = count, all = `${count}${more() ? "+" : ""}` } = $("#pager")?.dataset ?? {};
  return `${Number(shown) - count + links().indexOf(link) + 1} / ${all}`;
}
picture.addEventListener("error", async () => {
  const failed = link;
  const sentence = await explain(failed);
  if (link === failed) problem.textContent = sentence;
});

/* ── stepping, and on into the next part of the list ── */
const neighbour = (by) => links()[links().indexOf(link) + by];
const more = () => $("#show-more, a[hx-get*='before=']");
const settled = () => new Promise((done) => document.addEventListener("htmx:afterSettle", done, { once: true }));

async function step(by) {
  const further = by > 0 ? more() : $("#show-before");
  if (neighbour(by)) return go(neighbour(by));
  if (!further) return go(by > 0 ? links()[0] : links().at(-1));
  const last = link;
  const isWaiting = () => box.open && link === last; // other answers may come before
  further.click();
  while (isWaiting() && !neighbour(by)) await settled();
  if (isWaiting()) go(neighbour(by));
}
function go(next) {
  show(next);
  visits.replace(next.href);
}
function open(first) {
  show(first);
  visits.push(first.href);
}
visits.whenReturned({
  isOpen: () => box.open,
  close: () => box.close(),
  show: (address) => {
    const again = links().find((one) => one.href === address);
    if (again) show(again);
    return Boolean(again);
  },
});
box.addEventListener("close", () => {
  document.body.append($("#toast"), $("#live"));
  const back = link;
  link = undefined;
  talk?.close();
  visits.closed();
  back?.focus({ preventScroll: true });
  back?.scrollIntoView({ block: "nearest" });
});

/* ── what can be done with the picture is done by its own buttons on the page, and mirrored here ── */
const own = (key) => $(`[data-key="${key}"]`, link.closest(".frame") ?? $("main"));
const hasGalleries = () => Boolean($('main [data-key="g"]'));
const isInList = () => Boolean(link.closest(".frame") && $("#act")); // it can be refined and varied from the list
const ACTIONS = {
  a: () => decide("approved"),
  r: () => decide("rejected"),
  f: () => own("f").click(),
  x: () => own("x").click(),
  g() {
    const frame = link.closest(".frame");
    box.close();
    setTimeout(() =>
      document.dispatchEvent(
        new CustomEvent("add-to-gallery", { detail: frame }),
      )
    );
  },
  v() {
    if (own("v")) return own("v").click();
    const form = $("#act");
    form.action = `${link.href}/vary`;
    form.requestSubmit();
  },
  e() { // written below the picture's strip, or on its page
    const target = own("e");
    if (!target) return visits.leave(`${link.href}#refine`);
    box.close();
    setTimeout(
      () => (target.matches("input") ? target.focus() : target.click()),
    );
  },
};
// A verdict by the form of the page, where it has one; else it is sent from here and the picture marked in its list.
async function decide(state) {
  const own = $(`#verdict-form [value="${state}"], #review [value="${state}"]`);
  if (own) {
    if ($("#verdict-form")) box.close();
    return own.click();
  }
  const decided = link;
  const answer = await judge(decided.href, state);
  if (!answer) return;
  const frame = decided.closest(".frame");
  frame?.classList.remove("is-approved", "is-rejected", "is-changes");
  if (answer.mark) frame?.classList.add(answer.mark);
}
function mirror() {
  if (!link) return;
  for (const button of $$("[data-act]", box)) mirrorButton(button);
  mirrored = link;
}
function mirrorButton(button) {
  const key = button.dataset.act;
  if (key === "a" || key === "r") return;
  const target = own(key);
  if (key === "g") return void (button.hidden = !hasGalleries());
  button.hidden = !target && !(isInList() && (key === "e" || key === "v"));
  if (!button.ariaPressed) return;
  const is = String(target?.checked ?? target?.ariaPressed === "true");
  if (mirrored === link && button.ariaPressed !== is) {
    const sentence = is === "true" ? gettext("%(action)s: yes") : gettext("%(action)s: no");
    say(interpolate(sentence, { action: button.ariaLabel }));
  }
  button.ariaPressed = is;
}
document.addEventListener("htmx:afterSettle", mirror);
document.addEventListener("change", mirror);

/* ── click, keys, swipe ── */
const isPlain = (e) => !e.metaKey && !e.ctrlKey && !e.shiftKey && !e.button;
box.addEventListener("click", (e) => {
  const button = e.target.closest("[data-step], [data-act], [data-zoom]");
  if (button?.dataset.step) step(Number(button.dataset.step));
  else if (button?.dataset.act) ACTIONS[button.dataset.act]();
  else if (button) zoom.zoomBy(Number(button.dataset.zoom));
  const detail = e.target.closest("[data-detail], [data-comments]");
  if (!detail || !visits.isPushed() || !isPlain(e)) return;
  e.preventDefault();
  if (detail.matches("[data-comments]") && !hasOwnTalk()) discuss();
  else visits.leave(detail.href);
});
// Beside the picture, unless the page has the comments of one already.
const hasOwnTalk = () => Boolean($("main #comments"));
async function discuss(isWriting = false) {
  talk ??= await import("./talk.js");
  if (talk.isOpen() && !isWriting) talk.close();
  else if (link) await talk.open(link.href, isWriting);
}
box.addEventListener("cancel", (e) => {
  if (!talk?.isOpen()) return;
  e.preventDefault();
  talk.close();
});
document.addEventListener("click", (e) => {
  const clicked = e.target.closest?.("[data-lightbox]");
  if (!clicked || e.defaultPrevented || !isPlain(e)) return;
  e.preventDefault();
  open(clicked);
});

const ARROWS = {
  ArrowRight: [SCROLL, 0],
  ArrowLeft: [-SCROLL, 0],
  ArrowDown: [0, SCROLL],
  ArrowUp: [0, -SCROLL],
};
const isForward = (key) => (key === "ArrowRight") === (getComputedStyle(box).direction === "ltr");
box.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target)) return;
  if (ARROWS[e.key] && zoom.isZoomed()) zoom.scrollBy(...ARROWS[e.key]);
  else if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
    step(isForward(e.key) ? 1 : -1);
  } else if (hasSingleKeys() && (e.key === "+" || e.key === "=")) zoom.zoomIn();
  else if (hasSingleKeys() && e.key === "-") zoom.zoomOut();
  else if (hasSingleKeys() && e.key === "m" && !talk?.isOpen() && !hasOwnTalk() && visits.isPushed()) discuss(true);
  else return;
  e.preventDefault();
});

let start;
frame.addEventListener("touchstart", (e) => {
  start = e.touches.length === 1 && !zoom.isZoomed() ? e.touches[0] : undefined;
}, { passive: true });
frame.addEventListener("touchend", (e) => {
  if (!start) return;
  const x = e.changedTouches[0].clientX - start.clientX;
  const y = e.changedTouches[0].clientY - start.clientY;
  if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) {
    step(x < 0 ? 1 : -1);
  } else if (y > 2 * SWIPE && y > 2 * Math.abs(x)) box.close();
  start = undefined;
});
