// The lists: domains, and of the chosen one its configs, categories and devices.

import { byId, element, keepingFocus, shown } from "./elements.js";
import { can } from "./spell.js";

const ORDER = new Intl.Collator("en", { numeric: true });

/** Show all of `state`; `act(name, id)` does what a button says. */
export function showLists(state, act) {
  keepingFocus(() => {
    byId("domains").replaceChildren(...sorted(state.domains, "name").map((domain) => domainRow(state, domain, act)));
    const domain = state.domains.get(state.chosen);
    byId("domain").hidden = !domain;
    permit("domain-create", state.admin && can(state.profile, "create_domain"));
    if (domain) showDomain(state, domain, act);
  });
}

function showDomain(state, domain, act) {
  const { profile } = state;
  byId("domain-name").textContent = shown(domain.name);
  byId("domain-facts").textContent = facts(domain);
  permit("domain-edit", can(profile, "update_domain"));
  permit("domain-delete", state.admin && !domain.isInstanceDomain && can(profile, "delete_domain"));
  permit("category-create", can(profile, "create_category"));
  permit("config-create", can(profile, "create_config"));
  const categories = domain.categories ?? [];
  const names = new Map(categories.map((category) => [category.id, category.name]));
  fill("configs", sorted(state.configs, "type", "desc"), (config) => configRow(profile, config, names, act), "No configurations yet.");
  fill("categories", categories, (category) => categoryRow(profile, category, act), "No categories yet.");
  fill("devices", sorted(state.devices, "name", "hwId"), deviceRow, "No devices.");
}

function sorted(objects, ...names) {
  const compare = (a, b) => names.reduce((found, name) => found || ORDER.compare(a[name] ?? "", b[name] ?? ""), 0);
  return [...objects.values()].sort((a, b) => compare(a, b) || a.id - b.id);
}

function facts(domain) {
  const known = [domain.isInstanceDomain && "the instance's domain", domain.deployAdminPasswords && "deploys its password to devices"];
  return known.filter(Boolean).join(" · ");
}

function permit(id, allowed) {
  byId(id).disabled = !allowed;
  byId(id).title = allowed ? "" : "not with this login, this domain or this wire profile";
}

function fill(id, objects, row, nothing) {
  byId(`${id}-count`).textContent = objects.length || "";
  const rows = objects.map(row);
  const empty = element("tr", { className: "empty" }, element("td", { colSpan: 4, textContent: nothing }));
  byId(id).replaceChildren(...(rows.length ? rows : [empty]));
}

function domainRow(state, domain, act) {
  const name = element("bdi", { textContent: shown(domain.name) });
  const attributes = domain.id === state.chosen ? { "aria-current": "true" } : {};
  const choose = element("button", { type: "button", data: { domain: domain.id }, attributes, on: { click: () => act("look", domain.id) } }, name);
  return element("li", {}, choose);
}

function configRow(profile, config, names, act) {
  const of = config.categories ?? [];
  const chips = of.map((category) => chip(names.get(category.id) ?? category.name));
  const everyone = element("span", { className: "chip everyone", textContent: "every device" });
  return element("tr", { data: { config: config.id } },
    element("td", {}, element("span", { className: "type", textContent: shown(config.type) })),
    element("th", { scope: "row" }, element("bdi", { textContent: shown(config.desc) })),
    element("td", {}, ...(chips.length ? chips : [everyone])),
    actions(`${config.type} ${config.desc ?? ""}`, [
      ["open", "Open", true, () => act("config-open", config.id)],
      ["delete", "Delete", can(profile, "delete_config"), () => act("config-delete", config.id)],
    ]),
  );
}

function categoryRow(profile, category, act) {
  const use = category.config ? "yes" : "no";
  return element("tr", { data: { category: category.id } },
    element("th", { scope: "row" }, element("bdi", { textContent: shown(category.name) })),
    element("td", { data: { flag: use }, textContent: use }),
    actions(category.name, [
      ["edit", "Edit", can(profile, "update_category"), () => act("category-edit", category.id)],
      ["delete", "Delete", can(profile, "delete_category"), () => act("category-delete", category.id)],
    ]),
  );
}

function deviceRow(device) {
  const dot = element("span", { className: "dot", title: device.online ? "online" : "offline", data: { online: String(device.online === true) } });
  const name = element("bdi", { textContent: shown(device.name || device.hwId) });
  return element("tr", { data: { device: device.id } },
    element("th", { scope: "row" }, dot, element("span", { className: "unseen", textContent: device.online ? "online " : "offline " }), name),
    element("td", { textContent: shown(device.product ?? device.type) }),
    element("td", {}, ...(device.categories ?? []).map((category) => chip(category.name))),
  );
}

const chip = (text) => element("span", { className: "chip" }, element("bdi", { textContent: shown(text) }));

function actions(of, buttons) {
  const made = buttons.map(([action, text, allowed, click]) =>
    element("button", { type: "button", textContent: text, disabled: !allowed, data: { action }, attributes: { "aria-label": `${text} ${shown(of)}` }, on: { click } }));
  return element("td", { className: "actions" }, ...made);
}
