// What the chosen models take of what stands in the composer, and what sending it would cost. The server works it out;
// this asks when something changes, and shows the answer without moving the focus.

import { $, $$, on } from "./dom.js";
import { headers, token } from "./session.js";

const TYPING_MS = 300;
const form = $("#composer");
export const tiles = () => $$(".ref:not(.ref--add)", form);
let shown = JSON.parse(form.dataset.limits);
let asked; // the request on its way
let answer; // to it, or to the one that took its place
let timer;

// How many references all the chosen models take, and the sentence that says so.
export const most = () => shown.most;
export const hint = () => shown.hint;

// The limits for the form as it stands, as soon as they are known.
export function ask() {
  clearTimeout(timer);
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  answer = request(signal).then((limits) => {
    if (signal.aborted) return answer;
    if (limits) show(limits);
    return shown;
  });
  return answer;
}

async function request(signal) {
  if (!token()) return null; // the session ended
  const body = new FormData(form);
  body.delete("files");
  body.set("given", tiles().length);
  const options = { method: "POST", body, signal, headers: headers() };
  const response = await fetch(form.dataset.limitsAddress, options).catch(() => null);
  return response?.ok ? response.json().catch(() => null) : null;
}

function show(limits) {
  shown = limits;
  showSentences(limits.fits);
  $("[data-hint]").textContent = limits.hint;
  const based = $("[data-based]", form);
  if (based) based.hidden = !limits.isBased;
  $("#estimate").textContent = limits.estimate;
  showRoom();
  for (const input of $$('input[name="size"]', form)) {
    input.closest(".chip").hidden = Boolean(input.value) && !limits.sizes.includes(input.value) && !input.checked;
  }
  for (const input of $$("[data-option]", form)) showOption(input, limits.options[input.dataset.option]);
  const untaken = $("[data-untaken]");
  untaken.textContent = limits.untaken;
  untaken.hidden = !limits.untaken;
}

// The same sentences are not read out again. What stops the sending to one of several models has a button that leaves
// it out.
function showSentences(fits) {
  const box = $("#fits");
  const said = ({ text, leaveOut }) => `${leaveOut} ${text}`;
  const lines = [...box.children].map((line) =>
    said({ text: $("span", line).textContent, leaveOut: $("button", line)?.dataset.leaveOut ?? "" })
  );
  if (fits.length === lines.length && fits.every((fit, n) => said(fit) === lines[n])) return;
  box.replaceChildren(...fits.map(lineOf));
}

function lineOf({ text, isStop, leaveOut, label }) {
  const line = document.createElement("p");
  line.classList.toggle("is-stop", isStop);
  line.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (leaveOut) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.classList.add("btn", "btn--quiet");
    button.dataset.leaveOut = leaveOut;
    line.append(button);
  }
  return line;
}

on("click", "[data-leave-out]", (_, button) => {
  const model = $(`input[name="model"][value="${button.dataset.leaveOut}"]`, form);
  model.checked = false;
  model.dispatchEvent(new Event("change", { bubbles: true }));
  $("#problem").replaceChildren(); // it was about this model
  form.elements.prompt.focus();
});

function showRoom() {
  const isFull = tiles().length >= shown.most;
  for (const tile of $$(".ref--add", form)) tile.hidden = isFull;
}

function showOption(input, { note, isUseless }) {
  const line = $("[data-ignored]", input.parentElement);
  input.disabled = isUseless;
  input.parentElement.hidden = isUseless;
  line.textContent = note;
  line.hidden = !note;
}

form.addEventListener("change", ask);
form.addEventListener("references", () => {
  showRoom();
  ask();
});
on("input", "#composer textarea, #composer input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, TYPING_MS);
});
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id === "refs") ask();
});
show(shown);
