// What this page knows: the wire profile, and of the login what it may and sees. One object, which all modules share.

export const session = {
  profile: null,
  connection: null,
  own: "", // the domain of the login
  admin: false,
  chosen: null, // the id of the domain that is shown
  domains: new Map(), // by id, as are those of the chosen domain:
  configs: new Map(),
  devices: new Map(),
};

/** The domain that is shown; undefined if it is gone. */
export const chosenDomain = () => session.domains.get(session.chosen);

/** A category of the domain that is shown. */
export const categoryOf = (id) => chosenDomain().categories.find((category) => category.id === id);

export const byIds = (objects) => new Map(objects.map((object) => [object.id, object]));
