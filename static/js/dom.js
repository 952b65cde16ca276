// What every module needs of the page.

export const root = document.documentElement;
export const $ = (sel, from = document) => from.querySelector(sel);
export const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];

// Listeners are delegated, so that what HTMX swaps in needs no binding.
export const on = (type, sel, listener, options) =>
  document.addEventListener(type, (e) => {
    const el = e.target.closest?.(sel);
    if (el) listener(e, el);
  }, options);

const SILENT = '[type="checkbox"], [type="radio"], [type="range"]';
export const isTyping = (el) => el?.matches?.(`textarea, select, [contenteditable], input:not(${SILENT})`);
export const hasSingleKeys = () => root.dataset.shortcuts !== "off";
export const delay = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
