import ArgumentParser

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Load the demo network and history of db/demo; a second time changes nothing.",
    discussion: """
      Refused, with exit status 69, on a database that holds data of its own. Loading that was interrupted goes on where \
      it stopped.
      """)

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let settings = try await Settings.read(common.flags())
    // Its passwords are public and one of its users may manage all others.
    guard settings.stage == .development else {
      CommandFailure.say(["the demo is for development (AFTERSALES_ENVIRONMENT=development)"])
      throw ExitCode(69)
    }
    try await Composition.withServices(settings, secret: try SecretKey.load(settings)) { services in
      do {
        for line in try await DemoLoader(services).load() { print(line) }
      } catch let refused as DemoRefused {
        CommandFailure.say([refused.sentence])
        throw ExitCode(69)
      }
    }
  }
}
