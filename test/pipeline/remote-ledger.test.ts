import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { LedgerAsker } from '../../src/cli/audit/ledger-asker.ts';
import { RemoteLedger } from '../../src/cli/audit/remote-ledger.ts';
import { decodeReceipt } from '../../src/contract/receipts.ts';
import { LedgerDesk } from '../../src/edge/forwarder/desk/ledger-desk.ts';
import { configSchema } from '../../src/platform/config/schema.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { createLog } from '../../src/platform/log.ts';
import type { Message } from '../../src/platform/mqtt/connection.ts';
import { AuditedBooks } from '../support/audited-books.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createEdge } from '../support/link.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { partDescribe } from '../support/parts.ts';

const PREFIX = 'face_detection';
const log = createLog({ level: 'silent', format: 'json' });
const { signal } = new AbortController();
/** As docs/contract.md has them. */
const ACL = `
user auditor
topic write face_detection/+/ledger
topic read face_detection/+/ledger/+
topic read face_detection/+/status

user gate-3
topic read face_detection/gate-3/ledger
topic write face_detection/gate-3/ledger/+
topic readwrite face_detection/gate-3/status
`;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

partDescribe('mosquitto', 'a ledger that is asked over a broker', () => {
  it('tells how it stands, its hours, and every row of many pages once', async () => {
    const { books, broker } = await setUp();
    const entered = await Promise.all(Array.from({ length: 1000 }, () => books.enter()));
    const ledger = await ask(broker.url);
    expect(await ledger.status(signal)).toMatchObject({ captured: 1000, gap: 0, keepDays: 7 });
    const hours = await ledger.hours({ camera: 'door' }, signal);
    expect(hours.reduce((sum, { captured }) => sum + captured, 0)).toBe(1000);
    const rows = [];
    for await (const row of ledger.rows({}, signal)) rows.push(row.id);
    expect(rows.toSorted()).toEqual(entered.map(({ id }) => id).toSorted());
    const some = [];
    const ids = entered.slice(0, 450).map(({ id }) => id);
    for await (const row of ledger.rows({ ids }, signal)) some.push(row.id);
    expect(some.toSorted()).toEqual(ids.toSorted());
  });

  it('is asked again when an answer is lost, and when the broker was away', async () => {
    const { books, broker, lose } = await setUp();
    await books.enter();
    const ledger = await ask(broker.url);
    lose(1);
    expect(await ledger.status(signal)).toMatchObject({ captured: 1 });
    await broker.restart();
    expect(await ledger.status(signal)).toMatchObject({ captured: 1 });
  }, 60_000);

  it('is told what was found by receipts', async () => {
    const { books, broker } = await setUp();
    const found = [await books.enter(), await books.enter({ device: 'gate-4' })];
    const receipts: Message[] = [];
    const listener = createEdge(broker.url, {
      subscriptions: [{ filter: `${PREFIX}/+/receipts`, qos: 1 }],
      onMessage: async (message) => void receipts.push(message),
    });
    listener.start();
    cleanups.push(() => listener.stop());
    await eventually(() => listener.isUp, Boolean);
    await (await ask(broker.url)).settle(found);
    await eventually(
      () => receipts.length,
      (count) => count === 2,
    );
    for (const [index, { topic, payload }] of receipts.entries()) {
      expect(topic).toBe(`${PREFIX}/${found[index]?.device}/receipts`);
      expect(decodeReceipt(payload)).toMatchObject({
        state: 'stored',
        captures: [[found[index]?.id, found[index]?.sha256]],
      });
    }
  });

  it('needs no more rights than the documentation says', async () => {
    const { path, remove } = temporaryFolder();
    cleanups.push(remove);
    const acl = join(path, 'acl');
    writeFileSync(acl, ACL);
    chmodSync(acl, 0o600);
    const { books, broker } = await setUp([`acl_file ${acl}`]);
    await books.enter();
    const ledger = await ask(broker.url, { username: 'auditor' });
    expect(await ledger.status(signal)).toMatchObject({ captured: 1 });
    const stranger = await ask(broker.url, { username: 'stranger' }).catch((error: unknown) => error);
    // A broker of 3.1.1 takes a subscription that it will never serve: nothing comes then.
    const fault = stranger instanceof RemoteLedger ? stranger.status(signal) : Promise.reject(stranger);
    await expect(fault).rejects.toMatchObject({ exitCode: EXIT_CODES.environment });
  }, 60_000);

  it('is not there when the broker is not', async () => {
    const broker = await startMosquitto();
    await broker.stop();
    await expect(ask(broker.url)).rejects.toMatchObject({
      exitCode: EXIT_CODES.environment,
      message: expect.stringMatching(/nothing listens there/),
    });
  }, 60_000);
});

/** Books, a broker, and a desk that answers for them there; `lose` makes it pass over so many questions. */
async function setUp(
  lines: readonly string[] = [],
): Promise<{ books: AuditedBooks; broker: Mosquitto; lose(count: number): void }> {
  const broker = await startMosquitto({ lines });
  const books = new AuditedBooks();
  cleanups.push(
    () => books.remove(),
    () => broker.stop(),
  );
  const spool = await books.open();
  let lost = 0;
  const desk = new LedgerDesk({
    prefix: PREFIX,
    device: 'gate-3',
    instance: 'forwarder-1',
    spool,
    keepDays: 7,
    log,
    publish: (topic, payload) => link.publish(topic, payload, { qos: 1 }),
  });
  const link = createEdge(broker.url, {
    config: { username: 'gate-3' },
    subscriptions: [{ filter: desk.filterOf('gate-3'), qos: 1 }],
    onMessage: async (message) => {
      lost -= 1;
      if (lost < 0) desk.receive(message);
    },
    onUp: () => void link.publish(`${PREFIX}/gate-3/status`, 'online', { qos: 1, retain: true }),
  });
  link.start();
  cleanups.push(
    () => desk.stop(),
    () => link.stop(),
  );
  await eventually(() => link.isUp, Boolean);
  return {
    books,
    broker,
    lose(count) {
      lost = count;
    },
  };
}

async function ask(url: string, login: object = {}): Promise<RemoteLedger> {
  const config = configSchema.parse({ cloud: { broker: url, ...login } });
  const asker = new LedgerAsker({ config, device: 'gate-3', log });
  cleanups.push(() => asker.stop());
  await asker.start(signal);
  return new RemoteLedger({ asker, prefix: PREFIX });
}
