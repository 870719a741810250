import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const LOG = JSON.stringify(new URL('./log.ts', import.meta.url).href);

/** Runs code with `createLog`, and gives what came out of the process: a log belongs on standard error. */
function run(code: string): { stdout: string; stderr: string } {
  const script = `import { createLog } from ${LOG};\n${code}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  return { stdout, stderr };
}

describe('createLog', () => {
  it('writes JSON lines on standard error, each with time, level, service and what happened', () => {
    const { stdout, stderr } = run(
      "createLog({ level: 'info', format: 'auto' }).child({ service: 'forwarder' }).info({ bytes: 3 }, 'capture sent')",
    );
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'forwarder',
      bytes: 3,
      msg: 'capture sent',
    });
  });

  it('never shows a secret or a payload, as deep as a configuration goes', () => {
    const { stderr } = run(`
      const log = createLog({ level: 'info', format: 'json' });
      const secrets = { password: 'hunter2', secretAccessKey: 'hunter2', accessKeyId: 'hunter2', payload: 'hunter2' };
      log.info(secrets, 'a');
      log.info({ edge: secrets }, 'b');
      log.info({ config: { edge: secrets, cameras: [secrets] } }, 'c');
      log.child({ link: secrets }).info('d');
    `);
    expect(stderr.trim().split('\n')).toHaveLength(4);
    expect(stderr).not.toContain('hunter2');
    expect(stderr).toContain('***');
  });

  it('keeps to its level', () => {
    const { stderr } = run(`
      const log = createLog({ level: 'warn', format: 'json' });
      log.info('quiet');
      log.warn('loud');
      createLog({ level: 'silent', format: 'json' }).fatal('nothing');
    `);
    expect(stderr).toContain('loud');
    expect(stderr).not.toMatch(/quiet|nothing/);
  });

  it('is pretty when told so, on standard error too', () => {
    const { stdout, stderr } = run(
      "createLog({ level: 'info', format: 'pretty' }).child({ service: 'broker' }).info({ port: 1 }, 'broker opened')",
    );
    expect(stdout).toBe('');
    expect(stderr).toContain('broker: broker opened');
  });
});
