import { listModels } from '../edge/face-detector/models/model-list.ts';
import { pullYunet } from '../edge/face-detector/models/pull.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import type { Command } from './command.ts';
import { readFlags, usageFault } from './flags.ts';

export const modelsCommand: Command = {
  name: 'models',
  summary: 'list the face models, or pull one that is not built in',
  help: `Usage: sightline models [list] [--json] [--config FILE]
       sightline models pull yunet [--from FILE] [--config FILE]

list shows each model: whether it is here and is the very file that Sightline knows (by its SHA-256), its licence and where
it comes from. pull fetches YuNet, which finds more faces than the built-in model, into models.path; detector.model auto
then takes it.

  --from FILE     take the file from here instead of the network
  --json          one line of JSON per model
  --config FILE   where models.path may stand (default: sightline.yaml, if there is one)
`,
  async run(args, io) {
    const flags = readFlags(
      'models',
      args,
      { config: 'string', from: 'string', json: 'boolean' },
      { max: 2, what: 'words' },
    );
    const [action = 'list', model] = flags.positionals;
    const from = flags.text('from');
    if (action === 'list' && model === undefined && from === undefined) {
      const { path } = loadConfig({ file: flags.text('config') }).config.models;
      for (const entry of await listModels(path)) {
        io.stdout(flags.has('json') ? `${JSON.stringify(entry)}\n` : describe(entry));
      }
      return EXIT_CODES.ok;
    }
    if (action !== 'pull' || model !== 'yunet' || flags.has('json')) {
      throw usageFault('models', `Expected list, or pull yunet, got ${JSON.stringify(args.join(' '))}`);
    }
    const { path: modelsPath } = loadConfig({ file: flags.text('config') }).config.models;
    const pulled = await pullYunet({ modelsPath, from, signal: io.signal });
    io.stdout(
      `${pulled.path} ${pulled.alreadyThere ? 'was there already' : 'written'}: ${pulled.bytes} bytes, SHA-256 ${pulled.sha256}\n`,
    );
    return EXIT_CODES.ok;
  },
};

function describe(model: Awaited<ReturnType<typeof listModels>>[number]): string {
  const state = model.verified ? 'ready' : model.present ? 'OTHER FILE: its SHA-256 is not the pinned one' : 'not here';
  return `${model.name}: ${state}
  file     ${model.path ?? 'its package is not installed'}
  sha256   ${model.sha256}
  licence  ${model.licence}
  from     ${model.provenance}
`;
}
