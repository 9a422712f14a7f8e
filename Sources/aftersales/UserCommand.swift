import ArgumentParser
import Domain
import FoundationEssentials
import Services

struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Users.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Create a user, e.g. the first administrator.",
      discussion: """
        Without --password-file a password is made, printed once, and must be changed at the first login. Passwords are \
        never taken from the command line, where other processes can read them.
        """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var given: AssignmentOptions

    @Option(help: "2 to 64 of a-z, 0-9, '.', '_', '@' and '-'.")
    var username: String

    @Option(help: "As colleagues and the history show it.")
    var name: String

    @Option(help: "A file whose first line is the password; - is standard input.")
    var passwordFile: String?

    func run() async throws {
      let settings = try await Settings.read(common.flags())
      try await Composition.withServices(settings) { services in
        let made = try passwordFile == nil ? Self.freshPassword() : nil
        let password = try made ?? readPassword()
        let draft = UserDraft(
          username: username, displayName: name, assignment: try await given.assignment(services.database),
          roles: given.roles, mustChangePassword: made != nil, externalIDs: [:])
        try await services.administration.createUser(draft, password: password)
        print(made.map { "\(username)\t\($0)" } ?? username)
      }
    }

    private func readPassword() throws -> String {
      let line: String?
      if let passwordFile, passwordFile != "-" {
        guard let data = try? Data(contentsOf: URL(filePath: passwordFile)) else {
          throw SettingsError(description: "\(passwordFile) cannot be read")
        }
        line = String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
      } else {
        line = readLine(strippingNewline: true)
      }
      guard let line, !line.isEmpty else { throw SettingsError(description: "the password is empty") }
      return line
    }

    /// 120 random bits in letters and digits that are not mistaken for each other.
    private static func freshPassword() throws -> String {
      let alphabet = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
      var generator = SystemRandomNumberGenerator()
      return String((0..<21).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }
  }
}
