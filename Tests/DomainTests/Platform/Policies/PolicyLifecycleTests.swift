import Domain
import FoundationEssentials
import Testing

/// Drafts, decisions, and what holds when (domain.md section 5, M23).
@Suite struct PolicyLifecycleTests {
  private static let author = caller()
  private static let approver = caller()
  private static let now = Timestamp(milliseconds: 1_795_248_000_000)

  private static func caller() -> Caller {
    Caller(
      subject: .user(UUID()), name: "陈静", roles: [.hqService], permissions: Set(Permission.allCases), scope: .network)
  }

  private static func day(_ days: Int64) -> Timestamp { now.adding(seconds: days * 86_400) }

  /// A draft for the days from and to, counted from now.
  private static func draft(_ number: Int, from: Int64?, to: Int64? = nil) -> Policy {
    Policy(
      PolicyDraft(
        key: .followUps, subject: nil,
        content: PolicyContent(
          body: PolicyKey.followUps.standardBody, reason: "测试", validFrom: from.map(day), validTo: to.map(day))),
      number: number, by: author, at: now)
  }

  private static func submitted(_ number: Int, from: Int64?, to: Int64? = nil) throws -> Policy {
    var policy = draft(number, from: from, to: to)
    _ = try policy.submit(by: author, at: now)
    return policy
  }

  /// Approves one after the other; what they end is replaced.
  private static func approved(_ policies: [Policy]) throws -> [Policy] {
    var approved: [Policy] = []
    for var policy in policies {
      let (_, ended) = try policy.approve(among: approved, comment: nil, by: approver, at: now)
      approved.removeAll { $0.id == ended?.id }
      if let ended { approved.append(ended) }
      approved.append(policy)
    }
    return approved
  }

  @Test("the table is that of the rules: who writes submits and withdraws, another decides (M23, SEC-10)")
  func table() {
    let rows = PolicyLifecycle.table.transitions.map { row in
      let from = row.from.map(\.rawValue).sorted().joined(separator: "|")
      return "\(row.action.rawValue) \(from) \(row.to?.rawValue ?? "-") \(row.permission.rawValue)"
    }
    #expect(
      rows == [
        "submit draft submitted policies:write", "approve submitted approved policies:approve",
        "return submitted draft policies:approve", "reject submitted rejected policies:approve",
        "withdraw draft|submitted withdrawn policies:write", "revoke approved withdrawn policies:approve",
      ])
  }

  @Test("who wrote, changed or submitted a version does not decide about it (SEC-10)")
  func authors() throws {
    let editor = Self.caller()
    let clerk = Self.caller()
    var policy = Self.draft(1, from: nil)
    var patch = PolicyPatch()
    patch.reason = .set("另一个理由")
    try policy.apply(patch, by: editor)
    _ = try policy.submit(by: clerk, at: Self.now)
    for person in [Self.author, editor, clerk] {
      for action in [Policy.Action.approve, .return, .reject] {
        var copy = policy
        let refusal = #expect(throws: Refusal.self) {
          try copy.take(action, outcome: nil, by: person.subject)
        }
        guard case .guardFailed(_, "author-decides", _)? = refusal else {
          Issue.record("\(action): \(String(describing: refusal))")
          continue
        }
      }
    }
    _ = try policy.approve(among: [], comment: nil, by: Self.approver, at: Self.now)
    #expect(policy.state == .approved)
  }

  @Test("the product itself decides about no policy (SEC-10)")
  func system() throws {
    var policy = try Self.submitted(1, from: nil)
    #expect(throws: Refusal.self) { try policy.take(.approve, outcome: nil, by: .system) }
  }

  @Test("a patch that changes nothing makes no author (SEC-10)")
  func idlePatch() throws {
    let reader = Self.caller()
    var policy = Self.draft(1, from: nil)
    var patch = PolicyPatch()
    patch.body = .set(.object(["attempts": .integer(3)]))
    try policy.apply(patch, by: reader)
    #expect(!policy.authors.contains(try #require(reader.subject.id)))
  }

  @Test("a body is patched member by member, and judged as a whole (C-17)")
  func bodyPatch() throws {
    var policy = Self.draft(1, from: nil)
    var patch = PolicyPatch()
    patch.body = .set(.object(["bestRating": .integer(10), "attempts": .integer(5)]))
    try policy.apply(patch, by: Self.author)
    let body = try #require(FollowUpsPolicy(stored: policy.content.body))
    #expect(body.bestRating == 10 && body.attempts == 5 && body.eventNoticeDays == 14)
    // A rating that only the new scale allows.
    patch.body = .set(.object(["complaintUpToRating": .integer(9)]))
    try policy.apply(patch, by: Self.author)
    // What is missing, what is beyond its own bounds, and what contradicts a member that is not in the patch.
    for (members, pointers) in [
      (["attempts": .null], ["#/body/attempts"]),
      (["complaintUpToRating": .integer(10), "attempts": .null], ["#/body/attempts", "#/body/complaintUpToRating"]),
      (["bestRating": .integer(5)], ["#/body/complaintUpToRating"]),
    ] as [([String: EventValue], [String])] {
      var attempt = policy
      patch.body = .set(.object(members))
      let refusal = #expect(throws: Refusal.self) { try attempt.apply(patch, by: Self.author) }
      guard case .invalid(let violations)? = refusal else {
        Issue.record("\(String(describing: refusal))")
        continue
      }
      #expect(violations.map(\.pointer).sorted() == pointers)
    }
  }

  @Test("only a draft can be changed (M23)")
  func settled() throws {
    var policy = try Self.submitted(1, from: nil)
    var patch = PolicyPatch()
    patch.reason = .set("晚了")
    #expect(throws: Refusal.self) { try policy.apply(patch, by: Self.author) }
    #expect(policy.content.reason == "测试")
  }

  @Test("a version ends where the next begins, in whatever order they are approved (M23)")
  func succession() throws {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [2, 0, 1], [1, 2, 0]] {
      let drafts = [
        try Self.submitted(1, from: nil), try Self.submitted(2, from: 10), try Self.submitted(3, from: 20),
      ]
      let approved = try Self.approved(order.map { drafts[$0] })
      func ends(_ number: Int) -> Timestamp? { approved.first { $0.policyVersion.number == number }?.endsAt }
      #expect(ends(1) == Self.day(10) && ends(2) == Self.day(20) && ends(3) == nil, "\(order)")
      for (day, number) in [(Int64(0), 1), (9, 1), (10, 2), (19, 2), (20, 3), (1000, 3)] {
        #expect(approved.filter { $0.holds(at: Self.day(day)) }.map(\.policyVersion.number) == [number], "\(day)")
      }
      #expect(!approved.contains { $0.holds(at: Self.now.adding(seconds: -1)) })
    }
  }

  @Test("two versions do not begin at the same time (M23)")
  func sameDay() throws {
    let approved = try Self.approved([try Self.submitted(1, from: 5)])
    var second = try Self.submitted(2, from: 5)
    #expect(
      throws: Refusal.conflict(
        code: "policy-overlap",
        detail: "followUps@1 already begins at \(Self.day(5)); revoke it or choose another time.",
        .conflict(.policy, approved[0].id, "followUps@1", state: Policy.State.approved.rawValue),
        .validFrom(Self.day(5)))
    ) { try second.approve(among: approved, comment: nil, by: Self.approver, at: Self.now) }
  }

  @Test("a version that ends must not leave nothing behind it (M23)")
  func gap() throws {
    let approved = try Self.approved([try Self.submitted(1, from: 0)])
    var holiday = try Self.submitted(2, from: 10, to: 15)
    let refusal = #expect(throws: Refusal.self) {
      try holiday.approve(among: approved, comment: nil, by: Self.approver, at: Self.now)
    }
    guard case .conflict("policy-gap", _)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    // With what follows approved first there is no gap.
    let whole = try Self.approved([
      try Self.submitted(1, from: 0), try Self.submitted(3, from: 15), try Self.submitted(2, from: 10, to: 15),
    ])
    #expect(whole.first { $0.policyVersion.number == 2 }?.endsAt == Self.day(15))
    #expect(whole.filter { $0.holds(at: Self.day(12)) }.map(\.policyVersion.number) == [2])
  }

  @Test("the past is settled: nothing is put into force backwards (A5)")
  func past() throws {
    var late = Self.draft(1, from: -1)
    #expect(throws: Refusal.self) { try late.submit(by: Self.author, at: Self.now) }
    var waited = try Self.submitted(2, from: 1)
    #expect(throws: Refusal.self) {
      try waited.approve(among: [], comment: nil, by: Self.approver, at: Self.day(2))
    }
    var open = try Self.submitted(3, from: nil)
    _ = try open.approve(among: [], comment: nil, by: Self.approver, at: Self.day(2))
    #expect(open.content.validFrom == Self.day(2))
  }

  @Test("a version that does not hold yet can be revoked, and the one before goes on (M23)")
  func revoke() throws {
    let approved = try Self.approved([
      try Self.submitted(1, from: 0), try Self.submitted(3, from: 20), try Self.submitted(2, from: 10),
    ])
    var second = try #require(approved.first { $0.policyVersion.number == 2 })
    let others = approved.filter { $0.id != second.id }
    let (_, resumed) = try second.revoke(among: others, comment: "有误", by: Self.approver, at: Self.day(9))
    #expect(second.state == .withdrawn && second.endsAt == nil)
    #expect(resumed?.policyVersion.number == 1 && resumed?.endsAt == Self.day(20))
    var first = try #require(approved.first { $0.policyVersion.number == 1 })
    let refusal = #expect(throws: Refusal.self) {
      try first.revoke(among: [], comment: "有误", by: Self.approver, at: Self.day(9))
    }
    guard case .conflict("policy-in-force", _)? = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
  }

  @Test("what comes with the product is not revoked")
  func standard() {
    var policy = Policy.standard(.clocks)
    #expect(policy.number == "clocks@0" && policy.holds(at: Self.now))
    #expect(throws: Refusal.self) { try policy.take(.revoke, outcome: nil, by: Self.approver.subject) }
  }

  @Test("a key takes only the subjects that it can have")
  func subjects() throws {
    let model = PolicySubject(.vehicleModel, UUID())
    func draft(_ key: PolicyKey, _ subject: PolicySubject) -> PolicyDraft {
      PolicyDraft(
        key: key, subject: subject,
        content: PolicyContent(body: key.standardBody, reason: "测试", validFrom: nil, validTo: nil))
    }
    try draft(.warranty, model).validate()
    try draft(.clocks, PolicySubject(.region, UUID())).validate()
    for key in PolicyKey.allCases where !key.subjectKinds.contains(.vehicleModel) {
      let refusal = #expect(throws: Refusal.self) { try draft(key, model).validate() }
      guard case .invalid(let violations)? = refusal else { continue }
      #expect(violations.map(\.pointer) == ["#/subject/kind"])
    }
  }

  @Test("the history names the members of the body that differ, and no others")
  func changes() throws {
    var policy = Self.draft(1, from: nil)
    let before = policy
    var patch = PolicyPatch()
    patch.body = .set(.object(["attempts": .integer(7)]))
    try policy.apply(patch, by: Self.author)
    #expect(policy.changes(from: before) == [FieldChange("body/attempts", .integer(3), .integer(7))])
  }
}
