/** Where each service serves health and metrics when nothing is configured. */
export const DEFAULT_PORTS = {
  up: 7300,
  'face-detector': 7301,
  'message-logger': 7302,
  forwarder: 7303,
  'image-processor': 7304,
  broker: 7305,
} as const;

export type ServiceName = keyof typeof DEFAULT_PORTS;
