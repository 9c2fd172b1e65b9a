/**
 * A tar that is nowhere: its headers are made, and its files read from where they are kept, as it is read. It can be
 * read from any offset on, as a file can, and is the same each time.
 */

import { BLOCK_BYTES, blocksOf, fileHeader } from '../../archives/tar-header.ts';
import { type Content, readSome } from '../../drivers/driver.ts';

export interface TarFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** In memory, or to be opened when its turn comes. */
  readonly content: Buffer | (() => Promise<Content>);
}

interface Piece {
  readonly startByte: number;
  readonly sizeBytes: number;
  readonly content: TarFile['content'];
}

/** Two blocks of zeros. */
const END = Buffer.alloc(2 * BLOCK_BYTES);

export class TarContent implements Content {
  readonly sizeBytes: number;
  readonly #pieces: readonly Piece[];
  /** One file at a time is open. */
  #opened: { readonly piece: Piece; readonly content: Content } | undefined;

  constructor(files: readonly TarFile[]) {
    const pieces: Piece[] = [];
    let startByte = 0;
    const add = (sizeBytes: number, content: TarFile['content']): void => {
      if (sizeBytes > 0) pieces.push({ startByte, sizeBytes, content });
      startByte += sizeBytes;
    };
    for (const { name, sizeBytes, content } of files) {
      const header = fileHeader(name, sizeBytes);
      add(header.byteLength, header);
      add(sizeBytes, content);
      add(blocksOf(sizeBytes) - sizeBytes, END);
    }
    add(END.byteLength, END);
    this.#pieces = pieces;
    this.sizeBytes = startByte;
  }

  async read(target: Uint8Array, offsetBytes: number): Promise<number> {
    let filled = 0;
    for (let index = this.#indexAt(offsetBytes); filled < target.byteLength; index += 1) {
      const piece = this.#pieces[index];
      if (piece === undefined) break;
      const from = offsetBytes + filled - piece.startByte;
      const room = target.subarray(filled, filled + piece.sizeBytes - from);
      filled += await this.#readPiece(piece, room, from);
      if (offsetBytes + filled < piece.startByte + piece.sizeBytes) break;
    }
    return filled;
  }

  async close(): Promise<void> {
    await this.#opened?.content.close();
    this.#opened = undefined;
  }

  async #readPiece(piece: Piece, target: Uint8Array, from: number): Promise<number> {
    if (Buffer.isBuffer(piece.content)) return piece.content.copy(target, 0, from, from + target.byteLength);
    return await readSome(await this.#open(piece, piece.content), target, from);
  }

  async #open(piece: Piece, open: () => Promise<Content>): Promise<Content> {
    if (this.#opened?.piece === piece) return this.#opened.content;
    await this.close();
    const content = await open();
    this.#opened = { piece, content };
    return content;
  }

  /** The piece that `offsetBytes` is in. */
  #indexAt(offsetBytes: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.#pieces[middle];
      if (piece !== undefined && piece.startByte + piece.sizeBytes <= offsetBytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
