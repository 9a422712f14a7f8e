import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

@Suite("Expansion of work orders: cost", .timeLimit(.minutes(20))) struct WorkOrderExpansionCostTests {
  @Test("a page costs one trip more, however many orders stand on it (C-13)")
  func trips() async throws {
    try await OrderDesk.with { desk in
      var orders = [try await desk.create()]
      func cost(_ orders: [WorkOrder]) async throws -> (trips: Int, statements: Int) {
        let before = desk.test.traffic
        let expansion = try await desk.service.expansion(
          of: orders, [.customer, .vehicle, .station, .lines], desk.desk, at: desk.clock.now)
        let after = desk.test.traffic
        for order in orders {
          #expect(expansion.customer(of: order)?.customer.id == order.header.customerID)
          #expect(expansion.vehicle(of: order)?.id == order.header.vehicleID)
          #expect(expansion.station(of: order)?.id == order.stationID)
          #expect(expansion.lines(of: order) == order.lines)
        }
        return (after.trips - before.trips, after.statements - before.statements)
      }
      let one = try await cost(orders)
      for _ in 0..<6 { orders.append(try await desk.create()) }
      let seven = try await cost(orders)
      #expect(one.trips == 1 && seven.trips == 1)
      #expect(one.statements == seven.statements)
      let nothing = desk.test.traffic.trips
      _ = try await desk.service.expansion(of: orders, [], desk.desk, at: desk.clock.now)
      #expect(desk.test.traffic.trips == nothing)
    }
  }
}
