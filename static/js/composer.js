// The composer: what the chosen models take, what becomes of what they do not take, and what it will cost.

const form = document.querySelector("#composer");
const $ = (sel, from = form) => from.querySelector(sel);
const $$ = (sel, from = form) => [...from.querySelectorAll(sel)];
const chosen = () => $$('input[name="model"]:checked');
const list = (input, name) => input.dataset[name].split(" ").filter(Boolean);
const show = (size) => (/^\d/.test(size) ? size.replace(/[x*]/, "×") : size);

/* ── sizes: what a model does not take becomes the nearest it takes, as on the server ── */
function terms(size) {
  const found = size.match(/^(\d+)[x×*:](\d+)$/);
  return found && Number(found[1]) && Number(found[2]) ? [Number(found[1]), Number(found[2])] : null;
}
function nearest(size, sizes) {
  const [w, h] = terms(size) ?? [];
  const near = sizes.filter((other) => w && terms(other)).map((other) => {
    const [ow, oh] = terms(other);
    return [Math.round(1000 * Math.abs(Math.log((w * oh) / (h * ow)))), Math.abs(Math.log((w * h) / (ow * oh))), other];
  });
  return near.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]?.[2];
}
function snapped(model, size) {
  const sizes = list(model, "sizes");
  if (!size || !sizes.length || sizes.includes(size)) return "";
  const drawn = nearest(size, sizes);
  return `${model.dataset.name} does not take ${show(size)}, so it ${drawn ? `draws ${show(drawn)}, the nearest` : "chooses the shape itself"}.`;
}

function suitSizes(models) {
  const takes = models.flatMap((m) => list(m, "sizes"));
  for (const input of $$('input[name="size"]'))
    input.closest(".chip").hidden = Boolean(input.value) && !takes.includes(input.value) && !input.checked;
  const now = $('input[name="size"]:checked');
  $("[data-size-label]").textContent = now?.dataset.label ?? "Any shape";
  $("[data-size-ratio]").className = `ratio ${now?.dataset.ratio ?? "r-100"}`;
}

const named = (input) => $("label", input.parentElement).textContent.toLowerCase();

/* ── options no chosen model takes are out of the way; what one of several ignores is said ── */
function suitOptions(models) {
  const none = [];
  for (const input of $$("[data-option]")) {
    const deaf = models.filter((m) => !list(m, "options").includes(input.dataset.option)).map((m) => m.dataset.name);
    const isUseless = models.length > 0 && deaf.length === models.length, hint = $("[data-ignored]", input.parentElement);
    if (isUseless) none.push(named(input));
    input.disabled = isUseless;
    input.parentElement.hidden = isUseless;
    hint.hidden = !deaf.length;
    hint.textContent = deaf.length ? `${deaf.join(", ")} ignore${deaf.length > 1 ? "" : "s"} this.` : "";
  }
  const said = $("[data-deaf]");
  said.hidden = !none.length;
  said.textContent = none.length ? `Not taken by ${models.length > 1 ? "these models" : models[0].dataset.name}: ${none.join(", ")}.` : "";
}

function priceOf(model, size) {
  const { price, prices } = model.dataset, sizes = list(model, "sizes");
  const bySize = prices ? JSON.parse(prices) : {}, drawn = sizes.includes(size) ? size : nearest(size, sizes);
  return Object.hasOwn(bySize, drawn) ? bySize[drawn] ?? undefined : price;
}

function estimate(models) {
  const size = $('input[name="size"]:checked')?.value ?? "", prices = models.map((m) => priceOf(m, size));
  const n = Number($('input[name="n"]:checked').value);
  const sum = prices.reduce((total, price) => total + Number(price), 0) * n;
  const known = models.length && prices.every((price) => price !== undefined);
  const slowest = models.reduce((a, b) => (Number(b.dataset.seconds) > Number(a.dataset.seconds) ? b : a), models[0]);
  const takes = models.every((m) => m.dataset.takes) && slowest?.dataset.takes;
  const places = sum < 0.1 && Math.abs(sum * 100 - Math.round(sum * 100)) > 1e-6 ? 3 : 2;
  const said = [known && `$${sum.toFixed(places)}`, takes].filter(Boolean).join(" · ");
  $("#estimate").textContent = said && `≈ ${said}`;
}

function fits(models) {
  const given = $$(".ref:not(.ref--add)").length, size = $('input[name="size"]:checked')?.value ?? "", said = [];
  const written = [...form.elements.prompt.value.trim()].length, count = (n) => Number(n).toLocaleString("en");
  for (const model of models) {
    const { name, refs, minRefs, prompt } = model.dataset;
    if (written > Number(prompt)) said.push(`${name} takes at most ${count(prompt)} characters; there are ${count(written)}.`);
    if (given < Number(minRefs)) said.push(`${name} edits a picture: add a reference.`);
    if (given > Number(refs)) said.push(`${name} takes ${Number(refs) || "no"} reference picture${refs === "1" ? "" : "s"}; there ${given > 1 ? "are" : "is"} ${given}.`);
    const deaf = $$("[data-option]").filter((input) => input.value.trim() && !list(model, "options").includes(input.dataset.option));
    if (deaf.length) said.push(`${name} does not take ${deaf.map(named).join(", ")}, so it is asked without.`);
    said.push(snapped(model, size));
  }
  const lines = said.filter(Boolean), box = $("#fits");
  if (lines.join() === [...box.children].map((line) => line.textContent).join()) return;
  box.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
}

function suit() {
  const models = chosen(), names = models.map((m) => m.dataset.name);
  const least = models.reduce((a, b) => (Number(b.dataset.refs) < Number(a.dataset.refs) ? b : a), models[0]);
  const most = Number(least?.dataset.refs ?? 0), name = least?.dataset.name;
  $("[data-models-label]").textContent = names.length > 1 ? `${names[0]} +${names.length - 1}` : names[0] ?? "No model";
  $("[data-hint]").textContent = least ? `${name} takes ${most > 1 ? "up to " : ""}${most || "no"} reference picture${most === 1 ? "" : "s"}.` : "";
  const isFull = $$(".ref:not(.ref--add)").length >= most;
  for (const sel of [".ref--add", "[data-takes]"]) $(sel).hidden = isFull;
  suitSizes(models);
  suitOptions(models);
  estimate(models);
  fits(models);
}
form.addEventListener("change", suit);
form.addEventListener("references", suit);
form.elements.prompt.addEventListener("input", () => fits(chosen()));
form.addEventListener("change", (e) => { if (["model", "visible"].includes(e.target.name)) $("#lost")?.remove(); }); // chosen anew
// What is wrong in a closed menu is shown where it is: a browser says nothing of a field it cannot show, and sends nothing.
form.addEventListener("invalid", (e) => {
  const menu = e.target.closest("[popover]:not(:popover-open)");
  menu?.showPopover({ source: $(`[popovertarget="${menu.id}"]`) }); // where its button opens it
}, true);
document.addEventListener("htmx:oobAfterSwap", (e) => { if (e.target.id === "refs") suit(); });
suit();
