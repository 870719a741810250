import { z } from 'zod';
import { checkTls } from './broker-tls.ts';
import { camera } from './camera.ts';
import { brokerUrl, byteSize, name, port, ratio, seconds, storeUrl, topicPrefix } from './fields.ts';
import { outbox } from './outbox.ts';

/** Version of the configuration. Older files are migrated when they are read; newer ones are refused. */
export const CONFIG_VERSION = 1;

const link = {
  qos: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .default(1)
    .describe('MQTT quality of service for captures'),
  protocol: z
    .union([z.enum(['auto', '5', '3.1.1']), z.literal(5)])
    // YAML reads an unquoted 5 as a number.
    .transform((version) => (version === 5 ? '5' : version))
    .default('auto')
    .describe('MQTT version; auto tries 5 and falls back to 3.1.1'),
  dialect: z
    .enum(['captures', 'bare'])
    .default('captures')
    .describe(
      'bare: the image alone on the topic prefix, for consumers that know nothing of Sightline; custody ends at the broker',
    ),
  username: z.string().optional().describe('User name for the broker'),
  password: z.string().optional().describe('Password for the broker; better in a file: …_PASSWORD_FILE'),
  ca: z.string().optional().describe('File with the certificates to trust (PEM)'),
  cert: z.string().optional().describe('File with the client certificate (PEM)'),
  key: z.string().optional().describe("File with the client certificate's key (PEM)"),
  keepaliveSeconds: z
    .int()
    .min(5)
    .max(3600)
    .default(30)
    .describe('A broker that is silent for so long is asked whether it is there'),
  session: z
    .enum(['clean', 'persistent'])
    .default('clean')
    .describe(
      'Where it is persistent the broker keeps what comes while the forwarder is away; only quicker, as whoever sent it still has it and sends it again',
    ),
  sessionExpirySeconds: z
    .int()
    .min(1)
    .max(7 * 86_400)
    .default(3600)
    .describe('How long a broker keeps a persistent session of MQTT 5; for 3.1.1 that is set at the broker'),
};

/** Everything that can be configured, once, for all services; each reads its part. */
export const configSchema = z.strictObject({
  version: z.literal(CONFIG_VERSION).default(CONFIG_VERSION).describe('Version of this file'),
  device: name
    .optional()
    .describe('What this edge device is called; default: the host name, made to fit. In a container it must be given'),
  topicPrefix: topicPrefix.default('face_detection').describe('First level of all topics'),
  cameras: z
    .array(camera)
    .refine(
      (cameras) => new Set(cameras.map(({ id }) => id)).size === cameras.length,
      'Expected a different id for each camera',
    )
    .default([])
    .describe('Default: /dev/video0 where there is one, else sample'),
  detector: z
    .strictObject({
      model: z
        .enum(['auto', 'ssd', 'yunet'])
        .default('auto')
        .describe('auto: YuNet where it was pulled, else the built-in SSD'),
      minScore: z
        .union([z.literal('auto'), z.number().min(0.01).max(1)])
        .default('auto')
        .describe('auto: YuNet 0.6, SSD 0.4'),
      minFacePixels: z
        .number()
        .min(0)
        .default(32)
        .describe('Faces with a smaller side (√(width × height)) are passed over'),
      threads: z.int().min(1).max(64).default(1).describe('Threads for one inference'),
      provider: z
        .enum(['cpu', 'cuda', 'tensorrt', 'coreml', 'directml', 'openvino'])
        .default('cpu')
        .describe('What runs the model; an accelerator that is not there is an error, never the processor instead'),
    })
    .prefault({})
    .describe('How faces are found'),
  capture: z
    .strictObject({
      mode: z
        .enum(['best', 'every'])
        .default('best')
        .describe('best: one image for each visit of a person; every: each face of each frame'),
      format: z.enum(['png', 'jpeg', 'webp']).default('png').describe('File format of the images'),
      imageQuality: z.int().min(1).max(100).default(90).describe('For jpeg and webp'),
      margin: z
        .number()
        .min(0)
        .max(2)
        .default(0.25)
        .describe("Added on each side of the face, as a part of the box's width and height"),
      include: z
        .enum(['face', 'frame'])
        .default('face')
        .describe(
          'What an image shows: the face with its margin, or the whole frame with the face as the box in its metadata',
        ),
      minQuality: ratio
        .default(0.15)
        .describe('Faces whose overall quality is lower are not sent: nobody could tell whose they are'),
      visitTimeoutSeconds: seconds.default(2).describe('A visit ends when its person was not seen for so long'),
      maxVisitSeconds: seconds
        .default(30)
        .describe('A person who stays is reported at the latest after so long, also while the picture still improves'),
    })
    .prefault({})
    .describe('Which pictures of a face are taken, and how'),
  outbox: outbox.prefault({}).describe('What the face-detector holds until the next keeper has it'),
  edge: z
    .strictObject({
      broker: brokerUrl.default('mqtt://localhost:1883').describe('mqtt://host:port or mqtts://host:port'),
      ...link,
    })
    .superRefine(checkTls)
    .prefault({})
    .describe('The broker on the device'),
  spool: z
    .strictObject({
      path: z.string().min(1).default('/var/lib/sightline/spool').describe('Folder that survives restarts'),
      maxBytes: byteSize.default(8 * 2 ** 30).describe('Captures on disk; when it is full the least worthy make room'),
      minFreeBytes: byteSize.default(2 ** 30).describe('Below so much free disk the spool stops growing'),
      quarantineMaxBytes: byteSize.default(256 * 2 ** 20).describe('What was refused is kept up to here, newest first'),
      keepDays: z.number().min(7).default(7).describe('How long the record of a settled capture is kept'),
    })
    .prefault({})
    .describe('What the forwarder keeps on disk until it is stored'),
  send: z
    .strictObject({
      maxWindow: z.int().min(1).max(10000).default(64).describe('Captures sent and not yet receipted'),
      maxWindowBytes: byteSize.default(4 * 2 ** 20).describe('Their bytes'),
      maxBytes: byteSize
        .default(32 * 2 ** 20)
        .describe('A larger capture is kept and not sent: for brokers that say nothing of their limit (MQTT 3.1.1)'),
    })
    .prefault({})
    .describe('How much is sent ahead of receipts, by the forwarder and by the face-detector'),
  cloud: z
    .strictObject({
      broker: brokerUrl.default('mqtt://localhost:1884').describe('mqtt://host:port or mqtts://host:port'),
      device: name.default('cloud').describe('Device under which bare images that reach a processor are stored'),
      ...link,
    })
    .superRefine(checkTls)
    .prefault({})
    .describe('The broker in the cloud'),
  processor: z
    .strictObject({
      id: name.optional().describe('Name of this processor in receipts; default: the host name'),
      group: name
        .default('image-processors')
        .describe('Processors of one group share the captures; with Mosquitto a name that devices cannot guess'),
      concurrency: z.int().min(1).max(1024).default(64).describe('Objects written at the same time'),
    })
    .prefault({})
    .describe('The image-processor'),
  store: z
    .strictObject({
      url: storeUrl.default('./faces').describe('A folder, file:///folder or s3://bucket/prefix'),
      endpoint: z.url().optional().describe('For S3-compatible stores'),
      region: z.string().optional().describe('Region of the bucket'),
      pathStyle: z.boolean().default(false).describe('Bucket in the path instead of the host name'),
      accessKeyId: z
        .string()
        .optional()
        .describe("Default: the AWS SDK's own chain (environment, profile, instance role)"),
      secretAccessKey: z.string().optional().describe('Together with accessKeyId'),
    })
    .refine(
      (store) => (store.accessKeyId === undefined) === (store.secretAccessKey === undefined),
      'Expected accessKeyId and secretAccessKey together',
    )
    .prefault({})
    .describe('Where the image-processor puts the faces'),
  messageLogger: z
    .strictObject({
      path: z.string().optional().describe('File for one JSON line per message; none by default'),
      maxBytes: byteSize.default(10 * 2 ** 20).describe('The file is rotated at this size'),
      maxFiles: z.int().min(1).max(1000).default(5).describe('Files to keep, the current one among them'),
    })
    .prefault({})
    .describe('The message-logger'),
  broker: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to listen on'),
      port: port.default(1883).describe('TCP port; 0: any free one'),
    })
    .prefault({})
    .describe('The embedded broker, for trying out'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container'),
      port: port.optional().describe('Health and metrics; default: 7300 for up, 7301 … for the services'),
    })
    .prefault({})
    .describe('Health and metrics: /livez, /readyz, /metrics'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .describe('Least important lines to write'),
      format: z.enum(['auto', 'json', 'pretty']).default('auto').describe('auto: pretty on a terminal, JSON elsewhere'),
    })
    .prefault({})
    .describe('Logs go to standard error'),
  models: z
    .strictObject({
      path: z.string().default('~/.local/share/sightline/models').describe('Where pulled models are kept'),
    })
    .prefault({})
    .describe('Face models that are not built in'),
});

export type Config = z.infer<typeof configSchema>;
export type { CameraConfig } from './camera.ts';
export type LinkConfig = Pick<Config['edge'], keyof typeof link> & { readonly broker: string };
