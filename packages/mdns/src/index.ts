export { MdnsError, type MdnsErrorCode } from './errors.ts';
