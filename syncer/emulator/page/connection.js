// The AppWebsocket: login, requests and their replies, lists, values in pieces, events.

import { sha256 } from "./cipher.js";

const PATIENCE = 15_000; // milliseconds until a request counts as unanswered
const IDLE = 60_000; // after which the vendor's client says that it is still there
const NO_GUID = "0".repeat(32); // a login by password has no user

export class ServiceError extends Error {}

export class Connection {
  #socket;
  #pending = new Set(); // {matches(message), take(message) → done?, fail(error)}
  #count = 0;
  #idle;

  /** `heard(direction, text)` gets every message, `event(message)` what answers nothing, `closed()` the end. */
  constructor(url, { heard, event, closed }) {
    Object.assign(this, { heard, event, closed });
    this.key = "";
    this.opened = new Promise((resolve, reject) => {
      this.#socket = new WebSocket(url);
      this.#socket.onopen = resolve;
      this.#socket.onmessage = (frame) => this.#receive(frame.data);
      this.#socket.onclose = () => {
        clearInterval(this.#idle);
        reject(new ServiceError("no connection: there is no such app here, or nothing listens"));
        for (const waiting of [...this.#pending]) waiting.fail(new ServiceError("the connection was lost"));
        this.closed();
      };
    });
    this.#idle = setInterval(() => this.#socket.readyState === WebSocket.OPEN && this.send({ mt: "KeepAlive" }), IDLE);
  }

  close() {
    this.closed = () => {};
    this.#socket.close();
  }

  /** Challenge and login by password; ServiceError if it is refused. */
  async login(app, domain, password) {
    await this.opened;
    const { challenge } = await this.#await("AppChallengeResult", null, () => this.send({ mt: "AppChallenge" }));
    const who = { app, domain, sip: app, guid: NO_GUID, dn: "Admin" };
    const digest = await sha256([...Object.values(who), challenge, password].join(":"));
    const login = { mt: "AppLogin", ...who, digest, pbxObj: app };
    const result = await this.#await("AppLoginResult", null, () => this.send(login));
    if (result.ok !== true) throw new ServiceError(String(result.errorText || result.error || "the login was refused"));
    this.key = await sha256(`innovaphoneAppSessionKey:${challenge}:${password}`);
  }

  send(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) throw new ServiceError("the connection was lost");
    const text = JSON.stringify(message);
    this.heard("sent", text);
    this.#socket.send(text);
  }

  /** A new `src`. */
  source() {
    return String(++this.#count);
  }

  /** One request of the API document, one reply. */
  ask(message) {
    const src = this.source();
    return this.#await(`${message.mt}Result`, src, () => this.send({ ...message, src }));
  }

  /** The items of a list, whose replies repeat until one is the `last`. */
  async list(message, name) {
    const src = this.source();
    const items = [];
    const more = (reply) => {
      items.push(...(reply[name] ?? []));
      return reply.last === true;
    };
    await this.#await(`${message.mt}Result`, src, () => this.send({ ...message, src }), more);
    return items;
  }

  /** A config with its values, those in pieces joined. */
  async config(domainId, id) {
    const src = this.source();
    const values = {};
    const pieces = {
      matches: (message) => message.src === src && message.mt === "GetDeviceConfigValueResult",
      take: ({ name, value }) => void (values[name] = (values[name] ?? "") + value),
      fail: () => {},
    };
    this.#pending.add(pieces);
    try {
      const send = () => this.send({ mt: "GetDeviceConfig", domainId, id, src });
      const { config } = await this.#await("GetDeviceConfigResult", src, send);
      return { ...config, ...values };
    } finally {
      this.#pending.delete(pieces);
    }
  }

  /** Send a write in the profile's words, message by message; each waits for its reply where the profile has one. */
  async write(spelled) {
    for (const { message, response } of spelled) {
      const src = response?.match === "mt" ? null : message.src;
      if (response) await this.#await(response.mt, src, () => this.send(message), undefined, response.error);
      else this.send(message);
    }
  }

  /** Wait for `mt`, of this `src` unless null. `take` says whether a reply is the last one. */
  #await(mt, src, send, take = () => true, pointer = null) {
    return new Promise((resolve, reject) => {
      const end = (how, value) => {
        clearTimeout(timer);
        this.#pending.delete(waiting);
        how(value);
      };
      const waiting = {
        matches: (message) =>
          src === null ? message.mt === mt : message.src === src && (message.mt === mt || "error" in message),
        take: (message) => {
          const error = message.mt === "AppLoginResult" ? null : (point(message, pointer) ?? message.error);
          if (error) end(reject, new ServiceError(typeof error === "string" ? error : JSON.stringify(error)));
          else if (take(message)) end(resolve, message);
        },
        fail: (error) => end(reject, error),
      };
      const timer = setTimeout(() => waiting.fail(new ServiceError(`no ${mt} within ${PATIENCE / 1000} s`)), PATIENCE);
      this.#pending.add(waiting);
      try {
        send();
      } catch (error) {
        waiting.fail(error);
      }
    });
  }

  #receive(text) {
    this.heard("received", text);
    const message = parsed(text);
    if (message === null) return; // the log shows it
    const waiting = [...this.#pending].find((one) => one.matches(message));
    if (waiting) waiting.take(message);
    else this.event(message);
  }
}

/** The object that a text is in JSON, else null. */
function parsed(text) {
  try {
    const message = JSON.parse(text);
    return typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}

/** The value at a JSON Pointer, undefined where there is none. */
function point(message, pointer) {
  if (!pointer) return undefined;
  const steps = pointer.split("/").slice(1);
  return steps.reduce((value, step) => value?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], message);
}
