import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** All that is below a folder, by its path: what files hold, where links lead, and who may do what. */
export function treeOf(folder: string, below = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = join(below, name);
    const found = lstatSync(join(folder, path));
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(folder, path))}`;
    else if (found.isDirectory()) Object.assign(tree, { [path]: `folder ${mode}` }, treeOf(folder, path));
    else if (found.isFile()) tree[path] = `${mode} ${readFileSync(join(folder, path), 'utf8')}`;
    else tree[path] = 'something else';
  }
  return tree;
}
