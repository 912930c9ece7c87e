/**
 * Shortens every IP address in `text` to its network's prefix (two octets, two groups), and every run of 16 or more
 * characters of hexadecimal, base64 or ice-chars that has a digit in it, which may be a key or a password, to nothing. What is left
 * tells which network, and not who.
 */
export function redact(text: string): string {
  return text.replace(IPV6, shortenIpv6).replace(IPV4, '$1.$2.x.x').replace(SECRET, hideSecret);
}

function shortenIpv6(match: string): string {
  const groups = match.split(':');
  // Times (12:34:56) have two colons and no empty group.
  if (groups.length < 4 && !match.includes('::')) return match;
  return `${groups[0]}:${groups[1]}::x`;
}

function hideSecret(match: string): string {
  return /\d/.test(match) && /[A-Za-z]/.test(match) ? '…' : match;
}

const IPV4 = /\b(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}\b/g;
const IPV6 = /(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])/g;
const SECRET = /[A-Za-z0-9+/]{16,}={0,2}/g;
