// The pictures of a gallery one after the other, over the whole screen and with nothing else on it. It goes on into the
// parts of the list that are not on the page yet, stops at the last one, and leaves the focus on what was shown.

import { $, $$, hasSingleKeys, isTyping, root } from "./dom.js";
import { say } from "./messages.js";
import { gettext, interpolate } from "./text.js";

const SECONDS = 5;
const AWAKE_SECONDS = 3;
const SWIPE = 48;
const NEAR_END = 3;
const box = $("#slideshow");
const screen = $("div", box); // a dialog itself may not fill the screen
const picture = $("img", box);
const pause = $("[data-pause]", box);
const links = () => $$("#tiles [data-lightbox]");
const isStill = matchMedia(box.dataset.still); // whoever wants no motion begins by themselves
let link; // the picture that is shown
let timer;
let lock;
let sleeping;

const isPaused = () => pause.getAttribute("aria-pressed") === "true";
const at = () => links().indexOf(link);

function show(next) {
  link = next;
  const source = $(".frame__img", link);
  picture.srcset = source.srcset;
  picture.sizes = "100vw";
  picture.src = source.src;
  picture.alt = source.alt;
  picture.animate?.([{ opacity: 0 }, { opacity: 1 }], isStill.matches ? 0 : 240);
  if (links().length - at() <= NEAR_END) $("#show-more")?.click(); // the next part of the list
  preload(links()[at() + 1]);
  wait();
}
function preload(next) {
  if (!next) return;
  const image = new Image();
  image.sizes = "100vw";
  image.srcset = $(".frame__img", next).srcset;
}

/* ── on and on ── */
function wait() {
  clearTimeout(timer);
  if (box.open && !isPaused() && !document.hidden) timer = setTimeout(() => step(1), SECONDS * 1000);
}
function step(by) {
  const next = links()[at() + by];
  if (next) return show(next);
  if (by < 0) return wait();
  setPaused(true);
  say(gettext("This is the last picture."));
}
function setPaused(is) {
  pause.setAttribute("aria-pressed", String(is));
  if (!is && at() === links().length - 1) show(links()[0]); // from the beginning
  else wait();
  keepAwake();
}

/* ── the screen stays on while it runs ── */
async function keepAwake() {
  if (!box.open || isPaused() || document.hidden) {
    lock?.release();
    lock = undefined;
    return;
  }
  try {
    lock ??= await navigator.wakeLock?.request("screen");
  } catch { /* a saving battery may refuse */ }
}
document.addEventListener("visibilitychange", () => {
  if (!box.open) return;
  lock = undefined; // it ended with the page's being seen
  keepAwake();
  wait();
});

/* ── begin and end ── */
function begin() {
  const picked = $('#tiles input[name="pick"]:checked')?.closest(".frame");
  const frame = document.activeElement?.closest("#tiles .frame") ?? picked;
  const first = (frame && $("[data-lightbox]", frame)) ?? links()[0];
  if (!first) return say(gettext("There are no pictures to show."));
  box.append($("#live")); // what lies under a modal dialog is not read out
  box.showModal();
  box.focus(); // no button takes the space bar, and none stays in the picture for having the focus
  screen.requestFullscreen?.().catch(() => {}); // it fills the window then
  pause.setAttribute("aria-pressed", String(isStill.matches));
  show(first);
  keepAwake();
  const seconds = String(SECONDS);
  say(interpolate(gettext("Slideshow, %(seconds)s seconds a picture. Space pauses, Escape ends."), { seconds }));
}
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && box.open) box.close(); // Escape ended both
});
box.addEventListener("close", async () => {
  clearTimeout(timer);
  keepAwake();
  document.body.append($("#live"));
  picture.removeAttribute("srcset");
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {}); // it takes the focus along
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
});

/* ── by key, by button, by finger ── */
const forward = () => root.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
const back = () => root.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (!box.open) {
    const isFree = hasSingleKeys() && !isTyping(document.activeElement) && !$("dialog[open], :popover-open");
    if (e.key.toLowerCase() !== "s" || e.repeat || !isFree) return;
    e.preventDefault();
    return begin();
  }
  if (e.key === forward()) step(1);
  else if (e.key === back()) step(-1);
  else if (e.key === " " && !e.target.closest("button")) setPaused(!isPaused());
  else return;
  e.preventDefault();
}, true);
for (const button of $$("[data-slideshow]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.closest("[popover]")?.hidePopover();
    begin();
  });
}
for (const button of $$("[data-slide]", box)) {
  button.addEventListener("click", () => step(Number(button.dataset.slide)));
}
pause.addEventListener("click", () => setPaused(!isPaused()));
$("[data-end]", box).addEventListener("click", () => box.close());

let from;
box.addEventListener("pointerdown", (e) => {
  from = e.target.closest("button") ? undefined : e.clientX;
});
box.addEventListener("pointerup", (e) => {
  if (from === undefined) return;
  const moved = (e.clientX - from) * (root.dir === "rtl" ? -1 : 1);
  from = undefined;
  if (Math.abs(moved) > SWIPE) step(moved < 0 ? 1 : -1);
});
// The buttons are there while one moves, touches or has the focus on them. A finger that wakes them presses none.
// The click of a key has no detail, and always counts.
let isWaking = false;
box.addEventListener("pointerdown", (e) => {
  isWaking = e.pointerType === "touch" && !box.matches(".is-awake, :has(:focus-visible)");
}, true);
box.addEventListener("click", (e) => {
  if (isWaking && e.detail) e.stopPropagation();
  isWaking = false;
}, true);
function wake() {
  box.classList.add("is-awake");
  clearTimeout(sleeping);
  sleeping = setTimeout(() => box.classList.remove("is-awake"), AWAKE_SECONDS * 1000);
}
for (const type of ["pointermove", "pointerdown", "focusin"]) box.addEventListener(type, wake);
