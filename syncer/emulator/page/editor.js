// The dialog that edits one object: a form made of a list of fields.

import { byId, element, selectorOf, shown, tell, whileBusy } from "./elements.js";

const CRLF = "\r\n";

/** The controls of one form, and what was in them when it was opened. */
export class Form {
  #controls = new Map(); // by name: {field, control, initial, raw}

  /** `fields`: {name, label, kind, …}; `values` what came, by name. */
  constructor(fields, values, place) {
    for (const field of fields) {
      const raw = values[field.name];
      const control = make(field, raw);
      this.#controls.set(field.name, { field, control, raw, initial: content(control) });
      place.append(labelled(field, control));
    }
  }

  control(name) {
    return this.#controls.get(name).control;
  }

  /** {value, changed} by name. A value is undefined where nothing is set. */
  read() {
    return Object.fromEntries(
      [...this.#controls].map(([name, { field, control, raw, initial }]) => {
        const changed = content(control) !== initial;
        return [name, { changed, value: changed ? valueOf(field, control, raw) : isSet(field, raw) ? raw : undefined }];
      }),
    );
  }
}

/** Whether a value is one: "", false and null say that nothing is set, and so does 0 where it is out of range. */
const isSet = (field, raw) => Boolean(raw) || (raw === 0 && !field.zeroIsUnset);

function make(field, raw) {
  const own = { id: `field-${field.name}`, name: field.name, required: Boolean(field.required), spellcheck: false };
  switch (field.kind) {
    case "checkbox":
      return element("input", { ...own, type: "checkbox", checked: raw === true });
    case "textarea":
      return element("textarea", { ...own, rows: 9, value: raw ?? "" });
    case "select":
      return choices(own, field, raw);
    case "number":
      return element("input", { ...own, type: "number", min: field.min, max: field.max ?? "", value: isSet(field, raw) ? raw : "" });
    default: {
      const type = field.kind === "password" ? "password" : "text";
      const attributes = { autocomplete: type === "password" ? "new-password" : "off" };
      return element("input", { ...own, type, placeholder: field.placeholder ?? "", value: raw ?? "", attributes });
    }
  }
}

function choices(own, field, raw) {
  const known = field.choices.map(([value, label]) => [String(value), label]);
  const now = String(raw ?? "");
  const strange = now && !known.some(([value]) => value === now) ? [[now, shown(now)]] : [];
  const nothing = field.required ? [] : [["", "not set"]];
  const select = element("select", own);
  select.append(...[...nothing, ...known, ...strange].map(([value, text]) => element("option", { value, text })));
  select.value = field.required && !now ? known[0][0] : now;
  return select;
}

function labelled(field, control) {
  const label = element("label", { htmlFor: control.id, textContent: field.label });
  return element("div", { className: `field ${field.kind}` }, ...(field.kind === "checkbox" ? [control, label] : [label, control]));
}

const content = (control) => (control.type === "checkbox" ? control.checked : control.value);

function valueOf(field, control, raw) {
  if (field.kind === "checkbox") return control.checked || undefined;
  if (control.value === "") return undefined;
  if (field.kind === "number" || field.number) return Number(control.value);
  // a text area gives line breaks as LF, whatever they were
  const windows = field.kind === "textarea" && typeof raw === "string" && raw.includes(CRLF);
  return windows ? control.value.replaceAll("\n", CRLF) : control.value;
}

/** Check boxes of categories, `chosen` are ids; gives what reads the categories that are checked. None chosen means: every device of the domain. */
export function categoryBoxes(categories, chosen, place) {
  const boxes = categories.map((category) => {
    const id = `categories-${category.id}`;
    const box = element("input", { id, type: "checkbox", name: "categories", value: category.id, checked: chosen.includes(category.id) });
    return { category, box, row: element("div", { className: "field checkbox" }, box, element("label", { htmlFor: id, textContent: shown(category.name) })) };
  });
  const hint = element("p", { className: "hint", textContent: "Without a category, a configuration is for every device of the domain." });
  const legend = element("legend", { textContent: "Devices of the categories" });
  place.append(element("fieldset", {}, legend, ...boxes.map(({ row }) => row), hint));
  return () => boxes.filter(({ box }) => box.checked).map(({ category }) => category);
}

/**
 * Open the dialog: `fill(place)` makes its fields, `save()` does the work and may fail with what is then shown.
 * `maySave` false: it is only for looking.
 */
export function openEditor(title, fill, save, maySave = true) {
  const dialog = byId("editor");
  const opener = selectorOf(document.activeElement);
  const place = byId("editor-fields");
  byId("editor-title").textContent = title;
  byId("editor-save").disabled = !maySave;
  tell("editor-error");
  place.replaceChildren();
  fill(place);
  byId("editor-form").onsubmit = async (event) => {
    event.preventDefault();
    byId("editor-save").disabled = true;
    tell("editor-error");
    try {
      await whileBusy(save);
      dialog.close();
    } catch (error) {
      tell("editor-error", error.message);
    } finally {
      byId("editor-save").disabled = false;
    }
  };
  byId("editor-cancel").onclick = () => dialog.close();
  dialog.onclose = () => opener && document.querySelector(opener)?.focus();
  dialog.showModal();
  place.querySelector("input, select, textarea")?.focus();
}

/** Ask before something is deleted. */
export function confirmed(title, text) {
  const dialog = byId("confirm");
  const opener = selectorOf(document.activeElement);
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (opener) document.querySelector(opener)?.focus();
      resolve(dialog.returnValue === "yes");
    };
  });
}
