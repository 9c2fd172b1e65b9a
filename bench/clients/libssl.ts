/**
 * A blocking TLS connection by OpenSSL's own calls: what it costs is the deciphering, and little else. It is the
 * OpenSSL inside of Node (a second one would be mixed up with it by the linker). The server's certificate isn't
 * checked here; whoever asserts the content does.
 */
import { dlopen } from 'node:ffi';
import { BlockingSocket, type Connection } from './libc.ts';

const SSL_CTRL_SET_READ_AHEAD = 41;
/** Many records (16 KiB each) with one system call. */
const READ_AHEAD_BYTES = 512 * 1024;
const PIECE_BYTES = 1024 * 1024;

const { functions: ssl } = dlopen(null, {
  TLS_client_method: { arguments: [], return: 'pointer' },
  SSL_CTX_new: { arguments: ['pointer'], return: 'pointer' },
  SSL_CTX_ctrl: { arguments: ['pointer', 'i32', 'i64', 'pointer'], return: 'i64' },
  SSL_CTX_set_default_read_buffer_len: { arguments: ['pointer', 'u64'], return: 'void' },
  SSL_new: { arguments: ['pointer'], return: 'pointer' },
  SSL_set_fd: { arguments: ['pointer', 'i32'], return: 'i32' },
  SSL_connect: { arguments: ['pointer'], return: 'i32' },
  SSL_read: { arguments: ['pointer', 'buffer', 'i32'], return: 'i32' },
  SSL_peek: { arguments: ['pointer', 'buffer', 'i32'], return: 'i32' },
  SSL_write: { arguments: ['pointer', 'buffer', 'i32'], return: 'i32' },
  SSL_shutdown: { arguments: ['pointer'], return: 'i32' },
  SSL_free: { arguments: ['pointer'], return: 'void' },
});

export class BlockingTlsSocket implements Connection {
  readonly #socket: BlockingSocket;
  readonly #ssl: bigint;
  readonly #piece = Buffer.alloc(PIECE_BYTES);

  constructor(port: number) {
    this.#socket = new BlockingSocket(port);
    const context = ssl.SSL_CTX_new(ssl.TLS_client_method());
    ssl.SSL_CTX_ctrl(context, SSL_CTRL_SET_READ_AHEAD, 1n, 0n);
    ssl.SSL_CTX_set_default_read_buffer_len(context, BigInt(READ_AHEAD_BYTES));
    this.#ssl = ssl.SSL_new(context);
    ssl.SSL_set_fd(this.#ssl, this.#socket.fd);
    moved('SSL_connect', ssl.SSL_connect(this.#ssl));
  }

  send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    moved('SSL_write', ssl.SSL_write(this.#ssl, bytes, bytes.length));
  }

  sendFile(): void {
    throw new Error('nothing is pushed over TLS');
  }

  peek(target: Buffer): number {
    return moved('SSL_peek', ssl.SSL_peek(this.#ssl, target, target.length));
  }

  read(target: Buffer): void {
    for (let taken = 0; taken < target.length; ) taken += this.#take(target.subarray(taken));
  }

  discard(sizeBytes: number): void {
    for (let left = sizeBytes; left > 0; ) left -= this.#take(this.#piece.subarray(0, left));
  }

  close(): void {
    ssl.SSL_shutdown(this.#ssl);
    ssl.SSL_free(this.#ssl);
    this.#socket.close();
  }

  #take(target: Buffer): number {
    return moved('SSL_read', ssl.SSL_read(this.#ssl, target, target.length));
  }
}

/** How much was moved. */
function moved(call: string, result: number): number {
  if (result <= 0) throw new Error(`${call} failed: the server is gone, or speaks no TLS`);
  return result;
}
