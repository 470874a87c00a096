// The changes of a plan: filtered, and made in blocks only where the window comes near, so that ten thousand are as quick
// as ten. Text becomes text, whatever it says. For tests and other robots, these ids and data attributes stay as they are:
//
//   #filters                  the form: #q #domain #kind #type #action #whose, #clear, and #count of what fits
//   #list article[data-at]    a change, by its place among those that fit; [data-action] create, update, delete
//   #reach-rows tr            a bar of the chart
//   #shortcuts                whether single keys act

const EMPTY = { type: "", former: "", source: "", whose: "", held: [], reach: "", everyone: false, devices: null, rows: [] };
const BLOCK = 1600; // pixels of changes that are made at once, about
const HEADING = 62; // pixels above the first change of a domain
const AHEAD = 1200; // pixels from the window at which they are
const BARS = 6;
const PRINTED = 1000; // changes on paper, about; a browser takes minutes for ten thousand
const PAUSE = 300; // milliseconds without a key, after which the address says what is filtered

const [form, list] = [byId("filters"), byId("list")];
const changes = JSON.parse(byId("plan").textContent).groups.flatMap(({ domain, changes }) =>
  changes.map((change) => complete({ ...EMPTY, ...change, domain })));
const items = new WeakMap(); // of a block: what makes its elements
const observer = new IntersectionObserver(look, { rootMargin: `${AHEAD}px 0px` });
let fitting = [];
let printing = false;
let telling = 0;

/** A change with what is worked out once: all its texts, how many devices it touches, about how high it is. */
function complete(change) {
  const { address, former, source, reach, held, rows } = change;
  const lines = rows.reduce((sum, { diff, moved }) => sum + (diff?.lines?.length ?? 0) + (moved?.lines?.length ?? 0), 0);
  change.texts = [address, former, source, reach, ...held, ...rows.flatMap(textsOf)].join("\n").toLowerCase();
  change.widest = Math.max(0, ...(change.devices ?? []).map(([devices]) => devices ?? 0));
  change.height = 62 + 24 * (rows.length + Boolean(former) + Boolean(reach)) + 21 * lines;
  return change;
}

function textsOf({ path, told = "", old, new: value, whose_told: whose = "", diff, moved, source = "" }) {
  const lines = [...(diff?.lines ?? []), ...(moved?.lines ?? [])].flat().filter(Boolean).map(([, pieces]) => plain(pieces));
  return [path, told, plain(old), plain(value), whose, source, ...lines];
}

function refresh() {
  const wanted = Object.entries(Object.fromEntries(new FormData(form))).filter(([, value]) => value);
  fitting = changes.filter((change) => wanted.every(([name, value]) =>
    name === "q" ? change.texts.includes(value.toLowerCase()) : change[name] === value));
  const every = fitting.length === changes.length;
  const total = `${counted(changes.length)} ${WORDS.change}${changes.length === 1 ? "" : "s"}`;
  byId("count").textContent = every ? `${changes.length > 1 ? "All " : ""}${total}` : `${counted(fitting.length)} of ${total}`;
  byId("clear").disabled = !wanted.length;
  for (const control of form.querySelectorAll("[name]")) control.parentElement.classList.toggle("set", Boolean(control.value));
  showList();
  showReach();
  clearTimeout(telling);
  telling = setTimeout(() => tellAddress(wanted), PAUSE);
}

function tellAddress(wanted) {
  const hash = String(new URLSearchParams(wanted));
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const control of form.querySelectorAll("[name]")) {
    control.value = said.get(control.name) ?? "";
    if (control.selectedIndex === -1) control.value = "";
  }
}

function clear() {
  if (byId("clear").disabled) return;
  form.reset();
  refresh();
}

/** An action as it is called; in a plan its own name. */
const told = (action) => WORDS.counts[action][1].replace(/^to /, "");

/** A choice among what the changes have; hidden where they all have the same. */
function fillChoice(name) {
  const counts = new Map();
  for (const change of changes) if (change[name]) counts.set(change[name], (counts.get(change[name]) ?? 0) + 1);
  const options = [...counts].map(([value, count]) => element("option", { value, textContent: `${name === "action" ? told(value) : value} (${counted(count)})` }));
  byId(name).replaceChildren(element("option", { value: "", textContent: "all" }), ...options);
  byId(name).parentElement.hidden = changes.every((change) => change[name] === changes[0][name]);
}

// The list

function showList() {
  observer.disconnect();
  const blocks = inBlocks().map(emptyBlock);
  list.replaceChildren(...(blocks.length ? blocks : [text("p", "hint", `No ${WORDS.change} fits the filter.`)]));
  for (const block of blocks.slice(0, 2)) build(block);
  for (const block of blocks) observer.observe(block);
}

/** What fits, in lists that are each about as high as a block. */
function inBlocks() {
  const blocks = [];
  let room = 0;
  fitting.forEach((_, at) => {
    if (room < heightOf(at)) {
      blocks.push([]);
      room = BLOCK;
    }
    room -= heightOf(at);
    blocks.at(-1).push(at);
  });
  return blocks;
}

function emptyBlock(places) {
  const block = element("div", { className: "block" });
  block.style.height = `${places.reduce((sum, at) => sum + heightOf(at), 0)}px`;
  items.set(block, places);
  for (const at of places) fitting[at].block = block;
  return block;
}

const isFirst = (at) => fitting[at].domain !== fitting[at - 1]?.domain;
const heightOf = (at) => fitting[at].height + (isFirst(at) ? HEADING : 0);

function build(block) {
  if (block.firstChild) return;
  block.append(...items.get(block).flatMap((at) => [...(isFirst(at) ? [heading(at)] : []), article(fitting[at], at)]));
  block.style.height = "";
}

function drop(block) {
  if (printing || !block.firstChild || block.contains(document.activeElement)) return;
  block.style.height = `${block.offsetHeight}px`;
  block.replaceChildren();
}

function look(entries) {
  for (const { target, isIntersecting } of entries) (isIntersecting ? build : drop)(target);
}

function heading(at) {
  const { domain } = fitting[at];
  const here = fitting.filter((change) => change.domain === domain);
  return element("h3", {}, text("bdi", "", domain), text("small", "", inCounts(here)));
}

/** `3 to update, 1 to delete`. */
function inCounts(some) {
  const counts = Object.keys(WORDS.counts).map((action) => [some.filter((change) => change.action === action).length, action]);
  return counts.filter(([count]) => count).map(([count, action]) => `${counted(count)} ${WORDS.counts[action][Number(count !== 1)]}`).join(", ");
}

// The chart

function showReach() {
  const touching = fitting.filter((change) => change.widest).sort((one, other) => other.widest - one.widest);
  const [shown, rest] = [touching.slice(0, BARS), touching.slice(BARS)];
  byId("reach").hidden = !shown.length;
  byId("reach-rows").replaceChildren(...shown.map((change) => bar(change, shown[0].widest)));
  const [none, unknown] = [0, null].map((count) => fitting.filter(({ devices }) => devices && reached(devices) === count).length);
  const told = [
    rest.length && `${counted(rest.length)} more reach ${counted(rest[0].widest)} devices or fewer`,
    none && `${counted(none)} reach${none === 1 ? "es" : ""} no device`,
    unknown && `of ${counted(unknown)} it is not known`,
  ].filter(Boolean).join("; ");
  byId("reach-rest").textContent = told && `${told[0].toUpperCase()}${told.slice(1)}.`;
}

/** The most devices of both sides; null where nothing is known. */
function reached(sides) {
  const known = sides.map(([devices]) => devices).filter((devices) => devices !== null);
  return known.length ? Math.max(...known) : null;
}

function bar(change, most) {
  const click = () => go(fitting.indexOf(change));
  const name = element("button", { type: "button", className: "link", on: { click } }, text("span", "sign", SIGNS[change.action]), address(change));
  return element("tr", { data: { action: change.action } },
    element("th", { scope: "row" }, name),
    element("td", { className: "bar" }, drawing(change.devices, most)),
    element("td", {}, change.reach));
}

// Moving

/** To a change, by its place among those that fit. */
function go(at) {
  if (!fitting[at]) return;
  build(fitting[at].block);
  const there = fitting[at].block.querySelector(`[data-at="${at}"]`);
  there.focus({ preventScroll: true });
  there.scrollIntoView({ block: "start" });
}

function step(by) {
  const here = document.activeElement.closest("article") ?? null;
  if (here) return go(Number(here.dataset.at) + by);
  const top = form.getBoundingClientRect().bottom;
  const next = [...list.querySelectorAll("article")].find((one) => one.getBoundingClientRect().top >= top - 4);
  if (next) go(by > 0 ? Number(next.dataset.at) : Number(next.dataset.at) - 1);
}

const KEYS = new Map([["/", () => byId("q").select()], ["j", () => step(1)], ["k", () => step(-1)]]);

function onKey(event) {
  if (event.key === "Escape" && !event.target.closest("select")) return clear();
  const isTyped = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select");
  if (isTyped || !byId("shortcuts").checked || !KEYS.has(event.key)) return;
  event.preventDefault();
  KEYS.get(event.key)();
}

/** On paper there is no window: what fits is made, but for what would be too much, of which it is told. */
function print(on) {
  printing = on;
  const rest = [];
  for (const block of list.querySelectorAll(".block")) {
    const isLate = items.get(block)[0] >= PRINTED;
    block.classList.toggle("late", isLate);
    if (isLate) rest.push(...items.get(block).map((at) => fitting[at]));
    else if (on) build(block);
    observer.unobserve(block);
    observer.observe(block); // tells anew whether the window is near
  }
  byId("unprinted").hidden = !on || !rest.length;
  const told = `${counted(rest.length)} of them: ${inCounts(rest)}. Filter to print those.`;
  byId("unprinted").textContent = `Not printed are the last ${told}`;
}

function start() {
  for (const name of ["domain", "kind", "type", "action", "whose"]) fillChoice(name);
  byId("scriptless").remove();
  form.hidden = document.querySelector("footer").hidden = !changes.length;
  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(0);
  });
  byId("clear").addEventListener("click", clear);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address is for the filter
    byId("changes").focus();
  });
  addEventListener("keydown", onKey);
  addEventListener("hashchange", () => {
    readAddress();
    refresh();
    go(0);
  });
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  readAddress();
  refresh();
}

start();
