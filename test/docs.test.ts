import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands as cliCommands } from '../src/cli/commands.ts';
import { configKeys } from '../src/cli/config-keys.ts';
import { helpText } from '../src/cli/help.ts';
import { forwarderStatsSchema, MAX_STATS_BYTES } from '../src/contract/forwarder-stats.ts';
import * as limits from '../src/contract/limits.ts';
import { captureMetadataSchema } from '../src/contract/metadata.ts';
import { REFUSAL_REASONS } from '../src/contract/refusal.ts';
import { EXIT_CODES } from '../src/platform/exit-codes.ts';
import { serviceCommands } from '../src/service-commands.ts';
import { upCommand } from '../src/up/up.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const pages = [
  ...filesBelow(ROOT, ['.'], '.md'),
  ...filesBelow(join(ROOT, 'docs'), undefined, '.md'),
  ...filesBelow(join(ROOT, 'deploy'), undefined, '.md').filter((file) => !/node_modules|cdk\.out/.test(file)),
];
const source = filesBelow(join(ROOT, 'src'), undefined, '.ts')
  .filter((file) => !file.endsWith('.test.ts'))
  .map(read)
  .join('\n');
const commands = [upCommand, ...serviceCommands, ...cliCommands];
/** Only the launcher knows it: the command that installs what the others need. */
const LAUNCHER_COMMANDS = ['setup', 'help'];
/** Variables that are no keys of the configuration. */
const RESERVED_VARIABLE = /^SIGHTLINE_(CONFIG$|TEST_)/;

function filesBelow(folder: string, only: readonly string[] | undefined, extension: string): string[] {
  return readdirSync(folder, { recursive: only === undefined, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function page(name: string): string {
  return read(join(ROOT, name));
}

/** What GitHub makes of a heading. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/```.*?```/gs, '').replace(/`[^`\n]*`/g, '');
}

/** Texts in backticks in the first column of the tables below a heading. */
function firstColumn(markdown: string, heading: string): string[] {
  const [, section = ''] = markdown.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const end = section.search(/^#+ /m);
  return [...section.slice(0, end < 0 ? undefined : end).matchAll(/^\| *([^|]*)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
  );
}

describe.each(pages.map((file) => ({ name: relative(ROOT, file), file })))('$name', ({ file }) => {
  const text = read(file);

  it('links to files and headings that exist', () => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? file : resolve(dirname(file), path);
      if (!existsSync(linked)) return true;
      return anchor !== undefined && !anchors(read(linked)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names commands and flags that exist', () => {
    const used = [...text.matchAll(/\b(?:npx sightline|`sightline|"sightline) ([a-z][a-z-]*)([^\n`"|#]*)/g)];
    const wrong = used.flatMap(([, name = '', rest = '']) => {
      if (LAUNCHER_COMMANDS.includes(name)) return [];
      const command = commands.find((candidate) => candidate.name === name);
      if (!command) return [name];
      return [...rest.matchAll(/ (--[a-z-]+)/g)]
        .map(([, flag = '']) => flag)
        .filter((flag) => !`${command.help} --help`.includes(flag))
        .map((flag) => `${name} ${flag}`);
    });
    const up = [...text.matchAll(/npm start -- ([^\n`|]*)/g)].flatMap(([, rest = '']) =>
      [...` ${rest}`.matchAll(/ (--[a-z-]+)/g)].map(([, flag = '']) => flag),
    );
    expect([...wrong, ...up.filter((flag) => !upCommand.help.includes(flag))]).toEqual([]);
  });

  it('names variables and keys of the configuration that exist', () => {
    const keys = configKeys();
    const variables = new Set(keys.map(({ variable }) => variable));
    const sections = new Set(keys.filter(({ path }) => path.length === 2).map(({ path }) => path[0]));
    const known = new Set(keys.map(({ path }) => path.join('.')));
    const unknownVariables = [...text.matchAll(/\bSIGHTLINE_[A-Z0-9_]*[A-Z0-9]\b/g)]
      .map(([name]) => name)
      .filter((name) => !RESERVED_VARIABLE.test(name) && !variables.has(name.replace(/_FILE$/, '')));
    const unknownKeys = [...text.matchAll(/`([a-z][A-Za-z]*)\.([a-z][A-Za-z]*)\b[^`/]*`/g)]
      .filter(([, section = '', key = '']) => sections.has(section) && !/^(ts|db|js|yaml|conf)$/.test(key))
      .map(([, section, key]) => `${section}.${key}`)
      .filter((key) => !known.has(key));
    expect([...unknownVariables, ...unknownKeys]).toEqual([]);
  });

  it('names metrics that the code has', () => {
    const names = [...text.matchAll(/\bsightline_([a-z][a-z_]*[a-z])\b/g)].map(([, name = '']) => name);
    const missing = names.filter(
      (name) => !new RegExp(`\\.(counter|gauge|histogram|observed)\\(\\s*'${name}'`).test(source),
    );
    expect(missing).toEqual([]);
  });

  it("shows no machine's own paths", () => {
    expect(text.match(/(^|[\s"'`(=])\/(work|root|tmp|Users|home(?!\/you\/))\/\S*/g) ?? []).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  const text = page('docs/operating.md');

  it('shows the exit codes as they are', () => {
    const shown = [...text.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(shown)).toEqual(EXIT_CODES);
  });

  it.each(['It does not start', 'It runs, and no faces arrive', 'Something is full or slow'])(
    'quotes what the code says: %s',
    (heading) => {
      const quoted = firstColumn(text, heading).filter((words) => !words.startsWith('sightline_'));
      const missing = quoted.filter((words) => !words.split('…').every((part) => source.includes(part.trim())));
      expect(quoted.length).toBeGreaterThan(6);
      expect(missing).toEqual([]);
    },
  );

  it('describes only commands that the help lists', () => {
    const help = helpText(commands, undefined);
    expect(commands.filter(({ name }) => !help.includes(`  ${name} `))).toEqual([]);
  });
});

describe('docs/contract.md', () => {
  const text = page('docs/contract.md');

  it('lists every field of the metadata, and no other', () => {
    expect(firstColumn(text, 'Metadata').sort()).toEqual(Object.keys(captureMetadataSchema.shape).sort());
  });

  it('lists every key of the stats, and says how long they may be', () => {
    expect(firstColumn(text, 'Status and stats').sort()).toEqual(Object.keys(forwarderStatsSchema.shape).sort());
    expect(text).toContain(`at most ${MAX_STATS_BYTES} bytes`);
  });

  it('lists every reason for a refusal, and no other', () => {
    expect(firstColumn(text, 'Refusals')).toEqual([...REFUSAL_REASONS]);
  });

  it('says every limit as it is', () => {
    const [, section = ''] = text.split('### Limits');
    const table = section.slice(0, section.indexOf('## '));
    const missing = Object.entries(limits).filter(([, value]) => !new RegExp(`\\b${value}\\b`).test(table));
    expect(missing).toEqual([]);
  });
});
