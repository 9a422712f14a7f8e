import Domain
import TestSupport
import Testing

/// The words that openapi.yaml lists are those of the domain.
@Suite("The enumerations of the contract")
struct ContractEnumerationTests {
  private let contract: Contract

  init() throws { contract = try ContractFixtures.contract() }

  private static let enumerations: [(schema: String, values: [String])] = [
    ("AppointmentChannel", words(Appointment.Channel.self)),
    ("AppointmentPriority", words(Appointment.Priority.self)),
    ("AppointmentState", words(Appointment.State.self)),
    ("AttachmentMediaType", words(Domain.Attachment.MediaType.self)),
    ("ClientState", words(MachineClient.State.self)),
    ("ContactPreference", words(Customer.ContactPreference.self)),
    ("Currency", words(Currency.self)),
    ("CustomerKind", words(Customer.Kind.self)),
    ("CustomerState", words(Customer.State.self)),
    ("CustomerVehicleRole", words(CustomerVehicle.Role.self)),
    ("DecisionChannel", words(CustomerDecision.Channel.self)),
    ("LabourOperationCategory", words(LabourOperation.Category.self)),
    ("LineDecision", words(JobLine.Decision.self)),
    ("OdometerSource", words(VehicleOdometer.Source.self)),
    ("PartOrigin", words(JobPart.Origin.self)),
    ("PaymentMethod", words(Payment.Method.self)),
    ("Powertrain", words(Powertrain.self)),
    ("RoleCode", words(Role.self)),
    ("ScopeKind", words(Scope.Kind.self)),
    ("ServiceItemCategory", words(ServiceItem.Category.self)),
    ("ServiceItemPricing", words(ServiceItem.Pricing.self)),
    ("ServiceType", words(WorkOrder.ServiceType.self)),
    ("StationKind", words(Station.Kind.self)),
    ("StationState", words(Station.State.self)),
    ("TimelineKind", words(TimelineItem.Kind.self)),
    ("UserState", words(User.State.self)),
    ("VehicleUsage", words(Vehicle.Usage.self)),
    ("WorkshopSkill", words(Workshop.Skill.self)),
    ("WorkOrderMode", words(WorkOrder.Mode.self)),
    ("WorkOrderState", words(WorkOrder.State.self)),
  ]

  @Test("Every enumeration lists the words of the domain", arguments: enumerations)
  func sameWords(_ enumeration: (schema: String, values: [String])) {
    #expect(contract.enumeration(enumeration.schema).sorted() == enumeration.values.sorted())
  }

  @Test("No enumeration of answers is forgotten, and each says that it may grow")
  func everyEnumeration() {
    let listed = Set(Self.enumerations.map(\.schema))
    for (name, schema) in contract.root[["components", "schemas"]]?.members ?? [:] where schema["enum"] != nil {
      #expect(listed.contains(name), "\(name)")
      #expect(schema["description"]?.text?.contains("New values may be added") == true, "\(name)")
    }
  }

  @Test("Payers are those of the domain, in answers and in requests (WO-44)")
  func payers() {
    let payers = Self.words(PayerSplit.Payer.self).sorted()
    for name in ["PayerSplit", "PayerSplitInput"] {
      let members = contract.root[["components", "schemas", name, "properties"]]?.members ?? [:]
      #expect(members.keys.sorted() == payers, "\(name)")
    }
  }

  @Test("The codes of violations are those of the domain (C-09)")
  func violationCodes() {
    let documented = contract.root[["components", "schemas", "Violation", "properties", "code", "enum"]]?.texts ?? []
    #expect(documented.sorted() == Self.words(Violation.Code.self).sorted())
  }

  @Test("Every scope is a permission (SEC-01)")
  func scopes() {
    for flow in (contract.root[["components", "securitySchemes", "oauth2", "flows"]]?.members ?? [:]).values {
      for scope in (flow["scopes"]?.members ?? [:]).keys {
        #expect(Permission(rawValue: scope) != nil, "\(scope)")
      }
    }
  }

  @Test("Every action of a work order has its operation and stands in the table of the tag (SM-3)")
  func workOrderActions() throws {
    let tag = (contract.root["tags"]?.items ?? []).first { $0["name"]?.text == "Work orders" }
    let table = try #require(tag?["description"]?.text)
    for action in WorkOrder.Action.allCases {
      let path = action.rawValue.flatMap { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
      #expect(contract.root[["paths", "/v1/work-orders/{id}/\(String(path))", "post"]] != nil, "\(action)")
      let rows = WorkOrderLifecycle.table.transitions(for: action)
      let line = table.split(separator: "\n").first { $0.hasPrefix("| `\(action.rawValue)` |") }
      let text = try #require(line, "\(action)")
      let states = rows.flatMap(\.from).map(\.rawValue) + rows.compactMap { $0.to?.rawValue }
      for state in states {
        #expect(text.contains("`\(state)`"), "\(action) \(state)")
      }
      for condition in rows.flatMap(\.guards) {
        #expect(text.contains("`\(condition.code)`"), "\(action) \(condition.code)")
      }
    }
  }

  @Test("Every action of an appointment has its operation and stands in the table of the tag (SM-2)")
  func appointmentActions() throws {
    let tag = (contract.root["tags"]?.items ?? []).first { $0["name"]?.text == "Appointments" }
    let table = try #require(tag?["description"]?.text)
    for action in Appointment.Action.allCases {
      let path = action.rawValue.flatMap { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
      #expect(contract.root[["paths", "/v1/appointments/{id}/\(String(path))", "post"]] != nil, "\(action)")
      let line = table.split(separator: "\n").first { $0.hasPrefix("| `\(action.rawValue)` |") }
      let text = try #require(line, "\(action)")
      let rows = AppointmentLifecycle.table.transitions(for: action)
      for state in rows.flatMap(\.from).map(\.rawValue) + rows.compactMap({ $0.to?.rawValue }) {
        #expect(text.contains("`\(state)`"), "\(action) \(state)")
      }
    }
  }

  private static func words<Choice: CaseIterable & RawRepresentable<String>>(_ kind: Choice.Type) -> [String] {
    kind.allCases.map(\.rawValue)
  }
}
