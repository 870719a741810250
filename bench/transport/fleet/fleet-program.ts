import { createLog } from '../../../src/platform/log.ts';
import { Metrics } from '../../../src/platform/metrics.ts';
import { captureMould } from '../load/capture-mould.ts';
import { answerCalls } from '../load/child-calls.ts';
import { Device, deviceName } from './device.ts';

export interface FleetOptions {
  readonly brokerUrl: string;
  /** Numbers from `from` to below `to`. */
  readonly from: number;
  readonly to: number;
  readonly captures: number;
  readonly bytes: number;
}

/** How one device fared. */
export interface DeviceReport {
  readonly sends: number;
  readonly reconnects: number;
  readonly receiptedAtMs: readonly number[];
}

let devices: readonly Device[] = [];

/** Many devices in one process. */
answerCalls({
  async prepare({ brokerUrl, from, to, captures, bytes }: FleetOptions) {
    const log = createLog({ level: 'silent', format: 'json' });
    const metrics = new Metrics();
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    devices = await Promise.all(
      numbers.map(async (number) => {
        const mould = await captureMould(bytes, deviceName(number), 'door');
        return new Device({ number, captures, mould, brokerUrl, log, metrics });
      }),
    );
  },
  start() {
    for (const device of devices) device.start();
  },
  done: () => devices.filter(({ isDone }) => isDone).length,
  report: (): DeviceReport[] =>
    devices.map(({ sends, reconnects, receiptedAtMs }) => ({ sends, reconnects, receiptedAtMs })),
});
