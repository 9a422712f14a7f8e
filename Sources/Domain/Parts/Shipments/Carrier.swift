/// A carrier or third-party logistics provider (第三方物流, PRT-16). Its people's tokens carry its identity and see its own
/// shipments.
package struct Carrier: Record {
  package typealias ID = Identifier<Carrier>
  package typealias Draft = CarrierDraft

  package static let resource = Resource.carrier

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package private(set) var profile: CarrierDraft.Profile
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, profile: CarrierDraft.Profile, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.profile = profile
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .network }

  package mutating func rewrite(as draft: CarrierDraft) throws(Refusal) {
    profile = draft.profile
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Carrier?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", before?.profile.name, profile.name)
    comparison.field("phone", before?.profile.phone, profile.phone)
    comparison.field("isActive", before?.profile.isActive ?? false, profile.isActive)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct CarrierDraft: Hashable, Sendable, ExternallyIdentified {
  package struct Profile: Hashable, Sendable {
    package var name: String
    /// Of the office, not of a person.
    package var phone: String?
    /// New shipments may be given to it.
    package var isActive: Bool

    package init(name: String, phone: String?, isActive: Bool) {
      self.name = name
      self.phone = phone
      self.isActive = isActive
    }
  }

  package let code: String
  package let profile: Profile
  package var externalIDs: [String: String]

  package init(code: String, profile: Profile, externalIDs: [String: String]) {
    self.code = code
    self.profile = profile
    self.externalIDs = externalIDs
  }
}

package struct CarrierFilter: Hashable, Sendable {
  package var code: String?
  package var isActive: Bool?

  package init() {}
}
