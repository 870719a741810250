import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupCommand } from './command.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.exitCode = await setupCommand(root, process.argv.slice(2));
