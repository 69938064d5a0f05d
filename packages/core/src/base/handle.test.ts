import { describe, expect, it } from 'vitest';
import { createScene } from '../../test/fixtures.ts';
import { LatecallError, resolveHandle, UnknownHandleError } from '../index.ts';

const handles = ['render_video_k3f9', 'render_video_m7qx', 'send_email_p2p2'];
const resolve = (handle: string) => resolveHandle({ handle, handles });

const refusalOf = (handle: string, among: Iterable<string> = handles) => {
  try {
    resolveHandle({ handle, handles: among });
  } catch (error) {
    if (error instanceof UnknownHandleError) return error;
  }
  throw new Error(`"${handle}" was not refused.`);
};

describe('resolveHandle', () => {
  it('finds the exact handle', () => {
    expect(resolve('render_video_k3f9')).toBe('render_video_k3f9');
  });

  it('finds the only handle that begins with what a model left of it', () => {
    expect(resolve('render_video_k')).toBe('render_video_k3f9');
    expect(resolve('send')).toBe('send_email_p2p2');
  });

  it.each(['RENDER_VIDEO_K3F9', '"render_video_k3f9"', '`render_video_k3f9`', ' render_video_k3f9\n', '"Send_Email'])(
    'finds a handle written as %j',
    (written) => {
      expect(handles).toContain(resolve(written));
    },
  );

  it('prefers the exact handle to a longer one that begins with it', () => {
    expect(resolveHandle({ handle: 'render_k3f', handles: ['render_k3f9', 'render_k3f'] })).toBe('render_k3f');
  });

  it('refuses a handle that could mean several, and lists the valid ones', () => {
    const error = refusalOf('render_video');
    expect(error.message).toBe(`"render_video" could mean 2 tasks. Valid handles: ${handles.join(', ')}.`);
    expect(error.validHandles).toEqual(handles);
  });

  it.each(['render_video_xxxx', 'video_k3f9', 'render_video_k3f9_and_more', '', '***'])(
    'refuses %j, which names none, and lists the valid ones',
    (handle) => {
      const error = refusalOf(handle);
      expect(error.message).toContain(`"${handle}" names no task of this conversation.`);
      expect(error.message).toContain(handles.join(', '));
    },
  );

  it('says so where there is no valid handle', () => {
    expect(refusalOf('render', []).message).toBe('"render" names no task of this conversation. There is none.');
  });

  it('throws an error of Latecall', () => {
    expect(LatecallError.isInstance(refusalOf('x'), 'unknown_handle')).toBe(true);
  });
});

describe('the handle of a dispatch', () => {
  const handleFor = async (toolName: string) => {
    const scene = createScene({ tools: { [toolName]: {} } });
    return (await scene.dispatch({ toolName })).handle;
  };

  it.each([
    ['renderVideo', /^render_video_[2-9b-z]{4}$/],
    ['send-email.v2', /^send_email_v2_[2-9b-z]{4}$/],
    ['__Odd  Name__', /^odd_name_[2-9b-z]{4}$/],
    ['動画', /^task_[2-9b-z]{4}$/],
  ])('is a short readable name made from the tool %j', async (toolName, pattern) => {
    expect(await handleFor(toolName)).toMatch(pattern);
  });

  it('has at most 29 characters, however long the name of the tool', async () => {
    const handle = await handleFor('generateTheQuarterlyReportOfTheWholeCompany');
    expect(handle.length).toBeLessThanOrEqual(29);
    expect(handle).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
  });

  it('is found again by resolveHandle', async () => {
    const handle = await handleFor('renderVideo');
    expect(resolveHandle({ handle: handle.toUpperCase(), handles: [handle] })).toBe(handle);
  });

  it('is another one when the thread has it already', async () => {
    const suffixes = [1, 1, 2]; // the second task draws the first one's handle, and then another
    let ids = 0;
    const randomBytes = (length: number) => {
      if (length === 4) return new Uint8Array(4).fill(suffixes.shift() ?? 3);
      ids += 1;
      return new Uint8Array(length).fill(ids);
    };
    const scene = createScene({ randomBytes });
    const first = await scene.dispatch({ turn: 'turn_1' });
    const second = await scene.dispatch({ turn: 'turn_2' });
    expect(first.handle).toBe('render_3333');
    expect(second.handle).toBe('render_4444');
  });
});
