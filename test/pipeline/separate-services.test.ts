import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { partDescribe } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { SightlineProcess } from '../support/sightline.ts';
import { keysBelow, storedFiles } from '../support/stored-files.ts';

const SERVICES = ['image-processor', 'forwarder', 'message-logger', 'face-detector'] as const;
type ServiceName = (typeof SERVICES)[number];

/** Each service with a configuration file and a port of its own, in one folder. */
class Site {
  readonly folder = temporaryFolder();
  readonly store = join(this.folder.path, 'faces');
  readonly #ports = new Map<string, number>();
  readonly #processes = new Map<string, SightlineProcess>();

  async start(name: ServiceName, ...flags: string[]): Promise<void> {
    const port = this.#ports.get(name) ?? (await freePort());
    this.#ports.set(name, port);
    const process = new SightlineProcess([name, '--config', 'site.yaml', '--http-port', String(port), ...flags], {
      cwd: this.folder.path,
    });
    this.#processes.set(name, process);
    await eventually(
      () =>
        fetch(`${this.url(name)}/livez`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (isAlive) => isAlive,
    );
  }

  configure(edge: number, cloud: number): void {
    const lines = [
      'version: 1',
      'device: gate',
      'capture: { mode: every, format: webp }',
      // Slow enough that it goes on through all the faults.
      'cameras: [{ id: camera, source: photos, fps: 3 }]',
      `edge: { broker: mqtt://127.0.0.1:${edge} }`,
      `cloud: { broker: mqtt://127.0.0.1:${cloud} }`,
      'spool: { path: ./spool, minFreeBytes: 1 }',
      'store: { url: ./faces }',
      'messageLogger: { path: ./messages.jsonl }',
    ];
    writeFileSync(join(this.folder.path, 'site.yaml'), `${lines.join('\n')}\n`);
  }

  url(name: ServiceName): string {
    return `http://127.0.0.1:${this.#ports.get(name)}`;
  }

  async end(name: ServiceName, signal: NodeJS.Signals): Promise<number | undefined> {
    return (await this.#processes.get(name)?.stop(signal))?.code;
  }

  async stop(): Promise<void> {
    for (const name of SERVICES.toReversed()) await this.end(name, 'SIGTERM');
    this.folder.remove();
  }

  async metric(name: ServiceName, pattern: RegExp): Promise<number> {
    const text = await fetch(`${this.url(name)}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    return Number(text.match(pattern)?.[1] ?? -1);
  }

  captured = () => this.metric('face-detector', /^sightline_captures_total\{camera="camera"\} (\d+)/m);
  pending = () => this.metric('forwarder', /^sightline_spool_captures (\d+)/m);
  held = () => this.metric('face-detector', /^sightline_outbox_captures (\d+)/m);

  /** Has the camera shown all, and is everything settled? */
  async isSettled(): Promise<boolean> {
    const text = await fetch(`${this.url('face-detector')}/readyz`).then(
      (response) => response.text(),
      () => '',
    );
    return text.includes('"ended"') && (await this.held()) === 0 && (await this.pending()) === 0;
  }

  /** What the spool's rows say; the forwarder must be down. */
  rows(): { id: string; sha256: string; state: string }[] {
    const db = new DatabaseSync(join(this.folder.path, 'spool/spool.db'), { readOnly: true });
    try {
      return db.prepare('SELECT id, sha256, state FROM captures ORDER BY id').all() as never;
    } finally {
      db.close();
    }
  }
}

partDescribe('mosquitto', 'services in processes of their own, between two brokers', () => {
  let site: Site;
  let brokers: { edge: Mosquitto; cloud: Mosquitto };
  beforeEach(() => {
    site = new Site();
  });
  afterEach(async () => {
    await site.stop();
    await brokers.edge.stop();
    await brokers.cloud.stop();
  });

  /** Each row of the spool is one file of the same bytes, and no file is more than that. */
  function expectEachOnce(): string[] {
    const rows = site.rows();
    const files = storedFiles(site.store).map(({ bytes, sha256 }) => ({ id: readMetadata(bytes)?.id, sha256 }));
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['stored']));
    expect(files.sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1))).toEqual(
      rows.map(({ id, sha256 }) => ({ id, sha256 })),
    );
    return rows.map(({ id }) => id);
  }

  it('kill -9 of each service and a restart of each broker in turn: every capture is one file, unchanged', async () => {
    brokers = { edge: await startMosquitto(), cloud: await startMosquitto() };
    site.configure(brokers.edge.port, brokers.cloud.port);
    await makePhotos(join(site.folder.path, 'photos'), 45);
    for (const name of SERVICES.slice(0, 3)) await site.start(name);
    await site.start('face-detector');

    const stored = () => keysBelow(site.store).length;
    const progress = async () => {
      const before = stored();
      await eventually(stored, (count) => count > before + 2, 30_000);
    };
    for (const name of SERVICES.slice(0, 3)) {
      await progress();
      expect(await site.end(name, 'SIGKILL')).toBeUndefined();
      await sleep(200);
      await site.start(name);
    }
    for (const broker of [brokers.edge, brokers.cloud]) {
      await progress();
      await broker.kill();
      await sleep(200);
      await broker.restart();
    }
    await eventually(
      () => site.isSettled(),
      (isSettled) => isSettled,
      60_000,
    );
    const captured = await site.captured();
    expect(captured).toBeGreaterThan(100);
    expect(stored()).toBe(captured);

    // What dies with the detector is what no forwarder held.
    await site.end('face-detector', 'SIGTERM');
    await site.start('face-detector');
    await progress();
    await site.end('face-detector', 'SIGKILL');
    await eventually(
      () => site.pending(),
      (pending) => pending === 0,
      30_000,
    );
    expect(await site.end('forwarder', 'SIGTERM')).toBe(0);
    expect(expectEachOnce().length).toBeGreaterThan(captured);
  }, 150_000);

  it('brokers that are down at the start: all services wait for them, and then everything arrives', async () => {
    const [edge, cloud] = [await freePort(), await freePort()];
    site.configure(edge, cloud);
    await makePhotos(join(site.folder.path, 'photos'), 3);
    for (const name of SERVICES.slice(0, 3)) await site.start(name);
    await site.start('face-detector', '--pace', 'max');
    await eventually(
      () => site.held(),
      (held) => held >= 6,
    );
    for (const name of SERVICES) expect((await fetch(`${site.url(name)}/readyz`)).status).toBe(503);

    brokers = { edge: await startMosquitto({ port: edge }), cloud: await startMosquitto({ port: await freePort() }) };
    await eventually(
      () => site.pending(),
      (pending) => pending >= 6,
      40_000,
    );
    // Offline is normal for a forwarder.
    expect((await fetch(`${site.url('forwarder')}/readyz`)).status).toBe(200);
    await brokers.cloud.stop();
    brokers = { ...brokers, cloud: await startMosquitto({ port: cloud }) };
    await eventually(
      () => site.isSettled(),
      (isSettled) => isSettled,
      60_000,
    );
    expect(keysBelow(site.store)).toHaveLength(await site.captured());
    // Who had nothing to do with the captures may still be waiting for its next look at the broker.
    for (const name of SERVICES) {
      await eventually(
        async () => (await fetch(`${site.url(name)}/readyz`)).status,
        (status) => status === 200,
        30_000,
      );
    }
    for (const name of SERVICES.toReversed()) expect(await site.end(name, 'SIGTERM')).toBe(0);
    expectEachOnce();
  }, 120_000);
});
