// Stands for whatever does the long work: it takes a job, answers with a receipt at once, and is done later. It knows
// nothing of Latecall, and nobody but it knows the link of a video before the video is there.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

interface Video {
  readonly url: string;
}

export interface RenderFarm {
  /** Takes a job, once per key, and answers with a receipt. */
  submit(job: { readonly key: string; readonly script: string; readonly seconds?: number }): { jobId: string };
  /** Resolves when the job is done: in a real app a webhook, a queue message, a file that appears. */
  whenDone(jobId: string): Promise<Video>;
  /** The scripts that were taken, oldest first. */
  readonly scripts: readonly string[];
}

export function createRenderFarm(): RenderFarm {
  const jobs = new Map<string, { key: string; script: string; done: Promise<Video> }>();
  return {
    submit: ({ key, script, seconds = 0.2 }) => {
      const known = [...jobs].find(([, job]) => job.key === key);
      if (known !== undefined) return { jobId: known[0] };
      const jobId = `job_${jobs.size + 1}`;
      jobs.set(jobId, { key, script, done: render(seconds) });
      return { jobId };
    },
    whenDone: async (jobId) => {
      const job = jobs.get(jobId);
      if (job === undefined) throw new Error(`The farm has no job "${jobId}".`);
      return job.done;
    },
    get scripts() {
      return [...jobs.values()].map(({ script }) => script);
    },
  };
}

async function render(seconds: number): Promise<Video> {
  await setTimeout(seconds * 1000);
  return { url: `https://videos.example/${randomUUID()}.mp4` };
}
