interface Waiting<T> {
  readonly key: string;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Turns the loads of single keys that begin in one turn of the event loop into one load of many. */
export class LoadBatch<T> {
  private waiting: Waiting<T>[] = [];

  constructor(private readonly loader: (keys: readonly string[]) => Promise<readonly T[]>) {}

  load(key: string): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => void this.flush());
      this.waiting.push({ key, resolve, reject });
    });
  }

  private async flush(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    try {
      const values = await this.loader(waiting.map(({ key }) => key));
      if (values.length !== waiting.length) {
        throw new RangeError(`the loader was asked for ${waiting.length} values and gave ${values.length}`);
      }
      waiting.forEach(({ resolve }, index) => resolve(values[index]));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
