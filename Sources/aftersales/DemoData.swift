import FoundationEssentials

/// The files of `db/demo`. Their fields are the product's own, in short; what is no field here is an error of the file.
struct DemoData {
  let network: Network
  let people: People
  let catalogue: Catalogue
  let customers: Customers
  let orders: Orders
  let requests: Requests
  let complaints: Complaints
  let quality: Quality
  let money: Money
  let oldParts: OldParts

  struct Network: Decodable {
    let regions: [Region]
    let stations: [Station]
  }

  struct Region: Decodable {
    let code: String
    let name: String
    let nameEn: String
  }

  struct Station: Decodable {
    let code: String
    let name: String
    let nameEn: String
    let kind: String
    let region: String
    let city: String
    let address: String
    let phone: String
    /// Millionths of a degree.
    let latitude: Int
    let longitude: Int
    let labourRate: String
    let bays: Int
    /// Every day, as `08:00`.
    let opens: String
    let closes: String
    let skills: [String]
    let authorisations: [String]
  }

  struct People: Decodable {
    /// Of every demo user.
    let password: String
    let users: [User]
    let clients: [Client]
  }

  struct User: Decodable {
    let username: String
    let name: String
    let role: String
    let station: String?
    let region: String?
    /// Code of a supplier, or the identity of another party outside.
    let supplier: String?
    /// Key of the customer for whom the user speaks.
    let customer: String?
  }

  struct Client: Decodable {
    let clientId: String
    let name: String
    let roles: [String]
    let station: String
  }

  struct Catalogue: Decodable {
    let models: [Model]
    let operations: [Operation]
    let items: [Item]
    let faults: [Fault]
  }

  struct Fault: Decodable {
    let code: String
    let brand: String?
    let system: String
    let description: String
    let descriptionEn: String
    let family: String
    let severity: String
    let operations: [String]
  }

  struct Model: Decodable {
    let code: String
    let brand: String
    let series: String
    let name: String
    let nameEn: String
    let productLine: String
    let modelYearFrom: Int?
    let modelYearTo: Int?
    let powertrain: String
    let discontinued: Bool?
  }

  struct Operation: Decodable {
    let code: String
    let name: String
    let nameEn: String
    let category: String
    let hours: String
    let skill: String?
  }

  struct Item: Decodable {
    let code: String
    let name: String
    let nameEn: String
    let category: String
    let pricing: String
    let price: String?
    let operations: [String]
    let parts: String?
    let intervalKm: Int?
    let intervalMonths: Int?
  }

  struct Customers: Decodable {
    let customers: [Customer]
    let vehicles: [Vehicle]
  }

  struct Customer: Decodable {
    let key: String
    let station: String
    let kind: String
    let name: String
    let phone: String
    let email: String?
    let city: String
    let address: String
    let contactPreference: String
    let vehicles: [String]
  }

  struct Vehicle: Decodable {
    let vin: String
    let plate: String
    let model: String
    let modelYear: Int
    let colour: String
    let usage: String
    let powertrain: String
    let saleDate: String
  }

  struct Orders: Decodable {
    let jobs: [Job]
    let orders: [Order]
  }

  /// What is found and done on a vehicle; orders name it by its key.
  struct Job: Decodable {
    let key: String
    let operation: String
    let description: String
    let concern: String
    let cause: String
    let correction: String
    let faultCode: String?
    let dtc: [String]?
    let causalPart: String?
    let parts: [Part]
    /// Who pays instead of the customer, and how much of it in per cent (all, if left out).
    let payer: String?
    let payerPercent: Int?
  }

  struct Part: Decodable {
    let number: String
    let description: String
    let quantity: Int
    let price: String
    let origin: String?
    let guaranteeMonths: Int?
  }

  struct Order: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    /// When the vehicle came in; at least 1, so that everything lies in the past.
    let daysAgo: Int
    let station: String
    let customer: String
    let serviceType: String
    let summary: String
    let km: Int
    let jobs: [String]
    let payment: String
    let mode: String?
    let travel: String?
    let reason: String?
    let reworkOf: String?
    let withoutVehicle: Bool?
    /// A job found during the repair, and the customer's answer.
    let additional: String?
    let additionalApproved: Bool?
    let awaitedParts: Bool?
    let failedInspection: Bool?
    let refusedAcceptance: Bool?
    /// The technician is at work on it while the demo is loaded.
    let openClock: Bool?
  }

  struct Requests: Decodable {
    let requests: [Request]
    let returns: [Return]
  }

  struct Complaints: Decodable {
    let complaints: [Complaint]
  }

  struct Complaint: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    let daysAgo: Int
    let channel: String
    let customer: String
    let category: String
    let words: String
    let symptom: String?
    let component: String?
    let cause: String?
    /// In yuan.
    let demand: Int64?
    let crash: Bool?
    let fire: Bool?
    let brokeDown: Bool?
    let injured: Int?
    /// The complaint that it is merged into.
    let into: String?
  }

  struct Return: Decodable {
    let key: String
    let state: String
    let daysAgo: Int
    let station: String
    let kind: String
    let product: String
    let fault: String
  }

  struct OldParts: Decodable {
    let suppliers: [Supplier]
    let oldParts: [OldPart]
  }

  struct Supplier: Decodable {
    let code: String
    let name: String
    let nameEn: String
    let parts: [String]
    /// Number of the contract, with its terms.
    let contract: String
    let partsFactor: String
    let labourRate: String
    let lineCap: String?
  }

  struct OldPart: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    let daysAgo: Int
    let customer: String
    let part: String
    let description: String
    let quantity: Int
    let fault: String
  }

  struct Quality: Decodable {
    let issues: [Issue]
    let campaigns: [Campaign]
  }

  struct Campaign: Decodable {
    let key: String
    let kind: String
    let daysAgo: Int
    /// Approved by another person and published; else a draft.
    let isPublished: Bool
    let component: String?
    /// Key of the quality issue that it answers.
    let issue: String?
    let title: String
    let description: String
    let remedy: String
    /// Of a population that is no list.
    let modelYearFrom: Int?
    let modelYearTo: Int?
    /// The population, by whose vehicles, and where each has come to.
    let vehicles: [CampaignVehicle]
  }

  struct CampaignVehicle: Decodable {
    let customer: String
    let state: String
    let reason: String?
  }

  struct Issue: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    let daysAgo: Int
    let customer: String
    let symptom: String
    let part: String
    let fault: String
    let casualties: Int?
    let majorAccident: Bool?
    let breakdown: Bool?
    let demand: String?
    let level: String?
  }

  struct Money: Decodable {
    let deposits: [Deposit]
    let awards: [Award]
    let settlements: [Settlement]
  }

  struct Deposit: Decodable {
    let key: String
    let daysAgo: Int
    let station: String
    let amount: String
    let description: String
  }

  /// A penalty where there is a code of the tariff, else a reward.
  struct Award: Decodable {
    let key: String
    let daysAgo: Int
    let station: String
    let code: String?
    let amount: String
    let reason: String
  }

  struct Settlement: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    let station: String
    let fromDaysAgo: Int
    let toDaysAgo: Int
    /// A line that the station disputes.
    let disputed: Int?
  }

  struct Request: Decodable {
    let key: String
    /// Where its history ends.
    let state: String
    let daysAgo: Int
    let kind: String
    let medium: String
    let source: String
    let customer: String
    let mode: String
    let need: String
    let symptom: String?
    let reason: String?
  }

  /// - Throws: `SettingsError` for a folder that holds no demo.
  static func read(_ folder: String) throws -> DemoData {
    DemoData(
      network: try file("network.json", in: folder), people: try file("people.json", in: folder),
      catalogue: try file("catalogue.json", in: folder), customers: try file("customers.json", in: folder),
      orders: try file("orders.json", in: folder), requests: try file("requests.json", in: folder),
      complaints: try file("complaints.json", in: folder),
      quality: try file("quality.json", in: folder), money: try file("money.json", in: folder),
      oldParts: try file("old-parts.json", in: folder))
  }

  private static func file<Content: Decodable>(_ name: String, in folder: String) throws -> Content {
    let path = "\(folder)/\(name)"
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw SettingsError(description: "\(path) cannot be read; AFTERSALES_DEMO names the folder of the demo data")
    }
    do {
      return try JSONDecoder().decode(Content.self, from: data)
    } catch {
      throw SettingsError(description: "\(path) is not what the demo expects: \(error)")
    }
  }
}

/// What the demo data says that the product does not know, in words.
func demoValue<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws(SettingsError) -> Value {
  guard let value else { throw SettingsError(description: "demo data: \(what())") }
  return value
}
