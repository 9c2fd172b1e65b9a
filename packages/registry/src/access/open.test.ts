import { granted, PUSH } from '../../test/access-gates.ts';
import { requestWith } from '../../test/access-support.ts';
import { openAccess } from './open.ts';

describe('open access', () => {
  it('lets everyone do everything, without a name', () => {
    const grant = granted(openAccess(), requestWith(), PUSH);
    expect(grant.account).toBe('');
    expect(grant.allows('repository', 'any', 'delete')).toBe(true);
    expect(grant.asked('repository', 'any')).toBe(true);
    expect(grant.mayPull?.('any')).toBe(true);
    expect(grant.holds).toEqual([]);
  });
});
