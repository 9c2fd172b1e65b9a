/** Whose a frame is, by its file: the layers of the house, and what of Node they stand on. Each has a colour. */
import type { Frame } from './profile.ts';

interface LayerRow {
  readonly title: string;
  readonly colour: string;
  /** Of the file; the first layer that matches has it. */
  readonly files: RegExp;
}

const LAYERS = [
  { title: 'access', colour: '#f2c14e', files: /^packages\/registry\/src\/access\// },
  { title: 'store', colour: '#e8875b', files: /^packages\/registry\/src\/store\// },
  { title: 'drivers', colour: '#d9635f', files: /^packages\/registry\/src\/drivers\// },
  { title: 'registry', colour: '#f4a24c', files: /^packages\/registry\// },
  { title: 'auth', colour: '#b98bd0', files: /^packages\/auth\// },
  { title: 'acl', colour: '#cfa3e0', files: /^packages\/acl\// },
  { title: 'server', colour: '#e29bb6', files: /^packages\/server\// },
  {
    title: 'node: http',
    colour: '#7fb3d9',
    files: /^node:(_http|http|internal\/http|internal\/deps\/undici)/,
  },
  {
    title: 'node: sockets',
    colour: '#86c9cf',
    files: /^node:(net|tls|_tls|internal\/net|internal\/tls|internal\/js_stream|internal\/stream_base)/,
  },
  {
    title: 'node: streams',
    colour: '#9ad3b6',
    files: /^node:(stream|internal\/streams|events|buffer|internal\/buffer)/,
  },
  { title: 'node: files', colour: '#a9cf84', files: /^node:(fs|internal\/fs)/ },
  { title: 'node: crypto', colour: '#c9cf7e', files: /^node:(crypto|internal\/crypto)/ },
  { title: 'node: the rest', colour: '#b9c7d6', files: /^node:/ },
  { title: 'libraries', colour: '#c8b8a6', files: /./ },
] as const satisfies readonly LayerRow[];

const GARBAGE: LayerRow = { title: 'garbage collection', colour: '#9a9a9a', files: /^$/ };
const NATIVE: LayerRow = { title: 'native, system calls', colour: '#d3d3d3', files: /^$/ };

export const ALL_LAYERS: readonly LayerRow[] = [...LAYERS, GARBAGE, NATIVE];

/** The place of the frame's layer in ALL_LAYERS. */
export function layerOf({ name, file }: Pick<Frame, 'name' | 'file'>): number {
  if (name === '(garbage collector)') return ALL_LAYERS.indexOf(GARBAGE);
  const found = LAYERS.findIndex(({ files }) => files.test(file));
  return found === -1 ? ALL_LAYERS.indexOf(NATIVE) : found;
}

/** What each layer itself took, in microseconds, by its place in ALL_LAYERS. */
export function selfByLayer(frame: Frame): number[] {
  const times = ALL_LAYERS.map(() => 0);
  const add = (current: Frame): void => {
    const layer = layerOf(current);
    times[layer] = (times[layer] ?? 0) + current.selfUs;
    current.children.forEach(add);
  };
  frame.children.forEach(add);
  return times;
}
