/** An artifact isn't installed, for a reason in words: what is told to the control plane. */
export class ArtifactFailure extends Error {
  override readonly name = 'ArtifactFailure';

  constructor(
    message: string,
    /** What has arrived is worth keeping: another try goes on from there. */
    readonly resumable = false,
  ) {
    super(message);
  }
}

/** What the file system refused, in words. */
export function diskFailure(error: unknown, where: string): ArtifactFailure {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  // What Node says of a folder that can't be made on a disk that is read-only.
  if (code === 'ENOENT' && syscall === 'mkdir') return diskFailure({ code: 'EROFS' }, where);
  return new ArtifactFailure(`${wordsFor(code, where) ?? `${where}: ${message}`}. What ran before is as it was`);
}

function wordsFor(code: string | undefined, where: string): string | undefined {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `there is no space left in ${where}; make room, or lower keep_releases`;
    case 'EACCES':
    case 'EPERM':
      return `the agent may not write to ${where}; give it to the agent's user`;
    case 'EROFS':
      return `${where} is read-only; mount it for writing, or list it under ReadWritePaths of the agent's unit`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${where} can't be a folder: something that is none is in its way`;
    case 'EIO':
      return `the disk of ${where} is broken (EIO)`;
    default:
      return undefined;
  }
}

/** Whether the file system said it, not the network and not this program. */
export function isDiskError(error: unknown): boolean {
  const { syscall, path, code = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return syscall !== undefined && (path !== undefined || ON_DISK.has(code));
}

/** What writing to a file that is open says. */
const ON_DISK = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG']);
