import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { docker, inspect, logsOf, tryDocker } from '../docker.ts';
import type { Site } from '../site/site.ts';

export function hardening(site: () => Site): void {
  it('no container runs as root, has a capability, may gain one, or writes to its root file system', async () => {
    for (const name of site().containers) {
      const { State, HostConfig } = await inspect(name);
      const status = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
      const field = (key: string) => status.match(new RegExp(`^${key}:\\s*(.*)$`, 'm'))?.[1]?.split(/\s+/);
      expect({ name, uid: field('Uid')?.map(Number) }).not.toEqual({ name, uid: expect.arrayContaining([0]) });
      expect({ name, gid: field('Gid')?.map(Number) }).not.toEqual({ name, gid: expect.arrayContaining([0]) });
      for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapInh']) {
        expect({ name, set, value: field(set)?.[0] }).toEqual({ name, set, value: '0000000000000000' });
      }
      expect({ name, noNewPrivileges: field('NoNewPrivs')?.[0] }).toEqual({ name, noNewPrivileges: '1' });
      expect({ name, isReadOnly: HostConfig.ReadonlyRootfs }).toEqual({ name, isReadOnly: true });
      for (const place of ['/', '/etc', '/opt', '/usr/bin']) {
        const { code, stderr } = await tryDocker(['exec', name, 'sh', '-c', `: > ${place}/written-by-the-proof`]);
        expect({ name, place, code, stderr }).toMatchObject({
          name,
          place,
          stderr: expect.stringMatching(/read-only|denied/i),
        });
        expect(code).not.toBe(0);
      }
    }
  });

  it('every container has a memory limit, rotated logs and a restart policy', async () => {
    for (const name of site().containers) {
      const { HostConfig } = await inspect(name);
      const { Memory, LogConfig, RestartPolicy } = HostConfig;
      expect({ name, isLimited: Memory > 0 && Memory < 4 * 2 ** 30 }).toEqual({ name, isLimited: true });
      expect({ name, options: Object.keys(LogConfig.Config).sort() }).toMatchObject({
        name,
        options: expect.arrayContaining(['max-file', 'max-size']),
      });
      expect({ name, policy: RestartPolicy.Name }).toEqual({ name, policy: 'unless-stopped' });
    }
  });

  it('no secret is in what docker tells of a container, in its logs, or in the arguments of its processes', async () => {
    const secrets = await site().secrets();
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);
    for (const name of site().containers) {
      const told = [
        await docker('inspect', name),
        await logsOf(name),
        await docker('top', name, '-eo', 'pid,args'),
      ].join('\n');
      const shown = secrets.filter((secret) => told.includes(secret)).map((secret) => `${secret.slice(0, 4)}…`);
      expect({ name, shown }).toEqual({ name, shown: [] });
    }
  });
}
