/** Version 1 of the capture schema; a new major version of the metadata takes a new namespace. */
export const SIGHTLINE_NAMESPACE = 'https://sightline.dev/ns/capture/1.0/';
export const SIGHTLINE_PREFIX = 'sightline';
