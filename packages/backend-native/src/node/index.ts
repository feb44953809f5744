export { createNativeBackend, type NativeBackend, type NativeBackendOptions } from './create-native-backend.ts';
export type { LibraryOptions } from './native-libraries.ts';
export { default, default as nativePlugin } from './plugin.ts';
