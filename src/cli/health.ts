import { loadConfig } from '../platform/config.ts';
import { DEFAULT_PORTS, type ServiceName } from '../platform/default-ports.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { type Answer, askHealth, healthUrl, readReadiness } from './ask-readiness.ts';
import type { Command } from './command.ts';
import { readFlags, usageFault } from './flags.ts';

export const healthCommand: Command = {
  name: 'health',
  summary: 'ask a running service whether it is ready',
  help: `Usage: sightline health [SERVICE] [--live] [--config FILE] [--url URL]

Asks a running service (default: up) on this machine and prints each of its checks. Exit code 0: ready; 5: not ready, or no
answer within 3 seconds.

  SERVICE         ${Object.entries(DEFAULT_PORTS)
    .map(([name, port]) => `${name} (${port})`)
    .join(', ')}
  --live          ask only whether the process answers (/livez)
  --config FILE   where http.host and http.port may stand (default: sightline.yaml, if there is one)
  --url URL       ask there instead, as http://127.0.0.1:7300
`,
  async run(args, io) {
    const flags = readFlags(
      'health',
      args,
      { config: 'string', url: 'string', live: 'boolean' },
      { max: 1, what: 'service' },
    );
    const [service = 'up'] = flags.positionals;
    const url = new URL(
      flags.has('live') ? '/livez' : '/readyz',
      baseUrl(service, flags.text('url'), flags.text('config')),
    );
    const answer = await askHealth(url, io.signal);
    if (typeof answer === 'string') {
      io.stderr(
        `no answer from ${service} at ${url.origin}: ${answer}\n  Is it running? Its port is http.port or --http-port.\n`,
      );
      return EXIT_CODES.unbalanced;
    }
    const { text, isGood } = flags.has('live') ? judgeLiveness(service, answer) : judgeReadiness(answer);
    io.stdout(`${text}\n`);
    return isGood ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
  },
};

function baseUrl(service: string, given: string | undefined, file: string | undefined): string {
  if (!Object.hasOwn(DEFAULT_PORTS, service)) {
    throw usageFault(
      'health',
      `Expected one of ${Object.keys(DEFAULT_PORTS).join(', ')}, got ${JSON.stringify(service)}`,
    );
  }
  if (given !== undefined) {
    if (!/^https?:$/.test(URL.parse(given)?.protocol ?? '')) {
      throw usageFault('health', `Expected a URL such as http://127.0.0.1:7300, got ${JSON.stringify(given)}`);
    }
    return given;
  }
  const { host, port = DEFAULT_PORTS[service as ServiceName] } = loadConfig({ file }).config.http;
  return healthUrl(host, port);
}

interface Verdict {
  readonly text: string;
  readonly isGood: boolean;
}

function judgeLiveness(service: string, { status }: Answer): Verdict {
  const isGood = status === 200;
  return { text: isGood ? `${service} is alive` : `${service} answered ${status}`, isGood };
}

function judgeReadiness(answer: Answer): Verdict {
  const readiness = readReadiness(answer);
  if (!readiness) return { text: `not an answer of Sightline (${answer.status})`, isGood: false };
  const { ready, checks } = readiness;
  const lines = checks.map(
    ({ ok, service, name, detail }) => `${ok ? 'ok  ' : 'FAIL'} ${service} ${name}${detail ? `: ${detail}` : ''}`,
  );
  return { text: [...lines, ready ? 'ready' : 'not ready'].join('\n'), isGood: ready };
}
