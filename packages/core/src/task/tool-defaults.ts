import type { AsyncToolDefinition } from './async-tool-definition.ts';

/** What `wrap` says for all tools that do not say it themselves. */
export type ToolDefaults = {
  readonly [KEY in 'mode' | 'delivery' | 'scheduling']?: AsyncToolDefinition[KEY] | undefined;
};

/** The definition with the defaults filled in. */
export function withToolDefaults<DEFINITION extends ToolDefaults>(
  definition: DEFINITION,
  defaults: ToolDefaults,
): DEFINITION {
  const { mode = defaults.mode, delivery = defaults.delivery, scheduling = defaults.scheduling } = definition;
  return {
    ...definition,
    ...(mode === undefined ? {} : { mode }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(scheduling === undefined ? {} : { scheduling }),
  };
}
