/** A .cpuprofile of V8 as a tree of frames with their times. */

export interface Frame {
  readonly name: string;
  /** The file or module, shortened; '' for what has none. */
  readonly file: string;
  /** From 1; 0 where there is none. */
  readonly line: number;
  /** Itself and all that it called, in microseconds. */
  readonly totalUs: number;
  readonly selfUs: number;
  /** The widest first. */
  readonly children: readonly Frame[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Between a sample and the one before it, in microseconds. */
  readonly timeDeltas: readonly number[];
}

/** Where a program is loaded, once: it is one frame, however deep it goes. */
const LOADING = /^node:internal\/(modules|main)\//;

/** Time in which nothing ran. */
const IDLE: ReadonlySet<string> = new Set(['(idle)', '(program)']);

/** The root of all frames that ran. @throws Error when the text is no profile */
export function readProfile(text: string): Frame {
  const profile: Partial<CpuProfile> = JSON.parse(text);
  const { nodes, samples, timeDeltas } = profile;
  if (nodes === undefined || samples === undefined || timeDeltas === undefined) {
    throw new Error('not a .cpuprofile: it has no nodes, samples and timeDeltas');
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = selfTimes(samples, timeDeltas);
  const root = nodes.find(({ callFrame }) => callFrame.functionName === '(root)') ?? nodes[0];
  if (root === undefined) throw new Error('the profile is empty');
  const running = (root.children ?? []).filter((id) => !IDLE.has(byId.get(id)?.callFrame.functionName ?? ''));
  return joined({ name: 'all', file: '', line: 0 }, 0, framesOf(running, byId, selfUs));
}

/** A sample stands for the time until the next one. */
function selfTimes(samples: readonly number[], deltas: readonly number[]): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    times.set(id, (times.get(id) ?? 0) + Math.max(0, deltas[index + 1] ?? 0));
  }
  return times;
}

function framesOf(
  ids: readonly number[],
  byId: ReadonlyMap<number, ProfileNode>,
  selfUs: ReadonlyMap<number, number>,
): Frame[] {
  return ids.flatMap((id) => {
    const node = byId.get(id);
    if (node === undefined) return [];
    const { functionName, url, lineNumber } = node.callFrame;
    const name = functionName === '' ? '(anonymous)' : functionName;
    const below = framesOf(node.children ?? [], byId, selfUs);
    const frame = joined({ name, file: shortened(url), line: lineNumber + 1 }, selfUs.get(id) ?? 0, below);
    return [LOADING.test(url) ? loadingOf(frame) : frame];
  });
}

function loadingOf({ totalUs }: Frame): Frame {
  return joined({ name: 'loading of modules', file: '', line: 0 }, totalUs, []);
}

/** A frame over its children, of which those of the same function become one. */
function joined(
  place: { name: string; file: string; line: number },
  selfUs: number,
  children: readonly Frame[],
): Frame {
  const groups = Map.groupBy(children, ({ name, file, line }) => `${name} ${file} ${line}`);
  const merged = [...groups.values()].flatMap(mergedFrame);
  merged.sort((left, right) => right.totalUs - left.totalUs);
  const totalUs = merged.reduce((total, child) => total + child.totalUs, selfUs);
  return { ...place, selfUs, totalUs, children: merged };
}

function mergedFrame(same: readonly Frame[]): Frame[] {
  const [first] = same;
  if (first === undefined || same.length === 1) return [...same];
  const selfUs = same.reduce((total, frame) => total + frame.selfUs, 0);
  return [
    joined(
      first,
      selfUs,
      same.flatMap(({ children }) => children),
    ),
  ];
}

/** From the repository's root, or the name of the package or of Node's module. */
function shortened(url: string): string {
  return url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(?=packages\/)/, '');
}
