// tsyringe refuses to load without it. A module of its own: bundlers run what an ES module imports before its own body, where they put CommonJS modules.
import 'reflect-metadata';
