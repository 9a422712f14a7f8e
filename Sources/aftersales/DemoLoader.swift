import ArgumentParser

/// Loads `db/demo` through the services, as if people had worked, and prints the accounts it made.
struct DemoLoader {
  private let services: Composition

  init(_ services: Composition) { self.services = services }

  /// - Throws: exit status 69 (EX_UNAVAILABLE): this build has no demo data.
  func load() async throws {
    Complaint.say(["demo data is not available in this build"])
    throw ExitCode(69)
  }
}
