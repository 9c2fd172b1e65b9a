/** Bytes on their way: what every station that they pass speaks of. */

/** Bytes that came together, in their order: a promise for each small chunk would cost more than its bytes. */
export interface Chunks extends ReadonlyArray<Uint8Array> {
  /** Gives their memory back at once, where their source can; they are empty afterwards. */
  free?(): void;
}

export type ByteSource = AsyncIterable<Chunks> | Iterable<Chunks>;
