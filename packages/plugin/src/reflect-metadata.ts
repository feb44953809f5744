// tsyringe does not load without it. It needs a separate module: bundlers inline CommonJS modules into the body of an ES module, which runs after its imports.
import 'reflect-metadata';
