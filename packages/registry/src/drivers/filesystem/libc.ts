/**
 * Calls of the C library that Node has no function for, by `node:ffi`; undefined where there is no such thing:
 * another system, a Node that was built or started without it, a library without one of the calls.
 *
 * A call that fails gives -1 and no reason: Node may make calls of its own before this could ask for errno. So
 * only what needs no reason is called from here.
 */

/** One that isn't there makes all of this undefined, before anything is called. */
const CALLS = {
  getpagesize: { arguments: [], return: 'i32' },
  sendfile: { arguments: ['i32', 'i32', 'buffer', 'u64'], return: 'i64' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  syscall: { arguments: ['i64', 'i64', 'buffer', 'buffer', 'i64'], return: 'i64' },
} as const;

/** Where numbers of the kernel have 64 bits, the lowest byte first. */
const ARCHITECTURES: ReadonlySet<string> = new Set(['x64', 'arm64']);
const IPPROTO_TCP = 6;
const TCP_CORK = 3;
const ON = Buffer.from([1, 0, 0, 0]);
const OFF = Buffer.from([0, 0, 0, 0]);
/** cachestat(2) has this number on every architecture; Linux has it since 6.5. */
const CACHESTAT = 451n;

export interface LinuxCalls {
  /** What the calls are in: they are good as long as it is held. */
  readonly library?: object;
  /** The size of a page of the page cache. */
  readonly pageBytes: number;
  /** sendfile(2): how many bytes went from the one file to the other; -1 after a failure, which may be EAGAIN. */
  sendfile(to: number, from: number, offsetBytes: number, countBytes: number): number;
  /** cachestat(2): how many pages of that part of a file the page cache has; -1 where the kernel doesn't tell. */
  cachedPages(file: number, offsetBytes: number, countBytes: number): number;
}

/** The calls, or undefined where they can't be had. */
export function linuxCalls(): LinuxCalls | undefined {
  if (process.platform !== 'linux' || !ARCHITECTURES.has(process.arch)) return undefined;
  try {
    return quietly(load);
  } catch {
    return undefined;
  }
}

function load(): LinuxCalls | undefined {
  const ffi = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) return undefined;
  // The process itself: it has its C library, whatever that is called where it runs. Calls hold on to the library.
  const library = ffi.dlopen(null, CALLS);
  const call = library.functions;
  const offset = Buffer.alloc(8);
  const range = Buffer.alloc(16);
  const counts = Buffer.alloc(40);
  return {
    library,
    pageBytes: call.getpagesize(),
    sendfile: (to, from, offsetBytes, countBytes) => {
      offset.writeBigInt64LE(BigInt(offsetBytes));
      // Without it each acknowledgement that comes meanwhile sends what there is of a segment, which costs a third
      // more. Anything but TCP refuses it, and needs it not.
      call.setsockopt(to, IPPROTO_TCP, TCP_CORK, ON, ON.byteLength);
      const count = Number(call.sendfile(to, from, offset, BigInt(countBytes)));
      call.setsockopt(to, IPPROTO_TCP, TCP_CORK, OFF, OFF.byteLength);
      return count;
    },
    cachedPages: (file, offsetBytes, countBytes) => {
      range.writeBigUInt64LE(BigInt(offsetBytes), 0);
      range.writeBigUInt64LE(BigInt(countBytes), 8);
      const failed = call.syscall(CACHESTAT, BigInt(file), range, counts, 0n) !== 0n;
      return failed ? -1 : Number(counts.readBigUInt64LE(0));
    },
  };
}

/** Runs `work` without the warning that ffi is experimental, which tells a user of the registry nothing. */
function quietly<Value>(work: () => Value): Value {
  const { emitWarning } = process;
  process.emitWarning = (...warning: unknown[]) => {
    if (!/^FFI is an experimental feature/.test(String(warning[0]))) {
      Reflect.apply(emitWarning, process, warning);
    }
  };
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
