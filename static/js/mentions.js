// Mentions: an @ and the beginning of a name offer who sees the picture. The field takes several lines, so it may be no
// combobox: it names the list and what is chosen there.

import { $, $$, on } from "./dom.js";
import { person } from "./session.js";
import { gettext } from "./text.js";

const WRITTEN = /(?:^|[^\p{L}\p{N}])@([^\s@][^@\n]{0,40}|)$/u;
const WAIT = 150;
let field; // whose list is open
let list;
let timer;
let asked = 0;

function written(textarea) {
  const before = textarea.value.slice(0, textarea.selectionStart);
  const name = WRITTEN.exec(before)?.[1];
  return name !== undefined && name.split(" ").length <= 3 ? name : undefined;
}

async function offer(textarea) {
  const name = written(textarea);
  if (name === undefined) return close();
  const turn = ++asked;
  const address = new URL($("#comments").dataset.people, location.href);
  address.searchParams.set("q", name);
  const headers = person ? { "Imageweb-Person": person } : {};
  const answer = await fetch(address, { headers }).catch(() => undefined);
  const people = answer?.ok ? (await answer.json()).people : [];
  if (turn !== asked || document.activeElement !== textarea) return;
  if (people.length) open(textarea, people);
  else close();
}

function open(textarea, people) {
  close();
  field = textarea;
  list = Object.assign(document.createElement("ul"), { className: "mentions", id: "people-found", role: "listbox" });
  list.ariaLabel = gettext("People");
  list.append(...people.map(option));
  list.style.insetBlockStart = `${field.offsetTop + field.offsetHeight}px`;
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-haspopup", "listbox");
  choose(0);
}

function option({ name, initials, write }, index) {
  const item = Object.assign(document.createElement("li"), { id: `found-${index}`, role: "option" });
  item.dataset.write = write;
  const avatar = Object.assign(document.createElement("span"), { textContent: initials });
  avatar.classList.add("avatar", "avatar--s");
  avatar.ariaHidden = "true";
  item.append(avatar, Object.assign(document.createElement("bdi"), { textContent: name }));
  return item;
}

const options = () => $$("li", list);
const chosen = () => options().findIndex((item) => item.ariaSelected === "true");

function choose(index) {
  const all = options();
  const next = all.at(index % all.length);
  for (const item of all) item.ariaSelected = String(item === next);
  field.setAttribute("aria-activedescendant", next.id);
}

function take(item) {
  const end = field.selectionStart;
  const start = end - written(field).length;
  field.setRangeText(`${item.dataset.write} `, start, end, "end");
  const textarea = field;
  close();
  textarea.focus();
}

function close() {
  clearTimeout(timer);
  asked += 1;
  list?.remove();
  for (const name of ["aria-autocomplete", "aria-controls", "aria-haspopup", "aria-activedescendant"]) {
    field?.removeAttribute(name);
  }
  field = list = undefined;
}

on("input", "[data-mentions]", (_, textarea) => {
  clearTimeout(timer);
  timer = setTimeout(() => offer(textarea), WAIT);
});
on("pointerdown", "#people-found li", (e, item) => {
  e.preventDefault();
  take(item);
});
document.addEventListener("focusout", (e) => {
  if (e.target === field) close();
});
document.addEventListener("keydown", (e) => {
  if (!field || e.target !== field || e.isComposing || e.ctrlKey || e.metaKey) return;
  if (e.key === "ArrowDown") choose(chosen() + 1);
  else if (e.key === "ArrowUp") choose(chosen() - 1);
  else if (e.key === "Enter" || e.key === "Tab") take(options()[chosen()]);
  else if (e.key === "Escape") close();
  else return;
  e.preventDefault();
  e.stopImmediatePropagation();
}, true);
