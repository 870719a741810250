import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CloudStack } from '../stack/cloud-stack.ts';
import { readSettings } from '../stack/settings.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of a hundred shapes; the assertions say which.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesised {
  readonly template: Template;
  /** All resources of one type, in the template's order. */
  readonly all: (type: string) => Resource[];
  /** The only resource of its type. */
  readonly one: (type: string) => Resource;
  /** Folder with the template and the source. */
  readonly folder: string;
}

const { context: flags } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const made = new Map<string, Synthesised>();

/** The stack as CloudFormation gets it, made without account and network; the same settings once. */
export function synthesise(context: Record<string, string | number> = {}): Synthesised {
  const key = JSON.stringify(context);
  const synthesised = made.get(key) ?? make(context);
  made.set(key, synthesised);
  return synthesised;
}

function make(context: Record<string, string | number>): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-cdk-'));
  folders.push(folder);
  const app = new App({ outdir: folder, context: { ...flags, ...context } });
  const stack = new CloudStack(app, 'sightline', readSettings(app.node.getAllContext()));
  const template = Template.fromStack(stack);
  const all = (type: string) => Object.values(template.findResources(type)) as Resource[];
  return {
    template,
    all,
    folder,
    one: (type) => {
      const [first, ...others] = all(type);
      if (!first || others.length > 0) throw new Error(`Expected one ${type}, got ${others.length + (first ? 1 : 0)}`);
      return first;
    },
  };
}

/** What CloudFormation would make of a text with references, each replaced by something of its form. */
export function rendered(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(rendered).join('');
  const [[intrinsic, argument] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (intrinsic) {
    case 'Fn::Base64':
    case 'Fn::Sub':
      return rendered(argument).replaceAll(/\$\{[^}]+\}/g, 'eu-central-1');
    case 'Fn::Join':
      return rendered((argument as [string, unknown[]])[1]);
    case 'Fn::GetAtt':
      return rendered((argument as string[])[1]) === 'PublicIp'
        ? '203.0.113.7'
        : `<${(argument as string[]).join('.')}>`;
    case 'Ref':
      if (argument === 'AWS::Region') return 'eu-central-1';
      return String(argument).startsWith('Data') ? 'vol-0123456789abcdef0' : String(argument).toLowerCase();
    default:
      throw new Error(`Expected a reference that the test knows, got ${JSON.stringify(value)}`);
  }
}

/** Shell scripts are checked as those of the rest of the project are. Undefined: shellcheck is content. */
export function shellcheck(script: string): string | undefined {
  try {
    execFileSync('shellcheck', ['--shell=bash', '-'], { input: script, encoding: 'utf8' });
    return undefined;
  } catch (error) {
    return String((error as { stdout?: string }).stdout || error);
  }
}
