// Texts in the language of the page. The catalogue is a script before the modules; English needs none.

const catalogue = globalThis.django;

export const gettext = (text) => catalogue?.gettext(text) ?? text;
export const ngettext = (one, many, n) => catalogue?.ngettext(one, many, n) ?? (n === 1 ? one : many);
// "%(name)s" with the values of the same names.
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
