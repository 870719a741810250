import { z } from 'zod';
import { name, ratio } from './fields.ts';
import { type Corner, evenOddArea } from './polygon-area.ts';

/** About one pixel of a 720p frame: what encloses less is a line or a dot, and a mistake. */
const MIN_REGION_AREA = 1e-6;

const corner = z
  .array(
    ratio.describe("x, then y of a corner, from the upper left, as a part of the upright frame's width and height"),
  )
  .length(2, { error: 'Expected two numbers [x, y]', abort: true })
  .transform(([x = 0, y = 0]): Corner => [x, y]);

const region = z.strictObject({
  type: z
    .enum(['watch', 'ignore'])
    .describe('watch: where there is one, only faces with their centre in one are taken; ignore: faces in it are not'),
  points: z
    .array(corner)
    .min(3, { error: 'Expected at least 3 corners [x, y]', abort: true })
    .max(100, { error: 'Expected at most 100 corners [x, y]', abort: true })
    .refine((corners) => evenOddArea(corners) > MIN_REGION_AREA, 'Expected corners that enclose an area')
    .describe('Corners [x, y] of a polygon; where it crosses itself the even-odd rule holds'),
  name: z.string().min(1).optional().describe('For whoever reads the file; nothing depends on it'),
});

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const hours = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS).describe('A day on which these hours begin; default: every day'))
      .min(1, 'Expected at least one day')
      .default([...WEEKDAYS])
      .describe('Days on which these hours begin; default: every day'),
    from: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Expected HH:MM, 00:00 to 23:59')
      .describe("HH:MM in the machine's local time (TZ)"),
    to: z
      .string()
      .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Expected HH:MM, 00:00 to 24:00')
      .describe('HH:MM, 24:00 too; earlier than from: on the next day. At this minute it is over'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'Expected another time than from; a whole day is from 00:00 to 24:00',
  });

export const camera = z.strictObject({
  id: name
    .refine((id) => id !== 'bare', 'Expected another name than bare: it is the camera of bare images')
    .refine((id) => id !== 'doctor', 'Expected another name than doctor: it is the camera of test images')
    .describe('What the camera is called in topics and object keys'),
  source: z.string().min(1).describe('/dev/video0, rtsp://…, http://…, a video file, a folder of images, or sample'),
  fps: z
    .number()
    .positive()
    .max(240)
    .optional()
    .describe(
      'At most this many frames a second are looked at; default 10 for live cameras, every frame of a file, and of one played with --pace max always',
    ),
  minFacePixels: z.number().min(0).optional().describe('Of this camera, instead of detector.minFacePixels'),
  regions: z
    .array(region)
    .optional()
    .describe('Parts of the picture to watch or to ignore; default: all of it is watched'),
  schedule: z
    .array(hours)
    .optional()
    .describe('Hours in which a live camera is read at all; default: always. Files are played at any hour'),
  username: z.string().optional().describe('User name of the camera, if it is not in the source'),
  password: z.string().optional().describe('Password of the camera, if it is not in the source'),
});

export type CameraConfig = z.infer<typeof camera>;
export type RegionConfig = z.infer<typeof region>;
export type HoursConfig = z.infer<typeof hours>;
