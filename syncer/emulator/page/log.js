// The messages at the bottom: what learning how a service is spoken to is made of.

import { byId, element, shown } from "./elements.js";

const MOST = 400; // messages that are kept
const ARROWS = { sent: "↑", received: "↓" };

/** Add a message as it went over the wire. */
export function logMessage(direction, text) {
  const log = byId("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const time = new Date().toLocaleTimeString("en-GB");
  log.append(element("li", { data: { direction } },
    element("span", { className: "arrow", title: direction, textContent: ARROWS[direction] }),
    element("span", { className: "unseen", textContent: `${direction} ` }),
    element("time", { textContent: time }),
    element("code", { textContent: shown(text) }),
  ));
  while (log.children.length > MOST) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

export function clearLog() {
  byId("log").replaceChildren();
}
