import API
import Domain
import FoundationEssentials
import TestSupport
import Yams

/// What both sides of the contract say: openapi.yaml as it lies in the repository, and the operations as composed.
enum ContractFixtures {
  struct Unreadable: Error {
    let reason: String
  }

  /// Every operation of the composed API with the problem types of all families; metrics may be served apart, so they are
  /// added by whoever serves them.
  static func routeTable() -> RouteTable {
    var table = TestAPI.routeTable
    SystemRoutes.addMetrics(Metrics(), to: &table)
    return table
  }

  static func operations() -> [Operation] { routeTable().operations }

  static func problems() -> [ProblemType] { routeTable().problems.types }

  static func contract() throws -> Contract { Contract(root: try root.get()) }

  static func checker() throws -> SchemaChecker { SchemaChecker(contract: try root.get()) }

  /// Read once for all tests.
  private static let root = Result { try value(of: try document()) }

  private static func document() throws -> Node {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    guard let bytes = FileManager.default.contents(atPath: "\(folder)/openapi.yaml"),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw Unreadable(reason: "there is no openapi.yaml at the top of the package") }
    guard let node = try Yams.compose(yaml: text) else { throw Unreadable(reason: "openapi.yaml is empty") }
    return node
  }

  /// Only plain scalars have a type of their own; what stands in quotes or as a block is text.
  private static func value(of node: Node) throws -> ContractValue {
    switch node {
    case .mapping(let mapping):
      var members: [String: ContractValue] = [:]
      for (key, value) in mapping {
        guard let name = key.string, members.updateValue(try self.value(of: value), forKey: name) == nil else {
          throw Unreadable(reason: "a member has no name, or the same twice")
        }
      }
      return .object(members)
    case .sequence(let sequence):
      return .list(try sequence.map(value(of:)))
    case .scalar(let scalar):
      guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
      switch Resolver.default.resolveTag(of: node) {
      case .null: return .null
      case .bool: return .boolean(node.bool ?? false)
      case .int: return node.int.map { .integer(Int64($0)) } ?? .text(scalar.string)
      case .float: return node.float.map { .number($0) } ?? .text(scalar.string)
      default: return .text(scalar.string)
      }
    case .alias:
      throw Unreadable(reason: "the contract uses no aliases")
    }
  }
}

/// openapi.yaml, read by what the gates ask of it.
struct Contract {
  /// One documented operation, with the parameters of its path.
  struct Documented {
    let method: String
    let template: String
    let content: ContractValue
    let parameters: [ContractValue]

    var name: String { "\(method) \(template)" }

    func parameter(_ name: String, in place: String) -> ContractValue? {
      parameters.first { $0["name"]?.text == name && $0["in"]?.text == place }
    }

    var statuses: Set<String> { Set((content["responses"]?.members ?? [:]).keys) }
    var successes: [String] { statuses.filter { $0.hasPrefix("2") }.sorted() }
    var permission: String? { content["x-permission"]?.text }
    var requestContent: [String: ContractValue] { content[["requestBody", "content"]]?.members ?? [:] }
    var hasBody: Bool { content["requestBody"] != nil }
  }

  let root: ContractValue
  let operations: [Documented]

  init(root: ContractValue) {
    self.root = root
    let checker = SchemaChecker(contract: root)
    var operations: [Documented] = []
    for (template, item) in (root["paths"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
      for method in ["get", "post", "put", "patch", "delete"] {
        guard let content = item[method] else { continue }
        let parameters = (item["parameters"]?.items ?? []) + (content["parameters"]?.items ?? [])
        operations.append(
          Documented(
            method: method.uppercased(), template: template, content: content,
            parameters: parameters.map(checker.resolved)))
      }
    }
    self.operations = operations
  }

  /// Values of the enumeration that a component schema is.
  func enumeration(_ name: String) -> [String] { root[["components", "schemas", name, "enum"]]?.texts ?? [] }
}

extension Operation {
  /// What `x-permission` says of it.
  var documentedPermission: String {
    switch access {
    case .permission(let permission): permission.rawValue
    case .own: "self"
    case .open: "public"
    }
  }
}
