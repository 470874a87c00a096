// The Devices App in small. For tests and other robots, these ids and data attributes stay as they are:
//
//   #status[data-state]       offline, connecting, online, lost
//   body[data-busy]           how many actions are under way
//   #notice, #login-error, #editor-error   what went wrong (#notice[data-kind=ok]: what was done)
//   #login-domain #login-app #login-password #login-submit #logout
//   [data-domain="ID"]        a domain of the list; a click chooses it
//   #domain-create #domain-edit #domain-delete
//   [data-category="ID"]      a category's row, with [data-action=edit] and [data-action=delete]; #category-create
//   [data-config="ID"]        a config's row, with [data-action=open] and [data-action=delete]; #config-create
//   [data-device="ID"]        a device's row
//   #editor                   the dialog: #field-NAME of each field (#field-type first when a config is new),
//                             #categories-ID check boxes, #editor-save, #editor-cancel
//   #confirm                  the dialog before a deletion: #confirm-yes, #confirm-no
//   #log li[data-direction]   the messages: sent, received; #log-clear

import { available, decrypt } from "./cipher.js";
import { Connection } from "./connection.js";
import { categoryBoxes, confirmed, Form, openEditor } from "./editor.js";
import { byId, shown, tell } from "./elements.js";
import { configTypes, fieldsOf } from "./fields.js";
import { showLists } from "./lists.js";
import { clearLog, logMessage } from "./log.js";
import { can, configObject, namesDomain, spell, Unspellable, variablesOf } from "./spell.js";

const DOMAIN = [
  { name: "name", label: "Name", kind: "text", required: true },
  { name: "deployAdminPasswords", label: "Deploy the domain's password to its devices", kind: "checkbox" },
];
const CATEGORY = [
  { name: "name", label: "Name", kind: "text", required: true },
  { name: "config", label: "Used for configurations", kind: "checkbox" },
];
const DESC = { name: "desc", label: "Description", kind: "text" };
const TYPE = { name: "type", label: "Type", kind: "select", required: true, choices: configTypes.map((type) => [type, type]) };

const state = { profile: null, admin: false, own: "", chosen: null, domains: new Map(), configs: new Map(), devices: new Map() };
let connection = null;

// --- login and end -------------------------------------------------------------------------------------------------

async function start() {
  document.body.dataset.busy = "0";
  const [, domain] = location.pathname.split("/");
  const response = await fetch("profile.json");
  state.profile = await response.json();
  byId("login-domain").value = decoded(domain);
  byId("login-app").value = state.profile.app;
  byId("profile-name").textContent = shown(state.profile.name);
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
  connection?.close();
  connection = new Connection(url, { heard: logMessage, event: onEvent, closed: onClosed });
  try {
    await connection.login(app, domain, password);
    byId("login-password").value = "";
    state.own = domain;
    await readAll();
  } catch (error) {
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
  state.admin = (await connection.ask({ mt: "GetUserInfo" })).admin === true;
  state.domains = byIds(await connection.list({ mt: "GetDomains", recvUpdates: true }, "domains"));
  const own = [...state.domains.values()].find((domain) => domain.name === state.own);
  await choose((own ?? [...state.domains.values()][0])?.id ?? null);
}

function logOut() {
  connection?.close();
  connection = null;
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

// --- what is shown -------------------------------------------------------------------------------------------------

const byIds = (objects) => new Map(objects.map((object) => [object.id, object]));
const show = () => showLists(state, (name, id) => run(() => ACTIONS[name](id)));
const chosen = () => state.domains.get(state.chosen);

async function choose(id) {
  state.chosen = id;
  state.configs = new Map();
  state.devices = new Map();
  if (id !== null) {
    const configs = connection.list({ mt: "GetDeviceConfigs", domainId: id, recvUpdates: true }, "configs");
    const devices = connection.list({ mt: "GetDevices", domainIds: String(id), recvUpdates: true }, "devices");
    const [found, there] = await Promise.all([configs, devices]);
    if (state.chosen !== id) return; // another was chosen meanwhile
    state.configs = byIds(found);
    state.devices = byIds(there);
  }
  show();
}

const EVENTS = {
  DomainAdded: ({ domain }) => state.domains.set(domain.id, domain),
  DomainEdited: ({ domain }) => state.domains.set(domain.id, domain),
  DomainDeleted: ({ id }) => state.domains.delete(id),
  DeviceConfigAdded: ({ config }) => config.domainId === state.chosen && state.configs.set(config.id, config),
  DeviceConfigEdited: ({ config }) => config.domainId === state.chosen && state.configs.set(config.id, config),
  DeviceConfigDeleted: ({ id }) => state.configs.delete(id),
  DeviceAdded: ({ device }) => device.domainId === state.chosen && state.devices.set(device.id, device),
  DeviceUpdate: ({ device }) => device.domainId === state.chosen && state.devices.set(device.id, device),
  DeviceRemoved: ({ device }) => state.devices.delete(device.id),
};

function onEvent(message) {
  if (!Object.hasOwn(EVENTS, message.mt)) return;
  try {
    EVENTS[message.mt](message);
  } catch {
    return tell("notice", `A ${message.mt} without what it is about: what is shown may be out of date.`);
  }
  if (state.chosen !== null && !chosen()) run(() => choose([...state.domains.keys()][0] ?? null));
  show();
}

// --- writing -------------------------------------------------------------------------------------------------------

let queue = Promise.resolve(); // one write at a time: not every profile tells replies apart

function write(name, variables, done) {
  const writing = queue.then(async () => {
    const named = { domain_id: state.chosen, ...variables };
    if (name.startsWith("create_") && name !== "create_domain" && !namesDomain(state.profile, name) && chosen().name !== state.own)
      throw new Unspellable(`in this wire profile ${name} names no domain, so it would be made in ${state.own}`);
    await connection.write(spell(state.profile, name, named, connection.source()));
    const { response } = state.profile.operations[name];
    tell("notice", response ? done : `${done} The wire profile awaits no reply to it.`, "ok");
  });
  queue = writing.catch(() => {});
  return writing;
}

function editNamed(kind, fields, before, values, domain) {
  let form;
  const name = before ? `update_${kind}` : `create_${kind}`;
  const save = () => {
    const edited = form.read();
    const given = Object.fromEntries(fields.map((field) => [field.name, edited[field.name].value ?? (field.kind === "text" ? "" : false)]));
    const variables = variablesOf(kind, state.profile.operations[name], before, { ...given, domain_id: domain });
    return write(name, variables, `${given.name} was sent.`);
  };
  openEditor(`${before ? "Edit" : "New"} ${kind}`, (place) => (form = new Form(fields, values, place)), save);
}

async function remove(kind, object, name, warning) {
  if (!(await confirmed(`Delete ${kind} “${shown(name)}”?`, warning))) return;
  await write(`delete_${kind}`, { id: object.id, name }, `Deletion of ${name} was sent.`);
}

async function openConfig(id) {
  const before = id === null ? null : await connection.config(state.chosen, id);
  const usable = await connection.list({ mt: "GetProvisioningCategories", domainId: state.chosen }, "categories");
  const named = before?.categories ?? [];
  const categories = [...byIds([...named, ...usable]).values()]; // those that it names, even if they are for no configs
  const operation = state.profile.operations[before ? "update_config" : "create_config"];
  let form;
  let boxes;
  const fill = (type, place) => {
    const head = before ? [DESC] : [TYPE, DESC];
    form = new Form([...head, ...fieldsOf(type)], { type, ...plain(before, type) }, place);
    boxes = categoryBoxes(categories, new Set(named.map((category) => category.id)), place);
    if (!before) form.control("type").addEventListener("change", (event) => {
      place.replaceChildren();
      fill(event.target.value, place);
      form.control("type").focus();
    });
  };
  const save = () => {
    const fields = form.read();
    const type = before ? before.type : form.control("type").value;
    const edited = { type, desc: fields.desc.value ?? "", categories: boxes(), fields };
    const config = configObject(state.profile, operation, edited, before, connection.key);
    return write(before ? "update_config" : "create_config", { id: before?.id, config }, `${type} ${edited.desc} was sent.`);
  };
  openEditor(before ? `${shown(before.type)} configuration` : "New configuration", (place) => fill(before?.type ?? configTypes[0], place), save);
  byId("editor-save").disabled = !operation;
}

/** The values of a config with its secrets in clear text. */
function plain(config, type) {
  const secrets = fieldsOf(type).filter((field) => field.seed && config?.[field.name]);
  const clear = secrets.map(({ name, seed }) => [name, decrypt(config[name], config[seed] ?? "", connection.key)]);
  return { ...config, ...Object.fromEntries(clear) };
}

function deleteCategory(id) {
  const category = chosen().categories.find((one) => one.id === id);
  const alone = [...state.configs.values()].filter((config) => config.categories?.length === 1 && config.categories[0].id === id);
  const reach = alone.length ? `${alone.length} configurations that name no other category will then be for every device. ` : "";
  return remove("category", category, category.name, `${reach}This cannot be undone.`);
}

function deleteConfig(id) {
  const config = state.configs.get(id);
  return remove("config", config, `${config.type} ${config.desc ?? ""}`, "Its devices lose it. This cannot be undone.");
}

const ACTIONS = {
  choose,
  "domain-create": () => editNamed("domain", DOMAIN, null, {}, undefined),
  "domain-edit": () => editNamed("domain", DOMAIN, chosen(), chosen(), state.chosen),
  "domain-delete": () => remove("domain", chosen(), chosen().name, "With all that is in it. This cannot be undone."),
  "category-create": () => editNamed("category", CATEGORY, null, { config: true }, state.chosen),
  "category-edit": (id) => {
    const category = chosen().categories.find((one) => one.id === id);
    editNamed("category", CATEGORY, category, category, state.chosen);
  },
  "category-delete": deleteCategory,
  "config-create": () => openConfig(null),
  "config-open": openConfig,
  "config-delete": deleteConfig,
};

async function run(action) {
  const count = (by) => (document.body.dataset.busy = String(Number(document.body.dataset.busy) + by));
  count(1);
  tell("notice");
  try {
    await action();
  } catch (error) {
    tell("notice", error.message);
  } finally {
    count(-1);
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
