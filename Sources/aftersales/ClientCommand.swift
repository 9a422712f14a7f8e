import ArgumentParser
import Domain
import Services

struct ClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client", abstract: "Machine clients, such as a dealer's management system.",
    subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Create a machine client and print its identifier and secret, which cannot be shown again.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var given: AssignmentOptions

    @Option(help: "2 to 64 of a-z, 0-9, '.', '_' and '-'.")
    var clientId: String

    @Option(help: "As the history shows it.")
    var name: String

    @Option(name: .customLong("permission"), help: "Only this of what the roles grant; may be repeated.")
    var permissionNames: [String] = []

    func validate() throws {
      if let unknown = permissionNames.first(where: { Permission(rawValue: $0) == nil }) {
        throw ValidationError("\(unknown) is no permission")
      }
    }

    func run() async throws {
      let settings = try await Settings.read(common.flags())
      try await Composition.withServices(settings) { services in
        let permissions = Set(permissionNames.compactMap(Permission.init(rawValue:)))
        let draft = MachineClientDraft(
          clientID: clientId, name: name, roles: given.roles, permissions: permissions.isEmpty ? nil : permissions,
          assignment: try await given.assignment(services.database), externalIDs: [:])
        let secret = try await services.administration.createClient(draft)
        print("\(clientId)\t\(secret.text)")
      }
    }
  }
}
