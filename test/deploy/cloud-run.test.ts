import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../containers/command.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type MetadataServer, runMetadataServer } from './metadata-server.ts';
import { CLOUD, shell } from './run-shell.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sightline-cloud-run-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run.sh, before it touches anything', () => {
  it.each([
    [[], 'Usage: run.sh PORT BUCKET'],
    [['8883'], 'Expected PORT and BUCKET, or one of the commands, got "8883"'],
    [['start'], 'Expected PORT and BUCKET, or one of the commands, got "start"'],
    [['99999', 'my-faces'], 'Expected a port from 1 to 65535, got "99999"'],
    [['8883', 'My_Faces'], 'Expected a bucket such as my-bucket or my-bucket/prefix, got "My_Faces"'],
    [['8883', 'file://faces'], 'Expected a folder such as file:///srv/faces, got "file://faces"'],
    [['8883', 'my-faces', '--processors', '0'], '--processors: Expected a number from 1 to 99, got "0"'],
    [['8883', 'my-faces', '--processors', 'many'], '--processors: Expected a number from 1 to 99, got "many"'],
    [['8883', 'my-faces', '--processors', '08'], '--processors: Expected a number from 1 to 99, got "08"'],
    [['8883', 'my-faces', '--host', 'a b'], '--host: Expected a name or an address, got "a b"'],
    [
      ['8883', 'my-faces', '--region', 'eu central'],
      '--region: Expected a name such as eu-central-1, got "eu central"',
    ],
    [['8883', 'my-faces', '--endpoint', 'minio'], '--endpoint: Expected a URL such as https://minio.example.org'],
    [['8883', 'my-faces', '--topic-prefix', 'a/#'], '--topic-prefix: Expected letters'],
    [['8883', 'my-faces', '--topic-prefix', '/'], '--topic-prefix: Expected letters'],
    [['8883', 'my-faces', '--topic-prefix', 'a//b'], '--topic-prefix: Expected letters'],
    [['8883', 'my-faces', '--acl', '/dev/null', '--no-acl'], 'Expected --acl FILE or --no-acl, got both'],
    [['8883', 'my-faces', '--ca-cert', '/dev/null'], 'Expected --ca-cert FILE and --ca-key FILE together'],
    [['8883', 'my-faces', '--region'], 'Expected a value after --region, got nothing'],
    [['8883', 'my-faces', '--processor', '2'], 'Expected one of the known options, got "--processor"'],
    [['enrol'], `Expected a device's name`],
    [['enrol', 'Gate 3'], `Expected a device's name (a-z, 0-9 and -, at most 48), got "Gate 3"`],
    [['enrol', '@operator'], `Expected a device's name`],
    [['enrol', 'gate-3', 'gate-4'], 'Expected one name, got "gate-4" besides'],
    [['revoke'], 'Expected the name of a device, or the serial number of a certificate.'],
    [['revoke', 'gate-3', '--all'], 'Expected --clear or nothing, got "--all"'],
    [['renew', '--everything'], `Expected a device's name, --all, --install-timer or nothing, got "--everything"`],
    [['status', 'now'], 'Expected nothing more after `status`, got "now"'],
    [['--down', '--purge'], 'Expected --yes besides --purge'],
    [['backup'], 'Expected the file to write'],
  ])('refuses %j with exit code 2 and says what was expected', (args, words) => {
    const { status, stdout, stderr } = spawnSync(`${CLOUD}run.sh`, args, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });

  it('says which file can not be read', () => {
    const { status, stderr } = spawnSync(
      `${CLOUD}run.sh`,
      ['8883', 'my-faces', '--credentials', join(folder, 'none')],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stderr]).toEqual([1, `run.sh: Expected a file that can be read at ${folder}/none, got none.\n`]);
  });

  it('says how to install Docker where there is none', () => {
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    for (const name of ['bash', 'env', 'dirname', 'readlink', 'sed', 'head']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
      symlinkSync(stdout.trim(), join(programs, name));
    }
    const { status, stderr } = spawnSync(`${CLOUD}run.sh`, ['8883', 'my-faces'], {
      encoding: 'utf8',
      env: { PATH: programs },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('Expected Docker on this machine, found no command docker.');
    expect(stderr).toContain('sudo apt-get install docker.io');
    expect(stderr).toContain('sudo dnf install docker');
  });
});

describe('programs that run.sh runs for a moment', () => {
  it('print to run.sh alone, never into a log of Docker: it may be a private key', () => {
    const { stdout } = shell(
      `. ${CLOUD}run/volumes.sh\nIMAGE=image\ndocker() { printf '%s\\n' "$*"; }\nin_image -v a:/b -- cat key`,
    );
    expect(stdout).toMatch(/^run --rm --log-driver none .* --entrypoint cat image key$/m);
  });

  it.each(readdirSync(`${CLOUD}run`).filter((name) => name.endsWith('.sh')))('in %s are run so', (name) => {
    const text = readFileSync(`${CLOUD}run/${name}`, 'utf8');
    for (const [, options] of text.matchAll(/\bdocker run (\S+)/g)) expect(options).toMatch(/PASSING|--detach/);
  });
});

describe('certificates that run.sh looks at', () => {
  let certificates: Certificates;
  const pair = (name: string) => {
    const place = join(folder, name);
    mkdirSync(place, { recursive: true });
    symlinkSync(certificates.serverCert, join(place, 'tls.crt'));
    symlinkSync(certificates.serverKey, join(place, 'tls.key'));
    return place;
  };
  const look = (...args: string[]) => run(process.execPath, [`${CLOUD}run/certificate-fits.js`, ...args]);
  let place: string;

  beforeAll(() => {
    certificates = makeCertificates(folder);
    place = pair('valid-for-a-day');
  });

  it('stay while they have more days left than asked for, and all names', async () => {
    expect(await look(place, certificates.ca, '0.5', '127.0.0.1')).toMatchObject({ code: 0, stdout: '' });
  });

  it.each([
    ['end too soon', () => [place, certificates.ca, '30', '127.0.0.1'], /^valid until /],
    ['lack an address', () => [place, certificates.ca, '0.5', '127.0.0.1', '192.0.2.7'], /^without 192\.0\.2\.7$/m],
    ['lack a name', () => [place, certificates.ca, '0.5', 'cloud.example.org'], /^without cloud\.example\.org$/m],
    ['carry a name that is to go', () => [place, certificates.ca, '0.5', '!127.0.0.1'], /^with 127\.0\.0\.1$/m],
    ['are of another authority', () => [place, certificates.otherCa, '0.5'], /^issued by another authority$/m],
    ['are not there', () => [join(folder, 'empty'), certificates.ca, '0.5'], /^none yet$/m],
  ])('are made anew when they %s', async (_, args, reason) => {
    const { code, stdout } = await look(...args());
    expect(code).toBe(1);
    expect(stdout).toMatch(reason);
  });
});

describe('the metadata of an EC2 instance', () => {
  let server: MetadataServer;
  const ask = (url: string, ...paths: string[]) =>
    run(process.execPath, [`${CLOUD}run/ask-metadata.js`, url, ...paths]);

  beforeAll(async () => {
    server = await runMetadataServer({
      'instance-id': 'i-1',
      'public-hostname': 'ec2.example',
      evil: 'a\nb=$(reboot)',
    });
  });
  afterAll(() => server.stop());

  it('is asked with a token, and what it does not know is left out', async () => {
    const { code, stdout } = await ask(server.url, 'instance-id', 'public-ipv4', 'public-hostname');
    expect([code, stdout]).toEqual([0, 'instance-id=i-1\npublic-hostname=ec2.example\n']);
  });

  it('never brings more than one harmless line for a path', async () => {
    expect(await ask(server.url, 'evil')).toMatchObject({ code: 0, stdout: '' });
  });

  it('tells refusal and silence apart', async () => {
    expect((await ask(server.refusingUrl)).code).toBe(4);
    expect((await ask('http://127.0.0.1:9')).code).toBe(3);
  });
});

describe('credentials of a store', () => {
  const write = (text: string) => {
    const path = join(folder, 'credentials');
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    return path;
  };

  it('come from lines of an environment, however they are written', () => {
    const path = write(`# of the store\nexport AWS_ACCESS_KEY_ID="AKIA1"\nAWS_SECRET_ACCESS_KEY='a/b+c='\nOTHER=1\n`);
    expect(shell('as_profile "$1"', path).stdout).toBe(
      '[default]\naws_access_key_id = AKIA1\naws_secret_access_key = a/b+c=\n',
    );
  });

  it('come as they are from a file of the AWS tools', () => {
    const text = '[default]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n';
    expect(shell('as_profile "$1"', write(text)).stdout).toBe(text);
  });

  it('are refused when half of them is missing, and not shown', () => {
    const { status, stdout, stderr } = shell('as_profile "$1"', write('AWS_SECRET_ACCESS_KEY=hush\n'));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Expected AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…');
    expect(stderr).not.toContain('hush');
  });
});
