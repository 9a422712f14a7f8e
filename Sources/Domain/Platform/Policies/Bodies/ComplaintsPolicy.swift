/// How complaints are handled (SM-4). What makes one major, and who sits in its team, stands in `qualityLevels`; its deadlines
/// in `clocks`.
package struct ComplaintsPolicy: PolicyBody {
  package static let key = PolicyKey.complaints

  /// How often a complaint is reopened; after that a customer who is not satisfied is the leaders' case.
  package var reopenings: Int

  package static let pattern = PolicyDefaults.complaints
  package static let fields = [PolicyField("reopenings", \Self.reopenings, .integer(0...20))]
}
