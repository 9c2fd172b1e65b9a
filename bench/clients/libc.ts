/**
 * The system calls of the clients that move big bodies, straight from libc: what they throw away or send never
 * comes into this process, so that the client isn't what is measured on a machine with two cores.
 *
 * What that saves beside curl and node:net stands in README.md, "Clients".
 */
import { dlopen } from 'node:ffi';

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const MSG_PEEK = 2;
/** For TCP (tcp(7)): the bytes are taken off the socket and copied nowhere. */
const MSG_TRUNC = 0x20;
const MSG_WAITALL = 0x100;
const MSG_NOSIGNAL = 0x4000;
const O_RDONLY = 0;

/** A call that moves nothing for so long has lost its server. */
const STALLED_SECONDS = 60;
const PIECE_BYTES = 1024 * 1024;

const { functions: libc } = dlopen('libc.so.6', {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  open: { arguments: ['string', 'i32'], return: 'i32' },
  sendfile: { arguments: ['i32', 'i32', 'pointer', 'u64'], return: 'i64' },
  close: { arguments: ['i32'], return: 'i32' },
});

/** What the clients need of a connection, ciphered or not. */
export interface Connection {
  send(text: string): void;
  sendFile(file: string, sizeBytes: number): void;
  /** What has come and isn't taken yet; waits until there is something. The number of bytes in `target`. */
  peek(target: Buffer): number;
  /** Fills `target`. */
  read(target: Buffer): void;
  /** Takes bytes off the connection and keeps none. */
  discard(sizeBytes: number): void;
  close(): void;
}

/** One blocking TCP connection to an IPv4 address of this machine. */
export class BlockingSocket implements Connection {
  readonly #fd: number;

  constructor(port: number, address: readonly [number, number, number, number] = [127, 0, 0, 1]) {
    this.#fd = checked('socket', libc.socket(AF_INET, SOCK_STREAM, 0));
    const place = Buffer.alloc(16);
    place.writeUInt16LE(AF_INET, 0);
    place.writeUInt16BE(port, 2);
    place.set(address, 4);
    checked('connect', libc.connect(this.#fd, place, place.length));
    this.#set(IPPROTO_TCP, TCP_NODELAY, Buffer.from([1, 0, 0, 0]));
    const limit = Buffer.alloc(16);
    limit.writeBigInt64LE(BigInt(STALLED_SECONDS), 0);
    this.#set(SOL_SOCKET, SO_RCVTIMEO, limit);
    this.#set(SOL_SOCKET, SO_SNDTIMEO, limit);
  }

  get fd(): number {
    return this.#fd;
  }

  send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    for (let sent = 0; sent < bytes.length; ) {
      const rest = bytes.subarray(sent);
      sent += Number(checked('send', libc.send(this.#fd, rest, BigInt(rest.length), MSG_NOSIGNAL)));
    }
  }

  /** sendfile(2): from the page cache into the socket. */
  sendFile(file: string, sizeBytes: number): void {
    const source = checked('open', libc.open(file, O_RDONLY));
    try {
      for (let sent = 0; sent < sizeBytes; ) {
        const count = BigInt(Math.min(PIECE_BYTES, sizeBytes - sent));
        const moved = Number(checked('sendfile', libc.sendfile(this.#fd, source, 0n, count)));
        if (moved === 0) throw new Error(`${file} ended after ${sent} bytes`);
        sent += moved;
      }
    } finally {
      libc.close(source);
    }
  }

  peek(target: Buffer): number {
    return Number(checked('recv', libc.recv(this.#fd, target, BigInt(target.length), MSG_PEEK)));
  }

  read(target: Buffer): void {
    const count = Number(checked('recv', libc.recv(this.#fd, target, BigInt(target.length), MSG_WAITALL)));
    if (count !== target.length) throw new Error(`the server closed the connection after ${count} bytes`);
  }

  /** Without copying them anywhere. */
  discard(sizeBytes: number): void {
    for (let taken = 0; taken < sizeBytes; ) {
      const count = BigInt(Math.min(PIECE_BYTES, sizeBytes - taken));
      const moved = Number(checked('recv', libc.recv(this.#fd, NOTHING, count, MSG_TRUNC | MSG_WAITALL)));
      if (moved === 0) throw new Error(`the server closed the connection after ${taken} bytes of the body`);
      taken += moved;
    }
  }

  close(): void {
    libc.close(this.#fd);
  }

  #set(level: number, name: number, value: Buffer): void {
    checked('setsockopt', libc.setsockopt(this.#fd, level, name, value, value.length));
  }
}

/** With MSG_TRUNC the kernel writes nothing to it. */
const NOTHING = Buffer.alloc(8);

function checked<Result extends number | bigint>(call: string, result: Result): Result {
  if (result < 0)
    throw new Error(`${call} failed: the server is gone, or was silent for ${STALLED_SECONDS} s`);
  return result;
}
