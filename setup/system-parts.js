import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Something outside npm. `packages` are Debian's and Ubuntu's names of it; `script` unpacks into the user's cache folder
 * (`--install`) what only a newer suite of theirs has, and tells whether all is there (`--check`).
 * @typedef {{ name: string, packages: string[], isThere: (root: string) => boolean, script?: string }} Part
 */

const pythonPackages = '/usr/lib/python3/dist-packages';
// Debian keeps servers where an ordinary user's PATH does not look.
const serverFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @type {Part} */
const ffmpeg = { name: 'ffmpeg', packages: ['ffmpeg'], isThere: () => hasCommands('ffmpeg', 'ffprobe') };

/** @type {Part[]} */
const testParts = [
  ffmpeg,
  {
    name: 'Mosquitto',
    packages: ['mosquitto', 'mosquitto-clients'],
    isThere: () => hasCommands('mosquitto', 'mosquitto_pub', 'mosquitto_sub'),
  },
  { name: 'exiftool', packages: ['libimage-exiftool-perl'], isThere: () => hasCommands('exiftool') },
  { name: 'openssl', packages: ['openssl'], isThere: () => hasCommands('openssl') },
  { name: 'faketime', packages: ['faketime'], isThere: () => hasCommands('faketime') },
  {
    name: 'an RTSP camera (GStreamer)',
    packages: [
      'gstreamer1.0-rtsp',
      'gir1.2-gst-rtsp-server-1.0',
      'python3-gi',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-ugly',
    ],
    isThere: () =>
      hasPython('gi') &&
      hasLibrary('girepository-1.0/GstRtspServer-1.0.typelib') &&
      ['rtspclientsink', 'rtp', 'isomp4', 'x264'].every((plugin) => hasLibrary(`gstreamer-1.0/libgst${plugin}.so`)),
  },
  { name: 'an MQTT client in Python', packages: ['python3-paho-mqtt'], isThere: () => hasPython('paho') },
  { name: 'busybox', packages: ['busybox'], isThere: () => hasCommands('busybox') },
  { name: 'shellcheck', packages: ['shellcheck'], isThere: () => hasCommands('shellcheck') },
  unpacked('kubectl', 'test/support/kubectl.sh', []),
  unpacked('an S3 server (moto)', 'test/support/s3-server.sh', [
    'python3-flask',
    'python3-boto3',
    'python3-cryptography',
    'python3-xmltodict',
    'python3-jinja2',
    'python3-requests',
    'python3-yaml',
    'python3-dateutil',
    'python3-tz',
  ]),
];

/** @type {Part} */
const dockerEngine = {
  name: 'a Docker engine',
  packages: ['docker.io', 'docker-compose', 'debootstrap', 'iptables'],
  isThere: () => hasCommands('dockerd', 'docker', 'docker-compose', 'debootstrap', 'iptables'),
};

/** @typedef {'start' | 'camera' | 'test' | 'containers'} Purpose */

/**
 * `start` needs ffmpeg only where it will look through a camera: `sample` and folders of images do without.
 * @param {Purpose} purpose
 * @param {boolean} hasCamera
 */
export function partsFor(purpose, hasCamera) {
  if (purpose === 'test') return testParts;
  if (purpose === 'containers') return [...testParts, dockerEngine];
  return purpose === 'camera' || hasCamera ? [ffmpeg] : [];
}

/**
 * @param {string} name
 * @param {string} script
 * @param {string[]} packages
 * @returns {Part}
 */
function unpacked(name, script, packages) {
  const isThere = (/** @type {string} */ root) => spawnSync('sh', [join(root, script), '--check']).status === 0;
  return { name, packages, script, isThere };
}

/** @param {string[]} names */
function hasCommands(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...serverFolders];
  return names.every((name) => folders.some((folder) => isExecutable(join(folder, name))));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
function hasPython(name) {
  return existsSync(join(pythonPackages, name));
}

/** @param {string} path below a folder such as /usr/lib/x86_64-linux-gnu, /usr/lib64 or /usr/lib */
function hasLibrary(path) {
  if (existsSync(join('/usr/lib', path)) || existsSync(join('/usr/lib64', path))) return true;
  if (!existsSync('/usr/lib')) return false;
  return readdirSync('/usr/lib').some((name) => name.includes('-linux-') && existsSync(join('/usr/lib', name, path)));
}
