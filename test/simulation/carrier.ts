import { Courier, type Parcel } from '../../src/platform/delivery/courier.ts';
import { SendWindow } from '../../src/platform/delivery/send-window.ts';
import { Suspects } from '../../src/platform/delivery/suspects.ts';
import type { ServiceLink } from './service-link.ts';
import type { Image, World } from './world.ts';

export const MAX_WINDOW = 8;

export interface Load extends Parcel {
  readonly image: Image;
}

export interface CarrierOptions {
  readonly link: ServiceLink;
  readonly next: () => Promise<Load | undefined>;
  readonly onReturned: (ids: readonly string[], why: 'late' | 'cut') => void;
  readonly onFailed?: (id: string) => void;
}

/** The courier as the services use it: the real one, unless the run is to break it. */
export function carrier(world: World, { link, next, onReturned, onFailed }: CarrierOptions): Courier<Load> {
  const { time } = world;
  const random = () => world.random.next();
  const window = new SendWindow({ maxCaptures: MAX_WINDOW, maxBytes: 4 * 2 ** 20, now: time.nowMs, random });
  if (world.isBroken('the window counts acknowledgements')) {
    window.acknowledged = (id) => {
      if (window.unacknowledged.includes(id)) window.withdraw(id);
    };
  }
  const suspects = new Suspects(time, random);
  if (world.isBroken('the oldest is always the probe')) suspects.admit = () => 'with others';
  const cuts = new Map<string, number>();
  const { failed } = suspects;
  suspects.failed = (id, why, wasAlone) => {
    cuts.set(id, (cuts.get(id) ?? 0) + (why === 'cut' && wasAlone ? 1 : 0));
    if (cuts.get(id) === 3) onFailed?.(id);
    return failed.call(suspects, id, why, wasAlone);
  };
  return new Courier<Load>({
    window,
    suspects,
    clock: time,
    isOpen: () => link.isUp,
    next,
    send: ({ image }) => {
      world.sends += 1;
      return link.publish({ topic: 'captures', image, isRetained: false, bytes: image.bytes });
    },
    onReturned: (ids, why) => {
      if (!(world.isBroken('nothing is sent again') && why === 'late')) onReturned(ids, why);
    },
    onSilence: () => link.reconnect(),
  });
}
