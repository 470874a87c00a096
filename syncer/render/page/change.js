// Making what is shown of one change. Text becomes text, whatever it says: nothing on this page is parsed as HTML.

const SIGNS = { create: "+", update: "~", delete: "\u2212" };
const WORDS = {
  change: "change",
  verbs: { create: "create", update: "update", delete: "DELETE" },
  counts: { create: ["to create", "to create"], update: ["to update", "to update"], delete: ["to delete", "to delete"] },
  reaches: { create: "reaches", update: "reaches", delete: "reaches" },
  former: "renamed from",
  held: "held back",
  labels: ["", ""],
  sides: ["before", "after"],
  ...JSON.parse(document.getElementById("plan").textContent).words, // where it is told as something else than a plan
};
const MOVED = ["then", "live"]; // sides of what the server did since the third side
const UNSET = "(unset)";
const LONG = 76; // characters of two values that still stand beside each other

/** An element; `data` are its data attributes, other properties are set as such. */
function element(tag, { data = {}, attributes = {}, on = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);
const text = (tag, className, textContent) => element(tag, { className, textContent });
const plain = (pieces) => (Array.isArray(pieces) ? pieces.flat().join("") : pieces ?? "");
const counted = (count) => count.toLocaleString("en");

function article(change, at) {
  const { action, former, reach, everyone, rows } = change;
  const id = `change-${at}`;
  return element("article", { tabIndex: -1, data: { at, action }, attributes: { "aria-labelledby": id } },
    element("div", { className: "top" },
      element("h4", { id }, text("span", "action", `${SIGNS[action]} ${WORDS.verbs[action]}`), " ", address(change)),
      facts(change)),
    ...(former ? [element("p", {}, `${WORDS.former} `, text("code", "former", former))] : []),
    ...(reach ? [element("p", {}, `${WORDS.reaches[action]} `, text(everyone ? "strong" : "span", "", reach))] : []),
    ...(rows.length ? [element("dl", {}, ...rows.flatMap(field))] : []),
  );
}

/** The address, its name standing out. */
function address({ kind, domain, type, address }) {
  const lead = `${kind}[${kind === "domain" ? "" : `${domain}/`}${type && `${type}/`}`;
  const isPlain = address.startsWith(lead) && address.endsWith("]");
  const pieces = isPlain ? [lead, text("b", "", address.slice(lead.length, -1)), "]"] : [text("b", "", address)];
  return element("code", {}, ...pieces);
}

function facts({ source, whose, held }) {
  const told = [...held.map((name) => text("span", "held", `${WORDS.held}: ${name}`))];
  if (whose) told.push(text("span", `whose ${whose}`, whose));
  if (source) told.push(text("code", "source", source));
  return element("p", { className: "facts" }, ...told.flatMap((one) => [one, " "]));
}

function field(row) {
  const { path, told, diff, whose, whose_told: whoseTold, moved, source } = row;
  const value = element("dd", {}, ...(told ? [text("em", "", told)] : values(row)));
  if (diff?.counts) value.append(" ", text("small", "", `(${diff.counts})`));
  const third = whose ? [text("span", `of ${whose}`, `(${whoseTold})`)] : [];
  const aside = moved ? [element("dd", { className: "texts" }, ...third, ...texts(`${path}, on the server`, moved, MOVED))] : [];
  if (!moved) value.append(" ", ...third);
  if (source) value.append(" ", text("code", "source", source));
  return [element("dt", { textContent: path }), value, ...(diff ? [element("dd", { className: "texts" }, ...texts(path, diff))] : []), ...aside];
}

/** Old and new value, beside each other or, if they are long, below each other. */
function values({ old, new: value }) {
  const both = [[old, "del"], [value, "ins"]].filter(([pieces]) => pieces !== undefined);
  const isLong = both.length > 1 && plain(old).length + plain(value).length > LONG;
  const made = both.map(([pieces, tag]) => (pieces === UNSET ? text("span", "unset", UNSET) : element(tag, {}, ...marked(pieces))));
  if (made.length < 2) return made;
  const [before, after] = made.map((one, side) => element("span", {}, one, ...label(WORDS.labels[side])));
  if (isLong) return [before, after].map((side) => element("div", { className: "long" }, side));
  return [before, text("span", "arrow", " \u2192 "), after];
}

const label = (side) => (side ? [" ", text("small", "", `(${side})`)] : []);

function marked(pieces) {
  return Array.isArray(pieces) ? pieces.map((one) => (Array.isArray(one) ? text("mark", "", one[0]) : one)) : [pieces];
}

/** A difference of two texts, side by side where there are two. */
function texts(path, { lines, rest }, titles = WORDS.sides) {
  const made = [];
  if (lines) {
    const sides = [0, 1].filter((side) => lines.some((line) => line.length > 1 && line[side]));
    const rows = lines.map((line) => lineOf(line, sides.length ? sides : [0]));
    const heads = sides.map((side) => element("th", { scope: "col", textContent: titles[side] }));
    made.push(element("table", { className: sides.length > 1 ? "two" : "one", attributes: { "aria-label": path } },
      element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
  }
  return rest ? [...made, text("p", "hint", rest)] : made;
}

function lineOf(line, sides) {
  if (line.length === 1 && line[0][0] === "@")
    return element("tr", { className: "at" }, element("td", { colSpan: sides.length, textContent: line[0][1] }));
  return element("tr", { className: line.length === 1 ? "both" : "" }, ...sides.map((side) => cell(line.length === 1 ? line[0] : line[side])));
}

const CELLS = { "-": "del", "+": "ins", " ": "span", "\\": "i" };

function cell(line) {
  return line ? element("td", { data: { sign: line[0] } }, element(CELLS[line[0]], {}, ...marked(line[1]))) : element("td", { className: "none" });
}

function drawing([[before], [after, online]], most) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const part = (className, devices) => {
    const rect = document.createElementNS(made.namespaceURI, "rect");
    const sizes = { class: className, x: 1, y: 1, height: 12, width: `${Math.max(0.5, (99 * devices) / most)}%`, rx: 2 };
    for (const [name, value] of Object.entries(sizes)) rect.setAttribute(name, value);
    made.append(rect);
  };
  made.setAttribute("aria-hidden", "true");
  if (after) part("offline", after);
  if (after && online) part("online", online);
  if (before && before !== after) part("before", before);
  return made;
}
