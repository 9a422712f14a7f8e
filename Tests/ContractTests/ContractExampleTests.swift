import TestSupport
import Testing

/// Every example of openapi.yaml is what its schema says (C-34).
@Suite("The examples of the contract")
struct ContractExampleTests {
  private let contract: Contract
  private let checker: SchemaChecker

  init() throws {
    contract = try ContractFixtures.contract()
    checker = try ContractFixtures.checker()
  }

  @Test("Bodies and answers have examples, and all of them fit")
  func operations() {
    for operation in contract.operations {
      for (type, media) in operation.requestContent { hold(media, "\(operation.name) \(type)") }
      for status in operation.successes {
        let response = checker.resolved(operation.content[["responses", status]] ?? .null)
        for (type, media) in response["content"]?.members ?? [:] {
          hold(media, "\(operation.name) \(status) \(type)")
        }
      }
    }
  }

  @Test("Shared responses have examples, and all of them fit")
  func responses() {
    for (name, response) in contract.root[["components", "responses"]]?.members ?? [:] {
      for (type, media) in response["content"]?.members ?? [:] { hold(media, "\(name) \(type)") }
      hold(headers: response, name)
    }
  }

  @Test("The status of a problem's example is that of its type, and its title too")
  func problems() {
    let catalogue = Dictionary(
      (contract.root["x-problem-types"]?.items ?? []).compactMap { entry in
        entry["type"]?.text.map { ($0, entry) }
      }, uniquingKeysWith: { first, _ in first })
    for (name, response) in contract.root[["components", "responses"]]?.members ?? [:] {
      guard let media = response[["content", "application/problem+json"]] else { continue }
      for (example, value) in examples(of: media) {
        let type = catalogue[value["type"]?.text ?? ""]
        #expect(type != nil, "\(name) \(example)")
        #expect(type?["status"] == value["status"], "\(name) \(example)")
        #expect(type?["title"] == value["title"], "\(name) \(example)")
      }
    }
  }

  @Test("Examples of parameters and headers fit")
  func parameters() {
    for operation in contract.operations {
      for parameter in operation.parameters {
        guard let example = parameter["example"], let schema = parameter["schema"] else { continue }
        #expect(checker.faults(of: example, by: schema) == [], "\(operation.name) \(parameter["name"] ?? .null)")
      }
      for status in operation.successes {
        hold(headers: operation.content[["responses", status]] ?? .null, "\(operation.name) \(status)")
      }
    }
  }

  private func hold(_ media: ContractValue, _ name: String) {
    let examples = examples(of: media)
    #expect(!examples.isEmpty, "\(name) has no example")
    for (example, value) in examples {
      #expect(checker.faults(of: value, by: media["schema"] ?? .null) == [], "\(name) \(example)")
    }
  }

  private func hold(headers response: ContractValue, _ name: String) {
    for (header, content) in response["headers"]?.members ?? [:] {
      let content = checker.resolved(content)
      guard let schema = content["schema"] else {
        Issue.record("\(name) \(header) has no schema")
        continue
      }
      if let example = content["example"] {
        #expect(checker.faults(of: example, by: schema) == [], "\(name) \(header)")
      }
    }
  }

  private func examples(of media: ContractValue) -> [(name: String, value: ContractValue)] {
    let single = media["example"].map { [("example", $0)] } ?? []
    let named = (media["examples"]?.members ?? [:]).map { name, example in
      (name, checker.resolved(example)["value"] ?? .null)
    }
    return single + named.sorted { $0.0 < $1.0 }
  }
}
