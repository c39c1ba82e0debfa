export { assertProtected, isLoopback, ProtectedModeError } from './protected-mode.js';
