import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("customers")
struct CustomerServiceTests {
  private let clock = ManualClock()

  @Test("names and numbers are masked without customers:readPersonal, and cannot be searched (SEC-04)")
  func masking() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let customers = CustomerService(
        UnitOfWork(test.database, clock: clock.wall), telephones: TelephoneIndex(secret: [1]))
      let blind = Caller(
        subject: .system, name: "hq", roles: [], permissions: [.customersRead], scope: .network)
      let view = CustomerView(try await customers.get(.id(network.customer), blind), for: blind)
      #expect(view.isMasked)
      #expect(view.customer.profile.name == "王*")
      #expect(view.customer.profile.phone == "138****5670")
      let page = PageRequest(sort: [.init("createdAt", descending: true)])
      await #expect(throws: Refusal.forbidden(.customersReadPersonal)) {
        try await customers.list(CustomerFilter(phone: "13812345670"), page, blind)
      }
      let found = try await customers.list(CustomerFilter(namePrefix: "王"), page, network.everything)
      #expect(found.items.map(\.id) == [network.customer])
      await #expect(throws: Refusal.notFound) {
        try await customers.get(.id(network.otherCustomer), network.everything)
      }
    }
  }

  @Test("a customer of another station is not merged, and a file is not merged into itself")
  func mergeRefusals() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let customers = CustomerService(
        UnitOfWork(test.database, clock: clock.wall), telephones: TelephoneIndex(secret: [1]))
      await #expect(
        throws: Refusal.invalid("#/duplicateId", .inconsistent, "must be a customer of the same station")
      ) {
        try await customers.merge(
          .id(network.customer), duplicate: network.otherCustomer, Caller.system.command(at: clock.now))
      }
      await #expect(
        throws: Refusal.invalid("#/duplicateId", .inconsistent, "a customer cannot be merged into itself")
      ) {
        try await customers.merge(
          .id(network.customer), duplicate: network.customer, Caller.system.command(at: clock.now))
      }
    }
  }

  @Test("a vehicle has one owner per station, and ending the link frees it")
  func oneOwner() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let customers = CustomerService(
        UnitOfWork(test.database, clock: clock.wall), telephones: TelephoneIndex(secret: [1]))
      let since = try #require(CalendarDate(year: 2026, month: 1, day: 2))
      let draft = CustomerVehicleDraft(vehicle: .id(network.vehicle), role: .owner, since: since)
      let caller = network.everything
      _ = try await customers.link(.id(network.customer), draft, caller.command(at: clock.now))
      await #expect(throws: Refusal.alreadyExists(field: "vehicleId", existingID: nil)) {
        try await customers.link(.id(network.customer), draft, caller.command(at: clock.now))
      }
      _ = try await customers.unlink(
        .id(network.customer), vehicle: .number(TestNetwork.vin), caller.command(at: clock.now))
      _ = try await customers.link(.id(network.customer), draft, caller.command(at: clock.now))
      let page = PageRequest(sort: [.init("sinceDate", descending: true)])
      let links = try await customers.vehicles(of: .id(network.customer), current: nil, page, caller)
      #expect(links.items.filter { $0.link.until == nil }.count == 1)
      #expect(links.items.count == 2)
    }
  }
}
