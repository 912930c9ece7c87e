/** Version negotiation: supported_versions (RFC 8446 4.2.1, RFC 9147 5.3) and the mark against downgrades (RFC 8446 4.1.3). */
import { Cursor } from '@hawser/wire';
import type { ResolvedConfig } from '../config.ts';
import { type ClientHello, parseClientHello } from '../handshake/messages/client-hello.ts';
import { ExtensionType, extensionData } from '../handshake/messages/extensions.ts';
import { type HandshakeMessage, HandshakeType } from '../handshake/messages/header.ts';
import { parseServerHello } from '../handshake/messages/server-hello.ts';
import { build, readU16List } from '../handshake/messages/vectors.ts';
import { ProtocolVersion } from '../record/record.ts';

/** The client's list: numbers behind an 8-bit length. */
export function writeClientVersions(versions: readonly number[]): Uint8Array {
  return build(1 + 2 * versions.length, (writer) => {
    writer.u8(2 * versions.length);
    for (const version of versions) writer.u16(version);
  });
}

/** At least one; undefined when malformed. */
export function parseClientVersions(data: Uint8Array): number[] | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const versions = readU16List(cursor, cursor.u8());
  return cursor.failed || cursor.remaining !== 0 || versions.length === 0 ? undefined : versions;
}

/** The server's choice: one number. */
export function writeServerVersion(version: number): Uint8Array {
  return Uint8Array.of(version >>> 8, version);
}

export function parseServerVersion(data: Uint8Array): number | undefined {
  return data.length === 2 ? (data[0] << 8) | data[1] : undefined;
}

/** Whether the client speaks DTLS 1.3; a list that cannot be read says nothing. */
export function speaks13(hello: ClientHello): boolean {
  const data = extensionData(hello.extensions, ExtensionType.supportedVersions);
  return data !== undefined && parseClientVersions(data)?.includes(ProtocolVersion.dtls13) === true;
}

/** Whether `message` is a ClientHello that asks a server for DTLS 1.3, and we speak that. */
export function asksFor13(config: ResolvedConfig, message: HandshakeMessage): boolean {
  if (!config.versions.includes('1.3') || message.type !== HandshakeType.clientHello) return false;
  const hello = parseClientHello(message.body);
  return hello !== undefined && speaks13(hello);
}

/** Whether `message` is how a server of 1.2 answers a hello; one that cannot be read is left to those who say so. */
export function isAnswerOf12(message: HandshakeMessage): boolean {
  if (message.type === HandshakeType.helloVerifyRequest) return true;
  if (message.type !== HandshakeType.serverHello) return false;
  const hello = parseServerHello(message.body);
  return hello !== undefined && extensionData(hello.extensions, ExtensionType.supportedVersions) === undefined;
}

/** A server that speaks 1.3 and agrees on 1.2 says so with the last bytes of its random: "DOWNGRD", 1. */
export function markDowngrade(config: ResolvedConfig, serverRandom: Uint8Array): void {
  if (config.versions.includes('1.3')) serverRandom.set(DOWNGRADE_MARK, 32 - DOWNGRADE_MARK.length);
}

/** Whether a server that would have spoken 1.3 was talked out of it: a client that offered 1.3 must not go on. */
export function isDowngraded(config: ResolvedConfig, serverRandom: Uint8Array): boolean {
  if (!config.versions.includes('1.3')) return false;
  return DOWNGRADE_MARK.every((byte, i) => serverRandom[32 - DOWNGRADE_MARK.length + i] === byte);
}

const DOWNGRADE_MARK = Uint8Array.of(0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01);
