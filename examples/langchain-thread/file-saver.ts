// The smallest checkpointer that outlives a process: LangGraph's MemorySaver, with what it holds in one file. For this
// example only: it knows of one process at a time. A real app takes PostgresSaver or SqliteSaver of LangGraph.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { MemorySaver } from '@langchain/langgraph';

type Held = Pick<MemorySaver, 'storage' | 'writes'>;

export class FileSaver extends MemorySaver {
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
    if (!existsSync(file)) return;
    const { storage, writes }: Held = deserialize(readFileSync(file));
    this.storage = storage;
    this.writes = writes;
  }

  override async put(...checkpoint: Parameters<MemorySaver['put']>) {
    const config = await super.put(...checkpoint);
    this.#save();
    return config;
  }

  override async putWrites(...writes: Parameters<MemorySaver['putWrites']>) {
    await super.putWrites(...writes);
    this.#save();
  }

  /** Either the old file or the new one is there, whenever the process dies. */
  #save() {
    const { storage, writes }: Held = this;
    writeFileSync(`${this.#file}.new`, serialize({ storage, writes }));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
