/** Up to the last `@` before a blank: a password may hold `/`, `@`, `?` or `#` unescaped, and too much hidden is the safe mistake. */
const USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s"<>]*@/gi;

/** Many cameras take the password in the query: `?user=admin&pwd=secret`. */
const SECRET_PARAMETER =
  /([?&;](?:[a-z0-9_.-]*(?:pass|pwd|secret|token|auth|key|sig|user|usr|login)[a-z0-9_.-]*|pw)=)[^&;\s"'<>#]*/gi;

/**
 * Takes the credentials out of every URL in a text: `rtsp://user:pw@host/x` → `rtsp://***@host/x`, `?pwd=x` → `?pwd=***`.
 * Made for texts of others (error messages, a child's standard error); a text without a URL comes back as it is.
 */
export function redactUrl(text: string): string {
  return text.replace(USERINFO, '$1***@').replace(SECRET_PARAMETER, '$1***');
}
