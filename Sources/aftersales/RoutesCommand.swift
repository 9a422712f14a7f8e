import API
import ArgumentParser

struct RoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes",
    abstract: "List every operation with what it demands.",
    discussion: "Method, path and permission (`own`: of the caller himself; `open`: nobody needs to log in), by tabs.")

  func run() async throws {
    for operation in Composition.routes().operations.sorted(by: { ($0.template, $0.name) < ($1.template, $1.name) }) {
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
