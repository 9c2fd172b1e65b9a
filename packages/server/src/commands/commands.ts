// The commands with their flags and examples. Only texts and checks; what they do is loaded when they run.

import { availableParallelism } from 'node:os';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../config/duration.ts';
import { readEnvironment } from '../config/environment.ts';
import { type ListenAddress, listenAddressForm, parseListenAddress } from '../config/listen-address.ts';
import {
  type AuthServerOptions,
  type Durability,
  durabilities,
  logFormats,
  logLevels,
  type ProcessOptions,
  type ServeOptions,
  type Storage,
  storages,
} from '../config/serve-options.ts';
import { StartError } from '../errors.ts';
import { loopbackRanges, rangeProblem } from '../http/trusted-proxies.ts';
import { serverLimits } from '../limits.ts';
import { version } from '../version.ts';
import { beginFirstWorker } from '../workers/first-worker.ts';

/** Takes the exit code of a command that ran. */
type Finish = (exitCode: number) => void;

const defaultAddress = ':5000';
const defaultDataDirectory = './berth-data';
const defaultDurability: Durability = 'durable';

export function serveCommand(finish: Finish): Command {
  const command = new Command('serve')
    .description('Serve the registry, its token endpoint and its rules, all on one port.')
    .addArgument(new Argument('[CONFIG]', "distribution's config.yml, in place of most flags"))
    .addOption(
      new Option('--addr <HOST:PORT>', 'where to listen; port 0 takes a free one')
        .default(parseListenAddress(defaultAddress), defaultAddress)
        .argParser(listenAddress),
    )
    .addOption(new Option('--data <DIR>', `where everything is kept (default: ${defaultDataDirectory})`))
    .addOption(
      new Option('--storage <KIND>', 'inmemory keeps nothing: all is gone with the process')
        .choices(storages)
        .default('filesystem'),
    )
    .addOption(
      new Option(
        '--durability <KIND>',
        `relaxed answers before anything is on the disk (default: ${defaultDurability})`,
      ).choices(durabilities),
    )
    .addOption(
      new Option(
        '--auth-config <FILE>',
        'a docker_auth configuration, in place of the one in the data directory',
      ),
    )
    .addOption(
      new Option('--service <NAME>', 'the service that tokens are for')
        .default('berth')
        .argParser(serviceName),
    )
    .addOption(new Option('--tls-cert <FILE>', 'serve HTTPS with this certificate (PEM, with its chain)'))
    .addOption(new Option('--tls-key <FILE>', "the certificate's key (PEM)"))
    .addOption(
      new Option('--sparse-indexes', 'take an index whose manifests are not all there').default(false, 'no'),
    );
  return addProcessOptions(command)
    .addHelpText('after', serveHelp)
    .action(async (config: string | undefined, flags: ServeFlags) => {
      if (config !== undefined) return finish(await serveWithFile(config, flags, command));
      const options = serveOptions(flags);
      if (options.workers > 1) beginFirstWorker();
      const { serve } = await import('./serve.ts');
      finish(await serve(options));
    });
}

async function serveWithFile(config: string, flags: ServeFlags, command: Command): Promise<number> {
  const { authConfig, service } = flags;
  const own = givenFlags(command, ['--auth-config', '--service'], config);
  beginFirstWorker();
  const { serveConfig } = await import('./serve-config.ts');
  return serveConfig(config, { authConfigFile: authConfig, service }, own);
}

const serveHelp = `
The first start makes a signing key, the account admin and its rules in DIR/berth, and prints admin's password once.

Environment:
  BERTH_ADMIN_PASSWORD  admin's first password, in place of a random one. Once the account exists it changes nothing;
                        a line in the log says so if it is another one.

With --auth-config the file's server.certificate and server.key serve HTTPS, unless --tls-cert and --tls-key are given;
its server.addr is for \`berth auth\` only. Tokens are signed with the file's token.certificate and token.key, or the
server's; where it has neither, with the key in DIR/berth.

With CONFIG, a file for distribution (registry:2, registry:3), the file says all but --auth-config and --service, and
variables REGISTRY_… go over it. Where it has no auth section the accounts are Berth's own, as without CONFIG; where it has
one, it is served as by \`berth registry\`.

Examples:
  $ berth serve
  $ berth serve --addr 127.0.0.1:5000 --data /srv/registry
  $ berth serve --tls-cert cert.pem --tls-key key.pem --addr :443
  $ berth serve --auth-config docker_auth.yml --trusted-proxy 10.0.0.0/8
  $ berth serve config.yml
`;

/**
 * Those of the `allowed` flags that were typed.
 * @throws StartError naming another one that was: the file says that
 */
function givenFlags(command: Command, allowed: readonly string[], config: string): readonly string[] {
  const typed = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const names = typed.map(({ long }) => long ?? '');
  const others = names.filter((name) => !allowed.includes(name));
  if (others.length === 0) return names;
  throw new StartError(
    `${others.join(' and ')} has no meaning with ${config}; set it there, or leave one of them out`,
  );
}

export function authCommand(finish: Finish): Command {
  const command = new Command('auth')
    .description('Run the token server alone, as a docker_auth configuration says.')
    .addArgument(new Argument('<FILE>', 'the configuration: server, token, users and acl'));
  return addProcessOptions(command)
    .addHelpText(
      'after',
      `
It listens on the file's server.addr, with TLS if server.certificate and server.key are there.

Example:
  $ berth auth docker_auth.yml
`,
    )
    .action(async (file: string, flags: ProcessFlags) => {
      const options: AuthServerOptions = { ...processOptions(flags), authConfigFile: file };
      if (options.workers > 1) beginFirstWorker();
      const { serveAuth } = await import('./serve-auth.ts');
      finish(await serveAuth(options));
    });
}

export function healthcheckCommand(finish: Finish): Command {
  return new Command('healthcheck')
    .description('Exit with 0 if a registry answers, with 1 and a line that says why if not.')
    .addArgument(new Argument('[URL]', 'of the registry (default: http and https at localhost:5000)'))
    .addHelpText(
      'after',
      `
At localhost any certificate will do; elsewhere it must be valid.

Example:
  $ berth healthcheck https://registry.example.com
`,
    )
    .action(async (url: string | undefined) => {
      const { healthcheck } = await import('./healthcheck.ts');
      finish(await healthcheck(url));
    });
}

export function versionCommand(): Command {
  return new Command('version')
    .description('Show the version.')
    .addHelpText('after', '\nExample:\n  $ berth version\n')
    .action(() => {
      process.stdout.write(
        `berth ${version} (node ${process.version}, ${process.platform} ${process.arch})\n`,
      );
    });
}

interface ProcessFlags {
  readonly logLevel: ProcessOptions['logLevel'];
  readonly logFormat: ProcessOptions['logFormat'];
  readonly trustedProxy: readonly string[] | undefined;
  readonly drainTimeout: number;
  readonly workers: number | undefined;
}

interface ServeFlags extends ProcessFlags {
  readonly addr: ListenAddress;
  readonly data: string | undefined;
  readonly storage: Storage;
  readonly durability: Durability | undefined;
  readonly authConfig: string | undefined;
  readonly service: string;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly sparseIndexes: boolean;
}

function addProcessOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <LEVEL>', 'what is logged').choices(logLevels).default('info'))
    .addOption(
      new Option('--log-format <FORMAT>', 'for people or for machines').choices(logFormats).default('text'),
    )
    .addOption(
      new Option(
        '--trusted-proxy <CIDR>',
        `believe X-Forwarded-… and Forwarded of this address or range; may be repeated (default: ${loopbackRanges.join(', ')})`,
      ).argParser(collectRange),
    )
    .addOption(
      new Option('--drain-timeout <DURATION>', 'how long transfers may go on after SIGTERM or SIGINT')
        .default(serverLimits.drainTimeoutMs, `${serverLimits.drainTimeoutMs / 1000}s`)
        .argParser(duration),
    )
    .addOption(
      new Option(
        '--workers <N>',
        'processes that serve (default: as many as there are CPUs; 1 in memory)',
      ).argParser(workerCount),
    );
}

function processOptions(flags: ProcessFlags): ProcessOptions {
  return {
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
    trustedProxies: flags.trustedProxy ?? loopbackRanges,
    drainTimeoutMs: flags.drainTimeout,
    workers: flags.workers ?? availableParallelism(),
  };
}

function serveOptions(flags: ServeFlags): ServeOptions {
  const { tlsCert, tlsKey, storage, data, durability, workers = 1 } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [given, missing] =
      tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
    throw new StartError(`${given} needs ${missing} beside it`);
  }
  if (storage === 'inmemory' && data !== undefined) {
    throw new StartError(
      '--data has no meaning with --storage inmemory, which keeps nothing; leave one of them out',
    );
  }
  if (storage === 'inmemory' && durability !== undefined) {
    throw new StartError(
      '--durability has no meaning with --storage inmemory, which keeps nothing; leave one of them out',
    );
  }
  if (storage === 'inmemory' && workers > 1) {
    throw new StartError(
      `--workers ${workers} has no meaning with --storage inmemory, which processes cannot share; leave one of them out`,
    );
  }
  return {
    ...processOptions(storage === 'inmemory' ? { ...flags, workers } : flags),
    address: flags.addr,
    dataDirectory: storage === 'inmemory' ? undefined : (data ?? defaultDataDirectory),
    durability: durability ?? defaultDurability,
    authConfigFile: flags.authConfig,
    tls:
      tlsCert !== undefined && tlsKey !== undefined
        ? { certificateFile: tlsCert, keyFile: tlsKey }
        : undefined,
    service: flags.service,
    sparseIndexes: flags.sparseIndexes,
    adminPassword: readEnvironment().adminPassword,
  };
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError(`It must be ${listenAddressForm}.`);
  return address;
}

/** The name stands in a quoted header value and in every token. */
function serviceName(text: string): string {
  if (!/^[\w .:/@-]{1,200}$/.test(text))
    throw new InvalidArgumentError('Letters, digits, spaces and _.:/@- are allowed.');
  return text;
}

function duration(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined || durationMs > 2 ** 31 - 1) {
    throw new InvalidArgumentError('It must be a duration, as in 30s, 5m or 1h30m.');
  }
  return durationMs;
}

function workerCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= serverLimits.maxWorkers) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${serverLimits.maxWorkers}.`);
}

function collectRange(text: string, previous: readonly string[] | undefined): readonly string[] {
  const problem = rangeProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(`It ${problem}.`);
  return [...(previous ?? []), text];
}
