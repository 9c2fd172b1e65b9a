// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of rules
import fc from 'fast-check';
import { decide } from './decide.ts';
import type { AccessRequest } from './request.ts';
import { compileRules } from './rules.ts';

type Match = Readonly<Record<string, unknown>>;

const nobody: AccessRequest = {
  account: '',
  type: 'repository',
  name: 'app',
  service: 'registry',
  ip: '192.0.2.1',
  actions: ['pull', 'push'],
  labels: {},
};

function matches(match: Match, request: Partial<AccessRequest>): boolean {
  return decide(compileRules([{ match, actions: ['*'] }]), { ...nobody, ...request }).rule !== undefined;
}

/** What docker_auth leaves open: there, each of these requests is granted. */
describe('unlike in docker_auth, a hostile value gains nothing:', () => {
  const cases: readonly [sentence: string, match: Match, request: Partial<AccessRequest>][] = [
    ['a group * in a glob', { name: '${labels:g}/a' }, { name: 'x/a', labels: { g: ['*'] } }],
    ['a group .* in a regex', { name: '/^${labels:g}-a$/' }, { name: 'x-a', labels: { g: ['.*'] } }],
    ['a group | in a regex', { name: '/^${labels:g}-a$/' }, { name: 'x', labels: { g: ['|'] } }],
    ['a group [^x] in a glob', { name: '${labels:g}' }, { name: 'y', labels: { g: ['[^x]'] } }],
    [
      'what a group of a regex captures',
      { account: '/^(.*)@x$/', name: '${account:1}/a' },
      { account: '*@x', name: 'y/a' },
    ],
    ['it in a regex', { account: '/^(.*)@x$/', name: '/^${account:1}$/' }, { account: '.*@x', name: 'y' }],
    [
      'it in a label’s pattern',
      { account: '/^(.*)@x$/', name: '${account:1}', labels: { g: '${account:1}' } },
      { account: '*@x', name: '*', labels: { g: ['y'] } },
    ],
    ['a range in a class of a regex', { name: '/^[${account}]$/' }, { account: 'a-z', name: 'q' }],
    ['a range in a class of a glob', { name: '[${account}]' }, { account: 'a-z', name: 'q' }],
    ['slashes that make a regex', { name: '${account}' }, { account: '/b/', name: 'abc' }],
    ['slashes that make a regex with the rule’s', { name: '/${account}' }, { account: 'a/', name: 'bab' }],
    ['slashes of a label that make a regex', { name: '${labels:g}' }, { name: 'q', labels: { g: ['/./'] } }],
    ['nothing, that leaves the rule’s slashes', { name: '${account}/./' }, { account: '', name: 'q' }],
    ['nothing, that makes another class', { name: '/^[${account}^a]$/' }, { account: '', name: 'q' }],
  ];
  test.each(cases)('%s', (_sentence, match, request) => {
    expect(matches(match, request)).toBe(false);
  });

  const hostile = fc.string({ unit: fc.constantFrom(...'ab1/*?[]\\-^.$:{}()|+,'), maxLength: 6 });
  const other = fc.oneof(hostile, fc.string({ unit: 'grapheme', maxLength: 6 }));
  const sources: readonly [string, (value: string) => { request: Partial<AccessRequest>; match?: Match }][] =
    [
      ['${account}', (account) => ({ request: { account } })],
      ['${service}', (service) => ({ request: { service } })],
      ['${labels:g}', (value) => ({ request: { labels: { g: ['zz', value] } } })],
      [
        '${account:1}',
        (value) => ({ request: { account: `<${value}>` }, match: { account: '/(?s)^<(.*)>$/' } }),
      ],
    ];
  test.each(sources)('%s stands for its value and nothing else', (placeholder, source) => {
    fc.assert(
      fc.property(other, other, (value, name) => {
        const { request, match = {} } = source(value);
        const values = placeholder.startsWith('${labels') ? [value, 'zz', placeholder] : [value];
        for (const subject of [name, value, `x${name}`, `x${value}y`, `${value}/${name}`]) {
          const asked = { ...request, name: subject };
          const is = (test: (one: string) => boolean) => values.some(test);
          const glob = matches({ ...match, name: `x${placeholder}y` }, asked);
          expect(glob).toBe(is((one) => subject === `x${one}y`));
          const alone = matches({ ...match, name: placeholder }, asked);
          expect(alone).toBe(is((one) => subject === one));
          const rest = matches({ ...match, name: `${placeholder}/*` }, asked);
          expect(rest).toBe(
            is((one) => subject.startsWith(`${one}/`) && !subject.slice(one.length + 1).includes('/')),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
  test.each(sources)('%s stands for its value and nothing else in a regex', (placeholder, source) => {
    fc.assert(
      fc.property(other, other, (value, name) => {
        const { request, match = {} } = source(value);
        // A label's placeholder is tried as it is written, too: in a regex it is text only where quoted or in a class.
        const values = placeholder.startsWith('${labels') ? [value, 'zz'] : [value];
        const texts = placeholder.startsWith('${labels') ? [...values, placeholder] : values;
        for (const subject of [name, value, `x${value}y`, `ax${value}yb`]) {
          const asked = { ...request, name: subject };
          const whole = matches({ ...match, name: `/^x${placeholder}y$/` }, asked);
          expect(whole).toBe(values.some((one) => subject === `x${one}y`));
          const anywhere = matches({ ...match, name: `/x\\Q${placeholder}\\Ey/` }, asked);
          expect(anywhere).toBe(texts.some((one) => subject.includes(`x${one}y`)));
          const inClass = matches({ ...match, name: `/^[${placeholder}]$/` }, asked);
          expect(inClass).toBe(texts.some((one) => one !== '' && [...one].includes(subject)));
        }
      }),
      { numRuns: 80 },
    );
  });
});
