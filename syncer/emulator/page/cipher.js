// SHA-256 and RC4, as AppWebsocket uses them: login digests, and the encryption of fields.

const bytes = (text) => new TextEncoder().encode(text);
const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Browsers have SHA-256 only for https and for localhost. */
export const available = () => Boolean(globalThis.crypto?.subtle);

export async function sha256(text) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(text))));
}

/** Lower-case hex of `text` under `seed:key`. */
export function encrypt(text, seed, key) {
  return hex(rc4(bytes(text), `${seed}:${key}`));
}

/** The text of a hex cipher; "" if it is none. */
export function decrypt(cipher, seed, key) {
  if (typeof cipher !== "string" || !/^([0-9a-f]{2})*$/i.test(cipher)) return "";
  const data = Uint8Array.from(cipher.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(rc4(data, `${seed}:${key}`));
}

function rc4(data, keyText) {
  const key = bytes(keyText).slice(0, 256); // RC4 uses no more
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i] + key[i % key.length]) & 255;
    [state[i], state[j]] = [state[j], state[i]];
  }
  let i = 0;
  let j = 0;
  return data.map((byte) => {
    i = (i + 1) & 255;
    j = (j + state[i]) & 255;
    [state[i], state[j]] = [state[j], state[i]];
    return byte ^ state[(state[i] + state[j]) & 255];
  });
}
