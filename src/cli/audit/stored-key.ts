import { captureIdTime, isCaptureId } from '../../contract/capture-id.ts';

const CAPTURE = /^device=([^/]+)\/camera=([^/]+)\/dt=([^/]+)\/hh=([^/]+)\/([^/.]+)\.(?:png|jpg|webp)$/;

/** A key below a device's folder, read back. */
export interface StoredKey {
  readonly device: string;
  readonly camera: string;
  /** Of its folders: `YYYY-MM-DDTHH`. */
  readonly hour: string;
  readonly id: string;
  /** Its folders are those of the id's own hour, as keys are made. */
  readonly isAtItsHour: boolean;
}

/** Undefined for a key that no capture has. */
export function readStoredKey(key: string): StoredKey | undefined {
  const [, device = '', camera = '', day = '', hh = '', id = ''] = CAPTURE.exec(key) ?? [];
  if (!isCaptureId(id)) return undefined;
  const hour = `${day}T${hh}`;
  return { device, camera, hour, id, isAtItsHour: hour === hourOf(id) };
}

/** The hour of an id, as ledgers and keys have it. */
export function hourOf(id: string): string {
  return captureIdTime(id).toISOString().split(':')[0] ?? '';
}
