import API
import ArgumentParser
import Domain

struct RoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes",
    abstract: "List every operation with what it demands.",
    discussion: "Method, path and permission (`own`: of the caller himself; `open`: nobody needs to log in), by tabs.")

  func run() async throws {
    let settings = try await Settings.read(Flags())
    // No database, contract or secret: nothing is asked, only listed.
    let parts = RouteParts(
      document: try OpenAPIDocument(yaml: "paths: {}"), secret: .none, readiness: Readiness(), checks: [])
    var table = Composition(settings).routes(parts)
    SystemRoutes.addMetrics(Metrics(), to: &table)
    for operation in table.operations.sorted(by: { ($0.template, $0.name) < ($1.template, $1.name) }) {
      let access =
        switch operation.access {
        case .permission(let permission): permission.rawValue
        case .own: "own"
        case .open: "open"
        }
      print("\(operation.method.rawValue)\t\(operation.template)\t\(access)")
    }
  }
}
