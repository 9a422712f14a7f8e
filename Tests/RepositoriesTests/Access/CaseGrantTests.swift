import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Grants open one document through both walls, and each wall alone keeps everything else shut (SEC-02, S1).
@Suite(.serialized) struct CaseGrantTests {
  /// What a caller sees of what hangs on a document, and of the document itself, whose table knows no cases.
  private func seen(_ orders: StoredOrders, _ order: WorkOrder, _ caller: Caller) async throws -> [String: Int] {
    let (scope, page) = (caller.scope, PageRequest(limit: 100, sort: []))
    let (history, notes, files, team, document, lines) = try await orders.database.read(
      caller, EventRepository.history(.workOrder, order.id.uuid, page, in: scope),
      NoteRepository.list(.workOrder, order.id.uuid, page, in: scope),
      AttachmentRepository.list(subject(order), removed: nil, page, in: scope),
      CaseGrantRepository.list(.workOrder, order.id.uuid, in: scope),
      WorkOrderRepository.find(.id(order.id), in: scope), JobLineRepository.lines(of: .id(order.id), in: scope))
    return [
      "history": history.items.count, "notes": notes.items.count, "files": files.items.count, "team": team.count,
      "document": document == nil ? 0 : 1, "lines": lines.count,
    ]
  }

  private func subject(_ order: WorkOrder) -> DocumentSubject {
    DocumentSubject(
      resource: .workOrder, id: order.id.uuid, number: order.number, version: 1, stationID: order.stationID)
  }

  private func stored(_ orders: StoredOrders, _ number: String) async throws -> WorkOrder {
    let order = orders.draft(number)
    let hash = Array(UUID().canonical.utf8.prefix(32))
    let file = Attachment(
      id: .new(at: StoredOrders.now), subject: subject(order),
      content: .init(hash: hash, size: 3, mediaType: .text), fileName: "a.txt", description: nil,
      uploadedAt: StoredOrders.now, uploadedBy: .init(name: "x", id: nil))
    let note = Note(
      id: .new(at: StoredOrders.now), text: "记", createdAt: StoredOrders.now, createdBy: .init(Caller.system))
    try await orders.database.write(.system) { tx in
      tx.enqueue(RecordTime.write(at: StoredOrders.now))
      _ = try await tx.run(
        WorkOrderRepository.insert(order),
        NoteRepository.insert(note, on: .workOrder, order.id.uuid, station: order.stationID),
        EventRepository.append(
          [orders.event(order, "workOrder.received")], by: .system, requestID: "r", at: StoredOrders.now))
      _ = try await tx.run(BlobRepository.claim(hash, size: 3, at: StoredOrders.now))
      _ = try await tx.run(AttachmentRepository.insert(file))
      _ = try await tx.run(CaseGrantRepository.insert(membership(order, orders.network), station: order.stationID))
    }
    return order
  }

  private func membership(
    _ order: WorkOrder, _ network: TestNetwork, at instant: Timestamp = StoredOrders.now
  )
    -> CaseMembership
  {
    CaseMembership(
      id: .new(at: instant), resource: .workOrder, caseID: order.id.uuid, number: order.number,
      userID: network.technician, name: "技师", role: .stTechnician, grantedAt: instant,
      grantedBy: .init(name: "x", id: nil))
  }

  @Test(
    "a grant opens what hangs on its case wherever it stands; either wall alone keeps other cases shut (SEC-02, S1)")
  func walls() async throws {
    try await StoredOrders.with { orders in
      let granted = try await stored(orders, "WO-SY001-2026-000001")
      let other = try await stored(orders, "WO-SY001-2026-000002")
      let scopes = [
        Scope(.station(orders.network.otherStation), cases: [granted.id.uuid]),
        Scope(.region(orders.network.region, stations: []), cases: [granted.id.uuid]),
        Scope(.network, extent: .casesOnly, cases: [granted.id.uuid]),
      ]
      for scope in scopes {
        for caller in [
          orders.caller(scope), orders.caller(scope, session: .network), orders.caller(.network, session: scope),
        ] {
          let counts = try await seen(orders, granted, caller)
          for name in ["history", "notes", "files", "team"] { #expect(counts[name] == 1, "\(name) \(caller.scope)") }
          // The tables of orders know no cases: a grant opens nothing there.
          #expect(counts["document"] == 0 && counts["lines"] == 0, "\(caller.scope)")
          let hidden = try await seen(orders, other, caller)
          #expect(hidden.allSatisfy { $0.value == 0 }, "\(caller.scope) \(caller.sessionScope) \(hidden)")
        }
      }
      for scope in [Scope(.network, extent: .casesOnly), .station(orders.network.otherStation)] {
        for caller in [orders.caller(scope, session: .network), orders.caller(.network, session: scope)] {
          let hidden = try await seen(orders, granted, caller)
          #expect(hidden.allSatisfy { $0.value == 0 }, "\(caller.scope) \(caller.sessionScope) \(hidden)")
        }
      }
    }
  }

  @Test("a member writes on his case and on no other, even by a statement without a filter (SEC-02)")
  func writes() async throws {
    try await StoredOrders.with { orders in
      let granted = try await stored(orders, "WO-SY001-2026-000001")
      let other = try await stored(orders, "WO-SY001-2026-000002")
      let member = orders.caller(
        .network, session: Scope(.network, extent: .casesOnly, cases: [granted.id.uuid]))
      func write(_ order: WorkOrder) async throws {
        try await orders.database.write(member) { tx in
          _ = try await tx.run(
            NoteRepository.insert(
              Note(id: .new(at: StoredOrders.now), text: "x", createdAt: StoredOrders.now, createdBy: .init(member)),
              on: .workOrder, order.id.uuid, station: order.stationID),
            EventRepository.append(
              [orders.event(order, "workOrder.noted")], by: member, requestID: "r", at: StoredOrders.now))
        }
      }
      try await write(granted)
      await #expect(throws: Failure.self) { try await write(other) }
    }
  }

  @Test(
    "a family's own table opens by the pattern, its past included, and shows nothing without a setting (SEC-02, A5)")
  func pattern() async throws {
    try await TestDatabase.with { test in
      let (mine, others) = (UUID().canonical, UUID().canonical)
      try test.admin(
        """
        set app.scope = '*';
        create table cases (id uuid primary key, station_id uuid, updated_at timestamptz(3) not null, state text not null);
        alter table cases enable row level security; alter table cases force row level security;
        create policy cases_scope on cases using ((select current_setting('app.scope')) = '*'
          or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
          or id = any ((select granted_cases())::uuid[]));
        grant select, insert, update on cases to aftersales_app;
        call keep_history('cases', 't.updated_at');
        set app.at = '2026-01-01T00:00:00Z';
        insert into cases values ('\(mine)', null, now(), 'a'), ('\(others)', null, now(), 'a');
        set app.at = '2026-01-02T00:00:00Z';
        update cases set state = 'b';
        """.replacing("\n", with: " "))
      let past = "set search_path = as_of; set app.as_of = '2026-01-01T12:00:00Z'; "
      for (cases, expected) in [("{\(mine)}", "1"), ("{}", "0"), ("", "0"), ("{\(others),\(mine)}", "2")] {
        let setting = "set app.cases = '\(cases)'; "
        #expect(try test.asApplication(scope: "{}", setting + "select count(*) from cases") == expected)
        #expect(
          try test.asApplication(scope: "{}", setting + past + "select count(*) from cases where state = 'a'")
            == expected)
      }
      #expect(try test.asApplication(scope: "{}", "select count(*) from cases") == "0")
      #expect(
        try test.asApplication(
          scope: "{}", "set app.cases = '{\(mine)}'; update cases set state = 'c' returning id") == mine)
      #expect(throws: TestCluster.Missing.self) {
        try test.asApplication(scope: "{}", "set app.cases = 'x'; select count(*) from cases")
      }
    }
  }

  @Test("a membership is withdrawn once and never deleted or rewritten (SEC-09)")
  func immutable() async throws {
    try await StoredOrders.with { orders in
      let order = try await stored(orders, "WO-SY001-2026-000001")
      for statement in [
        "delete from case_grants", "update case_grants set role = 'qa'", "update case_grants set user_id = id",
      ] { expectRefusal("permission denied") { try orders.test.asApplication(scope: "*", statement) } }
      let author = RecordStamp.Author(name: "x", id: nil)
      let later = StoredOrders.now.adding(seconds: 60)
      func revoke() async throws -> [User.ID] {
        try await orders.database.write(.system) { tx in
          tx.enqueue(RecordTime.write(at: later))
          return try await tx.run(
            CaseGrantRepository.revoke(.workOrder, order.id.uuid, of: nil, by: author, at: later))
        }
      }
      #expect(try await revoke() == [orders.network.technician])
      #expect(try await revoke() == [])
      expectRefusal("withdrawn once") {
        try orders.test.asApplication(scope: "*", "update case_grants set revoked_at = null, revoked_by = null")
      }
      let team = try await orders.database.read(
        .system, CaseGrantRepository.list(.workOrder, order.id.uuid, in: .network))
      #expect(team.map(\.revokedAt) == [later] && team.map(\.revokedBy) == [author])
      // Called in again: a membership of its own. The team as it stood is still known.
      try await orders.database.write(.system) { tx in
        let again = membership(order, orders.network, at: later.adding(seconds: 60))
        tx.enqueue(RecordTime.write(at: again.grantedAt))
        let rows = try await tx.run(CaseGrantRepository.insert(again, station: order.stationID))
        #expect(rows == 1)
      }
      for (seconds, states) in [(1, [false]), (61, [true]), (121, [true, false])] as [(Int64, [Bool])] {
        let then = Caller.system.reading(asOf: StoredOrders.now.adding(seconds: seconds))
        let team = try await orders.database.read(
          then, CaseGrantRepository.list(.workOrder, order.id.uuid, in: .network))
        #expect(team.map { $0.revokedAt != nil } == states)
      }
    }
  }

  @Test("of two who call the same person into a team at once one does, and the person is in it once (SEC-02)")
  func race() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      let counts = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await orders.database.write(.system) { tx in
              try await tx.run(
                CaseGrantRepository.insert(membership(order, orders.network), station: order.stationID))
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(counts.sorted() == [0, 0, 0, 0, 0, 0, 0, 1])
    }
  }
}
