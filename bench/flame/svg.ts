/** A tree of frames as a flame graph: one SVG that stands for itself. Width is time, callers are below. */
import { ALL_LAYERS, layerOf, selfByLayer } from './layers.ts';
import type { Frame } from './profile.ts';

const WIDTH = 1200;
const MARGIN = 12;
const ROW_HEIGHT = 17;
const HEAD_HEIGHT = 46;
const LEGEND_ROW_HEIGHT = 18;
const LEGEND_COLUMN_WIDTH = 196;
const LEGEND_COLUMNS = 6;
/** Of a letter of the font below, in pixels. */
const LETTER_WIDTH = 6.7;
/** A frame that is narrower than this share of all isn't drawn. */
const LEAST_SHARE = 0.002;
const MOST_BYTES = 200 * 1024;

export interface FlameOptions {
  readonly title: string;
}

/** As detailed as MOST_BYTES allows. */
export function flameGraph(root: Frame, { title }: FlameOptions): string {
  for (let leastShare = LEAST_SHARE; ; leastShare *= 1.5) {
    const svg = drawn(root, title, leastShare);
    if (Buffer.byteLength(svg) <= MOST_BYTES) return svg;
  }
}

interface Box {
  readonly frame: Frame;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
}

function drawn(root: Frame, title: string, leastShare: number): string {
  const boxes = boxesOf(root, leastShare);
  const depth = boxes.reduce((most, box) => Math.max(most, box.depth + 1), 1);
  const legend = legendOf(root);
  const top = HEAD_HEIGHT + Math.ceil(legend.length / LEGEND_COLUMNS) * LEGEND_ROW_HEIGHT + 8;
  const height = top + depth * ROW_HEIGHT + MARGIN;
  const seconds = (root.totalUs / 1e6).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    styleText(),
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`,
    `<text class="head" x="${MARGIN}" y="22">${escaped(title)}</text>`,
    `<text x="${MARGIN}" y="39">${seconds} s on the processor; frames under ${round(leastShare * 100)} % are left out; the share of each layer itself:</text>`,
    ...legend.map(legendText),
    ...boxes.map((box) => boxText(box, root.totalUs, height - MARGIN - ROW_HEIGHT)),
    '</svg>\n',
  ].join('\n');
}

function boxesOf(root: Frame, leastShare: number): Box[] {
  const scale = (WIDTH - 2 * MARGIN) / root.totalUs;
  const boxes: Box[] = [];
  const place = (frame: Frame, depth: number, x: number): void => {
    if (frame.totalUs < leastShare * root.totalUs) return;
    boxes.push({ frame, depth, x, width: frame.totalUs * scale });
    let left = x;
    for (const child of frame.children) {
      place(child, depth + 1, left);
      left += child.totalUs * scale;
    }
  };
  place(root, 0, MARGIN);
  return boxes;
}

function boxText({ frame, depth, x, width }: Box, allUs: number, bottom: number): string {
  const y = bottom - depth * ROW_HEIGHT;
  const share = (us: number): string => `${((us / allUs) * 100).toFixed(1)} %`;
  const place = frame.file === '' ? '' : ` ${frame.file}:${frame.line}`;
  const tip = `${frame.name}${place}: ${share(frame.totalUs)}, itself ${share(frame.selfUs)}`;
  const letters = Math.floor((width - 5) / LETTER_WIDTH);
  const name = frame.name.length <= letters ? frame.name : `${frame.name.slice(0, letters - 1)}…`;
  const text = letters < 3 ? '' : `<text x="${round(x + 3)}" y="${y + 12}">${escaped(name)}</text>`;
  const colour = depth === 0 ? 'all' : `c${layerOf(frame)}`;
  const size = `x="${round(x)}" y="${y}" width="${round(Math.max(width - 0.5, 0.5))}" height="${ROW_HEIGHT - 1}"`;
  return `<g><title>${escaped(tip)}</title><rect class="${colour}" ${size}/>${text}</g>`;
}

interface LegendEntry {
  readonly layer: number;
  readonly text: string;
}

/** The layers that took any time, the dearest first. */
function legendOf(root: Frame): LegendEntry[] {
  const entries = selfByLayer(root).map((us, layer) => ({ layer, share: us / root.totalUs }));
  const seen = entries.filter(({ share }) => share >= LEAST_SHARE);
  seen.sort((left, right) => right.share - left.share);
  return seen.map(({ layer, share }) => ({
    layer,
    text: `${ALL_LAYERS[layer]?.title ?? ''} ${(share * 100).toFixed(1)} %`,
  }));
}

function legendText({ layer, text }: LegendEntry, index: number): string {
  const x = MARGIN + (index % LEGEND_COLUMNS) * LEGEND_COLUMN_WIDTH;
  const y = HEAD_HEIGHT + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW_HEIGHT;
  return `<rect class="c${layer}" x="${x}" y="${y}" width="11" height="11"/><text x="${x + 16}" y="${y + 10}">${escaped(text)}</text>`;
}

function styleText(): string {
  const colours = ALL_LAYERS.map(({ colour }, layer) => `.c${layer}{fill:${colour}}`).join('');
  return [
    '<style>',
    'text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#222}',
    '.head{font-weight:bold;font-size:14px}',
    `.ground{fill:#fbfaf7}.all{fill:#dedad2}${colours}`,
    'g text{pointer-events:none}g:hover rect{stroke:#222;stroke-width:1}',
    '</style>',
  ].join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
