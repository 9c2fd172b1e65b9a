/** A server as a row meets it: filled, with what its clients need to get in. */
import type { AccountFile } from './data/account.ts';
import type { DockerImage } from './data/docker-image.ts';
import type { Image } from './data/fill.ts';
import type { PreparedBlob } from './data/prepared-blob.ts';
import type { DockerEngine } from './harness/docker-engine.ts';
import type { RunningServer } from './harness/running-server.ts';

export interface Subject {
  readonly server: RunningServer;
  readonly base: string;
  /** The header's value for the registry's API; undefined for peers. */
  readonly authorization: string | undefined;
  readonly account: AccountFile;
  readonly image: Image;
  /** Of the whole benchmark, on the filesystem that is measured. */
  readonly folder: string;
  /** How long a load tool works in one run. */
  readonly seconds: number;
  /** The prepared blob of that size, the same for all servers. */
  blob(sizeBytes: number): PreparedBlob;
  /** A Docker engine, the same for all servers of the row; started when somebody asks for it. */
  engine(): Promise<DockerEngine>;
  readonly dockerImage: DockerImage;
  /** What the last run pushed, where it is more than one. */
  digests: readonly string[];
}
