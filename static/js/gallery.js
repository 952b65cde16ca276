// A gallery's order by hand: Alt+Shift+arrow moves the focused picture, and a picture can be dragged to its place. Each
// move is sent at once, one after the other; the bar of selected pictures has the same for a pointer or a finger.

import { $, $$, on, root } from "./dom.js";
import { allowDragging } from "./dragging.js";
import { say, toast } from "./messages.js";
import { headers } from "./session.js";
import { gettext, interpolate } from "./text.js";

const list = () => $("#tiles[data-move]");
const frames = () => $$(".frame", list());
const frameOf = (el) => list() && el?.closest?.("#tiles > .frame");
const keyOf = (frame) => frame.id.slice(2);
let sending = Promise.resolve();

function send(frame, side, other) {
  const address = list().dataset.move;
  const body = new URLSearchParams({ pick: keyOf(frame), [side]: keyOf(other) });
  sending = sending.then(async () => {
    const answer = await fetch(address, { method: "POST", body, headers: headers() }).catch(() => null);
    if (answer?.ok && !answer.headers.get("HX-Trigger")) return;
    toast(gettext("The picture could not be moved. The page shows the order as it is now."));
    document.body.dispatchEvent(new CustomEvent("library-changed"));
  });
}

function move(frame, side, other) {
  if (side === "before") other.before(frame);
  else other.after(frame);
  send(frame, side, other);
  const place = String(frames().indexOf(frame) + 1);
  say(interpolate(gettext("Moved to place %(place)s on this page"), { place }));
}

/* ── a step, and on into the next part of the list ── */
const ENDS = ["htmx:afterSettle", "htmx:responseError", "htmx:sendError"];
const settled = (asked) =>
  new Promise((done) => {
    const end = (e) => {
      if (e.detail.requestConfig?.elt !== asked) return; // the page asks for other things meanwhile
      for (const type of ENDS) document.removeEventListener(type, end);
      done();
    };
    for (const type of ENDS) document.addEventListener(type, end);
  });

let stepping = Promise.resolve();

function step(...what) {
  stepping = stepping.then(() => takeStep(...what));
}
async function takeStep(frame, by, pressed) {
  const next = () => frames()[frames().indexOf(frame) + by];
  const further = !next() && $(by > 0 ? "#show-more" : "#show-before");
  if (further) {
    const end = settled(further);
    further.click();
    await end;
  }
  if (!next()) return say(gettext("This is the end of what is shown."));
  move(frame, by > 0 ? "after" : "before", next());
  frame.scrollIntoView({ block: "nearest" });
  pressed.focus({ preventScroll: true });
}

/* ── by key ── */
const isForward = (key) =>
  (root.dir === "rtl" ? ["ArrowLeft", "ArrowDown"] : ["ArrowRight", "ArrowDown"]).includes(key);
document.addEventListener("keydown", (e) => {
  if (!e.altKey || !e.shiftKey || e.ctrlKey || e.metaKey || !e.key.startsWith("Arrow")) return;
  const focused = document.activeElement;
  const frame = frameOf(focused);
  if (!frame) return;
  e.preventDefault();
  step(frame, isForward(e.key) ? 1 : -1, focused);
});

/* ── by the buttons of the bar, as often as they are pressed; what is wrong with the selection is the server's to say ── */
on("click", '#selection [name="step"]', (e, button) => {
  const [frame, ...others] = frames().filter((one) => $('[name="pick"]', one).checked);
  if (!frame || others.length) return;
  e.preventDefault();
  e.stopPropagation();
  step(frame, Number(button.value), button);
}, { capture: true });

/* ── by dragging ── */
const isInFirstHalf = (e, box) => (e.clientX < box.left + box.width / 2) === (root.dir !== "rtl");
allowDragging({ pieceOf: frameOf, isBefore: isInFirstHalf, move, effects: "copyMove" });
