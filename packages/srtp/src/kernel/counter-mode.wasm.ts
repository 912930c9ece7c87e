// Made of counter-mode.wat by `npm run kernels -- --write`; change that instead.
/** counter-mode.wat, assembled: for `instantiateKernel` of `@hawser/wire`. */
export const counterModeWasm =
  'AGFzbQEAAAABEgJgCH9/f39/f39/AGADf39/AAMDAgABBQMBADQHGwMGbWVtb3J5AgAIY291bnRlcnMAAAN4b3IAAQrTAQKSAQUB' +
  'fgF7AX4BfwF+IAKtQiCGIAOthCEIA0AgCEHAACAEa62I/RIhCSAIIASthiEKIAWtIQwgACAHQQR0aiELA0AgACAB/QAEACAJIAog' +
  'DIT9HgEgCf0NBwYFBAMCAQAPDg0MCwoJCP1R/QsEACAMQgF8IQwgAEEQaiIAIAtHDQALIAhCAXwhCCAGQQFrIgYNAAsLPQEBfyAA' +
  'IAJqIQMCQCACRQ0AA0AgACAA/QAEACAB/QAEAP1R/QsEACABQRBqIQEgAEEQaiIAIANJDQALCws=';
