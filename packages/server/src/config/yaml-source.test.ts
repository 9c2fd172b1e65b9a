import { parseYamlSource } from './yaml-source.ts';

test('scalars stay the text that stands in the file', () => {
  expect(parseYamlSource('a: 0123\nb: yes\nc: "1.0"\nd: [1, x]\n').value).toEqual({
    a: '0123',
    b: 'yes',
    c: '1.0',
    d: ['1', 'x'],
  });
});

test('a key without a value is not set, and one with an empty text is', () => {
  expect(parseYamlSource('a:\nb: ~\nc: null\nd: ""\n').value).toEqual({ d: '' });
});

test('anchors and merge keys are followed', () => {
  expect(parseYamlSource('x: &x {p: 1, q: 2}\ny: {<<: *x, q: 3}\nz: *x\n').value).toEqual({
    x: { p: '1', q: '2' },
    y: { p: '1', q: '3' },
    z: { p: '1', q: '2' },
  });
});

test('all mistakes are found at once, each with its line and column', () => {
  expect(parseYamlSource('a: 1\n"a": 2\nb:\n\t- c\n').mistakes).toEqual([
    { line: 2, column: 1, problem: 'the key "a" is there twice; keep one of them' },
    { line: 4, column: 1, problem: 'a tab is used as indentation; YAML takes spaces only' },
  ]);
});

test('an alias that multiplies without end is a mistake and costs nothing', () => {
  const bomb = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`);
  const source = parseYamlSource(`l0: &l0 [x]\n${bomb.join('\n')}\n`);
  expect(source.mistakes).toEqual([{ line: 1, column: 1, problem: expect.stringContaining('alias') }]);
});

test('values, keys and list entries have places; what is not there has that of what is around it', () => {
  const source = parseYamlSource('token:\n  issuer: x\nacl:\n  - match: {}\n  - {actions: [push]}\n');
  expect(source.placeOf(['token', 'issuer'])).toEqual({ line: 2, column: 11 });
  expect(source.placeOf(['token', 'issuer'], 'key')).toEqual({ line: 2, column: 3 });
  expect(source.placeOf(['acl', 1, 'actions', 0])).toEqual({ line: 5, column: 16 });
  expect(source.placeOf(['token', 'expiration'])).toEqual({ line: 1, column: 1 });
  expect(source.placeOf(['users'])).toEqual({ line: 1, column: 1 });
});
