import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { containerDescribe } from './container-describe.ts';
import { discard, docker, logsOf, stateOf } from './docker.ts';
import { imageName } from './engine.ts';
import { HARDENED } from './hardened.ts';

containerDescribe('a container of ours', () => {
  const network = 'sightline-images-test';
  const [broker, logger, detector] = ['broker', 'logger', 'detector'].map((name) => `${network}-${name}`) as [
    string,
    string,
    string,
  ];
  const ours = ['--detach', `--network=${network}`, ...HARDENED.filter((flag) => flag !== '--network=none')];

  beforeAll(async () => {
    await clear();
    await docker('network', 'create', network);
    const script = 'printf "listener 1883\\nallow_anonymous true\\n" >/tmp/m.conf && exec mosquitto -c /tmp/m.conf';
    await docker(
      'run',
      '--detach',
      `--network=${network}`,
      `--name=${broker}`,
      'eclipse-mosquitto:2',
      'sh',
      '-c',
      script,
    );
  });

  afterAll(clear);

  async function clear(): Promise<void> {
    await discard('container', [broker, logger, detector]);
    await discard('network', [network]);
  }

  it('is healthy while its service is ready, is not without its broker, and stops in time as process 1', async () => {
    const check = ['--health-interval=1s', '--health-start-period=1s', '--health-retries=1'];
    const env = ['--env=SIGHTLINE_DEVICE=gate-3', `--env=SIGHTLINE_EDGE_BROKER=mqtt://${broker}:1883`];
    await docker('run', ...ours, ...check, ...env, `--name=${logger}`, imageName('relay'), 'message-logger');
    const health = async () => (await stateOf(logger)).health;
    await eventually(health, (state) => state === 'healthy', 60_000);
    await docker('stop', broker);
    await eventually(health, (state) => state === 'unhealthy', 60_000);
    await docker('stop', '--time=10', logger);
    // Killed after ten seconds, it would be 137.
    expect((await stateOf(logger)).exitCode).toBe(0);
  });

  it('leaves no dead child of the face-detector behind', async () => {
    const env = [
      'SIGHTLINE_DEVICE=gate-3',
      'SIGHTLINE_CAMERAS_0_ID=door',
      'SIGHTLINE_CAMERAS_0_SOURCE=rtsp://127.0.0.1:9/none',
    ];
    await docker('run', ...ours, ...env.map((each) => `--env=${each}`), `--name=${detector}`, imageName('vision'));
    const attempts = async () => [...(await logsOf(detector)).matchAll(/"camera":"door"/g)].length;
    await eventually(attempts, (count) => count >= 2, 60_000);
    const states = `for f in /proc/[0-9]*/stat; do sed 's/.*) \\(.\\) .*/\\1/' "$f" 2>/dev/null || true; done`;
    expect(await docker('exec', detector, 'sh', '-c', states)).not.toContain('Z');
    await docker('stop', '--time=10', detector);
    expect((await stateOf(detector)).exitCode).toBe(0);
  });
});
