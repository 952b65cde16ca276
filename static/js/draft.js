// The draft: kept on the server a second after the last change, and in this tab while the session may be gone. Alt+Up
// and Alt+Down walk one's earlier prompts.

const form = document.querySelector("#composer");
const field = form.querySelector(".composer__prompt");
const TAB = "composer-draft";
let timer, isChanged = false;

function keep() {
  clearTimeout(timer);
  const token = document.cookie.match(/(?:^|; )imageweb_csrf=([^;]+)/)?.[1];
  if (!isChanged || !token) return; // without a session the tab remembers
  isChanged = false;
  const said = new FormData(form);
  said.delete("files");
  said.set("csrfmiddlewaretoken", token);
  fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(said), keepalive: true, headers: { "HX-Request": "true" } })
    .catch(() => { isChanged = true; });
}
function touched(e) {
  if (e?.target?.type === "file") return;
  isChanged = true;
  try { sessionStorage.setItem(TAB, field.value); } catch { /* private mode */ }
  clearTimeout(timer);
  timer = setTimeout(keep, 1000);
}
// What was written in this tab stays in it, whatever another tab has kept since; an address that brings words has its way.
const isAsked = ["from", "again", "prompt"].some((name) => new URLSearchParams(location.search).has(name));
try { if (!isAsked || !field.value) field.value = sessionStorage.getItem(TAB) || field.value; } catch { /* private mode */ }
for (const type of ["input", "change", "references"]) form.addEventListener(type, touched);
form.addEventListener("focusout", keep);
document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
addEventListener("pagehide", keep);

// Sent: what the server keeps is the choices alone, and nothing that is still on its way may bring the words back.
document.addEventListener("htmx:oobAfterSwap", (e) => {
  if (e.target.id !== "problem" || e.target.querySelector(".problem")) return;
  clearTimeout(timer);
  isChanged = false;
  earlier = undefined;
  try { sessionStorage.removeItem(TAB); } catch { /* private mode */ }
});

/* ── earlier prompts ── */
let earlier, place = -1, own = "";
async function walk(by) {
  if (!earlier) {
    const answer = await fetch(form.dataset.prompts, { headers: { "HX-Request": "true" } }).catch(() => null);
    earlier = answer?.ok ? (await answer.json()).prompts : [];
    place = -1;
  }
  if (place === -1) own = field.value;
  place = Math.max(-1, Math.min(earlier.length - 1, place + by));
  field.value = place === -1 ? own : earlier[place];
  field.setSelectionRange(field.value.length, field.value.length);
  touched();
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
