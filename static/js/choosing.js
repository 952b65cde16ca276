// A client chooses and comments by a share link. Without this every button sends the form and the page comes back;
// with it a mark changes in place, and a tap on the picture says where a comment is meant.

import { $, on } from "./dom.js";

let pending; // the button that was pressed before there was a name
let isLeaving = false; // whether the form was sent and another page is on its way

const isMark = (button) => ["heart", "reject", "clear"].includes(button?.name);
const hasWords = (form) => Boolean($("#words", form)?.value.trim());

// Each piece of the answer takes the place of what has its id.
const swap = (html) => {
  for (const piece of [...new DOMParser().parseFromString(html, "text/html").body.children]) {
    document.getElementById(piece.id)?.replaceWith(piece);
  }
};

const say = (text) => {
  const note = document.createElement("p");
  note.classList.add("notice", "notice--stop");
  note.textContent = text;
  $("#problem").replaceChildren(...text ? [note] : []);
};

const send = async (form, button) => {
  const place = button.closest(".mark").id, isReject = button.classList.contains("btn--reject");
  form.setAttribute("aria-busy", "true");
  try {
    const body = new FormData(form, button);
    for (const name of [...body.keys()]) { // what is written below other pictures goes with the whole choice
      if (name.startsWith("words-") && name !== `words-${button.value}`) body.delete(name);
    }
    const answer = await fetch(form.action, { method: "POST", body, headers: { "Imageweb-Part": "1" } });
    if (!answer.headers.get("Content-Type")?.startsWith("text/html") || answer.status >= 500) throw new TypeError();
    if (answer.redirected || ![200, 409, 422, 429].includes(answer.status)) say(form.dataset.ended);
    else swap(await answer.text());
  } catch {
    say(form.dataset.lost);
  }
  form.removeAttribute("aria-busy");
  if ([document.body, null].includes(document.activeElement)) {
    $(`#${place} .btn${isReject ? "--reject" : ""}`)?.focus({ preventScroll: true });
  }
};

// A double click is one press: the second would take the mark away again.
on("click", '.frame__choice [type="submit"]', (e, button) => {
  if (e.detail > 1 || button.form.ariaBusy) e.preventDefault();
  else pending = button;
});

// The name is asked for where one is: its field comes into sight, and the page stays where it was.
document.addEventListener("invalid", (e) => {
  const box = e.target.closest(".asks"), { top, bottom } = e.target.getBoundingClientRect();
  box?.classList.toggle("is-asked", top < 0 || bottom > innerHeight);
}, true);
on("focusout", ".is-asked", (e, box) => box.contains(e.relatedTarget) || box.classList.remove("is-asked"));

addEventListener("pageshow", () => isLeaving = false);
const STOPPED_MS = 5000; // who stops a page that loads may send again: what comes twice is one

on("submit", "[data-choosing]", (e, form) => {
  if (isLeaving) {
    e.preventDefault();
    return;
  }
  const meant = e.submitter?.name ? e.submitter : pending?.isConnected ? pending : undefined;
  pending = undefined;
  if (!isMark(meant) || hasWords(form)) {
    if (meant && meant !== e.submitter) {
      e.preventDefault();
      form.requestSubmit(meant);
    } else {
      isLeaving = true;
      setTimeout(() => isLeaving = false, STOPPED_MS);
    }
    return;
  }
  e.preventDefault();
  send(form, meant);
});

// ── where a comment is meant ──

const SVG = "http://www.w3.org/2000/svg";
const clamp = (value) => Math.min(1000, Math.max(0, Math.round(value)));
let from; // where a finger or the mouse went down

const placeOf = (e, box) => {
  const { left, top, width, height } = box.getBoundingClientRect();
  return [clamp((e.clientX - left) / width * 1000), clamp((e.clientY - top) / height * 1000)];
};

const put = (name, look, values) => {
  const shape = document.createElementNS(SVG, name);
  if (look) shape.setAttribute("class", look);
  for (const [key, value] of Object.entries(values)) shape.setAttribute(key, `${value}`);
  return shape;
};

const draw = (box, [x, y, width, height]) => {
  const pins = $(".pins", box);
  $(".is-here", pins)?.remove();
  const here = put("g", "is-here", {}), at = (value) => `${value / 10}%`;
  if (width) here.append(put("rect", "pins__box", { x: at(x), y: at(y), width: at(width), height: at(height) }));
  here.append(put("circle", "pins__dot", { cx: at(x), cy: at(y), r: 13 }));
  const number = put("text", "", { x: at(x), y: at(y) });
  number.textContent = pins.children.length + 1;
  here.append(number);
  pins.append(here);
};

const choose = (box, place) => {
  const select = $("[data-where]");
  const value = place.filter((_, n) => n < 2 || place[2]).join(",");
  let option = $("[data-marked]", select);
  if (!option) {
    option = document.createElement("option");
    option.dataset.marked = "";
    select.append(option);
  }
  option.value = value;
  const names = { x: Math.round(place[0] / 10), y: Math.round(place[1] / 10) };
  option.textContent = place[2]
    ? select.dataset.box
    : select.dataset.point.replace(/%\((\w)\)s/g, (_, name) => names[name]);
  option.selected = true;
  draw(box, place);
};

const areaOf = ([x, y], [u, v]) => [Math.min(x, u), Math.min(y, v), Math.abs(u - x), Math.abs(v - y)];

on("pointerdown", "[data-pin-on]", (e, box) => {
  if (e.button || e.target.closest("a")) return;
  from = placeOf(e, box);
  if (!box.classList.contains("is-marking-area")) return;
  e.preventDefault();
  box.setPointerCapture(e.pointerId);
});

on("pointermove", ".is-marking-area", (e, box) => {
  if (from) draw(box, areaOf(from, placeOf(e, box)));
});

on("pointerup", "[data-pin-on]", (e, box) => {
  if (!from) return;
  const to = placeOf(e, box), [x, y, width, height] = areaOf(from, to);
  from = undefined;
  const isArea = box.classList.contains("is-marking-area");
  if (isArea && width > 15 && height > 15) choose(box, [x, y, width, height]);
  else if (width < 30 && height < 30) choose(box, to);
  if (isArea) mark(false);
});

on("pointercancel", "[data-pin-on]", () => from = undefined);

const mark = (isOn) => {
  $("[data-pin-on]").classList.toggle("is-marking-area", isOn);
  $("[data-area]").setAttribute("aria-pressed", isOn);
};

on("click", "[data-area]", (_, button) => mark(button.ariaPressed !== "true"));

// The nine places by name, for who points with no finger.
on("change", "[data-where]", (_, select) => {
  const box = $("[data-pin-on]");
  if (select.value) draw(box, [...select.value.split(",").map(Number), 0, 0].slice(0, 4));
  else $(".pins .is-here", box)?.remove();
});
