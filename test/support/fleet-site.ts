import { fleetCommand } from '../../src/cli/fleet.ts';
import type { MqttLink } from '../../src/platform/mqtt/link.ts';
import { eventually } from './eventually.ts';
import { createEdge } from './link.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const COUNTS = { pending: 0, held: 0, stored: 12, refused: 0, evicted: 0, released: 0 };

/** What a forwarder that is well tells of itself. */
export function wellStats(more: object = {}): object {
  return {
    ...{ version: 1, service: 'forwarder', software: 'Sightline 0.1.0', at: new Date().toISOString() },
    ...{ counts: COUNTS, captured: 12, gap: 0, unkept: 0, pendingBytes: 0, oldestArrivedAtMs: null },
    ...{ isDiskFull: false, suspects: 0, oversize: 0, cameras: [{ id: 'door', state: 'up' }] },
    ...more,
  };
}

/** A cloud broker, somebody who plays devices there, and the command that lists them. */
export class FleetSite {
  readonly broker: Mosquitto;
  readonly devices: MqttLink;

  private constructor(broker: Mosquitto, devices: MqttLink) {
    this.broker = broker;
    this.devices = devices;
  }

  static async start(lines: readonly string[] = []): Promise<FleetSite> {
    const broker = await startMosquitto({ lines });
    const devices = createEdge(broker.url);
    devices.start();
    await eventually(() => devices.isUp, Boolean);
    return new FleetSite(broker, devices);
  }

  async stop(): Promise<void> {
    await this.devices.stop();
    await this.broker.stop();
  }

  /** Leaves something on the broker, as a device does. */
  async leave(device: string, channel: 'status' | 'stats', said: string | object, retain = true): Promise<void> {
    const payload = typeof said === 'string' ? said : JSON.stringify(said);
    await this.devices.publish(`face_detection/${device}/${channel}`, payload, { qos: 1, retain });
  }

  async fleet(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(fleetCommand, ...args, '--cloud-broker', this.broker.url);
  }

  /** What `--json` says of each device, by name. */
  async list(...args: readonly string[]): Promise<Record<string, { state: string; warnings: string[] }>> {
    const { stdout } = await this.fleet('--json', ...args);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return Object.fromEntries(lines.filter(({ name }) => name).map((report) => [report.name, report]));
  }
}
