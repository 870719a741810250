import { describe, expect, it } from 'vitest';
import { type LoadedConfig, loadConfig } from '../config.ts';
import { UsageError } from '../sightline-error.ts';
import { parseConfigText } from './file.ts';

/** Loads one camera with these keys, given as text or as values. */
function load(keys: Record<string, unknown>, environment: Record<string, string> = {}): LoadedConfig {
  const value = [{ id: 'door', source: 'sample', ...keys }];
  return loadConfig({
    environment,
    flags: { entries: [{ path: ['cameras'], value }], describe: (path) => path.join('.') },
  });
}

function camera(keys: Record<string, unknown>) {
  return load(keys).config.cameras[0];
}

function fault(keys: Record<string, unknown>): string {
  try {
    load(keys);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('Expected a UsageError, got none');
}

const TRIANGLE = [
  [0, 0],
  [1, 0],
  [0, 1],
];

describe('cameras[].regions', () => {
  it('takes polygons to watch and to ignore', () => {
    const regions = [
      { type: 'watch', points: TRIANGLE },
      { type: 'ignore', points: TRIANGLE, name: 'street' },
    ];
    expect(camera({ regions })?.regions).toEqual(regions);
  });

  it('takes a polygon that crosses itself', () => {
    const eight = [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
    ];
    expect(camera({ regions: [{ type: 'watch', points: eight }] })?.regions?.[0]?.points).toEqual(eight);
  });

  it.each([
    [
      'two corners',
      [
        [0, 0],
        [1, 1],
      ],
      'points: Expected at least 3 corners [x, y], got a list of 2',
    ],
    ['none', [], 'points: Expected at least 3 corners [x, y], got a list of 0'],
    [
      'pixels',
      [
        [0, 0],
        [1280, 0],
        [0, 1],
      ],
      'points.1.0: Expected at most 1, got 1280',
    ],
    [
      'what is left of the picture',
      [
        [-0.1, 0],
        [1, 0],
        [0, 1],
      ],
      'points.0.0: Expected at least 0, got -0.1',
    ],
    [
      'a line',
      [
        [0, 0],
        [0.5, 0.5],
        [1, 1],
      ],
      'points: Expected corners that enclose an area, got a list of 3',
    ],
    [
      'a path and back',
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      'points: Expected corners that enclose an area, got a list of 4',
    ],
    [
      'a dot',
      [
        [0.5, 0.5],
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      'points: Expected corners that enclose an area, got a list of 3',
    ],
    ['a corner of one number', [[0, 0], [1], [0, 1]], 'points.1: Expected two numbers [x, y], got a list of 1'],
    [
      'a corner of three',
      [
        [0, 0],
        [1, 0, 0],
        [0, 1],
      ],
      'points.1: Expected two numbers [x, y], got a list of 3',
    ],
    ['text', [[0, 0], '1,0', [0, 1]], 'points.1: Expected a list, got "1,0"'],
    [
      '101 corners',
      Array.from({ length: 101 }, () => [0, 0]),
      'points: Expected at most 100 corners [x, y], got a list of 101',
    ],
  ])('refuses %s', (_, points, message) => {
    expect(fault({ regions: [{ type: 'watch', points }] })).toBe(`cameras.0.regions.0.${message}`);
  });

  it('refuses another type, and an unknown key', () => {
    expect(fault({ regions: [{ type: 'mask', points: TRIANGLE }] })).toBe(
      'cameras.0.regions.0.type: Expected one of "watch", "ignore", got "mask"',
    );
    expect(fault({ regions: [{ typ: 'watch', type: 'watch', points: TRIANGLE }] })).toContain('did you mean type?');
  });
});

describe('cameras[].schedule', () => {
  it('means every day where it names none, and takes hours over midnight and 24:00', () => {
    const all = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const schedule = [
      { from: '22:00', to: '06:00' },
      { days: ['sat'], from: '00:00', to: '24:00' },
    ];
    expect(camera({ schedule })?.schedule).toEqual([{ days: all, from: '22:00', to: '06:00' }, schedule[1]]);
    expect(camera({ schedule: [] })?.schedule).toEqual([]);
  });

  it('reads unquoted times of YAML as they are written', () => {
    const { tree } = parseConfigText('f', 'cameras: [{ id: a, source: b, schedule: [{ from: 07:30, to: 18:00 }] }]');
    expect(tree).toMatchObject({ cameras: [{ schedule: [{ from: '07:30', to: '18:00' }] }] });
  });

  it.each([
    [
      { from: '08:00', to: '08:00' },
      'to: Expected another time than from; a whole day is from 00:00 to 24:00, got "08:00"',
    ],
    [{ from: '24:00', to: '08:00' }, 'from: Expected HH:MM, 00:00 to 23:59, got "24:00"'],
    [{ from: '8:00', to: '18:00' }, 'from: Expected HH:MM, 00:00 to 23:59, got "8:00"'],
    [{ from: '08:00', to: '24:01' }, 'to: Expected HH:MM, 00:00 to 24:00, got "24:01"'],
    [{ from: '08:00', to: '18:60' }, 'to: Expected HH:MM, 00:00 to 24:00, got "18:60"'],
    [{ from: 800, to: '18:00' }, 'from: Expected a value of type string, got 800'],
    [{ from: '08:00' }, 'to: Expected a value of type string, got nothing'],
    [{ days: [], from: '08:00', to: '18:00' }, 'days: Expected at least one day, got a list of 0'],
    [{ days: 'mon', from: '08:00', to: '18:00' }, 'days: Expected a list, got "mon"'],
    [
      { days: ['monday'], from: '08:00', to: '18:00' },
      'days.0: Expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun", got "monday"',
    ],
  ])('refuses %j', (hours, message) => {
    expect(fault({ schedule: [hours] })).toBe(`cameras.0.schedule.0.${message}`);
  });
});

it('variables name corners, days and hours by their index', () => {
  const { config, origin } = loadConfig({
    environment: {
      SIGHTLINE_CAMERAS_0_ID: 'door',
      SIGHTLINE_CAMERAS_0_SOURCE: 'sample',
      SIGHTLINE_CAMERAS_0_MIN_FACE_PIXELS: '48',
      SIGHTLINE_CAMERAS_0_REGIONS_0_TYPE: 'ignore',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_0_0: '0',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_0_1: '0.25',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_1_0: '1',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_1_1: '0.25',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_2_0: '1',
      SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS_2_1: '1',
      SIGHTLINE_CAMERAS_0_SCHEDULE_0_DAYS_0: 'mon',
      SIGHTLINE_CAMERAS_0_SCHEDULE_0_FROM: '07:30',
      SIGHTLINE_CAMERAS_0_SCHEDULE_0_TO: '18:00',
    },
  });
  expect(config.cameras[0]).toEqual({
    id: 'door',
    source: 'sample',
    minFacePixels: 48,
    regions: [
      {
        type: 'ignore',
        points: [
          [0, 0.25],
          [1, 0.25],
          [1, 1],
        ],
      },
    ],
    schedule: [{ days: ['mon'], from: '07:30', to: '18:00' }],
  });
  expect(origin(['cameras', 0, 'regions', 0, 'points'])).toBe('SIGHTLINE_CAMERAS_0_REGIONS_0_POINTS');
});
