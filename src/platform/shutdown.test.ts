import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

const SCRIPT = `
import { listenForShutdown } from ${JSON.stringify(new URL('./shutdown.ts', import.meta.url).href)};
const { signal } = listenForShutdown((code) => process.exit(code));
signal.addEventListener('abort', () => console.log('asked'));
setInterval(() => undefined, 1000);
console.log('up');
`;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** A process that goes on for ever after it was asked to end. */
async function start() {
  const process_ = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', SCRIPT],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  child = process_;
  let output = '';
  process_.stdout?.on('data', (text) => {
    output += text;
  });
  const until = async (text: string) => {
    while (!output.includes(text)) await sleep(5);
  };
  await until('up');
  const exit = once(process_, 'exit').then(([code]) => code as number | null);
  return { process_, until, exit, asked: () => output.split('asked').length - 1 };
}

describe('listenForShutdown', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('asks once at %s, takes its echo for the same, and ends at once at a later one', async (signal, code) => {
    const { process_, until, exit, asked } = await start();
    process_.kill(signal);
    await until('asked');
    process_.kill(signal);
    await sleep(300);
    expect(process_.exitCode).toBeNull();
    await sleep(300);
    process_.kill(signal);
    expect(await exit).toBe(code);
    expect(asked()).toBe(1);
  });

  it('asks when the launcher is gone, and when the terminal is', async () => {
    const first = await start();
    first.process_.disconnect();
    await first.until('asked');
    first.process_.kill('SIGKILL');
    const second = await start();
    second.process_.kill('SIGHUP');
    await second.until('asked');
  });
});
