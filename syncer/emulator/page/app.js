// The Devices App in small. For tests and other robots, these ids and data attributes stay as they are:
//
//   #status[data-state]       offline, connecting, online, lost
//   body[data-busy]           how many actions are under way
//   #notice, #login-error, #editor-error   what went wrong (#notice[data-kind=ok]: what was done)
//   #login-domain #login-app #login-password #login-submit #logout
//   [data-domain="ID"]        a domain of the list; a click chooses it, or reads it once more
//   #domain-create #domain-edit #domain-delete
//   [data-category="ID"]      a category's row, with [data-action=edit] and [data-action=delete]; #category-create
//   [data-config="ID"]        a config's row, with [data-action=open] and [data-action=delete]; #config-create
//   [data-device="ID"]        a device's row
//   #editor                   the dialog: #field-NAME of each field (#field-type first when a config is new),
//                             #categories-ID check boxes, #editor-save, #editor-cancel
//   #confirm                  the dialog before a deletion: #confirm-yes, #confirm-no
//   #log li[data-direction]   the messages: sent, received; their text is in the summary, all of it once unfolded; #log-clear

import { available } from "./cipher.js";
import { Connection } from "./connection.js";
import { byId, shown, tell, whileBusy } from "./elements.js";
import { showLists } from "./lists.js";
import { clearLog, logMessage } from "./log.js";
import { byIds, chosenDomain, session } from "./session.js";
import { WRITES } from "./writing.js";

async function start() {
  const [, domain] = location.pathname.split("/");
  const response = await fetch("profile.json");
  session.profile = await response.json();
  byId("login-domain").value = decoded(domain);
  byId("login-app").value = session.profile.app;
  byId("profile-name").textContent = shown(session.profile.name);
  if (!available()) tell("login-error", "The browser computes a login only for https and for localhost: open this page there.");
  byId("login-submit").disabled = !available();
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function logIn() {
  const [domain, app, password] = ["domain", "app", "password"].map((name) => byId(`login-${name}`).value);
  tell("login-error");
  status("connecting", "connecting …");
  const url = new URL(encodeURIComponent(app), location.href);
  url.protocol = url.protocol.replace("http", "ws");
  session.connection?.close();
  const connection = new Connection(url, { heard: logMessage, event: onEvent, closed: onClosed });
  session.connection = connection;
  try {
    await connection.login(app, domain, password);
    byId("login-password").value = "";
    session.own = domain;
    await readAll();
  } catch (error) {
    if (session.connection !== connection) return; // a later login is under way
    connection.close();
    status("offline", "not connected");
    tell("login-error", error.message);
    return;
  }
  byId("who").textContent = shown(domain);
  status("online", "connected");
  view("work");
}

async function readAll() {
  session.admin = (await session.connection.ask({ mt: "GetUserInfo" })).admin === true;
  await readDomains();
  const own = [...session.domains.values()].find((domain) => domain.name === session.own);
  await choose((own ?? [...session.domains.values()][0])?.id ?? null);
}

async function readDomains() {
  session.domains = byIds(await session.connection.list({ mt: "GetDomains", recvUpdates: true }, "domains"));
}

/** Choose a domain, or read the one that is shown once more. */
async function look(id) {
  await readDomains();
  await choose(id);
}

function logOut() {
  session.connection?.close();
  session.connection = null;
  tell("notice");
  status("offline", "not connected");
  view("login");
}

function onClosed() {
  if (document.body.dataset.view !== "work") return;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  status("lost", "connection lost");
  tell("notice", "The connection was lost. What is shown may be out of date; log out, and in again.");
  byId("work").inert = true;
}

function view(name) {
  document.body.dataset.view = name;
  byId("login").hidden = name !== "login";
  byId("work").hidden = name !== "work";
  byId("work").inert = false;
  byId("logout").hidden = name !== "work";
  (name === "work" ? byId("domain-name") : byId("login-password")).focus();
}

function status(name, text) {
  byId("status").dataset.state = name;
  byId("status").textContent = text;
}

const show = () => showLists(session, (name, id) => run(() => ACTIONS[name](id)));

async function choose(id) {
  session.chosen = id;
  session.configs = new Map();
  session.devices = new Map();
  if (id !== null) {
    const configs = session.connection.list({ mt: "GetDeviceConfigs", domainId: id, recvUpdates: true }, "configs");
    const devices = session.connection.list({ mt: "GetDevices", domainIds: String(id), recvUpdates: true }, "devices");
    const [found, there] = await Promise.all([configs, devices]);
    if (session.chosen !== id) return; // another was chosen meanwhile
    session.configs = byIds(found);
    session.devices = byIds(there);
  }
  show();
}

const EVENTS = {
  DomainAdded: ({ domain }) => session.domains.set(domain.id, domain),
  DomainEdited: ({ domain }) => session.domains.set(domain.id, domain),
  DomainDeleted: ({ id }) => session.domains.delete(id),
  DeviceConfigAdded: ({ config }) => config.domainId === session.chosen && session.configs.set(config.id, config),
  DeviceConfigEdited: ({ config }) => config.domainId === session.chosen && session.configs.set(config.id, config),
  DeviceConfigDeleted: ({ id }) => session.configs.delete(id),
  DeviceAdded: ({ device }) => device.domainId === session.chosen && session.devices.set(device.id, device),
  DeviceUpdate: ({ device }) => device.domainId === session.chosen && session.devices.set(device.id, device),
  DeviceRemoved: ({ device }) => session.devices.delete(device.id),
};

function onEvent(message) {
  if (!Object.hasOwn(EVENTS, message.mt)) return;
  try {
    EVENTS[message.mt](message);
  } catch {
    return tell("notice", `A ${message.mt} without what it is about: what is shown may be out of date.`);
  }
  if (session.chosen !== null && !chosenDomain()) attempt(() => choose([...session.domains.keys()][0] ?? null));
  show();
}

const ACTIONS = { look, ...WRITES };

function run(action) {
  tell("notice");
  return attempt(action);
}

/** Do it; what goes wrong is told. */
async function attempt(action) {
  try {
    await whileBusy(action);
  } catch (error) {
    tell("notice", error.message);
  }
}

for (const id of ["domain-create", "domain-edit", "domain-delete", "category-create", "config-create"])
  byId(id).addEventListener("click", () => run(() => ACTIONS[id]()));
byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(logIn);
});
byId("logout").addEventListener("click", logOut);
byId("log-clear").addEventListener("click", clearLog);
run(start);
