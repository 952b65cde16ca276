// Requests of HTMX: the token, whose page it is, and a message when one fails. What was typed stays.

import { toast } from "./messages.js";
import { person, token } from "./session.js";
import { gettext } from "./text.js";

const FAILED = {
  403: gettext("This page is out of date. Reload it and send again; your text is still here."),
  404: gettext("This is no longer there. Reload the page."),
  409: gettext("This form was already sent with other content. Reload the page to send a new one."),
  412: gettext(
    "Somebody else signed in here meanwhile, so nothing was done. " +
      "Sign in again in another tab to continue here; your text is still here.",
  ),
  413: gettext("This is too large to send. Choose smaller files."),
};
const REFUSED = { // why a form was not taken, from the header Imageweb-Refused
  origin: gettext(
    "This is not the site’s own address, so nothing was sent. Ask an administrator to correct SITE_URL or the proxy.",
  ),
  cookies: gettext(
    "Your browser sent no cookie, so nothing was sent. Allow cookies for this site and reload the page.",
  ),
};
const OURS = gettext("Something went wrong on our side. Your text is still here. Try again.");
const UNSENT = gettext("Sending failed. Your text is still here. Try again.");
const isQuiet = (e) => e.target.matches?.("[data-quiet], [data-poll]");

document.addEventListener("htmx:configRequest", (e) => {
  if (e.detail.verb !== "get" && token()) e.detail.parameters.csrfmiddlewaretoken = token();
  if (person) e.detail.headers["Imageweb-Person"] = person;
});
document.addEventListener("htmx:responseError", (e) => {
  if (isQuiet(e)) return;
  const { status } = e.detail.xhr;
  toast(REFUSED[e.detail.xhr.getResponseHeader("Imageweb-Refused")] ?? FAILED[status] ?? OURS);
});
document.addEventListener("htmx:sendError", (e) => {
  if (!isQuiet(e)) toast(UNSENT);
});
