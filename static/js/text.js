// Texts in the language of the page. The catalogue is a script before the modules; English needs none.

import { root } from "./dom.js";

const catalogue = globalThis.django;

export const gettext = (text) => catalogue?.gettext(text) ?? text;
export const ngettext = (one, many, n) => catalogue?.ngettext(one, many, n) ?? (n === 1 ? one : many);
// "%(name)s" with the values of the same names.
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
// A number as the language writes it.
export const number = (value, decimals = 0) =>
  value.toLocaleString(root.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
