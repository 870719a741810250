import { auditCommand } from './audit.ts';
import { checkConfigCommand } from './check-config.ts';
import type { Command } from './command.ts';
import { detectCommand } from './detect.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { fleetCommand } from './fleet.ts';
import { healthCommand } from './health.ts';
import { initCommand } from './init.ts';
import { inspectCommand } from './inspect.ts';
import { modelsCommand } from './models.ts';
import { pkiCommand } from './pki.ts';
import { spoolCommand } from './spool.ts';
import { versionCommand } from './version.ts';

/** Every command that is not a service. */
export const commands: readonly Command[] = [
  detectCommand,
  inspectCommand,
  modelsCommand,
  initCommand,
  checkConfigCommand,
  healthCommand,
  doctorCommand,
  spoolCommand,
  auditCommand,
  fleetCommand,
  pkiCommand,
  versionCommand,
];
