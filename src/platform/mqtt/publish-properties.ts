import type { IClientPublishOptions } from './quiet-client.ts';

/** What goes with a message; MQTT 5 only, left out on 3.1.1. */
export interface MessageProperties {
  readonly contentType?: string;
  readonly userProperties?: Readonly<Record<string, string>>;
}

/** An empty set of user properties must be left out: mqtt-packet miscounts its length, and the broker waits for the rest for ever. */
export function publishProperties({
  contentType,
  userProperties = {},
}: MessageProperties): IClientPublishOptions['properties'] {
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(Object.keys(userProperties).length > 0 ? { userProperties: { ...userProperties } } : {}),
  };
}
