export const ID = '01a1fcce-e11d-73ab-bfa1-a3eb2dbad628';
const OF_A_DEVICE = [
  `captures/door/${ID}`,
  `captures/doctor/${ID}`,
  'receipts',
  'status',
  'stats',
  'ledger',
  'ledger/aaaa0001',
  'owner',
];
export const TOPICS = [
  'face_detection',
  ...['gate-3', 'gate-4'].flatMap((device) => OF_A_DEVICE.map((rest) => `face_detection/${device}/${rest}`)),
  'face_detection/gate-3',
  'face_detection/gate-3/captures/door',
  `face_detection/gate-3/captures/door/${ID}/more`,
  'face_detection/gate-3/ledger/aaaa0001/more',
  'face_detection/@operator/status',
  'other/gate-3/status',
  '$SYS/broker/publish/messages/dropped',
];
/** Everything that one could try in order to hear more than one may. */
export const GREEDY = [
  '#',
  '+/#',
  'face_detection/#',
  'face_detection/+/receipts',
  '$share/mine/#',
  '$share/mine/face_detection/#',
  '$SYS/#',
];
/** Topics of one device, or of both. */
const of = (device: string, ...rest: string[]) => rest.map((each) => `face_detection/${device}/${each}`);
const both = (...rest: string[]) => [...of('gate-3', ...rest), ...of('gate-4', ...rest)];

interface Row {
  readonly user: string;
  readonly publishes: readonly string[];
  readonly hears: readonly string[];
}

export const CLOUD: readonly Row[] = [
  {
    user: 'gate-3',
    publishes: of(
      'gate-3',
      `captures/door/${ID}`,
      `captures/doctor/${ID}`,
      'status',
      'stats',
      'ledger/aaaa0001',
      'owner',
    ),
    hears: of('gate-3', `captures/doctor/${ID}`, 'receipts', 'ledger', 'owner'),
  },
  {
    user: '@image-processor',
    publishes: both('receipts'),
    hears: [
      'face_detection',
      ...both(`captures/door/${ID}`, `captures/doctor/${ID}`),
      'face_detection/gate-3/captures/door',
      `face_detection/gate-3/captures/door/${ID}/more`,
    ],
  },
  {
    user: '@operator',
    publishes: both(
      'ledger',
      'receipts',
      'status',
      'stats',
      `captures/door/${ID}`,
      `captures/doctor/${ID}`,
      'ledger/aaaa0001',
      'owner',
    ),
    hears: TOPICS.filter((topic) => topic.startsWith('face_detection') && !topic.includes('@')),
  },
];

export const EDGE: readonly Row[] = [
  {
    user: 'face-detector',
    // Of any name: which devices are behind this broker is not known here.
    publishes: [
      'face_detection',
      ...both(`captures/door/${ID}`, `captures/doctor/${ID}`, 'status', 'stats'),
      'face_detection/@operator/status',
    ],
    hears: both('receipts'),
  },
  {
    user: 'forwarder',
    publishes: both(`captures/doctor/${ID}`, 'receipts', 'owner'),
    hears: [
      'face_detection',
      ...both(`captures/door/${ID}`, `captures/doctor/${ID}`, 'receipts', 'status', 'stats', 'owner'),
      'face_detection/gate-3/captures/door',
      `face_detection/gate-3/captures/door/${ID}/more`,
      'face_detection/@operator/status',
    ],
  },
  { user: 'message-logger', publishes: [], hears: TOPICS.filter((topic) => topic.startsWith('face_detection')) },
  { user: 'camera', publishes: ['face_detection'], hears: [] },
];
