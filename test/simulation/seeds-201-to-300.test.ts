import { describeSeeds } from './expect-every-law.ts';

describeSeeds({ from: 201, to: 300 });
