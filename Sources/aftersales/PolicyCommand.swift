import API
import ArgumentParser
import Domain
import Repositories
import Services

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "The numbers that hold: deadlines, terms, limits.",
    subcommands: [List.self, Show.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Which version of every key holds, and since when.",
      discussion: "Key, version and instant by tabs; version 0 comes with the product.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var moment: Moment

    func run() async throws {
      let settings = try await Settings.read(common.flags())
      try await Composition.withServices(settings) { services in
        for key in PolicyKey.allCases {
          let policy = try await services.policies.current(key, for: [], at: moment.instant(services.clock), .system)
          let since = policy.policyVersion.isDefault ? "" : policy.content.validFrom?.description ?? ""
          print("\(key.rawValue)\t\(policy.number)\t\(since)")
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "What holds for one key, as the API shows it (JSON).")

    @OptionGroup var common: CommonOptions
    @OptionGroup var moment: Moment

    @Argument(help: "clocks, warranty, approvalLimits, …: see `policy list`.")
    var key: String

    func validate() throws {
      if PolicyKey(rawValue: key) == nil { throw ValidationError("\(key) is no key of a policy") }
    }

    func run() async throws {
      guard let key = PolicyKey(rawValue: key) else { return }
      let settings = try await Settings.read(common.flags())
      try await Composition.withServices(settings) { services in
        let policy = try await services.policies.current(key, for: [], at: moment.instant(services.clock), .system)
        print(String(decoding: Answer.ok(PolicyView(policy, for: .system)).body, as: UTF8.self))
      }
    }
  }
}

/// When to look; now unless said otherwise.
struct Moment: ParsableArguments {
  @Option(help: "RFC 3339 with offset, as 2026-11-21T20:36:00Z; now, if left out.")
  var at: String?

  func validate() throws {
    if let at, Timestamp(at) == nil { throw ValidationError("\(at) is no date and time with offset") }
  }

  func instant(_ clock: WallClock) -> Timestamp { at.flatMap { Timestamp($0) } ?? clock.now() }
}
