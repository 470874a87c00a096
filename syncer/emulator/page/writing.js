// What the buttons do that change something: a dialog, then messages in the words of the wire profile.

import { decrypt } from "./cipher.js";
import { categoryBoxes, confirmed, Form, openEditor } from "./editor.js";
import { element, shown, tell } from "./elements.js";
import { configTypes, fieldsOf } from "./fields.js";
import { byIds, categoryOf, chosenDomain, session } from "./session.js";
import { can, configObject, namesDomain, spell, Unspellable, variablesOf } from "./spell.js";

const NAME = { name: "name", label: "Name", kind: "text", required: true };
const DOMAIN = [NAME, { name: "deployAdminPasswords", label: "Deploy the domain's password to its devices", kind: "checkbox" }];
const CATEGORY = [NAME, { name: "config", label: "Used for configurations", kind: "checkbox" }];
const DESC = { name: "desc", label: "Description", kind: "text" };
const TYPE = { name: "type", label: "Type", kind: "select", required: true, choices: configTypes.map((type) => [type, type]) };

let queue = Promise.resolve(); // one write at a time: not every profile tells replies apart

function write(name, variables, done) {
  const writing = queue.then(async () => {
    const { profile, connection } = session;
    refuseOtherDomain(name);
    await connection.write(spell(profile, name, { domain_id: session.chosen, ...variables }, connection.source()));
    const { response } = profile.operations[name];
    tell("notice", response ? done : `${done} The wire profile awaits no reply to it.`, "ok");
  });
  queue = writing.catch(() => {});
  return writing;
}

/** A request without a domain means that of the login. */
function refuseOtherDomain(name) {
  if (!["create_category", "create_config"].includes(name) || namesDomain(session.profile, name)) return;
  if (chosenDomain().name === session.own) return;
  throw new Unspellable(`in this wire profile ${name} names no domain, so it would be made in ${session.own}`);
}

function editNamed(kind, fields, before, values, domain) {
  const name = before ? `update_${kind}` : `create_${kind}`;
  let form;
  const save = () => {
    const edited = form.read();
    const given = Object.fromEntries(fields.map((field) => [field.name, edited[field.name].value ?? (field.kind === "text" ? "" : false)]));
    const variables = variablesOf(kind, session.profile.operations[name], before, { ...given, domain_id: domain });
    return write(name, variables, `${given.name} was sent.`);
  };
  openEditor(`${before ? "Edit" : "New"} ${kind}`, (place) => (form = new Form(fields, values, place)), save);
}

async function remove(kind, object, name, warning) {
  if (!(await confirmed(`Delete ${kind} “${shown(name)}”?`, warning))) return;
  await write(`delete_${kind}`, { id: object.id, name }, `Deletion of ${name} was sent.`);
}

async function openConfig(id) {
  const before = id === null ? null : await session.connection.config(session.chosen, id);
  const usable = await session.connection.list({ mt: "GetProvisioningCategories", domainId: session.chosen }, "categories");
  const named = before?.categories ?? [];
  const categories = [...byIds([...named, ...usable]).values()]; // those that it names, even if they are for no configs
  const name = before ? "update_config" : "create_config";
  let form;
  const save = () => {
    const edited = form.read();
    const config = configObject(session.profile, session.profile.operations[name], edited, before, session.connection.key);
    return write(name, { id: before?.id, config }, `${edited.type} ${edited.desc} was sent.`);
  };
  const fill = (place) => (form = before ? openedForm(before, categories, place) : newForm(categories, place));
  openEditor(before ? `${shown(before.type)} configuration` : "New configuration", fill, save, can(session.profile, name));
}

/** The form of a config that is there; `read()` as `configObject` takes it. */
function openedForm(config, categories, place) {
  const { type } = config;
  const form = new Form([DESC, ...fieldsOf(type)], inClearText(config), place);
  if (!configTypes.includes(type)) place.append(element("p", { className: "hint", textContent: "This page does not know the fields of this type. They are kept as they are." }));
  const boxes = categoryBoxes(categories, (config.categories ?? []).map((category) => category.id), place);
  return { read: () => readConfig(type, form, boxes) };
}

/** The form of a new config, made anew for each type that is chosen, with what is common to all of them kept. */
function newForm(categories, place) {
  let type;
  let form;
  let boxes;
  const fill = (values, chosen) => {
    type = values.type;
    place.replaceChildren();
    form = new Form([TYPE, DESC, ...fieldsOf(type)], values, place);
    boxes = categoryBoxes(categories, chosen, place);
    form.control("type").addEventListener("change", (event) => {
      fill({ type: event.target.value, desc: form.control("desc").value }, boxes().map((category) => category.id));
      form.control("type").focus();
    });
  };
  fill({ type: configTypes[0] }, []);
  return { read: () => readConfig(type, form, boxes) };
}

function readConfig(type, form, boxes) {
  const fields = form.read();
  return { type, desc: fields.desc.value ?? "", categories: boxes(), fields };
}

/** A config with its secrets in clear text. */
function inClearText(config) {
  const secrets = fieldsOf(config.type).filter((field) => field.seed && config[field.name]);
  const clear = secrets.map(({ name, seed }) => [name, decrypt(config[name], config[seed] ?? "", session.connection.key)]);
  return { ...config, ...Object.fromEntries(clear) };
}

function deleteCategory(id) {
  const category = categoryOf(id);
  const alone = [...session.configs.values()].filter((config) => config.categories?.length === 1 && config.categories[0].id === id);
  const names = alone.length === 1 ? "1 configuration names" : `${alone.length} configurations name`;
  const reach = alone.length ? `${names} no other category and would be for every device. ` : "";
  return remove("category", category, category.name, `${reach}This cannot be undone.`);
}

function deleteConfig(id) {
  const config = session.configs.get(id);
  return remove("config", config, `${config.type} ${config.desc ?? ""}`.trim(), "Its devices lose it. This cannot be undone.");
}

export const WRITES = {
  "domain-create": () => editNamed("domain", DOMAIN, null, {}),
  "domain-edit": () => editNamed("domain", DOMAIN, chosenDomain(), chosenDomain(), session.chosen),
  "domain-delete": () => remove("domain", chosenDomain(), chosenDomain().name, "With all that is in it. This cannot be undone."),
  "category-create": () => editNamed("category", CATEGORY, null, { config: true }, session.chosen),
  "category-edit": (id) => editNamed("category", CATEGORY, categoryOf(id), categoryOf(id), session.chosen),
  "category-delete": deleteCategory,
  "config-create": () => openConfig(null),
  "config-open": openConfig,
  "config-delete": deleteConfig,
};
