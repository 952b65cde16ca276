// Requests of HTMX: the token, whose page it is, and a message when one fails. What was typed stays.

import { toast } from "./messages.js";
import { person, token } from "./session.js";

const FAILED = {
  403: "This page is out of date. Reload it and send again; your text is still here.",
  404: "This is no longer there. Reload the page.",
  409: "This form was already sent with other content. Reload the page to send a new one.",
  412: "Somebody else signed in here meanwhile, so nothing was done. " +
    "Sign in again in another tab to continue here; your text is still here.",
  413: "This is too large to send. Choose smaller files.",
};
const isQuiet = (e) => e.target.matches?.("[data-quiet], [data-poll]");

document.addEventListener("htmx:configRequest", (e) => {
  if (e.detail.verb !== "get" && token()) e.detail.parameters.csrfmiddlewaretoken = token();
  if (person) e.detail.headers["Imageweb-Person"] = person;
});
document.addEventListener("htmx:responseError", (e) => {
  if (isQuiet(e)) return;
  toast(FAILED[e.detail.xhr.status] ?? "Something went wrong on our side. Your text is still here. Try again.");
});
document.addEventListener("htmx:sendError", (e) => {
  if (!isQuiet(e)) toast("Sending failed. Your text is still here. Try again.");
});
