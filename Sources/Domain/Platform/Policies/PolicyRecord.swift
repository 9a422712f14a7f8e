/// A part of a body that is an object with named members.
package protocol PolicyRecord: Hashable, Sendable {
  static var fields: [PolicyField<Self>] { get }
  /// A sound value. Reading starts from it and overwrites every member; a stored version keeps from it only what is
  /// younger than the version.
  static var pattern: Self { get }
  /// The name of its schema in openapi.yaml. `nil`: described where it stands.
  static var component: String? { get }
  /// Rules between the members. Asked only when every member by itself is sound.
  static func check(_ record: Self, _ faults: inout PolicyFaults)
}

extension PolicyRecord {
  package static var component: String? { nil }

  package static func check(_ record: Self, _ faults: inout PolicyFaults) {}

  static var schema: PolicySchema { .members(fields.map { ($0.name, $0.schema, $0.mayBeAbsent) }) }
}

/// One member of a record: its name, where it is kept, how it is written.
package struct PolicyField<Record: Sendable>: Sendable {
  let name: String
  let schema: PolicySchema
  let mayBeAbsent: Bool
  /// Reads the member, if it is there, into the record.
  let read: @Sendable (EventValue?, inout Record, inout PolicyFaults) -> Void
  let write: @Sendable (Record) -> EventValue

  init<Value>(_ name: String, _ path: any WritableKeyPath<Record, Value> & Sendable, _ codec: PolicyCodec<Value>) {
    self.name = name
    schema = codec.schema
    mayBeAbsent = codec.mayBeAbsent
    read = { value, record, faults in
      if value == nil, faults.fillsGaps { return }
      let present = value ?? .null
      if present == .null, !codec.mayBeAbsent {
        let _: Never? = faults.add(.required, "is required")
      } else if let read = codec.read(present, &faults) {
        record[keyPath: path] = read
      }
    }
    write = { codec.write($0[keyPath: path]) }
  }
}

extension PolicyCodec where Value: PolicyRecord {
  static var record: PolicyCodec {
    let fields = Value.fields
    return PolicyCodec(
      schema: Value.component.map {
        PolicySchema(request: .reference("\($0)Input"), answer: .reference($0))
      } ?? Value.schema,
      read: { value, faults in
        guard case .object(let members) = value else { return faults.wrongType("an object", value) }
        let before = faults.found.count
        if !faults.fillsGaps { faults.refuseUnknown(members, known: Set(fields.map(\.name))) }
        var record = Value.pattern
        for field in fields {
          faults.within(.member(field.name)) { field.read(members[field.name], &record, &$0) }
        }
        guard faults.found.count == before else { return nil }
        // A stored version was judged by the rules of its day.
        if !faults.fillsGaps { Value.check(record, &faults) }
        return faults.found.count == before ? record : nil
      },
      write: { record in
        .object(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.write(record)) }))
      })
  }
}

/// The numbers of one key.
package protocol PolicyBody: PolicyRecord {
  static var key: PolicyKey { get }
}

extension PolicyBody {
  /// What comes with the product (version 0).
  package static var standard: Self { pattern }

  /// Reads what a client wrote; with faults, there is no body.
  package static func read(_ value: EventValue) -> (body: Self?, faults: [PolicyFault]) {
    var faults = PolicyFaults()
    let body = PolicyCodec<Self>.record.read(value, &faults)
    return (body, faults.found)
  }

  /// Reads a stored version, which may be older than some members of the body. `nil`: it was not written by this
  /// product.
  package init?(stored value: EventValue) {
    var faults = PolicyFaults(fillsGaps: true)
    guard let body = PolicyCodec<Self>.record.read(value, &faults) else { return nil }
    self = body
  }

  package var written: EventValue { PolicyCodec<Self>.record.write(self) }

  /// `ClocksPolicy`, and `ClocksPolicyInput` in requests.
  package static var component: String? { "\(key.rawValue.prefix(1).uppercased())\(key.rawValue.dropFirst())Policy" }
}

extension PolicyKey {
  package var body: any PolicyBody.Type {
    switch self {
    case .clocks: ClocksPolicy.self
    case .qualityLevels: QualityLevelsPolicy.self
    case .warranty: WarrantyPolicy.self
    case .threeGuarantees: ThreeGuaranteesPolicy.self
    case .claimRules: ClaimRulesPolicy.self
    case .goodwill: GoodwillPolicy.self
    case .oldParts: OldPartsPolicy.self
    case .settlement: SettlementPolicy.self
    case .labourRates: LabourRatesPolicy.self
    case .partsOrders: PartsOrdersPolicy.self
    case .partsStandards: PartsStandardsPolicy.self
    case .followUps: FollowUpsPolicy.self
    case .assessment: AssessmentPolicy.self
    case .penalties: PenaltiesPolicy.self
    case .approvalLimits: ApprovalLimitsPolicy.self
    case .complaints: ComplaintsPolicy.self
    }
  }

  /// The body that comes with the product, as JSON.
  package var standardBody: EventValue { body.standardWritten }

  /// The schemas (JSON Schema 2020-12) that openapi.yaml has of the bodies and their parts, by name.
  package static var schemas: [String: EventValue] {
    let parts: [any PolicyRecord.Type] = [
      ClockRule.self, ClockSpan.self, OrderTerms.self, WarrantyTerm.self,
    ]
    let records = allCases.map { $0.body as any PolicyRecord.Type } + parts
    var schemas: [String: EventValue] = [:]
    for record in records {
      guard let name = record.component else { continue }
      schemas["\(name)Input"] = record.schema.request
      schemas[name] = record.schema.answer
    }
    return schemas
  }

  /// The body in its one written form, or everything that is wrong with it.
  package func normalised(_ value: EventValue) -> Result<EventValue, PolicyBodyFaults> { body.normalised(value) }
}

/// Why a body was not accepted.
package struct PolicyBodyFaults: Error, Hashable, Sendable {
  package let faults: [PolicyFault]
}

extension PolicyBody {
  fileprivate static var standardWritten: EventValue { standard.written }

  fileprivate static func normalised(_ value: EventValue) -> Result<EventValue, PolicyBodyFaults> {
    let (body, faults) = read(value)
    guard let body else { return .failure(PolicyBodyFaults(faults: faults)) }
    return .success(body.written)
  }
}
