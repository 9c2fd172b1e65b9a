/** How a server is started where a row asks for something else than usual. */
import type { AccountScene } from './data/account.ts';
import type { VolumeName } from './data/volumes.ts';

export interface Setting {
  /** Processes that serve; 1 where it isn't said, as the peers are one process each. */
  readonly workers?: number;
  /** What Berth's 201 promises, where it is less than by default. */
  readonly durability?: 'relaxed';
  /** It serves HTTPS itself, all servers with the same certificate. */
  readonly tls?: boolean;
  /** A volume that was laid out beforehand, which all servers of the row share, in place of an empty one. */
  readonly volume?: VolumeName;
  readonly accounts?: AccountScene;
}
