import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, createCast, done, inStore, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

const draft = ({ scope }: Pick<Scene, 'scope'>) => ({ ...scope, branch: 'draft' });

/** Another answer to the same question, in a branch of its own. */
async function fork(scene: Scene) {
  const scope = draft(scene);
  const history = [scene.agent().userMessage('Render a.')];
  const { added } = await scene.runAside({ history, scope });
  const messages = [...history, ...added];
  const [request] = scene.agent({ scope }).requests(messages);
  assert.ok(request !== undefined);
  const say = (text: string) => scene.runAside({ history: [...messages, scene.agent().userMessage(text)], scope });
  return { scope, request, say };
}

/** Branches of a conversation that nobody follows any more. */
export const branchCases: readonly ConformanceCase[] = [
  {
    name: 'an abandoned branch: what was pending in it is cancelled, and its late result is never shown',
    appliesTo: inStore,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'b' }]), says('b'), says('Given up.')],
        play: async (scene) => {
          cast.enter(scene);
          const { scope, request, say } = await fork(scene);
          await scene.say('Render b.');
          const { cancelled } = await scene.agent().abandon({ scope });
          assert.deepEqual(
            cancelled.map(({ id }) => id),
            [request.id],
          );
          const { verdict } = await scene.agent().settle({ id: request.id, outcome: done('abandoned'), scope });
          assert.equal(verdict, 'cancelled');
          await scene.finish([scene.request('render'), done('nonce-b')]);
          assert.equal((await scene.run()).text, 'b'); // the trunk goes on as if nothing had been
          assert.doesNotMatch(scene.sent(), /Cancelled/);
          assert.equal((await say('Are you there?')).text, 'Given up.');
          assert.match(scene.sent(), /Cancelled \(its branch was abandoned\)/);
          assertNeverSent(scene, '"abandoned"');
          assert.deepEqual(
            (await scene.agent().quarantined(scene.scope)).map(({ id, reason }) => ({ id, reason })),
            [{ id: request.id, reason: 'cancelled' }],
          );
        },
      };
    },
  },
  {
    name: 'an abandoned branch: a result that was there is withheld from every model, and people find it',
    appliesTo: inStore,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('Given up.'), says('Nothing from here.')],
        play: async (scene) => {
          cast.enter(scene);
          const { scope, request, say } = await fork(scene);
          await scene.agent().settle({ id: request.id, outcome: done('untold'), scope });
          const { cancelled, withheld } = await scene.agent().abandon({ scope, reason: 'superseded' });
          assert.deepEqual([cancelled.length, withheld.map(({ id }) => id)], [0, [request.id]]);
          await say('Are you there?');
          assert.match(scene.sent(), /Withheld \(superseded\)/);
          await scene.say('Anything there?');
          assertNeverSent(scene, 'untold');
          const kept = await scene.agent().quarantined(scope);
          assert.deepEqual(
            kept.map(({ reason, outcome }) => ({ reason, outcome })),
            [{ reason: 'withheld', outcome: done('untold') }],
          );
          assert.deepEqual((await scene.agent().summary(scope)).untold, []);
        },
      };
    },
  },
];
