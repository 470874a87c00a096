// Making elements. Text becomes text, whatever it says: nothing here, or anywhere on this page, is parsed as HTML.

// Control characters, and those that turn the direction of what follows: shown as what they are, as syncer does.
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of the service, safe to look at. */
export function shown(text) {
  return String(text ?? "").replace(UNSEEN, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
}

/** An element; `data` are its data attributes, `on` its listeners, other properties are set as such. */
export function element(tag, { data = {}, on = {}, attributes = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener);
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Show a text in an element that is hidden without one. */
export function tell(id, text = "", kind = "error") {
  const place = byId(id);
  place.hidden = !text;
  place.dataset.kind = kind;
  place.textContent = shown(text);
}

/** The outcome of something that takes its time; the page says meanwhile that it is busy. */
export async function whileBusy(action) {
  const count = (by) => (document.body.dataset.busy = String(Number(document.body.dataset.busy) + by));
  count(1);
  try {
    return await action();
  } finally {
    count(-1);
  }
}

/** Something that rebuilds lists, with the focus back on the same control, if it is still there. */
export function keepingFocus(rebuild) {
  const found = selectorOf(document.activeElement);
  rebuild();
  if (found && !document.activeElement?.matches(found)) document.querySelector(found)?.focus();
}

/** What finds a control again after its row was made anew; null for one that cannot be found again. */
export function selectorOf(control) {
  if (!control || control === document.body) return null;
  if (control.id) return `#${control.id}`;
  const row = control.closest("[data-domain], [data-category], [data-config]");
  if (!row) return null;
  const [[kind, id]] = Object.entries(row.dataset);
  const own = control.dataset.action ? ` [data-action="${control.dataset.action}"]` : "";
  return `[data-${kind}="${CSS.escape(id)}"]${own}`;
}
