// Passkeys: a form asks the browser to make or to use one, and sends what came of it as JSON. Where the browser knows
// none, as without https, its button stays hidden.

import { $, $$, on } from "./dom.js";
import { gettext } from "./text.js";

const RESULTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

const decoded = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const encoded = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decodedIds = (credentials) => credentials?.map((each) => ({ ...each, id: decoded(each.id) }));

async function optionsOf(form) {
  const { options, optionsUrl } = form.dataset;
  if (options) return JSON.parse(options).publicKey;
  const answer = await fetch(optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return (await answer.json()).request_options.publicKey;
}

async function ask(form) {
  const publicKey = await optionsOf(form);
  publicKey.challenge = decoded(publicKey.challenge);
  publicKey.allowCredentials = decodedIds(publicKey.allowCredentials);
  publicKey.excludeCredentials = decodedIds(publicKey.excludeCredentials);
  if (form.dataset.passkey === "get") return await navigator.credentials.get({ publicKey });
  publicKey.user.id = decoded(publicKey.user.id);
  return await navigator.credentials.create({ publicKey });
}

function plain(credential) {
  const response = {};
  for (const name of RESULTS) {
    if (credential.response[name]) response[name] = encoded(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: encoded(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

function sentenceOf(error) {
  if (error.name === "InvalidStateError") return gettext("This device has a passkey for this account already.");
  if (error.name === "SecurityError") {
    return gettext("The browser allows no passkeys at this address. Open the site by its own name.");
  }
  if (error.name === "NotAllowedError") return gettext("No passkey was used. Try again, or go on another way.");
  return gettext("The passkey could not be asked for. Reload the page and try again.");
}

on("submit", "form[data-passkey]", async (e, form) => {
  e.preventDefault();
  const problem = $("[data-passkey-problem]", form);
  const button = $("[type=submit]", form);
  problem.textContent = "";
  button.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify(plain(await ask(form)));
    form.submit();
  } catch (error) {
    problem.textContent = sentenceOf(error);
    button.disabled = false;
    button.focus();
  }
});

if (globalThis.PublicKeyCredential) {
  for (const part of $$("[data-passkey-only]")) part.hidden = false;
  for (const part of $$("[data-without-passkeys]")) part.hidden = true;
}
