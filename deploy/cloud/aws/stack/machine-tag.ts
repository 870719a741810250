/** By this tag the role knows the machine that it belongs to. */
export const MACHINE_TAG = { key: 'sightline:part', value: 'cloud-machine' } as const;
