/** Pages of long listings. The servers share one volume that was laid out beforehand, and read it again and again. */
import {
  COUNT,
  repositoryName,
  TAGS_REPOSITORY,
  tagName,
  teamsRepositoryName,
  type VolumeName,
} from '../data/volumes.ts';
import { wrk } from '../load/load-tools.ts';
import { assertAccessIsChecked, assertPage } from '../promises.ts';
import type { Row } from '../row.ts';
import { loadOf, requestsOf } from './samples.ts';

const MIDDLE = COUNT / 2;
const CONNECTIONS = 4;
const COUNT_TEXT = COUNT.toLocaleString('en');
const LEFT_OUT = 'zot and olareg are left out: the volume has the layout of distribution.';

export const LISTINGS = {
  'tags-first': tags('first', 0, 100),
  'tags-middle': tags('middle', MIDDLE, 100),
  'tags-middle-1000': tags('middle', MIDDLE, 1000),
  'catalog-first': catalog('first', 0),
  'catalog-middle': catalog('middle', MIDDLE),
  'catalog-middle-teams': {
    ...catalog('middle', MIDDLE, 'teams', teamsRepositoryName),
    marks: {},
  },
} as const satisfies Record<string, Row>;

function tags(which: string, from: number, size: number): Row {
  const title = `tags: ${which} page of ${size}, of ${COUNT_TEXT} in a repository`;
  return page(title, 'tags', `/v2/${TAGS_REPOSITORY}/tags/list`, tagName, from, size);
}

function catalog(
  which: string,
  from: number,
  volume: 'repositories' | 'teams' = 'repositories',
  nameOf = repositoryName,
): Row {
  const place = volume === 'teams' ? 'in folders of a hundred' : 'in one folder';
  const title = `catalog: ${which} page of 100, of ${COUNT_TEXT} repositories ${place}`;
  return page(title, volume, '/v2/_catalog', nameOf, from, 100);
}

function page(
  title: string,
  volume: VolumeName,
  path: string,
  nameOf: (index: number) => string,
  from: number,
  size: number,
): Row {
  const after = from === 0 ? '' : `&last=${encodeURIComponent(nameOf(from - 1))}`;
  const target = `${path}?n=${size}${after}`;
  return {
    title: `${title}, ${CONNECTIONS} connections`,
    unit: 'requests',
    abilities: ['layout'],
    tool: 'wrk',
    setting: { volume },
    marks: size === 100 ? { 'distribution-3': { rate: 50 } } : {},
    remark: LEFT_OUT,
    prepare: async (subject) => {
      const { server } = subject;
      const names = Array.from({ length: size }, (_, index) => nameOf(from + index));
      await assertPage(
        server,
        target,
        volume === 'tags' ? 'tags' : 'repositories',
        names,
        subject.authorization,
      );
      await assertAccessIsChecked(server, target);
    },
    measure: async (subject) =>
      requestsOf(await wrk({ ...loadOf(subject, target), connections: CONNECTIONS })),
  };
}
