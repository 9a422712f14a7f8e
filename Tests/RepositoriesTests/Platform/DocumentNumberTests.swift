import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Serial numbers without gaps, per kind, station and the station's own year (domain.md 3, C-04).
@Suite(.serialized) struct DocumentNumberTests {
  private struct Abandoned: Error {}

  @Test("fifty parallel draws are unique and have no gap (domain.md 3)")
  func parallel() async throws {
    try await StoredOrders.with { orders in
      let station = orders.network.station
      let numbers = try await withThrowingTaskGroup(of: String?.self) { group in
        for place in 0..<60 {
          group.addTask {
            do {
              return try await orders.database.write(.system) { tx in
                let number = try await tx.run(
                  DocumentNumberRepository.next(.workOrder, station: station, at: StoredOrders.now))
                if place % 6 == 0 { throw Abandoned() }
                return number
              }
            } catch is Abandoned {
              return nil
            }
          }
        }
        var found: [String] = []
        for try await number in group { if let number { found.append(number) } }
        return found
      }
      let expected = (1...50).map { "WO-SY001-2026-0000" + ($0 < 10 ? "0" : "") + "\($0)" }
      #expect(numbers.sorted() == expected)
    }
  }

  @Test("a document that is rolled back gives its number back (domain.md 3)")
  func rollback() async throws {
    try await StoredOrders.with { orders in
      func draw(_ fail: Bool) async throws -> String? {
        do {
          return try await orders.database.write(.system) { tx in
            let number = try await tx.run(
              DocumentNumberRepository.next(.invoice, station: orders.network.station, at: StoredOrders.now))
            if fail { throw Abandoned() }
            return number
          }
        } catch is Abandoned {
          return nil
        }
      }
      let drawn = [try await draw(false), try await draw(true), try await draw(false)]
      #expect(drawn == ["INV-SY001-2026-000001", nil, "INV-SY001-2026-000002"])
    }
  }

  @Test("the year is the station's, and kinds and stations count for themselves (C-04)")
  func years() async throws {
    try await StoredOrders.with { orders in
      let network = orders.network
      func draw(_ kind: DocumentNumber.Kind, _ station: Station.ID, _ at: String) async throws -> String? {
        let instant = try #require(Timestamp(at))
        return try await orders.database.write(.system) { tx in
          try await tx.run(DocumentNumberRepository.next(kind, station: station, at: instant))
        }
      }
      #expect(try await draw(.workOrder, network.station, "2026-12-31T15:59:59.999Z") == "WO-SY001-2026-000001")
      #expect(try await draw(.workOrder, network.station, "2026-12-31T16:30:00Z") == "WO-SY001-2027-000001")
      #expect(try await draw(.workOrder, network.station, "2026-12-31T15:00:00Z") == "WO-SY001-2026-000002")
      #expect(try await draw(.invoice, network.station, "2026-12-31T15:00:00Z") == "INV-SY001-2026-000001")
      #expect(try await draw(.workOrder, network.otherStation, "2026-12-31T15:00:00Z") == "WO-SY002-2026-000001")
      #expect(try await draw(.workOrder, .new(at: StoredOrders.now), "2026-12-31T15:00:00Z") == nil)
      try orders.test.admin("update stations set time_zone = 'America/New_York' where code = 'SY002'")
      #expect(try await draw(.workOrder, network.otherStation, "2027-01-01T04:59:00Z") == "WO-SY002-2026-000002")
      #expect(try await draw(.workOrder, network.otherStation, "2027-01-01T05:00:00Z") == "WO-SY002-2027-000001")
    }
  }

  @Test("a station cannot draw for another (SEC-03)")
  func scope() async throws {
    try await StoredOrders.with { orders in
      let caller = orders.caller(.network, session: .station(orders.network.otherStation))
      let number = try await orders.database.write(caller) { tx in
        try await tx.run(
          DocumentNumberRepository.next(.workOrder, station: orders.network.station, at: StoredOrders.now))
      }
      #expect(number == nil)
    }
  }
}
