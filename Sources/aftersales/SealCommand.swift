import ArgumentParser
import Services

struct SealCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Seal personal columns that are in clear or under another key than the first, while servers run.",
    discussion: """
      To change the key: put a new one behind the present one in AFTERSALES_COLUMN_KEYS_FILE and restart every instance; \
      put it in front and restart again; run this; take the old one away a day later. Can be stopped and run again.
      """)

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let settings = try await Settings.read(common.flags())
    try await Composition.withServices(settings) { services in
      guard let sealing = services.sealing else { throw SettingsError(description: "there are no column keys") }
      _ = try await sealing.run { print("\($0.table)\t\($0.sealed) of \($0.seen) rows sealed") }
    }
  }
}
