export { checkInstallation, type Finding, type InstallationCheck } from './check-installation.ts';
export { type ListedPlugin, listPlugins } from './list-plugins.ts';
export { configuredPlugin, loadPlugins, type LoadedPlugin, pluginFrom } from './load-plugins.ts';
export { type NamedInput, namedInputs, type NamedInputsOptions } from './named-inputs.ts';
export { openOnDisk, ownFolder } from './open-network.ts';
export { default } from './plugin.ts';
export { installedPackage, packageOf, type PackageManifest, pluginPackages } from './plugin-packages.ts';
export { defineConfig, readConfig } from './read-config.ts';
export { inRunFolder, newRunFolder } from './run-folder.ts';
