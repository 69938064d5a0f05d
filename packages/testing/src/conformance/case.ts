import type { Variant } from './adapter.ts';
import type { Scene, SceneOptions } from './scene.ts';

/** One behaviour that every adapter must show, in every variant that it applies to. */
export interface ConformanceCase {
  readonly name: string;
  /** Made anew for each run of the case. */
  readonly setup: () => SceneOptions & { readonly play: (scene: Scene) => Promise<void> };
  /** Where it makes sense. @default everywhere */
  readonly appliesTo?: (variant: Variant) => boolean;
  /** It holds in mode `continue` too, with one more answer of the model behind each dispatch. @default false */
  readonly bothModes?: boolean;
  /** `forks`: two runs answer one history, or the app edits it, so that bodies need not grow. @default 'grows' */
  readonly wire?: 'grows' | 'forks';
}
