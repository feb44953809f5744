#!/usr/bin/env node
import { createPlugin } from './create-plugin.ts';

const [name, ...more] = process.argv.slice(2);
try {
  if (name === undefined || name.startsWith('-') || more.length)
    throw new Error('Give only the name of the new plugin: npm create graft-plugin graft-plugin-swish');
  const files = await createPlugin(process.cwd(), name);
  console.log(
    `Wrote ${files.length} files to ${name}. Next steps:\n\n  cd ${name}\n  npm install\n  npm test\n\nSee its README for how to use it in a project.`,
  );
} catch (error) {
  console.error(`create-graft-plugin: ${(error as Error).message}`);
  process.exitCode = 1;
}
