import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { Courier, type Parcel } from './courier.ts';
import { SendWindow } from './send-window.ts';

const couriers: Courier<Parcel>[] = [];
afterEach(async () => {
  await Promise.all(couriers.splice(0).map((courier) => courier.stop()));
});

/** A keeper of numbered parcels and a network that can be cut. */
function setUp(count: number, maxCaptures = 8) {
  const shelf = Array.from({ length: count }, (_, index) => String(index));
  const network = { isOpen: true, sent: [] as string[], fail: false };
  const window = new SendWindow({ maxCaptures, maxBytes: 1e6 });
  const courier = new Courier<Parcel>({
    window,
    isOpen: () => network.isOpen,
    next: async () => {
      const id = shelf.shift();
      return id === undefined ? undefined : { id, bytes: 1, isFirst: true };
    },
    send: async ({ id }) => {
      if (network.fail) throw new Error('cut');
      network.sent.push(id);
    },
    onReturned: (ids) => void shelf.unshift(...ids),
  });
  couriers.push(courier);
  courier.start();
  return { shelf, network, window, courier };
}

describe('Courier', () => {
  it('sends no more than the window until receipts come, then everything', async () => {
    const { network, courier } = setUp(20);
    await eventually(
      () => network.sent.length,
      (length) => length === 4,
    );
    for (let index = 0; index < 20; index += 1) {
      await eventually(
        () => network.sent[index],
        (id) => id !== undefined,
      );
      courier.receipted(String(index));
    }
    expect(new Set(network.sent).size).toBe(20);
  });

  it('offers again what was under way when the connection was cut', async () => {
    const { network, courier } = setUp(3);
    await eventually(
      () => network.sent.length,
      (length) => length === 3,
    );
    network.isOpen = false;
    courier.cut();
    network.isOpen = true;
    courier.wake();
    // One alone, until somebody answers.
    await eventually(
      () => network.sent.length,
      (length) => length === 4,
    );
    courier.receipted('0');
    await eventually(
      () => network.sent.length,
      (length) => length === 6,
    );
    expect(network.sent.slice(3)).toEqual(['0', '1', '2']);
  });

  it('does not send what was receipted while it waited for its turn', async () => {
    const { shelf, network, courier } = setUp(3, 1);
    await eventually(
      () => shelf.length,
      (length) => length === 1,
    );
    courier.receipted('1');
    courier.receipted('0');
    await eventually(
      () => network.sent.length,
      (length) => length === 2,
    );
    expect(network.sent).toEqual(['0', '2']);
  });

  it('sends nothing while there is no way, and begins when woken', async () => {
    const { network, courier } = setUp(1);
    await eventually(
      () => network.sent.length,
      (length) => length === 1,
    );
    courier.receipted('0');
    network.isOpen = false;
    courier.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(network.sent).toEqual(['0']);
  });
});
