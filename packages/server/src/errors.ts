// What stops a start, told to a person. Knows nothing of what went wrong, only how it is handed to the exit.

/**
 * The program cannot start or go on because of something outside it: a flag, a file, a port.
 * Each line says what and where, and what to do next; it is printed without a stack and ends with exit code 1.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly lines: readonly string[];

  constructor(lines: string | readonly string[], options?: { cause?: unknown }) {
    const list = typeof lines === 'string' ? [lines] : lines;
    super(list.join('\n'), options);
    this.lines = list;
  }
}

/** The errno name (`ENOENT`, …) of a failed system call, or undefined if `error` is something else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files (raise `ulimit -n`)',
};

/** Words for a failed system call on a file: no path, no stack, no errno if words for it are known. */
export function fileReason(error: unknown): string {
  const code = errorCode(error);
  if (code === undefined) return String(error);
  return fileReasons[code] ?? code;
}
