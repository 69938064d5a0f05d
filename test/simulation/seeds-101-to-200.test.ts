import { describeSeeds } from './expect-every-law.ts';

describeSeeds({ from: 101, to: 200 });
