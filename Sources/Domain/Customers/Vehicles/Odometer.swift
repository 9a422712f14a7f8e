/// The rule of one vehicle's odometer in the whole network: kilometres never fall, unless the instrument cluster was
/// replaced and somebody says so (domain.md section 7). Readings that arrive late are held against both neighbours in
/// time.
package struct OdometerLedger: Hashable, Sendable {
  /// What the instrument showed.
  package struct Reading: Hashable, Sendable {
    /// Whole kilometres on the cluster of that time.
    package let kilometres: Int
    package let at: Timestamp

    package init(kilometres: Int, at instant: Timestamp) {
      self.kilometres = kilometres
      at = instant
    }
  }

  package enum Plausibility: Hashable, Sendable {
    case accepted
    /// Below the reading before it.
    case drop(previous: Int)
    /// Above a reading that is later in time.
    case exceedsLater(next: Int)
    /// Possible, but faster than a vehicle drives: a warning only.
    case implausibleJump(kilometresPerDay: Int)
  }

  /// More than this per day is shown as a warning.
  package static let dailyLimit = 2_000
  /// No instrument shows more.
  package static let maximum = 9_999_999

  /// The latest reading of the present cluster before the one in question.
  package let previous: Reading?
  /// The earliest one after it, when it arrives late.
  package let next: Reading?
  /// Kilometres driven on earlier clusters, less what the present one showed when it was built in.
  package let offset: Int

  package init(previous: Reading?, next: Reading? = nil, offset: Int = 0) {
    self.previous = previous
    self.next = next
    self.offset = offset
  }

  /// Kilometres that the vehicle has driven in its life when the present cluster shows that much.
  package func totalDistance(at kilometres: Int) -> Int { kilometres + offset }

  /// Parts of a day count as a whole one, so that two readings of one afternoon are no jump.
  package func plausibility(of kilometres: Int, at instant: Timestamp) -> Plausibility {
    if let previous, kilometres < previous.kilometres { return .drop(previous: previous.kilometres) }
    if let next, kilometres > next.kilometres { return .exceedsLater(next: next.kilometres) }
    if let previous {
      let seconds = max(instant.seconds(since: previous.at), 0)
      let days = max(Int((seconds + 86_399) / 86_400), 1)
      let distance = kilometres - previous.kilometres
      if distance > Self.dailyLimit * days { return .implausibleJump(kilometresPerDay: distance / days) }
    }
    return .accepted
  }

  /// Holds a reading against the rule before it is stored.
  /// - Returns: a sentence when the reading is odd but stands.
  /// - Throws: `Refusal.invalid` outside 0…9,999,999; `Refusal.conflict` (`odometer-fell`) when kilometres would fall.
  @discardableResult
  package func admit(
    _ kilometres: Int, at instant: Timestamp, pointer: String = "#/odometerKm"
  ) throws(Refusal) -> String? {
    try Self.requireRange(kilometres, pointer)
    switch plausibility(of: kilometres, at: instant) {
    case .accepted: return nil
    case .implausibleJump(let perDay):
      return "\(perDay) km a day since the last reading is more than \(Self.dailyLimit): please check the reading."
    case .drop(let previous):
      throw Self.fell(
        "\(kilometres) km is less than the \(previous) km read before; if the cluster was replaced, record that first.",
        kilometres, previous)
    case .exceedsLater(let next):
      throw Self.fell("\(kilometres) km is more than the \(next) km read later.", kilometres, next)
    }
  }

  /// The ledger after a reading that was admitted.
  package func recording(_ reading: Reading) throws(Refusal) -> OdometerLedger {
    try admit(reading.kilometres, at: reading.at)
    return OdometerLedger(previous: reading, next: next, offset: offset)
  }

  /// The ledger after a replacement of the cluster: the new one may show less, the life of the vehicle goes on.
  /// - Throws: as `admit` for the old cluster's last kilometres; `Refusal.invalid` for the new one's and a missing
  ///   reason.
  package func replacingCluster(_ replacement: ClusterReplacement) throws(Refusal) -> OdometerLedger {
    var found: [Violation] = []
    for (kilometres, pointer) in [
      (replacement.oldKilometres, "#/oldClusterKm"), (replacement.newKilometres, "#/newClusterKm"),
    ] where !(0...Self.maximum).contains(kilometres) {
      found.append(Self.outOfRange(pointer))
    }
    if replacement.reason.allSatisfy(\.isWhitespace) {
      found.append(
        Violation(pointer: "#/reason", code: .required, detail: "must say why the cluster was replaced"))
    }
    if next != nil {
      found.append(
        Violation(pointer: "#/at", code: .inconsistent, detail: "a later reading of the old cluster is recorded"))
    }
    if !found.isEmpty { throw .invalid(found) }
    try admit(replacement.oldKilometres, at: replacement.at, pointer: "#/oldClusterKm")
    return OdometerLedger(
      previous: Reading(kilometres: replacement.newKilometres, at: replacement.at),
      offset: offset + replacement.oldKilometres - replacement.newKilometres)
  }

  private static func requireRange(_ kilometres: Int, _ pointer: String) throws(Refusal) {
    if !(0...maximum).contains(kilometres) { throw .invalid([outOfRange(pointer)]) }
  }

  private static func outOfRange(_ pointer: String) -> Violation {
    Violation(
      pointer: pointer, code: .outOfRange, detail: "must be 0 to \(maximum)",
      limits: ["min": "0", "max": "\(maximum)"])
  }

  private static func fell(_ detail: String, _ kilometres: Int, _ recorded: Int) -> Refusal {
    .conflict(code: "odometer-fell", detail: detail, ConflictMember.odometer(kilometres, recorded: recorded))
  }
}

/// The event that explains why an odometer shows less than before.
package struct ClusterReplacement: Hashable, Sendable {
  /// What the old cluster showed last.
  package let oldKilometres: Int
  /// What the new one showed when it was built in.
  package let newKilometres: Int
  package let at: Timestamp
  package let reason: String

  package init(oldKilometres: Int, newKilometres: Int, at instant: Timestamp, reason: String) {
    self.oldKilometres = oldKilometres
    self.newKilometres = newKilometres
    at = instant
    self.reason = reason
  }
}
