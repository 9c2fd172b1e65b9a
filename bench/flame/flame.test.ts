import { ALL_LAYERS, layerOf } from './layers.ts';
import { type Frame, readProfile } from './profile.ts';
import { flameGraph } from './svg.ts';

const node = (id: number, functionName: string, url = '', children: readonly number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 6 },
  children,
});

const STORE = 'file:///home/me/berth/packages/registry/src/store/tags.ts';

/** Each sample stands for the delta after its own: 300 us of idleness, 100 of work for each of the rest. */
const PROFILE = JSON.stringify({
  nodes: [
    node(1, '(root)', '', [2, 3, 5]),
    node(2, '(idle)'),
    node(3, 'listTags', STORE, [4, 6]),
    node(4, 'readFile', 'node:internal/fs/promises'),
    node(5, '(garbage collector)'),
    node(6, 'readFile', 'node:internal/fs/promises'),
  ],
  samples: [2, 3, 4, 6, 5, 5],
  timeDeltas: [10, 300, 100, 100, 100, 100],
});

describe('a profile', () => {
  const root = readProfile(PROFILE);

  test('counts the time in which something ran, and none in which nothing did', () => {
    expect(root.totalUs).toBe(400);
  });

  test('joins the frames of one function below the same caller', () => {
    const [listTags] = root.children;
    expect(listTags).toMatchObject({ name: 'listTags', selfUs: 100, totalUs: 300 });
    expect(listTags?.children.map(({ name, selfUs }) => [name, selfUs])).toEqual([['readFile', 200]]);
  });

  test('names files from the root of the repository, and lines from 1', () => {
    expect(root.children[0]).toMatchObject({ file: 'packages/registry/src/store/tags.ts', line: 7 });
  });

  test('shows the loading of modules as one frame', () => {
    const [loading] = readProfile(
      JSON.stringify({
        nodes: [
          node(1, '(root)', '', [2]),
          node(2, 'run', 'node:internal/modules/esm/module_job', [3]),
          node(3, 'evaluate', '', [4]),
          node(4, 'serve', STORE),
        ],
        samples: [4, 2],
        timeDeltas: [0, 30, 20, 0],
      }),
    ).children;
    expect(loading).toMatchObject({ name: 'loading of modules', totalUs: 50, children: [] });
  });

  test('is refused when it is something else', () => {
    expect(() => readProfile('{"traceEvents":[]}')).toThrow('not a .cpuprofile');
  });
});

test.each([
  ['store', 'listTags', 'packages/registry/src/store/tags.ts'],
  ['registry', 'listen', 'packages/registry/src/listener.ts'],
  ['node: http', 'parserOnHeadersComplete', 'node:_http_common'],
  ['libraries', 'parse', 'yaml/dist/index.js'],
])('the layer %s has %s of %s', (title, name, file) => {
  expect(ALL_LAYERS[layerOf({ name, file })]?.title).toBe(title);
});

describe('a flame graph', () => {
  test('gives every frame its width by its time, and a tip with its share', () => {
    const svg = flameGraph(readProfile(PROFILE), { title: 'tags & more' });
    expect(svg).toContain('listTags packages/registry/src/store/tags.ts:7: 75.0 %, itself 25.0 %');
    expect(svg).toContain('<title>tags &amp; more</title>');
    expect(widthOf(svg, 'listTags') / widthOf(svg, 'readFile')).toBeCloseTo(1.5, 2);
  });

  test('says what each layer took itself', () => {
    const svg = flameGraph(readProfile(PROFILE), { title: 'tags' });
    expect(svg).toContain('>node: files 50.0 %<');
    expect(svg).toContain('>store 25.0 %<');
    expect(svg).toContain('>garbage collection 25.0 %<');
  });

  test('leaves out what is too narrow to be seen', () => {
    const svg = flameGraph(parent([leaf('wide', 999), leaf('narrow', 1)]), { title: '' });
    expect(svg).toContain('wide');
    expect(svg).not.toContain('narrow');
  });

  test('stays under 200 KiB, however much there is to show', () => {
    const towers = Array.from({ length: 400 }, (_, index) => tower(`${index}-${'x'.repeat(60)}`, 12));
    const svg = flameGraph(parent([leaf('wide', 100), ...towers]), { title: '' });
    expect(Buffer.byteLength(svg)).toBeLessThanOrEqual(200 * 1024);
    expect(svg).toContain('wide');
  });
});

function widthOf(svg: string, name: string): number {
  const width = new RegExp(`<title>${name} .*?</title><rect .*? width="([\\d.]+)"`).exec(svg)?.[1];
  return Number(width) + 0.5;
}

function leaf(name: string, selfUs: number, children: readonly Frame[] = []): Frame {
  const below = children.reduce((total, child) => total + child.totalUs, 0);
  return { name, file: '', line: 0, selfUs, totalUs: selfUs + below, children };
}

function parent(children: readonly Frame[]): Frame {
  return leaf('all', 0, children);
}

function tower(name: string, height: number): Frame {
  return height === 0 ? leaf(name, 1) : leaf(name, 0, [tower(name, height - 1)]);
}
