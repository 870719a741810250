import { configJsonSchema, type SchemaNode } from './config-keys.ts';

/** By key, or by section and key: values that show what a key without a default may look like. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  device: 'gate-3',
  'cameras.id': 'door',
  'processor.id': 'processor-1',
  source: '/dev/video0',
  fps: 10,
  regions: [
    {
      type: 'ignore',
      points: [
        [0, 0],
        [0.3, 0],
        [0, 0.5],
      ],
      name: 'street',
    },
  ],
  schedule: [{ days: ['mon', 'fri'], from: '07:30', to: '18:00' }],
  minFacePixels: 48,
  username: 'name',
  password: 'better in a file: see docs/configuration.md',
  ca: 'ca.pem',
  cert: 'device.pem',
  key: 'device.key',
  endpoint: 'https://s3.example.org',
  region: 'eu-central-1',
  accessKeyId: 'better in a variable',
  secretAccessKey: 'better in a file',
  path: 'messages.jsonl',
  port: 7300,
};

/**
 * A sightline.yaml with every key, its description and its default, all of them comments but the version and the sections' names.
 * @param schemaPath where an editor finds the JSON Schema.
 */
export function configTemplate(schemaPath: string): string {
  const head = `# yaml-language-server: $schema=${schemaPath}
# Configuration of Sightline. Every key is here, with its default behind it or an example where it has none:
# take away a # to change one. Check with: sightline check-config
`;
  const { properties = {} } = configJsonSchema();
  const sections = Object.entries(properties).map(([key, node]) => section(key, node));
  return `${head}\n${sections.join('\n')}`;
}

function section(key: string, node: SchemaNode): string {
  const description = node.description ? `# ${node.description}\n` : '';
  if (key === 'version') return `${description}version: ${node.const}\n`;
  if (node.items?.properties) return `${description}${key}:\n${items(key, node.items.properties)}`;
  if (!node.properties) return `${description}${valueLine('', key, node, '# ')}\n`;
  const lines = Object.entries(node.properties).map(([name, child]) => keyLines(key, name, child));
  return `${description}${key}:\n${lines.join('')}`;
}

function keyLines(key: string, name: string, node: SchemaNode): string {
  return `  # ${node.description ?? ''}\n  ${valueLine(key, name, node, '# ')}\n`;
}

/** The keys of one item of a list; all are comments, because a list has no defaults. */
function items(key: string, properties: Readonly<Record<string, SchemaNode>>): string {
  return Object.entries(properties)
    .map(
      ([name, node], index) =>
        `  # ${index === 0 ? '- ' : '  '}${valueLine(key, name, node, '')}  # ${node.description}\n`,
    )
    .join('');
}

function valueLine(section: string, name: string, node: SchemaNode, comment: string): string {
  const value = node.default ?? EXAMPLES[name] ?? EXAMPLES[`${section}.${name}`] ?? '';
  return `${comment}${name}: ${JSON.stringify(value).replace(/^"([\w./~-][\w./~: -]*)"$/, unquote)}`;
}

/** Plain where YAML reads it as the same text. */
function unquote(quoted: string, text: string): string {
  return /^([A-Za-z./~]|\d+[KMG]i?B$)/.test(text) && !/: |:$|^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : quoted;
}
