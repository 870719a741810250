import type { ConfigLayer } from '../platform/config/layer.ts';
import type { Log } from '../platform/log.ts';

/** Better places for the password in the URL that a key takes. */
const BETTER_PLACES: Readonly<Record<string, string>> = {
  cameras: 'SIGHTLINE_CAMERAS_0_PASSWORD_FILE',
  edge: 'SIGHTLINE_EDGE_PASSWORD_FILE',
  cloud: 'SIGHTLINE_CLOUD_PASSWORD_FILE',
};
const URL_WITH_PASSWORD = /[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:[^\s"]*@/i;

/** Warns of passwords in flags: a shell keeps them in its history, and until the process has hidden them `ps` shows them to all. */
export function warnOfPasswords({ entries, describe }: ConfigLayer, log: Log): void {
  for (const { path, value } of entries) {
    const place = BETTER_PLACES[String(path[0])];
    if (place === undefined || !URL_WITH_PASSWORD.test(JSON.stringify(value))) continue;
    log.warn(
      {
        flag: describe(path),
        better: `a file that ${place} names, the user name in ${place.replace('PASSWORD_FILE', 'USERNAME')}`,
      },
      'password on the command line, where others may read it',
    );
  }
}
