export type { NamedMasterKey, SrtpConfig } from './config.ts';
export type { SrtpCounters } from './counters.ts';
export { type Aead, type Authenticator, type CounterMode, defaultCrypto, type SrtpCrypto } from './crypto.ts';
export { SrtpError, type SrtpErrorCode } from './errors.ts';
export {
  keyingMaterialBytes,
  type MasterKey,
  type SplitKeyingMaterial,
  splitKeyingMaterial,
} from './keying-material.ts';
export { DTLS_SRTP_PROFILES, SrtpProfile } from './profile.ts';
export { SrtpContext } from './srtp-context.ts';
export type { SrtpState, StreamState } from './state.ts';
