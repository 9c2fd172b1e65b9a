/**
 * What the cases ask of a client, whichever it is. What not every client has a notion of is an ability of its own:
 * a case asks for the ability, never for the client's name.
 */
import type { Account } from './accounts.ts';
import type { RegistryAddress } from './berth.ts';
import type { Finished } from './finished.ts';
import type { Image } from './image.ts';
import type { Place } from './place.ts';
import type { ProgramName } from './programs.ts';

/** One client in one case, with credentials and images of its own. References are `host:port/name:tag` or `…@digest`. */
export interface Client {
  login(account: Account): Promise<Finished>;
  logout(): Promise<Finished>;
  /** Makes the image the client's own way, if it has one, and pushes it. */
  push(image: Image, reference: string): Promise<Finished>;
  /** Pushes what was pushed as `from` under another name of the same registry. */
  pushAgain(from: string, to: string): Promise<Finished>;
  /** Forgets what it has and pulls; the image's files end up in `folder`. The result is the pull's. */
  pull(reference: string, folder: string): Promise<Finished>;
  /** Pushes an index with an image for each architecture. */
  readonly pushIndex?: (images: Readonly<Record<string, Image>>, reference: string) => Promise<Finished>;
  /** As `pull`, of the image for that architecture. */
  readonly pullFor?: (architecture: string, reference: string, folder: string) => Promise<Finished>;
  /** Pushes an artifact of that type whose subject is `subject`, pushed before. */
  readonly attach?: (subject: Subject, artifactType: string) => Promise<Finished>;
  /** What the client itself finds that refers to the subject: its output has to name the artifact type. */
  readonly discover?: (subject: Subject) => Promise<Finished>;
}

export interface Subject {
  /** host:port/name */
  readonly repository: string;
  readonly digest: string;
  readonly size: number;
}

export interface ClientKind {
  readonly name: string;
  readonly needs: readonly ProgramName[];
  readonly needsRoot?: boolean;
  readonly abilities: { readonly index: boolean; readonly attach: boolean; readonly tls: boolean };
  /** Starts what all of the client's cases share, an engine say. */
  prepare?(place: Place): Promise<void>;
  open(place: Place, registry: RegistryAddress): Client;
}
