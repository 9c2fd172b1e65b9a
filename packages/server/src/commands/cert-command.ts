// `berth cert`: its flags and its help.

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { serverLimits } from '../limits.ts';

interface CertFlags {
  readonly out: string;
  readonly days: number;
  readonly caDays: number | undefined;
  readonly port: number;
  readonly replace: boolean;
}

const { certDays, certMaxDays, certAuthorityDays, certMaxAuthorityDays } = serverLimits;

/** @param write takes what it prints */
export function certCommand(
  finish: (exitCode: number) => void,
  write: (text: string) => void = (text) => process.stdout.write(text),
): Command {
  return new Command('cert')
    .description('Make a private CA and a certificate for HTTPS, and say what clients do to trust it.')
    .addArgument(new Argument('[NAME...]', 'DNS names and IP addresses of the registry (default: as before)'))
    .addOption(new Option('--out <DIR>', 'where the files are, and are put').default('./berth-tls'))
    .addOption(
      new Option('--days <N>', `how long the certificate is valid; ${certMaxDays} at most`)
        .default(certDays)
        .argParser(daysUpTo(certMaxDays)),
    )
    .addOption(
      new Option(
        '--ca-days <N>',
        `how long the CA is valid, where it is made (default: ${certAuthorityDays})`,
      ).argParser(daysUpTo(certMaxAuthorityDays)),
    )
    .addOption(new Option('--port <N>', 'of the registry, for what is printed').default(5000).argParser(port))
    .addOption(
      new Option(
        '--replace',
        "put a new key and certificate in place of the server's, whoever made them",
      ).default(false, 'no'),
    )
    .addHelpText('after', help)
    .action(async (names: readonly string[], flags: CertFlags) => {
      const { cert } = await import('./cert.ts');
      finish(await cert({ ...flags, caDays: flags.caDays, names }, write));
    });
}

const help = `
DIR gets ca.pem and ca-key.pem, cert.pem and key.pem. Run again, it makes cert.pem anew, with the same CA and key: clients
that trust ca.pem have nothing to do. The names are those that are given, or those of before. A running Berth takes the new
file by itself.

Examples:
  $ berth cert registry.lan 192.168.1.10 --out /etc/berth
  $ berth cert --out /etc/berth                             renew it
  $ berth cert '*.example.com' --port 443
`;

function daysUpTo(most: number): (text: string) => number {
  return (text) => {
    const days = Number(text);
    if (/^\d+$/.test(text) && days >= 1 && days <= most) return days;
    throw new InvalidArgumentError(`It must be a whole number of days from 1 to ${most}.`);
  };
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError('It must be a port, from 1 to 65535.');
}
