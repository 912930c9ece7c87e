import { type FlowStatistics, SBD } from './flow-statistics.ts';

/**
 * Divides the paths that are at a bottleneck by the shapes of their delays (RFC 8382 3.3.1): in turn by oscillation, variability,
 * skewness, and loss where there is enough of it.
 *
 * @param into gets a number per flow: 0 for one that is at no bottleneck, equal ones above 0 for flows that share one
 */
export function groupFlows(flows: readonly FlowStatistics[], into: Int32Array): void {
  for (let i = 0; i < flows.length; i++) into[i] = flows[i].bottleneck ? 1 : 0;
  divide(flows, into, freqEst, () => SBD.pF);
  divide(flows, into, varEst, (highest) => SBD.pMad * highest);
  divide(flows, into, skewEst, () => SBD.pS);
  divide(flows, into, pktLoss, (highest) => (highest > SBD.pL ? SBD.pD * highest : Number.POSITIVE_INFINITY));
}

const freqEst = (flow: FlowStatistics) => flow.freqEst;
const varEst = (flow: FlowStatistics) => flow.varEst;
const skewEst = (flow: FlowStatistics) => flow.skewEst;
const pktLoss = (flow: FlowStatistics) => flow.pktLoss;

/** Within each group: sorted by the metric, from the highest, a new group begins where the step down is too large. */
function divide(
  flows: readonly FlowStatistics[],
  groups: Int32Array,
  metric: (flow: FlowStatistics) => number,
  thresholdAt: (highest: number) => number,
): void {
  const order = [...flows.keys()].filter((i) => groups[i] > 0);
  order.sort((a, b) => groups[a] - groups[b] || metric(flows[b]) - metric(flows[a]));
  let next = 0;
  let formerGroup = 0;
  let former = Number.NaN;
  for (const i of order) {
    const value = metric(flows[i]);
    const fresh = groups[i] !== formerGroup;
    // An equal value always belongs to the same group, whatever the threshold.
    const apart = former - value > 0 && !(former - value < thresholdAt(former));
    if (fresh || apart) next++;
    formerGroup = groups[i];
    former = value;
    groups[i] = next;
  }
}
