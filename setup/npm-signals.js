/**
 * npm 9.6.7 to 10.2 catches SIGTERM and SIGINT and tells nobody (npm/cli issues 6547 and 6684; npm/run-script pull
 * request 188 mended it). Nothing below npm can notice, so the user is told.
 * @param {string | undefined} userAgent npm's: `npm/10.9.9 node/v20.20.2 linux x64 …`
 * @returns {string | undefined} the version, if it is one of those
 */
export function npmThatKeepsSignals(userAgent) {
  const found = /^npm\/((\d+)\.(\d+)\.(\d+))/.exec(userAgent ?? '');
  if (found === null) return undefined;
  const [, version, ...parts] = found;
  const number = parts.reduce((sum, part) => sum * 1000 + Number(part), 0);
  return number >= 9_006_007 && number < 10_003_000 ? version : undefined;
}
