/**
 * Stays the same in every version of the metadata: a reader of another version must still find id, device and camera in it.
 * What changes is the property `version`.
 */
export const SIGHTLINE_NAMESPACE = 'https://sightline.dev/ns/capture/1.0/';
export const SIGHTLINE_PREFIX = 'sightline';
