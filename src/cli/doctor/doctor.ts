import { loadConfig } from '../../platform/config.ts';
import { EXIT_CODES, type ExitCode } from '../../platform/exit-codes.ts';
import { redactUrl } from '../../platform/redact-url.ts';
import type { Command, CommandIo } from '../command.ts';
import { type Flags, readFlags, usageFault } from '../flags.ts';
import { Examination } from './examination.ts';
import type { Hop } from './hop.ts';
import { HopLog } from './hop-log.ts';
import type { Side } from './journey.ts';
import { findSite } from './site.ts';
import { conclusion, HEADING, hopLine } from './words.ts';

const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 3600;
const SILENT_MS = 3_000;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'send a test image through the running chain and tell which hop fails, and why',
  help: `Usage: sightline doctor [--from edge|cloud] [--timeout SECONDS] [--json] [--config FILE]

Publishes a test image (camera "doctor") as a detector does, follows it from broker to forwarder to image-processor to store and
back, and prints the time of each hop. Where one fails it says what was expected, what was seen and what to do. The store
writes, gives back and removes the image; nothing of it stays. Needs what the services have: the same configuration.
Without brokers in it, the \`npm start\` of this machine is examined. Exit code 0: all is well; 5: a hop failed.

  --from edge|cloud   where to begin (default: edge; cloud where nobody has configured an edge broker and none is there)
  --timeout SECONDS   how long to wait in all (default: ${DEFAULT_TIMEOUT_SECONDS})
  --json              one JSON object at the end instead of lines
  --config FILE       configuration (default: SIGHTLINE_CONFIG, then sightline.yaml here, if there is one)
`,
  async run(args, io) {
    const flags = readFlags('doctor', args, { config: 'string', from: 'string', timeout: 'string', json: 'boolean' });
    const from = readSide(flags);
    const timeoutSeconds = readTimeout(flags);
    const isJson = flags.has('json');
    const site = await findSite(loadConfig({ file: flags.text('config') }), io.signal);
    if (!isJson) io.stdout(HEADING);
    // A person who waits wants to know that something still goes on; in a file nobody does.
    const patience = setTimeout(() => {
      if (process.stderr.isTTY) io.stderr(`  … waiting, ${timeoutSeconds} s in all\n`);
    }, SILENT_MS);
    const log = new HopLog((hop) => {
      patience.refresh();
      if (!isJson) io.stdout(redactUrl(hopLine(hop)));
    });
    await new Examination({ site, from, timeoutSeconds, log }).run(io.signal).finally(() => clearTimeout(patience));
    const code = exitCode(log.hops, io);
    if (isJson) io.stdout(`${JSON.stringify({ ok: code === EXIT_CODES.ok, hops: log.hops, remarks: log.remarks })}\n`);
    else io.stdout(redactUrl(conclusion(log.hops, log.remarks, io.signal.aborted)));
    return code;
  },
};

function exitCode(hops: readonly Hop[], { signal }: CommandIo): ExitCode {
  if (signal.aborted) return EXIT_CODES.interrupted;
  return hops.some(({ state }) => state === 'failed') ? EXIT_CODES.unbalanced : EXIT_CODES.ok;
}

function readSide(flags: Flags): Side | undefined {
  const from = flags.text('from');
  if (from === undefined || from === 'edge' || from === 'cloud') return from;
  throw usageFault('doctor', `--from: Expected edge or cloud, got ${JSON.stringify(from)}`);
}

function readTimeout(flags: Flags): number {
  const text = flags.text('timeout') ?? String(DEFAULT_TIMEOUT_SECONDS);
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw usageFault(
    'doctor',
    `--timeout: Expected seconds from 1 to ${MAX_TIMEOUT_SECONDS}, got ${JSON.stringify(text)}`,
  );
}
