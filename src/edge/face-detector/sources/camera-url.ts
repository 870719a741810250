export interface CameraLogin {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface CameraUrl {
  /** With percent-encoded credentials, as ffmpeg reads them. */
  readonly url: string;
  /** Texts that must not be shown, longest first. */
  readonly secrets: readonly string[];
}

/** Joins a camera's URL and its login; a login given apart wins over the URL's own. `@` and `:` in a URL's password may stand as they are. */
export function joinCameraUrl(text: string, login: CameraLogin): CameraUrl {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?(.*)$/i.exec(text);
  const [, scheme = '', userinfo, rest = text] = match ?? [];
  const colon = userinfo?.indexOf(':') ?? -1;
  const ownName = userinfo === undefined || colon < 0 ? userinfo : userinfo.slice(0, colon);
  const ownPassword = userinfo === undefined || colon < 0 ? undefined : userinfo.slice(colon + 1);
  const username = login.username ?? decode(ownName);
  const password = login.password ?? decode(ownPassword);
  if (username === undefined && password === undefined) return { url: text, secrets: [] };
  const credentials = `${encode(username ?? '')}${password === undefined ? '' : `:${encode(password)}`}`;
  const secrets = [credentials, userinfo, password, ownPassword, password === undefined ? undefined : encode(password)]
    .filter((secret): secret is string => secret !== undefined && secret !== '')
    .sort((a, b) => b.length - a.length);
  return { url: `${scheme}${credentials}@${rest}`, secrets: [...new Set(secrets)] };
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
