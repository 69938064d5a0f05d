import { describe, expect, it } from 'vitest';
import {
  DispatchError,
  InvalidPartError,
  LatecallError,
  NotJsonError,
  ResponseRefusedError,
  UnknownHandleError,
} from '../index.ts';

/** What an error looks like that another copy of the package threw. */
const fromAnotherCopy = (code: string) =>
  Object.defineProperty(Object.assign(new Error('x'), { code }), Symbol.for('latecall.error'), { value: true });

describe('LatecallError.isInstance', () => {
  it('holds for an error of another copy of the package', () => {
    expect(LatecallError.isInstance(fromAnotherCopy('not_json'))).toBe(true);
  });

  it('holds for one code only if it is given', () => {
    expect(LatecallError.isInstance(fromAnotherCopy('not_json'), 'not_json')).toBe(true);
    expect(LatecallError.isInstance(fromAnotherCopy('not_json'), 'weak_secret')).toBe(false);
  });

  it.each([undefined, null, 'latecall.error', new Error('x'), { code: 'not_json' }])(
    'does not hold for anything else (case %#)',
    (value) => {
      expect(LatecallError.isInstance(value)).toBe(false);
    },
  );
});

describe('the errors of core', () => {
  const errors = [
    new LatecallError({ code: 'x', message: 'm' }),
    new NotJsonError({ what: 'It', path: '$', found: 'a function' }),
    new InvalidPartError({ type: 'part', field: 'id', message: 'm' }),
    new UnknownHandleError({ handle: 'h', validHandles: [], matches: 0 }),
    new DispatchError({ code: 'dispatch_failed', taskId: 'task_1', message: 'm' }),
    new ResponseRefusedError([]),
  ];

  it.each(errors.map((error) => [error.constructor.name, error] as const))(
    '%s is an error with its own name',
    (name, error) => {
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      expect(LatecallError.isInstance(error, error.code)).toBe(true);
    },
  );

  it('keep their cause', () => {
    const cause = new Error('the network');
    expect(new LatecallError({ code: 'x', message: 'm', cause }).cause).toBe(cause);
    expect('cause' in new LatecallError({ code: 'x', message: 'm' })).toBe(false);
  });
});
