import { describeSeeds } from './expect-every-law.ts';

describeSeeds({ from: 1, to: 100 });
