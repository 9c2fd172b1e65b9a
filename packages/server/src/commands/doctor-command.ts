// The words of `berth doctor`: flags, help, and what they mean.

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseSizeBytes, sizeText } from '../doctor/size-text.ts';
import { serverLimits } from '../limits.ts';
import type { DoctorOptions } from './doctor.ts';

interface DoctorFlags extends Omit<DoctorOptions, 'url' | 'pushSizeBytes'> {
  readonly pushSize: number;
}

export function doctorCommand(finish: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('Check a registry from where you are, step by step, and say what to do.')
    .addArgument(new Argument('[URL]', 'of the registry, or its host and port (default: localhost:5000)'))
    .addOption(new Option('--user <NAME>', 'log in as this account; its password: BERTH_PASSWORD, or stdin'))
    .addOption(new Option('--ca <FILE>', 'trust the certificates in this file (PEM) too'))
    .addOption(new Option('--repository <NAME>', 'push to this one (default: ACCOUNT/berth-doctor)'))
    .addOption(
      new Option('--push-size <SIZE>', 'of the blob to push')
        .default(serverLimits.doctorPushBytes, sizeText(serverLimits.doctorPushBytes).replace(' ', ''))
        .argParser(pushSize),
    )
    .addOption(new Option('--data <DIR>', "look at the registry's data directory too, on its machine"))
    .addOption(
      new Option('--json', 'an array of {check, outcome, message, remedy?} in place of lines').default(
        false,
        'no',
      ),
    )
    .addHelpText('after', help)
    .action(async (url: string | undefined, { pushSize: pushSizeBytes, ...flags }: DoctorFlags) => {
      const { doctor } = await import('./doctor.ts');
      finish(await doctor({ ...flags, url, pushSizeBytes }));
    });
}

const help = `
Each line is ok, warn, fail or skipped; the exit code is 1 if one is fail. Without --user it takes the login that
\`docker login\` left in ~/.docker/config.json, or none. What it pushes is deleted again, where deletes are on.

Examples:
  $ berth doctor
  $ berth doctor https://registry.example.com --user alice
  $ berth doctor --data /var/lib/registry
`;

function pushSize(text: string): number {
  const sizeBytes = parseSizeBytes(text);
  const { doctorMaxPushBytes: most } = serverLimits;
  if (sizeBytes !== undefined && sizeBytes >= 1 && sizeBytes <= most) return sizeBytes;
  throw new InvalidArgumentError(
    `It must be a size from 1B to ${sizeText(most).replace(' ', '')}, as in 64MiB.`,
  );
}
