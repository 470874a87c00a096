// The fields of each config type, from the API document.

const labelled = (labels, spell = (index) => index) => labels.map((label, index) => [spell(index), label]);
const plain = (...values) => values.map((value) => [value, value]);

const SRTP_KEYS = labelled(["SDES-DTLS", "DTLS-SDES", "SDES", "DTLS", "No encryption"], String);
const SRTP_CIPHERS = labelled(["AES128/32", "AES128/80", "AES192/32", "AES192/80", "AES256/32", "AES256/80"], String);
const DIAL_TONES = labelled([
  "EUROPE-PBX", "EUROPE-PUBLIC", "US", "UK", "ITALY-PUBLIC", "CZECH-PBX", "CZECH-PUBLIC", "SWEDEN", "FRANCE", "SWISS",
  "ITALY-PBX", "BELGIUM", "NETHERLANDS", "NORWAY", "DENMARK", "GERMANY", "SPAIN", "FINLAND", "AUSTRIA", "IRELAND",
  "AUSTRALIA", "NEWZEALAND", "MALAYSIA", "TURKEY", "RUSSIA", "SOUTH AFRICA", "BRAZIL",
]);

const text = (name, label, more) => ({ name, label, kind: "text", optional: true, ...more });
const secret = (name, label, seed) => ({ name, label, kind: "password", optional: true, seed });
const flag = (name, label, more) => ({ name, label, kind: "checkbox", optional: true, ...more });
// 0 is no value where it is outside the range: it means that nothing is set
const number = (name, label, min, max) =>
  ({ name, label, kind: "number", optional: true, min, max, zeroIsUnset: min > 0 });
const choice = (name, label, choices) =>
  ({ name, label, kind: "select", choices, number: typeof choices[0][0] === "number" });

const PHONES = [
  text("gk1", "Primary gatekeeper"),
  text("gk2", "Secondary gatekeeper"),
  text("gkId", "Gatekeeper identifier"),
  choice("coder", "Coder", plain("G711A", "G711u", "G722", "OPUS-NB", "OPUS-WB")),
  number("frameSize", "Frame size [ms]", 20, 80),
  choice("srtpKey", "SRTP key exchange", SRTP_KEYS),
  choice("srtpCipher", "SRTP cipher", SRTP_CIPHERS),
  choice("dialTone", "Dial tone", DIAL_TONES),
  text("recordingUrl", "Recording URL"),
  flag("setRecordingUrl", "Set the recording URL"),
  flag("exclusive", "Exclusive"),
  flag("silenceComp", "Silence compression"),
  flag("noDtmfDetect", "No DTMF detection"),
  flag("noPhysicalLocation", "No physical location"),
];

const TYPES = {
  ALARM_SERVER: [
    text("url", "Alarm server URL"),
    text("logUrl", "Logging server URL"),
    text("logUser", "User"),
    secret("logPassword", "Password", "url"),
    flag("setLogUrl", "Set empty logging URLs too", { optional: false }),
  ],
  EXPERT: [{ name: "script", label: "Update script", kind: "textarea" }],
  FXS_PHONE: [...PHONES, flag("fax", "Fax device")],
  MEDIA: [
    text("stunServer", "STUN server"),
    text("turnServer", "TURN server"),
    text("turnUser", "TURN user"),
    secret("turnPassword", "TURN password", "turnServer"),
    text("tosRtp", "TOS priority of RTP", { placeholder: "0xb8" }),
    text("tosSig", "TOS priority of signaling", { placeholder: "0x68" }),
    flag("setRtpPorts", "Send the RTP ports"),
    number("rtpFirst", "First UDP-RTP port", 2052, 65534),
    number("rtpNum", "Number of RTP ports", 128, 16384),
    flag("setNatPorts", "Send the NAT ports"),
    number("natFirst", "First UDP-NAT port", 2052, 65534),
    number("natNum", "Number of NAT ports", 0),
  ],
  NTP: [
    text("ntp1", "First NTP server", { optional: false }),
    text("ntp2", "Second NTP server", { optional: false }),
    text("tz", "Time zone", { optional: false, placeholder: "CET-1CEST-2,M3.5.0/2,M10.5.0/3" }),
  ],
  PHONE: [
    ...PHONES,
    flag("audioOnly", "Audio only"),
    flag("noCtHookOn", "No transfer on hang up"),
    flag("protectCfg", "Protect the configuration at the phone"),
    flag("allowUserCfg", "Allow user settings at the phone"),
    flag("hideCompleteCfg", "Hide the configuration at the phone"),
    flag("hideAdminCfg", "Hide the administration at the phone"),
  ],
  TLS_PROFILE: [choice("profile", "TLS profile", plain("normal", "fast", "secure", "strict"))],
};

export const configTypes = Object.keys(TYPES);
export const fieldsOf = (type) => (Object.hasOwn(TYPES, type) ? TYPES[type] : []);
