/// What one step of a document means for its clocks (domain.md section 4): which begin, which have come to what they wait for,
/// which have nothing to wait for any more, and which run as another case of their kind from now on.
package struct ClockSignal: Hashable, Sendable {
  package let started: [ClockKind]
  package let stopped: [ClockKind]
  package let cancelled: [ClockKind]
  /// Those that are counted anew from their own start, with the case in `variants` or the plain rule.
  package let recounted: [ClockKind]
  /// Of what is started or recounted.
  package let variants: [ClockKind: ClockRule.Variant]

  package init(
    started: [ClockKind] = [], stopped: [ClockKind] = [], cancelled: [ClockKind] = [], recounted: [ClockKind] = [],
    variants: [ClockKind: ClockRule.Variant] = [:]
  ) {
    self.started = started
    self.stopped = stopped
    self.cancelled = cancelled
    self.recounted = recounted
    self.variants = variants
  }

  package var isEmpty: Bool { started.isEmpty && stopped.isEmpty && cancelled.isEmpty && recounted.isEmpty }

  /// As members of the step's event.
  package var data: [String: EventValue] {
    let named = [("clocksStarted", started), ("clocksStopped", stopped), ("clocksCancelled", cancelled)]
    return Dictionary(
      uniqueKeysWithValues: named.filter { !$0.1.isEmpty }.map { name, kinds in
        (name, .list(kinds.map { .text($0.rawValue) }))
      })
  }
}
