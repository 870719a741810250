import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto`: pretty on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty';
}

/** How deep in a logged object the fields are looked for: a whole configuration is three. */
const REDACTED_LEVELS = ['', '*.', '*.*.', '*.*.*.'];
/** Fields that never reach a log. Image bytes are kept out by never being given to a logger. */
const REDACTED_FIELDS = ['password', 'secretAccessKey', 'accessKeyId', 'payload'];

/** A logger on standard error; standard output is for results. */
export function createLog({ level, format }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED_FIELDS.flatMap((field) => REDACTED_LEVELS.map((level) => level + field)), censor: '***' },
  };
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  if (!isPretty) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(
    options,
    pretty({
      destination: 2,
      sync: true,
      ignore: 'time,service',
      messageFormat: '{service}: {msg}',
      colorize: process.stderr.isTTY,
      singleLine: true,
    }),
  );
}
