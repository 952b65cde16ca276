// The draft: kept on the server a second after the last change, and in this tab, so that neither a reload nor a session
// that ended takes anything. Alt+Up and Alt+Down walk one's earlier prompts.

const form = document.querySelector("#composer");
const field = form.querySelector(".composer__prompt");
const TAB = "composer-draft";
const MOST_KEPT_ALIVE = 60_000; // what a browser still sends for a page that is left
const asked = new URLSearchParams(location.search);
const at = ["from", "again", "prompt", "draft"].some((name) => asked.has(name)) ? location.search : "";
const token = () => document.cookie.match(/(?:^|; )imageweb_csrf=([^;]+)/)?.[1];
const whose = document.documentElement.dataset.person;
const headers = { "HX-Request": "true", "Imageweb-Person": whose };
const newName = () => Math.random().toString(36).slice(2);
let timer, isChanged = false;
field.autocomplete = "off"; // what was written comes back by the draft; a browser brings back what was sent, too

function said() {
  const fields = new FormData(form);
  for (const name of ["files", "csrfmiddlewaretoken", "submission", "by", "came"]) fields.delete(name);
  return new URLSearchParams(fields);
}
function remember(isKept) {
  const memory = { whose, at, isKept, by: form.elements.by.value, said: String(said()) };
  try { sessionStorage.setItem(TAB, JSON.stringify(memory)); } catch { /* private mode */ }
}
function remembered() {
  try {
    const memory = JSON.parse(sessionStorage.getItem(TAB));
    if (memory?.whose === whose) return memory;
    sessionStorage.removeItem(TAB); // somebody else wrote here before
  } catch { /* private mode */ }
  return null;
}

async function keep() {
  clearTimeout(timer);
  if (!isChanged || !token()) return; // without a session the tab remembers
  isChanged = false;
  const body = said();
  for (const name of ["submission", "by", "came"]) body.set(name, form.elements[name].value);
  body.set("csrfmiddlewaretoken", token());
  const answer = await post(body, String(body).length < MOST_KEPT_ALIVE);
  if (!answer?.ok) isChanged = true;
  else if (!isChanged && body.get("by") === form.elements.by.value) remember(true);
  if (answer?.status === 200) document.querySelector("#aside").innerHTML = await answer.text();
}
const post = (body, keepalive) =>
  fetch(form.dataset.draft, { method: "POST", body, keepalive, headers }).catch(() => null);

function touched(e) { // what a person changes says "input"; a browser says "change" once more when the field is left, sent or not
  if (e?.target?.type === "file" || (e?.type === "change" && e.target !== form)) return;
  isChanged = true;
  remember(false);
  clearTimeout(timer);
  timer = setTimeout(keep, 1000);
}

// What was written in this tab stays in it, whatever another has kept since. An address that brings words has its way,
// but for what it was changed to since it was opened.
function restore({ by, said: words }) {
  form.elements.by.value = by;
  const fields = new URLSearchParams(words), aside = form.querySelector("#aside bdi")?.textContent.replace(/…$/, "");
  if (form.querySelector(`#aside [data-by="${by}"]`) || (aside && fields.get("prompt").startsWith(aside))) form.querySelector("#aside").replaceChildren();
  if (words === String(said())) return;
  const inputs = [...form.querySelectorAll("[name]:not([type=hidden], [type=file])")];
  const choices = (input) => [...(input.options ?? inputs.filter((other) => other.name === input.name))].map(({ value }) => value);
  for (const input of inputs) {
    const values = fields.getAll(input.name), isChoice = input.matches("select, [type=checkbox], [type=radio]");
    if (isChoice && !choices(input).some((value) => values.includes(value))) continue; // gone since: the page's own choice stands
    if (isChoice && !input.options) input.checked = values.includes(input.value);
    else input.value = values[0] ?? "";
  }
  form.elements.came.value = "";
  form.dispatchEvent(new CustomEvent("refer", { detail: fields.getAll("ref") }));
  form.dispatchEvent(new Event("change"));
}
form.elements.by.value = newName();
for (const type of ["input", "change", "references"]) form.addEventListener(type, touched);
const memory = remembered(), [way] = performance.getEntriesByType("navigation");
if (memory?.at === at && (!at || !memory.isKept || way?.type !== "navigate")) restore(memory);
form.addEventListener("focusout", keep);
document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
addEventListener("pagehide", keep);

let sent = ""; // the words that are on their way
form.addEventListener("htmx:beforeRequest", (e) => { if (e.target === form) sent = field.value; });
// Sent: what the server keeps is the choices alone, and nothing that is still on its way may bring the words back.
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id !== "problem" || e.target.querySelector(".problem")) return;
  clearTimeout(timer);
  isChanged = false;
  earlier = undefined;
  form.elements.by.value = newName();
  try { sessionStorage.removeItem(TAB); } catch { /* private mode */ }
  document.querySelector("#lost")?.remove();
  if (field.value !== sent) touched(); // written on meanwhile
});

form.addEventListener("click", (e) => {
  const button = e.target.closest?.("[data-forget]");
  if (!button) return;
  button.closest("#aside").replaceChildren();
  post(new URLSearchParams({ forget: "aside", csrfmiddlewaretoken: token() ?? "" }), true);
});

/* ── earlier prompts ── */
let earlier, place = -1, own = "";
async function walk(by) {
  if (!earlier) {
    const answer = await fetch(form.dataset.prompts, { headers }).catch(() => null);
    earlier = answer?.ok ? (await answer.json()).prompts : [];
    place = -1;
  }
  if (place === -1) own = field.value;
  place = Math.max(-1, Math.min(earlier.length - 1, place + by));
  field.value = place === -1 ? own : earlier[place];
  field.setSelectionRange(field.value.length, field.value.length);
}
field.addEventListener("keydown", (e) => {
  if (!e.altKey || e.ctrlKey || e.metaKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
  e.preventDefault();
  walk(e.key === "ArrowUp" ? 1 : -1);
});
field.addEventListener("input", () => { place = -1; });

/* ── words that can be tried ── */
document.addEventListener("click", (e) => {
  const button = e.target.closest?.("[data-fill]");
  if (!button) return;
  field.value = button.querySelector(button.dataset.fill).textContent.trim();
  touched();
  field.focus();
});
