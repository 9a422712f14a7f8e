import Configuration
import Domain
import FoundationEssentials
import Logging

/// Everything that can be configured, read once at start. A flag wins over the environment, the environment over `.env`
/// in the working directory, that over the default here. `database.ownerUrl` is `AFTERSALES_DATABASE_OWNER_URL` there.
struct Settings: Sendable {
  enum Stage: String, Sendable {
    case production, development
  }

  /// Where convenience stands above safety (generated secrets, unsafe database settings) only by saying so.
  let stage: Stage
  let logLevel: Logger.Level

  /// libpq connection string of the server's role `aftersales_app`. The password belongs into a passfile
  /// (`PGPASSFILE` or `passfile=` in the string), which libpq reads anew for every connection, so it can be rotated.
  let databaseURL: String
  /// The same for `aftersales_owner`, who migrates. The server does not need it.
  let databaseOwnerURL: String?
  let migrations: String
  let allowsUnsafeSettings: Bool

  let host: String
  let port: Int
  /// Where clients find the server, e.g. behind a proxy; the issuer of its tokens. `nil`: what the client's `Host` says.
  let publicURL: String?
  /// Addresses or ranges of proxies whose word about the client counts.
  let trustedProxies: [String]
  /// Origins that browser applications call from.
  let allowedOrigins: [String]
  /// Where `/metrics` listens: never on the address that clients reach (C-32). 0 takes a free port, which is what a development
  /// server does, so that several fit on one machine.
  let metricsPort: Int
  let metricsHost: String
  let openAPI: String
  let runsWorkers: Bool
  /// Requests a minute of one client or user; `nil`: the product's default (C-27).
  let requestsPerMinute: Int?

  let attachments: AttachmentSettings
  let webhooks: WebhookSettings

  let secretFile: String?
  let secretKey: String?
  /// Keys of sealed columns, the one that seals first; either a file or the text itself.
  let columnKeysFile: String?
  let columnKeys: String?
  let demo: String
}

/// Where webhooks may lead, and how long what came of them is kept.
struct WebhookSettings: Sendable {
  /// Receivers on this machine, `http` too: development and tests.
  let allowsLoopback: Bool
  let retentionDays: Int

  var egress: WebhookEgress { WebhookEgress(allowsLoopback: allowsLoopback) }
}

/// A setting that cannot be used; the sentence is for the operator and holds no secret.
struct SettingsError: Error, CustomStringConvertible {
  let description: String
}

extension Settings {
  /// - Parameter flags: what the command line said; keys as in `Key`.
  static func read(_ flags: Flags) async throws -> Settings {
    let secrets = SecretsSpecifier<String, String>.dynamic { name, _ in
      name.hasPrefix("AFTERSALES_SECRET") || name.hasSuffix("_SECRET")
        || name.hasPrefix("AFTERSALES_COLUMN_KEYS_LIST")
        || (name.hasPrefix("AFTERSALES_DATABASE") && name.hasSuffix("URL"))
    }
    let config = ConfigReader(providers: [
      InMemoryProvider(name: "flags", values: flags.values),
      EnvironmentVariablesProvider(secretsSpecifier: secrets),
      try await EnvironmentVariablesProvider(
        environmentFilePath: environmentFile(), allowMissing: true, secretsSpecifier: secrets),
    ]).scoped(to: "aftersales")

    let stage = try await choice(config, "environment", of: Stage.self) ?? .production
    let level = try await choice(config, "log.level", of: Logger.Level.self) ?? .info
    let host = try await text(config, "server.host") ?? "127.0.0.1"
    let port = try await integer(config, "server.port", in: 0...65_535) ?? 8080
    return Settings(
      stage: stage, logLevel: level,
      databaseURL: try await text(config, "database.url", isSecret: true) ?? "",
      databaseOwnerURL: try await text(config, "database.ownerUrl", isSecret: true),
      migrations: try await text(config, "migrations") ?? "db/migrations",
      allowsUnsafeSettings: try await boolean(config, "allowUnsafeSettings") ?? false,
      host: host, port: port,
      publicURL: try await text(config, "server.publicUrl"),
      trustedProxies: try await list(config, "server.trustedProxies"),
      allowedOrigins: try await list(config, "server.allowedOrigins"),
      metricsPort: try await integer(config, "metrics.port", in: 0...65_535) ?? (stage == .production ? 9464 : 0),
      metricsHost: try await text(config, "metrics.host") ?? "127.0.0.1",
      openAPI: try await text(config, "openapi") ?? "openapi.yaml",
      runsWorkers: try await boolean(config, "workers.enabled") ?? true,
      requestsPerMinute: try await integer(config, "limits.requestsPerMinute", in: 1...100_000_000),
      attachments: try await attachments(config),
      webhooks: WebhookSettings(
        allowsLoopback: try await boolean(config, "webhooks.allowLoopback") ?? false,
        retentionDays: try await integer(config, "webhooks.retentionDays", in: 1...3650) ?? 30),
      secretFile: try await text(config, "secret.file"),
      secretKey: try await text(config, "secret.key", isSecret: true),
      columnKeysFile: try await text(config, "columnKeys.file"),
      columnKeys: try await text(config, "columnKeys.list", isSecret: true),
      demo: try await text(config, "demo") ?? "db/demo")
  }

  /// What the server needs beyond the defaults; nothing is connected to before this holds.
  func requireDatabase() throws(SettingsError) {
    if databaseURL.isEmpty {
      throw SettingsError(description: "AFTERSALES_DATABASE_URL is not set (make run sets it for development)")
    }
    if allowsUnsafeSettings, stage == .production {
      throw SettingsError(
        description: "--allow-unsafe-settings is for development (AFTERSALES_ENVIRONMENT=development)")
    }
    if webhooks.allowsLoopback, stage == .production {
      throw SettingsError(
        description: "AFTERSALES_WEBHOOKS_ALLOW_LOOPBACK is for development (AFTERSALES_ENVIRONMENT=development)")
    }
  }

  /// Generic, because the library's path type is of a package that this target does not name.
  private static func environmentFile<Path: ExpressibleByStringLiteral>() -> Path { ".env" }

  private static func attachments(_ config: ConfigReader) async throws -> AttachmentSettings {
    let bucket = try await text(config, "attachments.bucketUrl")
    var key: AttachmentSettings.BucketKey?
    if bucket != nil {
      guard let id = try await text(config, "attachments.bucketKeyId"),
        let secret = try await text(config, "attachments.bucketSecret", isSecret: true)
      else {
        throw SettingsError(
          description: "AFTERSALES_ATTACHMENTS_BUCKET_URL needs AFTERSALES_ATTACHMENTS_BUCKET_KEY_ID and _BUCKET_SECRET"
        )
      }
      key = .init(
        id: id, secret: secret, region: try await text(config, "attachments.bucketRegion") ?? "us-east-1")
    }
    let settings = AttachmentSettings(
      folder: try await text(config, "attachments.folder") ?? ".run/attachments",
      maximumBytes: try await integer(config, "attachments.maximumBytes", in: 1...(1 << 40)) ?? 256 << 20,
      reservedBytes: try await integer(config, "attachments.reservedBytes", in: 0...(1 << 60)) ?? 256 << 20,
      bucketURL: bucket, bucketKey: key)
    guard settings.isUsable else {
      throw SettingsError(
        description: "AFTERSALES_ATTACHMENTS_BUCKET_URL must be https://host[:port]/bucket[/prefix]")
    }
    return settings
  }

  // MARK: Reading: a value that does not fit is an error, never silently the default

  private static func text(_ config: ConfigReader, _ key: ConfigKey, isSecret: Bool = false) async throws -> String? {
    let value = try await config.fetchString(forKey: key, isSecret: isSecret)
    return value == "" ? nil : value
  }

  /// Separated by commas.
  private static func list(_ config: ConfigReader, _ key: ConfigKey) async throws -> [String] {
    let items = try await text(config, key)?.split(separator: ",") ?? []
    return items.map { String($0.filter { !$0.isWhitespace }) }.filter { !$0.isEmpty }
  }

  private static func integer(
    _ config: ConfigReader, _ key: ConfigKey, in range: ClosedRange<Int>
  ) async throws -> Int? {
    guard let value = try await text(config, key) else { return nil }
    guard let number = Int(value), range.contains(number) else {
      throw SettingsError(description: "\(name(key)) must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func boolean(_ config: ConfigReader, _ key: ConfigKey) async throws -> Bool? {
    switch try await text(config, key)?.lowercased() {
    case nil: return nil
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default: throw SettingsError(description: "\(name(key)) must be true or false")
    }
  }

  private static func choice<Value: RawRepresentable<String>>(
    _ config: ConfigReader, _ key: ConfigKey, of: Value.Type
  ) async throws -> Value? {
    guard let value = try await text(config, key) else { return nil }
    guard let choice = Value(rawValue: value.lowercased()) else {
      throw SettingsError(description: "\(name(key)) has an unknown value")
    }
    return choice
  }

  /// The name that an operator sets: `AFTERSALES_SERVER_PORT`.
  private static func name(_ key: ConfigKey) -> String {
    let words = key.components.map { component in
      component.reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : String($1) }.uppercased()
    }
    return "AFTERSALES_" + words.joined(separator: "_")
  }
}

/// What the command line gave, as the first provider of the configuration.
struct Flags: Sendable {
  private(set) var values: [AbsoluteConfigKey: ConfigValue] = [:]

  mutating func set(_ key: String, _ value: String?, isSecret: Bool = false) {
    guard let value else { return }
    let components = ["aftersales"] + key.split(separator: ".").map(String.init)
    values[AbsoluteConfigKey(components)] = ConfigValue(.string(value), isSecret: isSecret)
  }
}
