import { type ConfigKey, configJsonSchema, configKeys, type SchemaNode } from './config-keys.ts';

/** Files in the tree that are made from the schema, by their path from the project's root. `npm run generate` writes them. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'sightline.schema.json': `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`,
    'docs/configuration.md': configurationPage(),
  };
}

function configurationPage(): string {
  const { properties = {} } = configJsonSchema();
  const keys = configKeys();
  const isSection = ({ properties: inner, items }: SchemaNode) => inner !== undefined || items !== undefined;
  const single = keys.filter(({ path }) => path.length === 1);
  const sections = Object.entries(properties)
    .filter(([, node]) => isSection(node))
    .map(([name, { description }]) => {
      const own = keys.filter(({ path }) => path[0] === name && path.length > 1);
      return `## ${name}\n\n${description}.\n\n${table(own)}`;
    });
  return `# Configuration

<!-- Made from src/platform/config/schema.ts by \`npm run generate\`; changes here are overwritten. -->

One file, \`sightline.yaml\`, for all services; each reads its part. \`sightline init\` writes one with every key as a comment,
\`sightline check-config\` checks it and tells who sets what. Without a file the defaults hold.

- **Where**: \`--config FILE\`, else \`SIGHTLINE_CONFIG\`, else \`sightline.yaml\` in the current folder.
- **Variables**: every key is also an environment variable, named below; items of a list by their index, from 0.
  With \`_FILE\` at its end the variable names a file that holds the value: the way for passwords
  (\`SIGHTLINE_CLOUD_PASSWORD_FILE=/run/secrets/cloud\`).
- **Order**: flags win over variables, variables over the file, the file over the defaults.
- **Sections with a type** may be named by it alone: \`outbox: disk\`, or the section's own variable.
- **Sizes** are numbers of bytes or text such as \`500MB\` (10⁶) or \`8GiB\` (2³⁰).
- **Mistakes** (an unknown key, a bad value) stop the start with file and line, key, value and what was expected: exit code 2.
- **Older files** are read as they are; a file of a newer version is refused.
- **No secret has a default.** The JSON Schema is \`sightline.schema.json\`.

## The file itself

${table(single)}
${sections.join('\n')}`;
}

function table(keys: readonly ConfigKey[]): string {
  const rows = keys.map(
    ({ path, type, description, default: value, isRequired, variable }) =>
      `| \`${dotted(path)}\` | ${cell(type)} | ${isRequired ? 'required' : value === undefined ? '–' : `\`${cell(String(value))}\``} | \`${variable}\` | ${cell(description)} |`,
  );
  return `| key | value | default | variable | what it is |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function dotted(path: ConfigKey['path']): string {
  return path.join('.').replace(/\.0(?=\.|$)/g, '[]');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
