import ArgumentParser

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what would keep the server from starting; exit status 1 if anything does.",
    discussion: "With --running: ask the server on this machine whether it is ready, for container health checks.")

  @OptionGroup var common: CommonOptions

  @Flag(help: "Ask /readyz of the running server instead.")
  var running = false

  func run() async throws {
    let settings = try await Settings.read(common.flags())
    if running {
      let status = ReadinessProbe(host: settings.host, port: settings.port).status()
      guard status == 200 else {
        CommandFailure.say([status.map { "the server answers \($0)" } ?? "no server answers"])
        throw ExitCode.failure
      }
      print("ready")
      return
    }
    try await Composition.withServices(settings) { composition in
      _ = try SecretKey.load(settings)
      let findings = await StartChecks(composition).findings()
      for finding in findings { print(finding.sentence) }
      guard findings.isEmpty else { throw ExitCode.failure }
      print("ready to serve")
    }
  }
}
