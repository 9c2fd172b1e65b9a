/** What a process and everything below it have cost, as the operating system counts it (proc(5)). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** sysconf(_SC_CLK_TCK): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** `pid` and its descendants. */
export function processTree(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? statFields(Number(entry))?.parent : undefined;
    if (parent === undefined) continue;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(entry)]);
  }
  const tree = [pid];
  for (const member of tree) tree.push(...(childrenOf.get(member) ?? []));
  return tree;
}

/** User and system time so far, of processes that ended below it too. */
export function cpuSeconds(pid: number): number {
  const ticks = processTree(pid).map((member) => statFields(member)?.ticks ?? 0);
  return sum(ticks) / TICKS_PER_SECOND;
}

/** The most memory that was resident at once (VmHWM), in bytes, since the start or since forgetPeak(). */
export function peakBytes(pid: number): number {
  return sum(processTree(pid).map((member) => statusBytes(member, 'VmHWM')));
}

/** From now on the peak counts anew. Only for processes of the same user. */
export function forgetPeak(pid: number): void {
  for (const member of processTree(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5');
}

function statFields(pid: number): { parent: number; ticks: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold spaces; the fields after it are numbers from the third on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return undefined;
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

function statusBytes(pid: number, key: string): number {
  const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

/** Empty for a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
