/// Which removed parts come back and what follows when they do not (OLD-01…09). How long they may take is the clock
/// `oldPartReturn`.
package struct OldPartsPolicy: PolicyBody {
  package static let key = PolicyKey.oldParts

  package enum Consequence: String, Hashable, Sendable, CaseIterable {
    /// The claim waits.
    case blocked
    /// A claim that was paid is charged back.
    case reversed
    /// Only told.
    case noted
  }

  /// What can be wrong with a return (OLD-06).
  package enum Fault: String, Hashable, Sendable, CaseIterable {
    case missing, wrong, late
  }

  /// Parts on claims are returned from this unit price on; others are kept at the station.
  package var returnFrom: Money
  /// Parts of these groups are returned whatever they cost.
  package var alwaysReturned: Set<ComponentGroup>
  /// Days that the station keeps a part that nobody asked for before it may scrap it.
  package var keepDays: Int
  package var consequences: [Fault: Consequence]
  /// Days that a blocked line waits before it is refused; `nil`: until the part comes.
  package var blockedDays: Int?
  /// Whether a late return may be excused by an approved statement in writing (P-16).
  package var lateStatementAllowed: Bool

  package static let pattern = PolicyDefaults.oldParts
  package static let fields = [
    PolicyField("alwaysReturned", \Self.alwaysReturned, .set(of: .choice(ComponentGroup.self))),
    PolicyField("blockedDays", \Self.blockedDays, .optional(.integer(1...730))),
    PolicyField(
      "consequences", \Self.consequences,
      .table(Fault.self, of: .choice(Consequence.self), standard: { PolicyDefaults.oldParts.consequences })),
    PolicyField("keepDays", \Self.keepDays, .integer(0...730)),
    PolicyField("lateStatementAllowed", \Self.lateStatementAllowed, .boolean),
    PolicyField("returnFrom", \Self.returnFrom, .amount),
  ]
}
