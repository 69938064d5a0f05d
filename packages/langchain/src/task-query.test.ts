import { MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';

const scope = { thread: 'thread-1' };

/** Dispatches, then waits for it by the tool, then speaks. */
const waiting = [calls(['render', { script: 'a' }]), calls(['check_tasks', { waitFor: 'all' }]), says('It is at u.')];

const agents = {
  createAgent: (scene: Scene) =>
    createAgent({
      model: scene.model,
      ...scene.later.wrap({ tools: [scene.render({ mode: 'continue' }), scene.later.taskQuery()] }),
      checkpointer: new MemorySaver(),
    }),
  'a graph of your own': (scene: Scene) => {
    const { tools, project } = scene.later.wrap({
      tools: [scene.render({ mode: 'continue' }), scene.later.taskQuery()],
    });
    const calling = scene.model.bindTools(tools);
    return new StateGraph(MessagesAnnotation)
      .addNode('agent', async ({ messages }, config) => {
        const answer = await project(messages, (prompt) => calling.invoke(prompt), { config });
        return { messages: answer === undefined ? [] : [answer] };
      })
      .addNode('tools', new ToolNode(tools))
      .addEdge(START, 'agent')
      .addConditionalEdges('agent', toolsCondition)
      .addEdge('tools', 'agent')
      .compile({ checkpointer: new MemorySaver() });
  },
};

for (const [name, create] of Object.entries(agents)) {
  describe(`the task query in ${name}`, () => {
    it('waits in a run that has ended, without a model call, until the result is there', () =>
      playScene({ model: waiting }, async (scene) => {
        const agent = create(scene);
        await agent.invoke({ messages: [asks()] }, thread());
        for (const _ of [1, 2]) await agent.invoke({ messages: [] }, thread());
        expect(scene.server.requests).toHaveLength(2);
        const [task] = (await scene.later.pending(scope)).filter(({ toolName }) => toolName === 'render');
        await scene.later.settle({ id: task?.id ?? '', outcome: done('u'), scope, tools: [scene.render()] });
        const told = await agent.invoke({ messages: [] }, thread());
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        const wire = scene.sent().replaceAll('\\', '');
        expect(wire).toContain(`{"handle":"${task?.handle}","tool":"render","status":"completed; you are given it"}`);
        expect(wire).toContain('{"url":"u"}');
        expect(scene.submissions()).toEqual({ a: 1 });
      }));

    it('refuses a handle that is not there as a tool message, and the run goes on', () =>
      playScene(
        { model: [calls(['check_tasks', { handles: ['render_nope'] }]), says('There is none.')] },
        async (scene) => {
          const state = await create(scene).invoke({ messages: [asks()] }, thread());
          expect(state.messages.at(-1)?.text).toBe('There is none.');
          expect(state.messages.at(-2)?.text).toContain('names no task of this conversation. There is none.');
        },
      ));
  });
}
