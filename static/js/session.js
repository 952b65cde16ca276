// Whose page this is, and the token of the session that is current now, which may be newer than the page.

import { root } from "./dom.js";

export const person = root.dataset.person;
export const token = () => document.cookie.match(/(?:^|; )imageweb_csrf=([^;]+)/)?.[1];

// Headers of a request by script: the server refuses it if somebody else has signed in since.
export const headers = () => ({
  "HX-Request": "true",
  ...(person && { "Imageweb-Person": person }),
  ...(token() && { "X-CSRFToken": token() }),
});
