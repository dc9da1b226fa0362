import { writeFile } from 'node:fs/promises';
import { InputError } from '../../domain/errors';
import { EXIT } from '../exit';
import { INIT_TEMPLATE } from '../../schemas/init-template';
import { pathFrom } from '../paths';
import { verb, type AddVerb } from '../verb';

export const addInit: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'init',
    summary: 'write a commented deployment.yaml to begin with',
    example: 'belay init\nbelay init staging.yaml',
  })
    .argument('[file]', 'where to write it', 'deployment.yaml')
    .option('--force', 'overwrite a file that is there', false)
    .action(async (file: string, { force, json }: { force: boolean; json: boolean }) => {
      try {
        await writeFile(pathFrom(context.directory, file), INIT_TEMPLATE, { flag: force ? 'w' : 'wx' });
      } catch (error) {
        throw new InputError({ file, message: whyNotWritten(error as NodeJS.ErrnoException) });
      }
      if (json) context.output.json({ written: file });
      else context.output.line(`Wrote ${file}. Change it to fit, then try \`belay plan -f ${file}\`.`);
      done(EXIT.SUCCEEDED);
    });
};

function whyNotWritten(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EEXIST':
      return 'is there already; name another file, or give --force to overwrite it';
    case 'ENOENT':
      return 'its folder does not exist; make it first';
    case 'EACCES':
    case 'EROFS':
      return 'cannot be written here: permission is denied';
    case undefined:
    default:
      return `cannot be written: ${error.message}`;
  }
}
