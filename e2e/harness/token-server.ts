/** Berth's token server alone, with a docker_auth file that is written for the case. */
import type { AuthFile } from './accounts.ts';
import { writeAuthFile } from './accounts.ts';
import { berthProgram } from './berth-program.ts';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';

export interface RunningTokenServer {
  /** Where it gives tokens. */
  readonly url: string;
  readonly daemon: Daemon;
}

const START_LIMIT_MS = 30_000;

export async function startTokenServer(place: Place, authFile: AuthFile): Promise<RunningTokenServer> {
  const { file, args } = berthProgram();
  const daemon = place.start('berth auth', file, [...args, 'auth', writeAuthFile(place, authFile)]);
  const pick = (line: string) => /listening on (https?:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
  return { url: `${await daemon.lineThat(pick, START_LIMIT_MS)}/auth`, daemon };
}
