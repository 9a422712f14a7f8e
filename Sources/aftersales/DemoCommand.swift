import ArgumentParser

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Load the demo network and history of db/demo; a second time changes nothing.")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let settings = try await Settings.read(common.flags())
    try await Composition.withServices(settings) { services in
      try await DemoLoader(services).load()
    }
  }
}
