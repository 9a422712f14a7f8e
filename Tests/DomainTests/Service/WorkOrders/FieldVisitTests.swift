import Domain
import FoundationEssentials
import Testing

/// Drives to the customer (FLD-03, FLD-16).
@Suite struct FieldVisitTests {
  private static let now = OrderSamples.now

  private static func order(mode: WorkOrder.Mode = .onSite) -> WorkOrder {
    var order = OrderSamples.order()
    order.header.mode = mode
    return order
  }

  private func expectGuard(_ code: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("\(code) held")
    } catch Refusal.guardFailed(_, let found, _) {
      #expect(found == code)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("one visit after the other, each from departure to its end (T-10, T-11)")
  func visits() throws {
    var order = Self.order()
    let technician = OrderSamples.adviser
    expectGuard("not-departed") {
      var early = order
      _ = try early.arrive(at: Self.now, position: nil, distanceKm: nil, by: technician)
    }
    _ = try order.depart(traveller: "张师傅", serviceVehicle: "辽A88K01", at: Self.now, by: technician)
    expectGuard("visit-not-ended") {
      var second = order
      _ = try second.depart(traveller: "李师傅", serviceVehicle: nil, at: Self.now, by: technician)
    }
    expectGuard("not-arrived") {
      var early = order
      _ = try early.clear(faultCleared: true, finding: "x", at: Self.now, by: technician)
    }
    #expect(throws: Refusal.invalid("#/arrivedAt", .inconsistent, "must not be before the departure")) {
      var early = order
      _ = try early.arrive(at: Self.now.adding(seconds: -1), position: nil, distanceKm: nil, by: technician)
    }
    let there = Self.now.adding(seconds: 1800)
    _ = try order.arrive(at: there, position: nil, distanceKm: 18, by: technician)
    expectGuard("not-departed") {
      var again = order
      _ = try again.arrive(at: there, position: nil, distanceKm: nil, by: technician)
    }
    #expect(throws: Refusal.invalid("#/endedAt", .inconsistent, "must not be before the arrival")) {
      var early = order
      _ = try early.clear(faultCleared: true, finding: "x", at: Self.now, by: technician)
    }
    _ = try order.clear(faultCleared: false, finding: "缺件", at: there, by: technician)
    _ = try order.depart(traveller: "李师傅", serviceVehicle: nil, at: there, by: technician)
    #expect(order.progress.visits.map(\.number) == [1, 2])
    #expect(order.progress.visits.map(\.faultCleared) == [false, nil])
    #expect(order.state == .received)
  }

  @Test("nobody drives for an order of the workshop")
  func workshop() {
    expectGuard("not-on-site") {
      var order = Self.order(mode: .workshop)
      _ = try order.depart(traveller: "x", serviceVehicle: nil, at: Self.now, by: OrderSamples.adviser)
    }
  }

  @Test("history shows a visit without the place, which is the customer's (SEC-04)")
  func changes() throws {
    let before = Self.order()
    var after = before
    _ = try after.depart(traveller: "张师傅", serviceVehicle: nil, at: Self.now, by: OrderSamples.adviser)
    _ = try after.arrive(
      at: Self.now, position: GeographicPosition(latitude: "41.8057", longitude: "123.4631"), distanceKm: 3,
      by: OrderSamples.adviser)
    let changes = after.changes(from: before)
    #expect(changes.map(\.field) == ["visits"])
    #expect(!"\(changes)".contains("418057") && !"\(changes)".contains("41.8057"))
  }
}
