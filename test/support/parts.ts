import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

export type PartName =
  | 'ffmpeg'
  | 'mosquitto'
  | 's3'
  | 'rtsp'
  | 'exiftool'
  | 'chromium'
  | 'python-paho'
  | 'faketime'
  | 'shellcheck'
  | 'busybox'
  | 'docker-compose'
  | 'kubectl'
  | 'shared';

export interface Part {
  readonly present: boolean;
  /** For a test's title or `context.skip`: '' when present, otherwise what is missing and how to install it. */
  readonly reason: string;
  /** The command that installs the part; '' when none does. */
  readonly install: string;
}

interface Recipe {
  readonly check: () => boolean;
  readonly install: string;
}

/** Shared with the other work on this project, outside the checkout; a clone elsewhere does not have it. */
export const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Debian's own Python: another one first in PATH has not the modules that apt installs. */
export const PYTHON = '/usr/bin/python3';

const RTSP_MODULES =
  'import gi; gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0"); from gi.repository import Gst, GstRtspServer; ' +
  'Gst.init(None); import sys; sys.exit(not all(Gst.ElementFactory.find(e) for e in ("x264enc", "rtph264pay", "videotestsrc")))';

const RECIPES: Record<PartName, Recipe> = {
  ffmpeg: { check: () => runs('ffmpeg', '-version'), install: 'sudo apt-get install ffmpeg' },
  mosquitto: {
    check: () => ['mosquitto', 'mosquitto_pub', 'mosquitto_sub'].every((name) => isCommand(name)),
    install: 'sudo apt-get install mosquitto mosquitto-clients',
  },
  s3: {
    check: () => runs('/bin/sh', script('s3-server.sh'), '--check'),
    install: 'test/support/s3-server.sh --install',
  },
  rtsp: {
    check: () => runs(PYTHON, '-c', RTSP_MODULES),
    install:
      'sudo apt-get install python3-gi gstreamer1.0-rtsp gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly',
  },
  exiftool: { check: () => runs('exiftool', '-ver'), install: 'sudo apt-get install libimage-exiftool-perl' },
  chromium: { check: () => isCommand('chromium'), install: 'sudo apt-get install chromium' },
  'python-paho': {
    check: () => runs(PYTHON, '-c', 'import paho.mqtt.client'),
    install: 'sudo apt-get install python3-paho-mqtt',
  },
  faketime: { check: () => isCommand('faketime'), install: 'sudo apt-get install faketime' },
  busybox: { check: () => isCommand('busybox'), install: 'sudo apt-get install busybox' },
  'docker-compose': {
    check: () => runs('docker', 'compose', 'version') || runs('docker-compose', 'version'),
    install: 'sudo apt-get install docker-compose',
  },
  shellcheck: { check: () => isCommand('shellcheck'), install: 'sudo apt-get install shellcheck' },
  kubectl: {
    check: () => runs('/bin/sh', script('kubectl.sh'), '--check'),
    install: 'test/support/kubectl.sh --install',
  },
  shared: { check: () => existsSync(SHARED), install: '' },
};

const known = new Map<PartName, Part>();

/**
 * Whether a part of the system that a test needs is installed.
 *
 * With `SIGHTLINE_TEST_REQUIRE_ALL=1` a missing part that the set-up can install is an error: nothing is skipped unseen.
 */
export function requirePart(name: PartName): Part {
  const part = known.get(name) ?? look(name);
  known.set(name, part);
  if (!part.present && part.install !== '' && process.env.SIGHTLINE_TEST_REQUIRE_ALL === '1') {
    throw new Error(`Expected ${name} to be installed, got none (SIGHTLINE_TEST_REQUIRE_ALL=1); ${part.install}`);
  }
  return part;
}

/** `describe` for tests that need a part: skipped without it, and the title then says why. */
export function partDescribe(name: PartName, title: string, tests: () => void): void {
  const part = requirePart(name);
  describe.skipIf(!part.present)(part.present ? title : `${title} ${part.reason}`, tests);
}

function look(name: PartName): Part {
  const { check, install } = RECIPES[name];
  if (check()) return { present: true, reason: '', install };
  const remedy = install === '' ? '' : `: ${install}`;
  return { present: false, reason: `(skipped, ${name} is not here${remedy})`, install };
}

/** One of the scripts beside this file that unpack what only a newer Debian has. */
function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function isCommand(name: string): boolean {
  // Debian keeps daemons where an ordinary user's PATH does not look.
  return runs('/bin/sh', '-c', 'command -v -- "$0" || test -x "/usr/sbin/$0"', name);
}

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}
