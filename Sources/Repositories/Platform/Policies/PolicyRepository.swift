package import Domain
import FoundationEssentials
package import Postgres

/// The versions of policies that people wrote (`policies`); version 0 is in the code. Reference data, the same for
/// every scope.
package enum PolicyRepository: DocumentStore {
  // MARK: What holds

  /// The number of the version that holds at the instant: for the first of the subjects that has one, else for
  /// everybody; `nil` where version 0 does.
  package static func current(
    _ key: PolicyKey, for subjects: [PolicySubject] = [], at instant: Timestamp
  ) -> Query<PolicyVersion?> {
    Query.optional("select p.policy_version " + inForce(key, subjects, instant)) { row in
      PolicyVersion(key, Int(try row.next(Int32.self)))
    }
  }

  /// The number of the version that was the first to hold: for the first of the subjects that ever had one, else for everybody;
  /// `nil` where only version 0 ever did.
  package static func earliest(_ key: PolicyKey, for subjects: [PolicySubject] = []) -> Query<PolicyVersion?> {
    let order = subjects.map(\.id) + [everybody]
    return Query.optional(
      """
      select p.policy_version
      from policies p
      where p.state = 'approved' and p.key = \(key.rawValue) and p.subject_id = any (\(order))
      order by array_position(\(order), p.subject_id), p.valid_from
      limit 1
      """
    ) { row in PolicyVersion(key, Int(try row.next(Int32.self))) }
  }

  /// As `current`, the whole version.
  package static func currentPolicy(
    _ key: PolicyKey, for subjects: [PolicySubject], at instant: Timestamp
  ) -> Query<Policy?> {
    Query.optional("select " + columns + " " + inForce(key, subjects, instant), decode)
  }

  /// The regions that have a version of their own in force.
  package static func regions(with key: PolicyKey, at instant: Timestamp) -> Query<[Region.ID]> {
    Query.list(
      """
      select distinct p.region_id
      from policies p
      where p.state = 'approved' and p.key = \(key.rawValue) and p.region_id is not null
        and p.valid_from <= \(instant) and (p.valid_to is null or p.valid_to > \(instant))
      """
    ) { try $0.next(Region.ID.self) }
  }

  /// The body of an approved version, which never changes.
  package static func body(_ version: PolicyVersion) -> Query<EventValue?> {
    Query.optional(
      """
      select p.body from policies p
      where p.key = \(version.key.rawValue) and p.policy_version = \(Int32(version.number))
        and (p.state = 'approved')
      """
    ) { row in EventJSON.value(try row.next(JSONB.self).bytes) }
  }

  private static func inForce(_ key: PolicyKey, _ subjects: [PolicySubject], _ instant: Timestamp) -> SQL {
    let order = subjects.map(\.id) + [everybody]
    return """
      from policies p
      where p.state = 'approved' and p.key = \(key.rawValue) and p.subject_id = any (\(order))
        and p.valid_from <= \(instant) and (p.valid_to is null or p.valid_to > \(instant))
      order by array_position(\(order), p.subject_id)
      limit 1
      """
  }

  /// `subject_id` of a policy without a subject.
  private static let everybody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  // MARK: Versions

  /// By identity, or by number (`clocks@3`); number 0 is what comes with the product. Outside the network's scope only
  /// what is approved is there.
  package static func find(_ reference: Reference<Policy>, in scope: Scope) -> Query<Policy?> {
    selection(reference, scope, "")
  }

  /// As `find`, and nobody else changes the version until the transaction ends.
  package static func lock(_ reference: Reference<Policy>, in scope: Scope) -> Query<Policy?> {
    selection(reference, scope, " for update")
  }

  /// Makes other writers of the key wait: what holds when is decided by one at a time.
  package static func lockKey(_ key: PolicyKey) -> Query<Int?> {
    Query.optional("select last_version from policy_keys where key = \(key.rawValue) for update") { row in
      Int(try row.next(Int32.self))
    }
  }

  /// The number of the next version.
  package static func nextNumber(_ key: PolicyKey) -> Query<Int> {
    Query.one(
      "update policy_keys set last_version = last_version + 1 where key = \(key.rawValue) returning last_version"
    ) { row in Int(try row.next(Int32.self)) }
  }

  /// The approved versions of the same key and subject that end after the instant, the given one not among them.
  package static func approved(beside policy: Policy, after instant: Timestamp) -> Query<[Policy]> {
    Query.list(
      "select " + columns + """
         from policies p
        where p.state = 'approved' and p.key = \(policy.key.rawValue)
          and p.subject_id = \(policy.subject?.id ?? everybody) and p.id <> \(policy.id)
          and (p.valid_to is null or p.valid_to > \(instant))
        order by p.valid_from
        """, decode)
  }

  package static func list(_ filter: PolicyFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Policy>> {
    var plan = ListPlan(
      columns: columns, from: "policies p", id: "p.id", sorts: sorts, window: window, conditions: [visible(scope)])
    if !filter.keys.isEmpty { plan.filter("p.key = any (\(filter.keys.map(\.rawValue)))") }
    if !filter.states.isEmpty { plan.filter("p.state = any (\(filter.states.map(\.rawValue)))") }
    if let model = filter.vehicleModelID { plan.filter("p.vehicle_model_id = \(model)") }
    if let region = filter.regionID { plan.filter("p.region_id = \(region)") }
    if let instant = filter.validAt {
      plan.filter(
        """
        (p.state = 'approved' and p.valid_from <= \(instant) and (p.valid_to is null or p.valid_to > \(instant)))
        """)
    }
    return plan.query(page, decode: decode)
  }

  package static let window = ListPlan.WindowColumns(created: "p.created_at", updated: "p.updated_at")

  /// The fields that a list may be ordered by.
  package static let sorts: [String: ListPlan.SortColumn] = [
    "createdAt": .init("p.created_at", type: "timestamptz"),
    "key": .init("p.key", type: "text"),
    "policyVersion": .init("p.policy_version", type: "integer"),
    "validFrom": .init("p.valid_from", type: "timestamptz", nullable: true),
  ]

  package static func save(_ after: Policy, over before: Policy?) -> [Query<Int>] {
    [before.map { update(after, expecting: $0.version) } ?? insert(after)]
  }

  private static func insert(_ policy: Policy) -> Query<Int> {
    let content = policy.content
    return Query.execute(
      """
      insert into policies (id, key, policy_version, vehicle_model_id, region_id, state, body, reason, valid_from,
        planned_to, author_ids, \(RecordColumns.names))
      values (\(policy.id), \(policy.key.rawValue), \(Int32(policy.policyVersion.number)),
        \(policy.subject?.vehicleModelID), \(policy.subject?.regionID), \(policy.state.rawValue),
        \(EventJSON.encode(content.body)), \(content.reason), \(content.validFrom), \(content.validTo),
        \(authors(policy)), \(RecordColumns.values([:], policy.version, policy.stamp)))
      """
    ).refusing("policies_vehicle_model_id_fkey") {
      Refusal.invalid("#/subject/id", .notFound, "there is no such vehicle model")
    }.refusing("policies_region_id_fkey") {
      Refusal.invalid("#/subject/id", .notFound, "there is no such region")
    }
  }

  private static func update(_ policy: Policy, expecting version: Int) -> Query<Int> {
    let content = policy.content
    let stamp = policy.stamp
    return Query.execute(
      """
      update policies
      set state = \(policy.state.rawValue), body = \(EventJSON.encode(content.body)), reason = \(content.reason),
        valid_from = \(content.validFrom), planned_to = \(content.validTo), valid_to = \(policy.endsAt),
        author_ids = \(authors(policy)), submitted_at = \(policy.submittedAt),
        decision = \(policy.decision?.outcome.rawValue), decided_at = \(policy.decision?.at),
        decided_by = \(policy.decision?.by.name), decided_by_id = \(policy.decision?.by.id),
        decision_comment = \(policy.decision?.comment), version = \(Int32(policy.version)),
        updated_at = \(stamp.updatedAt), updated_by = \(stamp.updatedBy.name),
        updated_by_id = \(stamp.updatedBy.id)
      where id = \(policy.id) and version = \(Int32(version))
      """
    ).refusing(
      "policies_validity_excl", conflict: "policy-overlap", "Another version holds in that time.",
      [.validFrom(content.validFrom)],
      naming: ConflictLookup.documents(.policy) { _ in
        """
        select p.id, p.key || '@' || p.policy_version, p.state, null::integer
        from policies p
        where p.key = \(policy.key.rawValue) and p.state = 'approved' and p.id <> \(policy.id)
          and p.vehicle_model_id is not distinct from \(policy.subject?.vehicleModelID)
          and p.region_id is not distinct from \(policy.subject?.regionID)
          and tstzrange(p.valid_from, p.valid_to) && tstzrange(\(content.validFrom), \(policy.endsAt))
        order by p.valid_from
        """
      }
    ).refusing("policies_decided_by_another") {
      Refusal.separationOfDuties(rule: "author-decides", detail: "Who wrote a policy does not decide about it.")
    }
  }

  private static func authors(_ policy: Policy) -> [UUID] { policy.authors.sorted { $0.canonical < $1.canonical } }

  private static func selection(_ reference: Reference<Policy>, _ scope: Scope, _ tail: SQL) -> Query<Policy?> {
    let named: SQL
    switch reference {
    case .id(let id): named = "p.id = \(id)"
    case .number(let number):
      guard let version = PolicyVersion(number) else { return nothing }
      if version.isDefault { return nothing.map { _ in Policy.standard(version.key) } }
      named = "p.key = \(version.key.rawValue) and p.policy_version = \(Int32(version.number))"
    }
    return Query.optional(
      "select " + columns + " from policies p where " + named + " and " + visible(scope) + tail, decode)
  }

  /// Without a row; for a number that cannot exist or that no row has.
  private static let nothing: Query<Policy?> = Query.optional("select null from policies p where false", decode)

  private static func visible(_ scope: Scope) -> SQL { scope == .network ? "true" : "p.state = 'approved'" }

  private static let columns: SQL = """
    p.id, p.key, p.policy_version, p.vehicle_model_id, p.region_id, p.state, p.body, p.reason, p.valid_from,
    p.planned_to, p.valid_to, p.author_ids, p.submitted_at, p.decision, p.decided_at, p.decided_by, p.decided_by_id,
    p.decision_comment, \(RecordColumns.selected(from: "p"))
    """

  @Sendable private static func decode(_ row: inout Row) throws -> Policy {
    let id = try row.next(Policy.ID.self)
    let key = try row.next(as: PolicyKey.self)
    let number = Int(try row.next(Int32.self))
    let model = try row.next(VehicleModel.ID?.self)
    let region = try row.next(Region.ID?.self)
    let state = try row.next(as: Policy.State.self)
    let content = PolicyContent(
      body: EventJSON.value(try row.next(JSONB.self).bytes), reason: try row.next(String.self),
      validFrom: try row.next(Timestamp?.self), validTo: try row.next(Timestamp?.self))
    let endsAt = try row.next(Timestamp?.self)
    let authors = Set(try row.next([UUID].self))
    let submittedAt = try row.next(Timestamp?.self)
    let outcome = try row.nextOptional(as: PolicyDecision.Outcome.self)
    let decidedAt = try row.next(Timestamp?.self)
    let decidedBy = try row.next(String?.self)
    let decider = try row.next(UUID?.self)
    let comment = try row.next(String?.self)
    var decision: PolicyDecision?
    if let outcome, let decidedAt, let decidedBy {
      decision = PolicyDecision(outcome, by: .init(name: decidedBy, id: decider), at: decidedAt, comment: comment)
    }
    let tail = try row.nextRecordTail()
    return Policy(
      id: id, policyVersion: PolicyVersion(key, number),
      subject: model.map(PolicySubject.vehicleModel) ?? region.map(PolicySubject.region), state: state,
      version: tail.version, stamp: tail.stamp, content: content, endsAt: endsAt, authors: authors,
      submittedAt: submittedAt, decision: decision)
  }
}
