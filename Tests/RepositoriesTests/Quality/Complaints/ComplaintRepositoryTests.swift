import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Complaints in the database: what is written is read again, who sees what, what the database refuses by itself.
@Suite(.serialized) struct ComplaintRepositoryTests {
  private static let now = ManualClock().now

  private static func complaint(
    _ number: String, at station: Station.ID?, _ state: Complaint.State = .received, kind: Complaint.Kind = .general,
    header: ComplaintHeader? = nil, progress: ComplaintProgress = ComplaintProgress(),
    major: MajorProgress = MajorProgress(), version: Int = 1
  ) -> Complaint {
    Complaint(
      id: .new(at: now), number: number, stationID: station, state: state, kind: kind, version: version,
      stamp: RecordStamp(by: .system, at: now),
      header: header
        ?? ComplaintHeader(
          channel: .letter, contact: RequestContact(name: "王小明", phone: nil), category: .parts, customerWords: "缺件"),
      progress: progress, major: major)
  }

  private static func save(_ complaint: Complaint, _ test: TestDatabase) async throws {
    try await test.database.write(.system) { tx in
      for statement in ComplaintRepository.save(complaint, over: nil) { _ = try await tx.run(statement) }
    }
  }

  private static func whole(_ complaint: Complaint, _ test: TestDatabase) async throws -> Complaint? {
    let reference = Reference<Complaint>.id(complaint.id)
    return try await ComplaintRepository.whole(
      ComplaintRepository.find(reference, in: .network), reference, in: .network,
      through: ReadDoor(test.database, .system))
  }

  @Test("every member comes back as it was written")
  func roundTrip() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      let plain = Self.complaint("CP-HQ-2026-000001", at: nil)
      try await Self.save(plain, test)
      #expect(try await Self.whole(plain, test) == plain)

      let money = Money(minor: 30_000_05, currency: .eur)
      let signatures = ComplaintAgreement.Side.allCases.map {
        ComplaintAgreement.Signature(
          side: $0, name: "王小明 \"引号\"", hash: "ab", recordedBy: "赵敏", recordedByID: UUID(), signedAt: Self.now)
      }
      let full = Self.complaint(
        "CP-SY001-2026-000001", at: network.station, .agreementEffective, kind: .major,
        header: ComplaintHeader(
          channel: .followUpCall, contact: RequestContact(name: "王小明", phone: "13812345678"),
          customerID: network.customer, vehicleID: network.vehicle, vin: TestNetwork.vin, category: .vehicleQuality,
          customerWords: "刹车\n失灵", symptom: "失灵", component: "制动系统", faultCode: "C1234",
          facts: ComplaintFacts(crash: true, fire: true, brokeDown: true, injured: 2, deaths: 1, mediaExposure: true),
          incidentDate: CalendarDate("2026-11-20"), odometerKm: 18_250, compensationDemand: money,
          externalIDs: ["odi": "11402345"]),
        progress: ComplaintProgress(
          assignment: ComplaintAssignment(
            department: .partsSupply, handler: "张伟", assignedBy: "李娜", assignedAt: Self.now),
          cause: .counterfeitPart, findings: "密封圈",
          solutions: [
            ComplaintSolution(
              options: ["返修", "退款"], promisedAt: Self.now, proposedBy: "张伟", proposedAt: Self.now, toldAt: Self.now,
              channel: .email,
              decision: .init(
                option: 2, words: "尽快", channel: .signature, recordedBy: "李娜", decidedAt: Self.now)),
            ComplaintSolution(
              options: ["换车"], promisedAt: Self.now, proposedBy: "张伟", proposedAt: Self.now),
          ], refusals: 1,
          escalation: ComplaintEscalation(
            level: .afterSales, reason: "超时", escalatedBy: "李娜", escalatedAt: Self.now, acknowledgedBy: "赵敏",
            acknowledgedAt: Self.now),
          resolution: ComplaintResolution(summary: "x", resolvedBy: "张伟", resolvedAt: Self.now),
          satisfactionCall: SatisfactionCall(
            isSatisfied: false, rating: 2, comment: "慢", calledBy: "李娜", calledAt: Self.now),
          reopenings: 2, conclusion: "x", closedAt: Self.now, duplicateCandidates: [plain.id], merged: [plain.id]),
        major: MajorProgress(
          report: MajorReport(
            judgement: "失灵", call: .init(spokenWith: "赵敏", calledAt: Self.now), reportedBy: "李娜",
            reportedAt: Self.now, sending: .init(recipients: [.qa, .hqExec], sentBy: "赵敏", sentAt: Self.now)),
          confirmation: MajorConfirmation(
            level: .level1, note: "伤亡", confirmedBy: "赵敏", confirmedAt: Self.now, policyVersion: "qualityLevels@3"),
          team: ComplaintTeam(
            members: [CaseMember(userID: network.technician, role: .qa)], reason: "按需", formedBy: "赵敏",
            formedAt: Self.now),
          arrival: TeamArrival(arrivedAt: Self.now, place: "大东区", recordedBy: "陈静"),
          appraisal: LiabilityAppraisal(
            findings: "x", cause: .materialDefect,
            liability: [.init(party: .maker, percent: 60), .init(party: .thirdParty, percent: 40)],
            appraisedBy: "陈静", appraisedByID: UUID(), appraisedAt: Self.now),
          negotiations: [
            NegotiationRound(summary: "首轮", demand: money, offer: nil, heldAt: Self.now, recordedBy: "陈静")
          ],
          agreement: ComplaintAgreement(
            content: .init(terms: "补偿", repair: "主缸", compensation: money, takesVehicleBack: true), revision: 3,
            hash: "ab", writtenBy: "赵敏", writtenAt: Self.now, signatures: signatures),
          executionStartedAt: Self.now,
          compensations: [
            Compensation(
              id: .new(at: Self.now), purpose: "医疗费", amount: money, recordedBy: "赵敏", recordedByID: UUID(),
              recordedAt: Self.now,
              payment: .init(reference: "FK-1", paidAt: Self.now, recordedBy: "财务")),
            Compensation(
              id: .new(at: Self.now.adding(seconds: 1)), purpose: "误工费", amount: money, recordedBy: "赵敏",
              recordedByID: nil, recordedAt: Self.now),
          ],
          vehicleReturns: [
            VehicleReturn(
              id: .new(at: Self.now), vehicleID: network.vehicle, note: "YS-1", carrier: "长久", collectedFrom: "大东区",
              odometerKm: 18_262, collectedAt: Self.now, recordedBy: "孙强",
              storage: .init(place: "二号库", condition: "变形", storedAt: Self.now, recordedBy: "孙强"))
          ]))
      try await Self.save(full, test)
      #expect(try await Self.whole(full, test) == full)
      // What is read by itself has the same without what stands in tables of its own.
      let alone = try await test.database.read(.system, ComplaintRepository.find(.id(full.id), in: .network))
      #expect(alone == full.with(compensations: [], vehicleReturns: []))
    }
  }

  @Test("what hangs on a case goes to the station that it is handed over to (A14)")
  func handOver() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      let compensation = Compensation(
        id: .new(at: Self.now), purpose: "x", amount: Money(minor: 1, currency: .cny), recordedBy: "x",
        recordedByID: nil, recordedAt: Self.now)
      let before = Self.complaint(
        "CP-SY001-2026-000001", at: network.station, major: MajorProgress(compensations: [compensation]))
      try await Self.save(before, test)
      let after = Complaint(
        id: before.id, number: before.number, stationID: network.otherStation, state: before.state, kind: before.kind,
        version: 2, stamp: before.stamp, header: before.header, progress: before.progress, major: before.major)
      try await test.database.write(.system) { tx in
        for statement in ComplaintRepository.save(after, over: before) { _ = try await tx.run(statement) }
      }
      let found = try await test.database.read(
        .system, ComplaintRecordRepository.compensations(of: .id(after.id), in: .station(network.otherStation)))
      #expect(found.map(\.id) == [compensation.id])
      #expect(
        try test.admin("select station_id from complaint_compensations") == "\(network.otherStation)")
    }
  }

  @Test("the number of another system finds the case by an index, behind row-level security too (M16, S5)")
  func identities() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      func named(_ number: String, _ identity: String) -> Complaint {
        Self.complaint(
          number, at: network.station,
          header: ComplaintHeader(
            channel: .letter, contact: RequestContact(name: "王小明", phone: nil), category: .parts, customerWords: "缺件",
            externalIDs: ["odi": identity]))
      }
      let (first, second) = (named("CP-SY001-2026-000001", "A"), named("CP-SY001-2026-000002", "A"))
      try await Self.save(first, test)
      try await Self.save(second, test)
      try test.admin(
        """
        insert into complaints
        select (jsonb_populate_record(c, jsonb_build_object(
          'id', gen_random_uuid(), 'number', 'X-' || n, 'external_ids', jsonb_build_object('odi', n::text)))).*
        from complaints c cross join generate_series(1, 5000) n where c.number = '\(first.number)';
        analyze complaints; analyze complaint_identities;
        """)
      let scope = Scope.station(network.station)
      let caller = Caller(
        subject: .system, name: "测试", roles: [], permissions: Set(Permission.allCases), scope: scope)
      func listed(_ identity: String) -> Query<Page<Complaint>> {
        var filter = ComplaintFilter()
        filter.externalID = .init(system: "odi", id: identity)
        return ComplaintRepository.list(filter, PageRequest(limit: 10, sort: [.init("number")]), in: scope)
      }
      let alike = ComplaintRepository.alike(second, since: Self.now, in: scope)
      #expect(try await test.database.read(caller, alike).map(\.id) == [first.id])
      #expect(try await test.database.read(caller, listed("A")).items.map(\.id) == [first.id, second.id])
      for sql in [alike.sql, listed("A").sql] {
        let plan = try await test.database.read(
          caller, Query<[String]>.list("explain " + sql) { try $0.next(String.self) }
        ).joined(separator: "\n")
        #expect(plan.contains("complaint_identities_pkey") && plan.contains("complaints_pkey"), "\(plan)")
        #expect(!plan.contains("Seq Scan on complaints c"), "\(plan)")
      }
      // Another number from now on: the former one finds it no more.
      var renamed = first.revised(by: caller, at: Self.now.adding(seconds: 1))
      renamed.header.externalIDs = ["odi": "B"]
      let statements = ComplaintRepository.save(renamed, over: first)
      try await test.database.write(caller) { tx in
        for statement in statements { _ = try await tx.run(statement) }
      }
      #expect(try await test.database.read(caller, listed("A")).items.map(\.id) == [second.id])
      #expect(try await test.database.read(caller, listed("B")).items.map(\.id) == [first.id])
    }
  }

  @Test("a station sees its own complaints through either wall, headquarters all, a team its case (SEC-02, SEC-03, S1)")
  func scope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      let complaints = [
        Self.complaint("CP-HQ-2026-000001", at: nil), Self.complaint("CP-SY001-2026-000001", at: network.station),
        Self.complaint("CP-SY002-2026-000001", at: network.otherStation),
      ]
      for complaint in complaints { try await Self.save(complaint, test) }
      func seen(_ scope: Scope, _ session: Scope) async throws -> [String] {
        let caller = Caller(
          subject: .client(UUID()), name: "测试", roles: [], permissions: Set(Permission.allCases), scope: scope,
          sessionScope: session)
        return try await test.database.read(
          caller,
          ComplaintRepository.list(
            ComplaintFilter(), PageRequest(limit: 10, sort: [.init("number")]), in: scope)
        ).items.map(\.number)
      }
      let own = Scope.station(network.station)
      let team = Scope(.station(network.station), extent: .casesOnly, cases: [complaints[2].id.uuid])
      for (scope, numbers) in [
        (Scope.network, complaints.map(\.number)), (own, ["CP-SY001-2026-000001"]), (team, ["CP-SY002-2026-000001"]),
      ] {
        #expect(try await seen(scope, scope) == numbers)
        #expect(try await seen(.network, scope) == numbers, "row-level security alone")
        #expect(try await seen(scope, .network) == numbers, "the repository alone")
      }
    }
  }

  @Test("the database knows exactly the transitions of the life cycle (R10, SM-4)")
  func transitions() async throws {
    let lifecycle = Set(
      ComplaintLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'complaints'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
  }

  @Test(
    "what does not belong together is refused by the database (R9, R10)",
    arguments: [
      ("state = 'closed'", "does not go from"), ("injured = -1", "complaints_injured_check"),
      ("state = 'majorReported'", "complaints_major_check"), ("kind = 'major'", "complaints_reported_check"),
      ("state = 'closedUnjustified'", "complaints_closed_check"), ("state = 'merged'", "complaints_merged_check"),
      ("demand_amount = 1", "complaints_demand_whole"), ("level = 'level1'", "complaints_confirmed_check"),
      ("escalation_level = 'region'", "complaints_escalation_whole"), ("customer_words = ''", "customer_words_check"),
    ])
  func constraints(change: String, said: String) async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try await Self.save(Self.complaint("CP-SY001-2026-000001", at: network.station), test)
      do {
        try test.asApplication(scope: "*", "update complaints set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }

  @Test(
    "no solution without a promised time, no closing without a satisfied customer, in the database too (CMP-06, CMP-08)"
  )
  func statesOfTheDatabase() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try await Self.save(Self.complaint("CP-SY001-2026-000001", at: network.station), test)
      try test.admin("alter table complaints disable trigger complaints_transition")
      for (change, said) in [
        ("state = 'solutionProposed'", "complaints_promise_check"),
        ("state = 'resolved', cause = 'wear'", "complaints_resolved_check"),
        ("state = 'resolved', resolution = '{}'", "complaints_cause_known"),
        (
          "state = 'closed', cause = 'wear', resolution = '{}', conclusion = 'x', closed_at = now()",
          "complaints_closed_check"
        ),
        (
          "state = 'agreementEffective', kind = 'major', major_report = '{}', level = 'level1', confirmation = '{}'",
          "complaints_agreement_check"
        ),
      ] {
        do {
          try test.asApplication(scope: "*", "update complaints set \(change)")
          Issue.record("\(change) was accepted")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains(said), "\(refused)")
        }
      }
    }
  }
}
