import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CLOUD = fileURLToPath(new URL('../../deploy/cloud/', import.meta.url));

/** Runs some lines of shell with the functions of run.sh. */
export function shell(lines: string, ...args: string[]) {
  const parts = ['words', 'settings', 'store', 'metadata', 'names', 'certified-names', 'remembered']
    .map((part) => `. ${CLOUD}run/${part}.sh`)
    .join('\n');
  return spawnSync(
    'bash',
    ['-euc', `set -o pipefail; HERE=${CLOUD.replace(/\/$/, '')}\n${parts}\n${lines}`, 'shell', ...args],
    {
      encoding: 'utf8',
    },
  );
}
