/** What CertificateVerify signs, RFC 8446 4.4.3: 64 spaces, a text that tells the sides apart, a zero, the hash. */
export function signedContent(signer: 'client' | 'server', transcriptHash: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(`${' '.repeat(64)}TLS 1.3, ${signer} CertificateVerify\0`);
  const content = new Uint8Array(text.length + transcriptHash.length);
  content.set(text);
  content.set(transcriptHash, text.length);
  return content;
}
