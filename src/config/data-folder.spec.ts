import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolder, DataFolderInUseError, readSettings } from './index.js';

describe('the data folder', () => {
  let parent: string;
  const claimed: DataFolder[] = [];

  beforeEach(() => {
    parent = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-folder-')));
  });

  afterEach(() => {
    for (const folder of claimed.splice(0)) folder.onApplicationShutdown();
    rmSync(parent, { recursive: true });
  });

  function folderAt(DATA_DIR: string): DataFolder {
    const folder = new DataFolder(readSettings({ DATA_DIR }));
    claimed.push(folder);
    return folder;
  }

  it('is made for its owner alone, and claimed once', async () => {
    const path = join(parent, 'deep', 'data');
    const folder = folderAt(path);
    expect(await Promise.all([folder.claim(), folder.claim()])).toEqual([path, path]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('is refused to a second claim, by any of its names, until the first ends', async () => {
    const path = join(parent, 'data');
    const first = folderAt(path);
    await first.claim();
    symlinkSync(path, join(parent, 'alias'));
    for (const name of [path, join(parent, 'alias'), `${path}/../data`]) {
      const error: unknown = await folderAt(name)
        .claim()
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataFolderInUseError);
      expect((error as Error).message).toContain(`is in use by process ${process.pid}.`);
    }
    first.onApplicationShutdown();
    expect(await folderAt(path).claim()).toBe(path);
  });

  it('may lie deeper than a socket’s path may be long', async () => {
    const path = join(parent, 'x'.repeat(100), 'y'.repeat(100));
    mkdirSync(path, { recursive: true });
    expect(await folderAt(path).claim()).toBe(path);
    await expect(folderAt(path).claim()).rejects.toThrow(DataFolderInUseError);
  });
});
