// The comments of the opened picture beside it: the threads of its page, and their points on the picture. It is loaded
// when it is first asked for, with the styles of threads.

import { $, $$, isTyping } from "./dom.js";
import "./comments.js";
import "./mentions.js";
import "./pins.js";

const box = $("#lightbox");
const picture = $("figure img", box);
const layer = $("#talk-pins");
const sheet = $("#talk");
const body = $("#talk-body");
const written = new Map(); // by the address of a picture, what was not sent
let address = "";

const styled = Promise.all(
  sheet.dataset.styles.split(" ").map((href) =>
    new Promise((done) => {
      const styles = document.createElement("link");
      Object.assign(styles, { rel: "stylesheet", href, onload: done, onerror: done });
      document.head.append(styles);
    })
  ),
);

export const isOpen = () => !sheet.hidden;

export async function open(of, isWriting) {
  await styled;
  show(true);
  await follow(of);
  if (isWriting) $("#say-text", body)?.focus();
}

export async function follow(of) {
  if (!isOpen() || of === address) return;
  keep();
  address = of;
  body.replaceChildren();
  fit();
  layer.replaceChildren(pins());
  const path = new URL(of).pathname;
  await globalThis.htmx.ajax("GET", `${path}/comments`, { source: body, target: body, swap: "innerHTML" })
    .catch(() => null);
  const field = $("#say-text", body);
  if (field && of === address) field.value = written.get(of) ?? "";
}

export function close() {
  keep();
  const hadFocus = sheet.contains(document.activeElement);
  show(false);
  address = "";
  body.replaceChildren();
  layer.replaceChildren();
  if (hadFocus) $("[data-comments]", box).focus();
}

function show(is) {
  sheet.hidden = layer.hidden = !is;
  box.classList.toggle("has-talk", is);
  $("[data-comments]", box).setAttribute("aria-expanded", is);
}

function keep() {
  const field = $("#say-text", body);
  if (field?.value) written.set(address, field.value);
  else written.delete(address);
}

// Escape leaves the field first, then closes the comments, then the picture.
box.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && isTyping(e.target)) e.preventDefault();
});

/* ── points lie on the picture as it is drawn, which is smaller than its box where that has another shape ── */
function pins() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.id = "pins";
  return svg;
}

function fit() {
  const { width, height } = picture.getBoundingClientRect();
  const ratio = picture.getAttribute("width") / picture.getAttribute("height");
  const drawn = Math.min(width, height * ratio);
  layer.style.inlineSize = `${drawn}px`;
  layer.style.blockSize = `${drawn / ratio}px`;
}
new ResizeObserver(fit).observe(picture);

/* ── from a point to what is said of it, and back, without leaving the picture's address ── */
box.addEventListener("click", (e) => {
  if (e.target.closest("[data-talk-close]")) return close();
  const name = e.target.closest('a[href^="#"]:not([href="#"], [download])')?.getAttribute("href").slice(1);
  const meant = name && document.getElementById(name);
  if (!meant) return;
  e.preventDefault();
  const fold = meant.closest("details");
  if (fold) fold.open = true;
  for (const before of $$(".is-meant", box)) before.classList.remove("is-meant");
  meant.classList.add("is-meant");
  meant.scrollIntoView({ block: "nearest" });
});
