// Writes in the words of the emulator's wire profile: messages, and the pieces of values that go ahead of them.
//
// What is written for a field that nobody touched is what came, to the letter; `sends: changed` leaves it out.

import { encrypt } from "./cipher.js";
import { fieldsOf } from "./fields.js";

const OMIT = Symbol("left out");
const ENVELOPE = new Set(["id", "domainId", "mt", "src"]); // never part of an object that is laid into a message
const OWN = {
  domain: new Set(["id", "name", "hasRentalProducts", "isInstanceDomain", "categories", "deployAdminPasswords"]),
  category: new Set(["id", "domainId", "name", "config"]),
  config: new Set(["id", "domainId", "desc", "type", "categories"]),
};
const NEVER_CUT = new Set(["type", "desc"]);

export class Unspellable extends Error {}

/** Whether the profile has words for the operation. */
export const can = (profile, name) => Object.hasOwn(profile.operations, name);

/** Whether a request of this operation says which domain it is about. */
export const namesDomain = (profile, name) => JSON.stringify(profile.operations[name].request).includes('"$domain_id"');

/** The variables of a domain or category, with its unknown fields. `before` null: it is new. */
export function variablesOf(kind, operation, before, values) {
  const extra = before && operation.sends === "whole" ? rest(before, OWN[kind]) : {};
  return { id: before?.id, ...values, extra };
}

/**
 * The object of a config. `edited`: type, desc, categories (as this domain has them), and fields: by name
 * {value, changed}, value undefined where nothing is set. `key` is the session key.
 */
export function configObject(profile, operation, edited, before, key) {
  const changedOnly = before !== null && operation.sends === "changed";
  const categories = edited.categories.map((category) => reference(profile, category));
  const config = { type: edited.type, desc: edited.desc, categories };
  const known = fieldsOf(edited.type);
  for (const field of known) {
    const value = fieldValue(field, { profile, operation, edited, before, key, changedOnly });
    if (value !== OMIT) config[field.name] = value;
  }
  if (before === null || changedOnly) return config;
  return { ...config, ...rest(before, new Set([...OWN.config, ...known.map((field) => field.name)])) };
}

function fieldValue(field, { profile, operation, edited, before, key, changedOnly }) {
  const { value, changed } = edited.fields[field.name];
  const touched = changed || (field.seed !== undefined && edited.fields[field.seed].changed);
  const raw = before?.[field.name];
  if (before !== null && !touched) return changedOnly || raw === undefined ? OMIT : raw;
  if (value !== undefined) return field.seed ? encrypt(value, edited.fields[field.seed].value ?? "", key) : value;
  if (before === null && !field.optional) return OMIT; // the service's own default
  if (field.seed && before !== null && !raw) return OMIT;
  return unset(field, operation, profile.reads_back_unset[edited.type] ?? {}, changedOnly);
}

/** How nothing is written. Where only changes are sent, leaving it out would say nothing. */
function unset(field, operation, readsBack, changedOnly) {
  if (operation.unset === "null") return null;
  const isFlag = field.kind === "checkbox";
  const isText = !isFlag && field.kind !== "number" && !field.number;
  let empty = isText ? "" : isFlag ? false : OMIT;
  if (operation.unset === "empty" && empty === OMIT && field.zeroIsUnset) empty = 0;
  if (operation.unset === "omit") empty = OMIT;
  if (empty !== OMIT || !changedOnly) return empty;
  if (Object.hasOwn(readsBack, field.name)) return readsBack[field.name];
  return isText ? "" : isFlag ? false : field.zeroIsUnset ? 0 : null;
}

function reference(profile, category) {
  if (profile.category_refs === "ids") return category.id;
  if (profile.category_refs === "names") return category.name;
  return { id: category.id, name: category.name, config: category.config === true };
}

function rest(object, own) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !own.has(name) && !ENVELOPE.has(name)));
}

/** The messages of a write, pieces first: [{message, response}]. `src` is that of all of them. */
export function spell(profile, name, variables, src) {
  const { request, response } = profile.operations[name];
  let given = { ...variables };
  if (given.config !== null && typeof given.config === "object" && placeholders(request).has("categories")) {
    const { categories, ...config } = given.config;
    given = { ...given, config, categories };
  }
  const messages = [];
  let message = fill(request, given);
  while (size({ ...message, src }) > profile.max_message_bytes) {
    const longest = longestText(given.config);
    if (!longest || !can(profile, "send_value")) throw new Unspellable("too large for one message");
    messages.push(...pieces(profile, longest, given, src));
    const { [longest]: _, ...config } = given.config;
    given = { ...given, config };
    message = fill(request, given);
  }
  return [...messages, { message: { ...message, src }, response }];
}

function* pieces(profile, name, variables, src) {
  const { request, response } = profile.operations.send_value;
  const around = { ...variables, name, index: 1e9, last: false };
  const room = profile.max_message_bytes - size({ ...fill(request, { ...around, chunk: "" }), src });
  const chunks = [...cut(variables.config[name], room)];
  for (const [index, chunk] of chunks.entries()) {
    const message = fill(request, { ...around, chunk, index, last: index === chunks.length - 1 });
    yield { message: { ...message, src }, response };
  }
}

/** `text` in pieces of at most `room` bytes of JSON; none tears a character. */
function* cut(text, room) {
  let piece = "";
  let used = 0;
  for (const character of text) {
    const needed = size(character) - 2; // without its quotes
    if (needed > room) throw new Unspellable("too large for one message");
    if (used + needed > room) {
      yield piece;
      [piece, used] = ["", 0];
    }
    piece += character;
    used += needed;
  }
  yield piece;
}

function longestText(config) {
  const mayBeCut = ([name, value]) => typeof value === "string" && value && !NEVER_CUT.has(name);
  return Object.entries(config ?? {}).filter(mayBeCut).sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

const size = (value) => new TextEncoder().encode(JSON.stringify(value)).length;

/** A template with its values: `$name` stands for one, whole; `$merge` lays an object's fields into the message. */
function fill(template, variables) {
  if (Array.isArray(template)) return template.map((part) => fill(part, variables));
  if (template !== null && typeof template === "object") {
    const { $merge: merged, ...own } = template;
    const filled = Object.entries(own).map(([key, part]) => [key, fill(part, variables)]);
    return { ...(merged ? variables[merged.slice(1)] : {}), ...Object.fromEntries(filled) };
  }
  return isPlaceholder(template) ? (variables[template.slice(1)] ?? null) : template;
}

function placeholders(template) {
  if (isPlaceholder(template)) return new Set([template.slice(1)]);
  if (template === null || typeof template !== "object") return new Set();
  return new Set(Object.values(template).flatMap((part) => [...placeholders(part)]));
}

const isPlaceholder = (part) => typeof part === "string" && part.length > 1 && part.startsWith("$");
