import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PkiFolder } from '../../test/support/pki-folder.ts';

let folder: PkiFolder;
beforeEach(() => {
  folder = new PkiFolder();
});
afterEach(() => folder.remove());

describe('certificates', () => {
  beforeEach(async () => {
    await folder.pki('init');
  });

  it('are for what they are for, by the names that were given', async () => {
    await folder.pki(
      'server',
      '--host',
      'Broker.Example',
      '--host',
      '192.0.2.7',
      '--host',
      '2001:db8::7',
      '--out',
      folder.at('server'),
    );
    await folder.pki('processor', '--out', folder.at('processor'));
    await folder.pki('operator', '--out', folder.at('operator'));
    await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    const server = folder.certificate('server', 'tls.crt');
    expect(['broker.example', 'other.example'].map((host) => server.checkHost(host))).toEqual([
      'broker.example',
      undefined,
    ]);
    expect(['192.0.2.7', '2001:db8::7'].map((ip) => server.checkIP(ip) !== undefined)).toEqual([true, true]);
    const subjects = ['server', 'processor', 'operator', 'gate-3'].map(
      (name) => folder.certificate(name, 'tls.crt').subject,
    );
    expect(subjects).toEqual(['CN=broker.example', 'CN=@image-processor', 'CN=@operator', 'CN=gate-3']);
    for (const client of ['processor', 'operator', 'gate-3']) {
      expect(folder.verdict('sslclient', client)).toBe('');
      expect(folder.verdict('sslserver', client)).toMatch(/unsupported certificate purpose|unsuitable/);
    }
    expect(folder.verdict('sslserver', 'server')).toBe('');
    expect(folder.verdict('sslclient', 'server')).toMatch(/unsupported certificate purpose|unsuitable/);
    expect(readdirSync(folder.at('server')).sort()).toEqual(['ca.crl', 'ca.crt', 'tls.crt', 'tls.key']);
    expect(readdirSync(folder.at('gate-3')).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect(folder.mode('gate-3', 'tls.key')).toBe('600');
  });

  it('are valid from a day ago, a device for two years, a broker for one', async () => {
    await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    await folder.pki('server', '--host', 'localhost', '--out', folder.at('server'));
    const years = (name: string) =>
      folder.certificate(name, 'tls.crt').validToDate.getUTCFullYear() - new Date().getUTCFullYear();
    expect([years('gate-3'), years('server')]).toEqual([2, 1]);
    const ageHours = (Date.now() - folder.certificate('gate-3', 'tls.crt').validFromDate.getTime()) / 3_600_000;
    expect(Math.round(ageHours)).toBe(24);
  });

  it('never outlive their CA', async () => {
    rmSync(folder.at('pki'), { recursive: true });
    await folder.pki('init', '--years', '1');
    const { stderr } = await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    expect(stderr).toMatch(/^gate-3 is valid until \S+ only, not for 2 years: its CA ends then/);
    expect(folder.certificate('gate-3', 'tls.crt').validTo).toBe(folder.certificate('pki', 'ca.crt').validTo);
    expect(folder.verdict('sslclient', 'gate-3')).toBe('');
  });

  it('of a device are one at a time; renewed, the former stays; revoked, none does', async () => {
    await folder.pki('device', 'gate-3', '--out', folder.at('a'));
    expect(await folder.fault('device', 'gate-3', '--out', folder.at('x'))).toMatch(
      /Expected a device without a valid certificate/,
    );
    await folder.pki('renew', 'gate-3', '--out', folder.at('b'));
    expect(readFileSync(folder.at('a', 'tls.key'), 'utf8')).not.toBe(readFileSync(folder.at('b', 'tls.key'), 'utf8'));
    expect([folder.verdict('sslclient', 'a'), folder.verdict('sslclient', 'b')]).toEqual(['', '']);
    const { stdout } = await folder.pki('revoke', 'gate-3');
    expect(stdout.match(/^revoked gate-3 [0-9a-f]{32}$/gm)).toHaveLength(2);
    expect(
      [folder.verdict('sslclient', 'a'), folder.verdict('sslclient', 'b')].map((text) => /revoked/.test(text)),
    ).toEqual([true, true]);
    expect(await folder.pki('revoke', 'gate-3')).toMatchObject({
      stdout: '',
      stderr: 'Nothing to revoke: gate-3 has no valid certificate.\n',
    });
    expect(await folder.fault('renew', 'gate-3', '--out', folder.at('x'))).toMatch(
      /Expected a name with a certificate that is not revoked/,
    );
    await folder.pki('device', 'gate-3', '--out', folder.at('c'));
    expect(folder.verdict('sslclient', 'c')).toBe('');
  });

  it('are not issued where they can not be written', async () => {
    writeFileSync(folder.at('file'), '');
    for (const order of [['device', 'gate-3'], ['processor'], ['operator'], ['server', '--host', 'localhost']])
      for (const out of ['/proc/nope', folder.at('file'), folder.at('file', 'in-it')])
        expect(await folder.fault(...order, '--out', out)).toMatch(/Expected to (make the folder|write) /);
    expect((await folder.pki('list')).stdout).toBe('nothing was issued yet\n');
    await folder.issue('a', 'device', 'gate-3');
    expect(await folder.fault('renew', 'gate-3', '--out', '/proc/nope')).toMatch(/Expected to make the folder/);
    expect(await folder.fault('renew', 'nobody', '--out', folder.at('new', 'folder'))).toMatch(/not revoked/);
    expect(existsSync(folder.at('new'))).toBe(false);
    expect((await folder.pki('list')).stdout.match(/ device /g)).toHaveLength(1);
  });

  it('are revoked at once where only their writing fails, and those that were there stay', async () => {
    await folder.issue('a', 'device', 'gate-3');
    const key = readFileSync(folder.at('a', 'tls.key'), 'utf8');
    rmSync(folder.at('a', 'ca.crt'));
    mkdirSync(folder.at('a', 'ca.crt'));
    expect(await folder.fault('renew', 'gate-3', '--out', folder.at('a'))).toMatch(/Expected to write \S+ca\.crt, but/);
    expect(readFileSync(folder.at('a', 'tls.key'), 'utf8')).toBe(key);
    expect(readdirSync(folder.at('a')).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect((await folder.pki('list', '--json')).stdout.match(/(?<="state":")\w+/g)).toEqual(['valid', 'revoked']);
    expect(folder.verdict('sslclient', 'a')).toBe('');
  });

  it('stay revoked where they are renewed at the same time', async () => {
    await folder.issue('a', 'device', 'gate-3');
    const orders = [folder.pki('revoke', 'gate-3'), folder.issue('b', 'renew', 'gate-3')];
    await Promise.allSettled(orders);
    expect((await folder.pki('list', '--json')).stdout).not.toContain('"state":"valid"');
  });

  it('change the list only where something is revoked, and mend one that is gone', async () => {
    const list = () => readFileSync(folder.at('pki', 'ca.crl'), 'utf8');
    const first = list();
    await folder.issue('a', 'device', 'gate-3');
    await folder.issue('b', 'renew', 'gate-3');
    expect(list()).toBe(first);
    await folder.pki('revoke', 'gate-3');
    const second = list();
    expect(second).not.toBe(first);
    await folder.pki('revoke', 'gate-3');
    await folder.issue('server', 'server', '--host', 'localhost');
    expect(list()).toBe(second);
    rmSync(folder.at('pki', 'ca.crl'));
    await folder.pki('revoke', 'gate-3');
    expect(folder.verdict('sslclient', 'a')).toContain('revoked');
  });

  it('are revoked by serial too, as openssl writes it', async () => {
    await folder.pki('device', 'gate-3', '--out', folder.at('a'));
    await folder.pki('renew', 'gate-3', '--out', folder.at('b'));
    await folder.pki('revoke', folder.certificate('a', 'tls.crt').serialNumber);
    expect(
      [folder.verdict('sslclient', 'a'), folder.verdict('sslclient', 'b')].map((text) => /revoked/.test(text)),
    ).toEqual([true, false]);
  });

  it('that end soon are renewed each into a folder of its own', async () => {
    await folder.pki('server', '--host', 'a.example', '--host', 'b.example', '--out', folder.at('server'));
    await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    expect((await folder.pki('renew', '--expiring', '--out', folder.at('new'))).stderr).toBe(
      'No certificate ends within 30 days.\n',
    );
    await folder.pki('renew', '--expiring', '400', '--out', folder.at('new'));
    expect(readdirSync(folder.at('new'))).toEqual(['a.example']);
    expect(folder.certificate('new', 'a.example', 'tls.crt').checkHost('b.example')).toBe('b.example');
    expect(readdirSync(folder.at('new', 'a.example'))).toContain('ca.crl');
  });

  it('are listed with what became of them', async () => {
    expect((await folder.pki('list')).stdout).toBe('nothing was issued yet\n');
    await folder.pki('device', 'gate-3', '--out', folder.at('a'));
    await folder.pki('processor', '--out', folder.at('b'));
    await folder.pki('revoke', 'gate-3');
    const lines = (await folder.pki('list')).stdout.split('\n');
    expect(lines[0]).toMatch(/^NAME +ROLE +VALID UNTIL +SERIAL$/);
    expect(lines[1]).toMatch(/^gate-3 +device +revoked on \d{4}-\d\d-\d\d +[0-9a-f]{32}$/);
    expect(lines[2]).toMatch(/^@image-processor +processor +\d{4}-\d\d-\d\d \(36\d days\) +[0-9a-f]{32}$/);
    const states = (await folder.pki('list', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).state);
    expect(states).toEqual(['revoked', 'valid']);
  });

  it('are all in the register and the list, however many are made at once', async () => {
    const names = Array.from({ length: 12 }, (_, each) => `gate-${each}`);
    await Promise.all(names.map((name) => folder.pki('device', name, '--out', folder.at(name))));
    await Promise.all(names.map((name) => folder.pki('revoke', name)));
    const listed = (await folder.pki('list', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const name of names) expect(folder.verdict('sslclient', name)).toContain('revoked');
  });

  it.each([
    [['device', 'Gate_3'], /Expected a device name of 1 to 48/],
    [['device', '@operator'], /Expected a device name of 1 to 48/],
    [['device'], /device: Expected a name, got none/],
    [['server'], /Expected at least one --host NAME_OR_IP, got none/],
    [['server', '--host', 'mqtts://a:8883'], /Expected a DNS name or an IP address, got "mqtts:\/\/a:8883"/],
    [['server', '--host', '10.0.0'], /Expected a DNS name or an IP address, got "10\.0\.0"/],
    [['server', 'x', '--host', 'a'], /server: Expected no name, got "x"/],
    [['renew', 'nobody'], /Expected a name with a certificate that is not revoked, got "nobody"/],
    [['renew', '--expiring', 'soon'], /--expiring: Expected a number of days, got "soon"/],
    [['revoke', 'nobody'], /Expected the name or serial of a certificate that was issued here, got "nobody"/],
    [['sign', 'x'], /Expected one of init, server, .*, got "sign"/],
  ])('are refused for %j', async (args, message) => {
    expect(await folder.fault(...args, ...(args[0] === 'revoke' ? [] : ['--out', folder.at('x')]))).toMatch(message);
    expect((await folder.pki('list')).stdout).toBe('nothing was issued yet\n');
  });

  it('of a broker never share a name with a device', async () => {
    await folder.pki('server', '--host', 'gate-3', '--out', folder.at('server'));
    expect(await folder.fault('device', 'gate-3', '--out', folder.at('x'))).toMatch(
      /Expected a name that only a device has, got gate-3: a server has it/,
    );
  });
});
