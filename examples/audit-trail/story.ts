import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog, readAuditLog, readLineage, verifyAuditLog } from '@latecall/ai-sdk';
import type { ModelPolicy } from '@latecall/testing';
import { toolResults } from '../shared/read-view.ts';
import { createOutside } from '../shared/stories/outside.ts';
import { lastTold } from '../shared/stories/scripted-models.ts';
import type { App, Setup, Stage, Story } from '../shared/stories/story.ts';
import { createApp as onAiSdk } from './ai-sdk.ts';
import { createApp as onLangChain } from './langchain.ts';

export const story: Story = {
  'ai-sdk': (stage) => tell(stage, onAiSdk),
  langchain: (stage) => tell(stage, onLangChain),
};

async function tell<TOOLS>(stage: Stage, createApp: (setup: Setup) => App<TOOLS>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'latecall-audit-'));
  const file = join(folder, 'audit.jsonl');
  await converse({ stage, createApp, file });
  await ask({ lines: (await readFile(file, 'utf8')).split('\n'), print: stage.print });
  await rm(folder, { recursive: true });
}

/** Inspects, reads the finding, orders the repair that it calls for. */
const model: ModelPolicy = (view) => {
  const results = toolResults(view);
  if (results.length === 0) return { toolCalls: [{ name: 'inspect', arguments: { pump: 7 } }] };
  if (results.length > 1) return { text: lastTold(view) };
  return { toolCalls: [{ name: 'orderRepair', arguments: { pump: 7, because: lastTold(view) } }] };
};

/** The conversation, with a log of what happens in it. */
async function converse<TOOLS>(input: { stage: Stage; createApp: (setup: Setup) => App<TOOLS>; file: string }) {
  const { stage, createApp, file } = input;
  const { store, print, startModel } = stage;
  const log = createAuditLog({ write: (line) => appendFile(file, `${line}\n`) });

  const server = await startModel(model);
  const outside = createOutside();
  const setup = { store, print, baseURL: server.baseURL, outside, audit: log.sink };
  const { later, tools, openChat } = createApp(setup);
  const scope = { thread: 'chat-1' };
  const chat = openChat(scope);
  await chat.say('See to pump 7.');

  const inspection = { status: 'completed', result: { finding: 'a worn seal' } };
  await later.settle({ id: outside.order().id, outcome: inspection, tools, scope });
  print('outside', 'has inspected it: a worn seal');
  await chat.goOn();

  const failure = { status: 'failed', error: { message: 'there is no spare seal' } };
  await later.settle({ id: outside.order().id, outcome: failure, tools, scope });
  print('outside', 'cannot repair it: there is no spare seal');
  assert.equal(await chat.goOn(), 'Failed: there is no spare seal');
}

/** Somebody asks later: no store, no messages, no process of then. */
async function ask({ lines, print }: Pick<Stage, 'print'> & { lines: readonly string[] }): Promise<void> {
  const lineage = readLineage(await Array.fromAsync(readAuditLog(lines)));
  const [inspection, repair] = lineage.tasks();
  const turns = lineage.turns();
  const second = turns[1] ?? assert.fail('three turns are in the log');
  assert.ok(inspection !== undefined && repair !== undefined && turns.length === 3);

  print('', '');
  print('ask', 'Which results did the second turn see?');
  const seen = lineage.resultsSeenBy(second.id);
  assert.deepEqual(
    seen.map(({ id }) => id),
    [inspection.id],
  );
  print('log', seen.map(({ handle, outputDigest }) => `${handle}, SHA-256 ${outputDigest}`).join());

  print('ask', 'Which actions followed from the inspection?');
  const actions = lineage.actionsAfter(inspection.id).flatMap(({ calls }) => calls);
  assert.deepEqual(
    actions.map(({ toolName, task }) => [toolName, task]),
    [['orderRepair', repair.id]],
  );
  print('log', actions.map(({ toolName, callId }) => `${toolName} (call ${callId})`).join());

  print('ask', 'Why is the repair in its state?');
  const why = lineage.explain(repair.id);
  assert.equal(repair.state, 'failed');
  assert.match(why.at(-1)?.text ?? '', /^So it has failed, and turn ".+" was told\.$/);
  for (const { at, text } of why) print('log', `${new Date(at).toISOString()}  ${text}`);

  print('ask', 'Was the log changed since?');
  assert.equal((await verifyAuditLog(readAuditLog(lines))).ok, true);
  print('log', 'no');
  const forged = lines.map((line) => line.replace('"detail":"failed"', '"detail":"completed"'));
  const verified = await verifyAuditLog(readAuditLog(forged));
  assert.ok(!verified.ok && verified.problems[0]?.problem === 'edited');
  print('log', `if somebody writes "completed" into it: ${verified.problems[0].message}`);
}
