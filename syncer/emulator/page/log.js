// The messages at the bottom: what learning how a service is spoken to is made of.

import { byId, element, shown } from "./elements.js";

const MOST = 400; // messages that are kept
const HEAD = 300; // characters of one that are shown before it is unfolded
const ARROWS = { sent: "↑", received: "↓" };

/** Add a message as it went over the wire, on one line; unfolded, the whole of it. */
export function logMessage(direction, text) {
  const log = byId("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const head = element("summary", {},
    element("span", { className: "arrow", title: direction, textContent: ARROWS[direction] }),
    element("span", { className: "unseen", textContent: `${direction} ` }),
    element("time", { textContent: new Date().toLocaleTimeString("en-GB") }),
    element("code", { textContent: shown(text.slice(0, HEAD)) }),
  );
  const whole = element("pre");
  const unfold = () => (whole.textContent = shown(text));
  log.append(element("li", { data: { direction } }, element("details", { on: { toggle: unfold } }, head, whole)));
  while (log.children.length > MOST) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

export function clearLog() {
  byId("log").replaceChildren();
}
