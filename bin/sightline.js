#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sayErrors, setupCommand } from '../setup/command.js';
import { runSightline } from '../setup/run.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...rest] = process.argv.slice(2);
// `ps` shows arguments to everyone on the machine, and a camera's URL may hold its password.
process.title = `sightline ${command ?? 'help'}`;
process.exitCode =
  command === 'setup'
    ? await setupCommand(root, rest)
    : await sayErrors(() => runSightline(root, process.argv.slice(2)));
