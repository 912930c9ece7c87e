import { describe, expect, it } from 'vitest';
import type { AnyStats, StatsReport } from '../../src/index.ts';
import { type End, TwoPeers, type TwoPeersOptions } from '../support/two-peers.ts';

function reportOf({ driver }: End): StatsReport {
  return driver.act((machine, now) => machine.getStats(now));
}

function ofType<T extends AnyStats['type']>(report: StatsReport, type: T): Extract<AnyStats, { type: T }>[] {
  return [...report.values()].filter((stats): stats is Extract<AnyStats, { type: T }> => stats.type === type);
}

/** Two connections with a channel, over which ten messages went. */
function connected(options: TwoPeersOptions = {}): TwoPeers {
  const two = new TwoPeers(options);
  const channel = two.a.driver.act((machine, now) => machine.createDataChannel(now, { label: 'chat', protocol: 'p' }));
  two.runUntil(() => channel.state === 'open');
  const bytes = new TextEncoder().encode('twelve bytes');
  for (let i = 0; i < 10; i++) {
    two.a.driver.act((machine, now) => machine.send(now, channel, bytes, 0, bytes.length, false));
    two.run(100);
  }
  two.run(1000);
  return two;
}

describe('getStats', () => {
  it('is a map of entries by id, one time for all', () => {
    const report = reportOf(connected().a);
    for (const [id, stats] of report) expect(stats.id).toBe(id);
    expect(new Set([...report.values()].map(({ timestamp }) => timestamp)).size).toBe(1);
    const references = ofType(report, 'candidate-pair').flatMap((pair) => [
      pair.transportId,
      pair.localCandidateId,
      pair.remoteCandidateId,
    ]);
    for (const id of references) expect(report.has(id)).toBe(true);
  });

  it('has the pairs in the words and units of W3C', () => {
    const two = connected();
    const report = reportOf(two.a);
    const [transport] = ofType(report, 'transport');
    const selected = ofType(report, 'candidate-pair').find(({ id }) => id === transport.selectedCandidatePairId);
    if (selected === undefined) throw new Error('no pair is selected');
    const { paths, primary } = two.a.machine.getMultipathStats();
    const minRttMs = paths.find(({ id }) => id === primary)?.minRttMs ?? 0;
    expect(selected.state).toBe('succeeded');
    expect(selected.currentRoundTripTime).toBeCloseTo(minRttMs / 1000, 2);
    expect(selected.totalRoundTripTime / (selected.currentRoundTripTime ?? 1)).toBeCloseTo(
      selected.responsesReceived,
      -1,
    );
    expect(selected.packetsSent).toBeGreaterThan(0);
    expect(selected.bytesSent).toBeGreaterThan(selected.packetsSent * 20);
    expect(selected.requestsSent).toBeGreaterThanOrEqual(1);
    expect(selected.consentRequestsSent).toBeGreaterThanOrEqual(1);
    expect(selected.requestsReceived).toBeGreaterThanOrEqual(1);
    expect(selected.lastPacketSentTimestamp).toBeLessThanOrEqual(selected.timestamp);
    const remote = ofType(reportOf(two.b), 'candidate-pair');
    const received = remote.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
    expect(received).toBeLessThanOrEqual(transport.packetsSent);
  });

  it('has the candidates of both ends, each once', () => {
    const report = reportOf(connected().a);
    const local = ofType(report, 'local-candidate');
    const remote = ofType(report, 'remote-candidate');
    expect(local.map(({ candidateType, protocol }) => [candidateType, protocol])).toEqual([
      ['host', 'udp'],
      ['host', 'udp'],
    ]);
    expect(remote).toHaveLength(2);
    for (const { address, port, priority } of [...local, ...remote]) {
      expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(port).toBeGreaterThan(0);
      expect(priority).toBeGreaterThan(2 ** 30);
    }
  });

  it('has the transport and its roles', () => {
    const two = connected();
    const [a] = ofType(reportOf(two.a), 'transport');
    const [b] = ofType(reportOf(two.b), 'transport');
    expect(a).toMatchObject({ iceRole: 'controlling', iceState: 'connected', dtlsState: 'connected' });
    expect(b.iceRole).toBe('controlled');
    expect([a.dtlsRole, b.dtlsRole].sort()).toEqual(['client', 'server']);
    expect(a.iceLocalUsernameFragment).not.toBe(b.iceLocalUsernameFragment);
  });

  it.each([
    ['1.2', 'FEFD', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['1.3', 'FEFC', 'TLS_AES_128_GCM_SHA256'],
  ] as const)('names what DTLS %s agreed on', (version, tlsVersion, dtlsCipher) => {
    const dtls = { versions: [version] };
    const two = connected({ a: { dtls }, b: { dtls, srtpProfiles: [2, 1] } });
    for (const side of [two.a, two.b]) {
      const [transport] = ofType(reportOf(side), 'transport');
      expect(transport).toMatchObject({ tlsVersion, dtlsCipher, srtpCipher: 'SRTP_AES128_CM_HMAC_SHA1_80' });
    }
  });

  it('has the messages of each channel', () => {
    const two = connected();
    expect(ofType(reportOf(two.a), 'data-channel')).toMatchObject([
      { label: 'chat', protocol: 'p', state: 'open', messagesSent: 10, bytesSent: 120, messagesReceived: 0 },
    ]);
    expect(ofType(reportOf(two.b), 'data-channel')).toMatchObject([{ messagesReceived: 10, bytesReceived: 120 }]);
  });

  it('has ours besides: each path and the session, flat', () => {
    const report = reportOf(connected().a);
    const paths = ofType(report, 'hawser-path');
    expect(paths.length).toBe(ofType(report, 'candidate-pair').length);
    for (const path of paths) expect(report.has(String(path.candidatePairId))).toBe(true);
    const [session] = ofType(report, 'hawser-session');
    expect(session).toMatchObject({ hawserPeer: true, failovers: 0, isBacklogged: false });
    for (const name of ['redundancyRatio', 'goodputBps', 'delayP99Ms', 'uniqueBytes']) {
      expect(session[name]).toEqual(expect.any(Number));
    }
    for (const stats of [...paths, session]) {
      for (const value of Object.values(stats)) expect(typeof value).toMatch(/^(number|string|boolean)$/);
    }
  });

  it('can be had before there is anything, and after the end', () => {
    const two = new TwoPeers();
    expect(ofType(reportOf(two.a), 'transport')).toMatchObject([{ dtlsState: 'new', packetsSent: 0 }]);
    two.a.driver.act((machine, now) => machine.createDataChannel(now, { label: 'chat' }));
    two.runUntil(() => two.isConnected);
    two.a.driver.act((machine, now) => machine.close(now));
    two.run(100);
    expect(ofType(reportOf(two.a), 'transport')).toMatchObject([{ iceState: 'closed' }]);
  });
});
