// How each kind of order goes in the stand-in for the outside world.

export interface Step {
  /** Milliseconds of work before it. */
  readonly after?: number;
  /** What is posted then. */
  readonly post: object | ((order: Standing) => object | 'wait for an answer');
}

interface Standing {
  readonly number: number;
  /** By the key of the question. */
  readonly answers: Readonly<Record<string, unknown>>;
}

const progress = (fraction: number, message: string) => ({ progress: { fraction, message } });
const completed = (result: object) => ({ status: 'completed', result });

export const courses: Readonly<Record<string, readonly Step[]>> = {
  video: [
    { after: 800, post: progress(0.1, 'Reading the script') },
    { after: 2_000, post: progress(0.3, 'Rendering, frame 72 of 240') },
    { after: 2_000, post: progress(0.55, 'Rendering, frame 132 of 240') },
    { after: 2_000, post: progress(0.8, 'Rendering, frame 192 of 240') },
    { after: 2_000, post: progress(0.95, 'Encoding') },
    { after: 1_200, post: ({ number }) => completed({ url: `https://videos.example/${number}.mp4`, seconds: 10 }) },
  ],
  table: [
    {
      after: 1_500,
      post: {
        inputRequest: {
          key: 'time',
          message: 'The restaurant asks: at what time, and inside or on the terrace?',
          schema: {
            type: 'object',
            properties: {
              time: { type: 'string', title: 'Time', enum: ['18:30', '19:30', '21:00'] },
              place: { type: 'string', title: 'Place', enum: ['inside', 'terrace'] },
            },
            required: ['time', 'place'],
          },
        },
      },
    },
    {
      after: 1_200,
      post: ({ answers: { time: said } }) => {
        if (said === undefined) return 'wait for an answer';
        const { time = '19:30', place = 'inside' } = (typeof said === 'object' ? said : { time: said }) as {
          time?: string;
          place?: string;
        };
        return completed({ table: `a table for four on Friday, ${place}`, time });
      },
    },
  ],
  payment: [
    { after: 1_500, post: progress(0.5, 'The bank is checking') },
    { after: 2_500, post: ({ number }) => completed({ reference: `NW-${number}` }) },
  ],
  poster: [
    { after: 1_500, post: progress(0.2, 'Warming up the printer') },
    { after: 2_500, post: { status: 'failed', error: { message: 'The print shop has run out of paper.' } } },
  ],
  supplier: [], // never answers
  tide: [{ after: 11_000, post: completed({ centimetres: 412 }) }],
  payroll: [{ after: 3_000, post: completed({ total: 182_000, confidential: true }) }],
};
