#!/usr/bin/env node
import { createPlugin } from './create-plugin.ts';

const [name, ...more] = process.argv.slice(2);
try {
  if (name === undefined || name.startsWith('-') || more.length)
    throw new Error('Give the new plugin’s name alone: npm create graft-plugin graft-plugin-swish');
  const files = await createPlugin(process.cwd(), name);
  console.log(
    `Wrote ${files.length} files into ${name}. What comes next:\n\n  cd ${name}\n  npm install\n  npm test\n\nThe README says how a project uses it.`,
  );
} catch (error) {
  console.error(`create-graft-plugin: ${(error as Error).message}`);
  process.exitCode = 1;
}
