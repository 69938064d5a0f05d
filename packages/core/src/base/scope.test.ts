import { describe, expect, it } from 'vitest';
import { checkScope, type Scope, scopeKey, threadKey } from '../index.ts';

describe('checkScope', () => {
  it('keeps the fields of a scope and drops all others', () => {
    const scope = { tenant: 'acme', thread: 't', branch: 'b', admin: true };
    expect(checkScope(scope)).toEqual({ tenant: 'acme', thread: 't', branch: 'b' });
    expect(checkScope({ thread: 't' })).toStrictEqual({ thread: 't' });
  });

  it.each([
    ['thread', {}],
    ['thread', { thread: '' }],
    ['thread', { thread: 7 }],
    ['tenant', { tenant: '', thread: 't' }],
    ['tenant', { tenant: null, thread: 't' }],
    ['branch', { thread: 't', branch: 1 }],
  ])('names %s when it refuses %j', (field, scope) => {
    const refused = expect(() => checkScope(scope as unknown as Scope));
    refused.toThrow(expect.objectContaining({ code: 'invalid_scope' }));
    refused.toThrow(`scope.${field} must be a non-empty string`);
  });
});

describe('scopeKey', () => {
  it('is equal for equal scopes, whatever the order of their fields', () => {
    expect(scopeKey({ thread: 't', tenant: 'a' })).toBe(scopeKey({ tenant: 'a', thread: 't' }));
  });

  it('tells apart scopes whose parts read alike when put together', () => {
    const scopes: Scope[] = [
      { tenant: 'a', thread: 'b' },
      { thread: 'b' },
      { thread: 'ab' },
      { tenant: 'a"', thread: 'b' },
      { thread: 'b', branch: 'a' },
      { tenant: 'null', thread: 'b' },
      { tenant: 'a', thread: 'b', branch: 'null' },
    ];
    expect(new Set(scopes.map(scopeKey)).size).toBe(scopes.length);
  });
});

describe('threadKey', () => {
  it('is one for all branches of a conversation, and another for another tenant', () => {
    expect(threadKey({ thread: 't', branch: 'a' })).toBe(threadKey({ thread: 't', branch: 'b' }));
    expect(threadKey({ tenant: 'a', thread: 't' })).not.toBe(threadKey({ tenant: 'b', thread: 't' }));
  });
});
