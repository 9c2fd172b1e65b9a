import fc from 'fast-check';
import { type Access, formatScope, parseScope, parseScopes, type Scope, ScopeError } from './scope.ts';

const scope = (type: string, name: string, actions: readonly string[], resourceClass = ''): Scope => ({
  type,
  class: resourceClass,
  name,
  actions,
});

describe('a scope', () => {
  const cases: readonly [sentence: string, text: string, expected: Scope][] = [
    ['has a type, a name and actions', 'repository:a/b:pull', scope('repository', 'a/b', ['pull'])],
    ['has its actions in byte order', 'repository:a:push,pull', scope('repository', 'a', ['pull', 'push'])],
    ['may name a class', 'repository(plugin):a:pull', scope('repository', 'a', ['pull'], 'plugin')],
    ['may be of the registry', 'registry:catalog:*', scope('registry', 'catalog', ['*'])],
    ['may name a host and its port', 'repository:h:5000/a:pull', scope('repository', 'h:5000/a', ['pull'])],
    [
      'keeps an action that stands twice',
      'repository:a:pull,pull',
      scope('repository', 'a', ['pull', 'pull']),
    ],
    ['keeps an empty action', 'repository:a:', scope('repository', 'a', [''])],
    ['may have an empty name', 'repository::pull', scope('repository', '', ['pull'])],
    ['sorts by bytes, not by UTF-16', 'a:b:\u{1f600},\uff21', scope('a', 'b', ['\uff21', '\u{1f600}'])],
  ];
  test.each(cases)('%s', (_sentence, text, expected) => {
    expect(parseScope(text)).toEqual(expected);
  });

  const refused: readonly [sentence: string, text: string, reason: string][] = [
    ['without a type', ':a:pull', 'a type is'],
    ['with upper case in its type', 'Repository:a:pull', 'a type is'],
    ['with an open class', 'repository(plugin:a:pull', 'a type is'],
    ['with nothing', '', 'a type is'],
    ['without actions', 'repository:a', '1 colons'],
    ['with no colon', 'repository', '0 colons'],
    ['with four colons', 'repository:a:b:c:pull', '4 colons'],
    ['with a space', 'repository:a:pull repository:b:pull', 'a space'],
  ];
  test.each(refused)('is refused %s, and the error says what one looks like', (_sentence, text, reason) => {
    expect(() => parseScope(text)).toThrow(ScopeError);
    expect(() => parseScope(text)).toThrow(reason);
    expect(() => parseScope(text)).toThrow('repository:team/app:pull,push');
  });
});

describe('the scopes of a request', () => {
  const names = (parameters: readonly string[]) => parseScopes(parameters).map(({ name }) => name);

  test('come several to a parameter and in several parameters, in order', () => {
    expect(names(['repository:b:pull repository:a:pull', 'repository:c:pull'])).toEqual(['b', 'a', 'c']);
  });
  test('stay as they are where one is asked for twice', () => {
    expect(names(['repository:a:pull repository:a:pull'])).toEqual(['a', 'a']);
  });
  test('are none where nothing or an empty first parameter is given', () => {
    expect(parseScopes([])).toEqual([]);
    expect(parseScopes(['', 'repository:a:pull'])).toEqual([]);
  });
  test.each([['repository:a:pull  repository:b:pull'], ['repository:a:pull ']])(
    'are refused with a space too many: %j',
    (parameter) => {
      expect(() => parseScopes([parameter])).toThrow(ScopeError);
    },
  );
});

describe('formatting', () => {
  test('leaves out a class that is empty or missing', () => {
    expect(formatScope({ type: 'repository', name: 'a', actions: ['pull', 'push'] })).toBe(
      'repository:a:pull,push',
    );
    expect(formatScope({ type: 'repository', class: '', name: 'a', actions: [] })).toBe('repository:a:');
  });

  test('and parsing give back the same scope', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,9}$/);
    const name = fc.stringMatching(/^[^ :]{0,12}(?::[^ :]{0,12})?$/);
    const action = fc.stringMatching(/^[^ :,]{0,9}$/);
    const access = fc.record<Access & { class: string }>({
      type: word,
      class: fc.oneof(fc.constant(''), word),
      name,
      actions: fc.array(action, { minLength: 1 }),
    });
    fc.assert(
      fc.property(access, (asked) => {
        const once = parseScope(formatScope(asked));
        expect(once).toEqual({ ...asked, actions: once.actions });
        expect([...once.actions].sort()).toEqual([...asked.actions].sort());
        expect(parseScope(formatScope(once))).toEqual(once);
      }),
    );
  });
});
