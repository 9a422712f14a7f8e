import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite("catalogue")
struct CatalogueServiceTests {
  private let clock = ManualClock()

  @Test("the hours of a vehicle model win over the standard (WO-22)")
  func modelHours() async throws {
    try await TestDatabase.with { test in
      let work = UnitOfWork(test.database, clock: clock.wall)
      let (models, operations) = (VehicleModelService(work), LabourOperationService(work))
      _ = try await models.create(
        VehicleModelDraft(
          code: "ZH-1",
          content: VehicleModel.Content(
            brand: "中华", series: "骏捷", name: "1.8", nameEn: nil, productLine: "轿车", modelYearFrom: 2006,
            modelYearTo: nil, powertrain: .ice, discontinued: false),
          externalIDs: [:]), Caller.system.command(at: clock.now))
      let model = try await models.get(.number("ZH-1"), .system)
      func content(_ entry: LabourOperation.ModelHours) -> LabourOperation.Content {
        LabourOperation.Content(
          name: "换机油", nameEn: nil, category: .maintenance, standardHours: Hours(hundredths: 50),
          modelHours: [entry], requiredSkill: nil, discontinued: false)
      }
      let own = LabourOperation.ModelHours(modelID: model.id, hours: Hours(hundredths: 75))
      _ = try await operations.create(
        LabourOperationDraft(code: "OIL", content: content(own), externalIDs: [:]),
        Caller.system.command(at: clock.now))
      let operation = try await operations.get(.number("OIL"), .system)
      #expect(operation.hours(for: model.id) == Hours(hundredths: 75))
      #expect(operation.hours(for: nil) == Hours(hundredths: 50))
      let unknown = LabourOperation.ModelHours(modelID: .new(at: clock.now), hours: Hours(hundredths: 75))
      await #expect(throws: Refusal.invalid("#/modelHours", .notFound, "there is no such vehicle model")) {
        try await operations.create(
          LabourOperationDraft(code: "OIL2", content: content(unknown), externalIDs: [:]),
          Caller.system.command(at: clock.now))
      }
    }
  }

  @Test("a fixed-price item needs a price, a composed one an operation (WO-21)")
  func pricing() {
    func item(_ pricing: ServiceItem.Pricing) -> ServiceItemDraft {
      ServiceItemDraft(
        code: "A1",
        content: ServiceItem.Content(
          name: "保养", nameEn: nil, category: .maintenance, pricing: pricing, price: nil, operations: [],
          partsDescription: nil, process: nil, result: nil, intervalKm: 5000, intervalMonths: 6, discontinued: false),
        externalIDs: [:])
    }
    #expect(throws: Refusal.invalid("#/price", .required, "a fixed-price item needs a price")) {
      try item(.fixed).validate()
    }
    #expect(throws: Refusal.invalid("#/operationIds", .required, "a composed item needs a labour operation")) {
      try item(.composed).validate()
    }
  }
}
