import ArgumentParser
import Domain
import Services

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Operators' access tokens.", subcommands: [Issue.self])

  struct Issue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "issue",
      abstract: "Print a new access token; it is stored as a hash only and cannot be shown again.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var given: AssignmentOptions

    @Option(help: "How long it lives: 90s, 15m, 12h, 30d; at most 366 days.")
    var ttl: Lifetime

    @Option(help: "What it is for; stands in the history of everything done with it.")
    var name: String

    func run() async throws {
      let settings = try await Settings.read(common.flags())
      try await Composition.withServices(settings) { services in
        let token = try await services.administration.issueToken(
          name: name, roles: given.roles, try await given.assignment(services.database), seconds: ttl.seconds)
        print(token.text)
      }
    }
  }
}
