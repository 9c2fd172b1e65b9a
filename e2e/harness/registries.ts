/** Registries that read distribution's configuration, of whichever make, each on a port of its own choice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistryAddress } from './berth.ts';
import { berthProgram } from './berth-program.ts';
import type { Certificate } from './certificate.ts';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';

/** `berth`: what all cases run; the others by their names in programs.ts. */
export type Make = 'berth' | 'registry-2' | 'registry-3';

export interface RegistryOptions {
  /** The section `auth.token`; without it nobody is asked who they are. */
  readonly token?: Readonly<Record<string, unknown>>;
  readonly certificate?: Certificate;
}

export interface RunningRegistry extends RegistryAddress {
  readonly daemon: Daemon;
}

const START_LIMIT_MS = 30_000;

/** Starts one on the place's folder `data`, which all of them share. */
export async function startRegistry(
  place: Place,
  make: Make,
  { token, certificate }: RegistryOptions = {},
): Promise<RunningRegistry> {
  const file = join(place.dir('configuration'), 'registry.yml');
  const tls = certificate && { certificate: certificate.certificateFile, key: certificate.keyFile };
  const configuration = {
    version: 0.1,
    log: { level: 'info', fields: { service: 'registry' } },
    storage: { filesystem: { rootdirectory: place.dir('data') } },
    http: { addr: '127.0.0.1:0', ...(tls && { tls }) },
    ...(token && { auth: { token } }),
  };
  writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
  const daemon = startWith(place, make, file);
  const pick = (line: string) => /listening on (?:https?:\/\/)?(127\.0\.0\.1:\d+)/.exec(line)?.[1];
  const host = await daemon.lineThat(pick, START_LIMIT_MS);
  return { host, certificate, daemon };
}

function startWith(place: Place, make: Make, configurationFile: string): Daemon {
  if (make !== 'berth')
    return place.startProgram(make, ['serve', configurationFile], { OTEL_TRACES_EXPORTER: 'none' });
  const { file, args } = berthProgram();
  return place.start('berth registry', file, [...args, 'registry', configurationFile]);
}
