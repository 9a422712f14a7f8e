import ArgumentParser
import Domain
import Logging
import Postgres
import Repositories

/// What must hold before the server takes requests: it can reach the database, the database cannot lose what it
/// acknowledges (quality R6), row-level security binds the server's role, and the schema is this program's.
struct StartChecks: Sendable {
  struct Finding: Sendable {
    enum Kind: Sendable {
      /// Can be overridden in development.
      case setting
      case schema
      case connection
    }

    let kind: Kind
    /// For the operator; no secret, no personal data.
    let sentence: String
  }

  private let composition: Composition

  init(_ composition: Composition) { self.composition = composition }

  /// Everything that is wrong; empty is good. The client must be running.
  func findings() async -> [Finding] {
    let settings: [String]
    do {
      settings = try await composition.client.read(SessionScope("*"), SafetyCheck.violations)
    } catch {
      return [Finding(kind: .connection, sentence: "the database cannot be asked: \(error)")]
    }
    var found = settings.map { Finding(kind: .setting, sentence: $0) }
    do {
      try await composition.migrator(composition.settings.databaseURL).check()
    } catch let error as MigrationError {
      found.append(Finding(kind: .schema, sentence: error.sentence))
    } catch {
      found.append(Finding(kind: .schema, sentence: "the schema's version cannot be found out: \(error)"))
    }
    return found
  }

  /// Whether the server may start in spite of these. Only settings, and only in development, by the explicit flag.
  static func mayStart(_ settings: Settings, with findings: [Finding]) -> Bool {
    findings.allSatisfy { finding in
      switch finding.kind {
      case .setting: settings.allowsUnsafeSettings && settings.stage == .development
      case .schema, .connection: false
      }
    }
  }

  /// Checks with a database client of its own, so that nothing of the process exists before the checks hold; what may stay
  /// is returned.
  /// - Throws: `ExitCode.failure` after saying what is wrong.
  static func required(_ settings: Settings) async throws -> [Finding] {
    let findings = try await Composition(settings).whileConnected { await StartChecks($0).findings() }
    guard mayStart(settings, with: findings) else {
      CommandFailure.say(findings.map(\.sentence))
      throw ExitCode.failure
    }
    return findings
  }
}

extension [StartChecks.Finding] {
  /// What the process started in spite of.
  func log(to logger: Logger) {
    for finding in self {
      logger.warning("started on unsafe settings", metadata: ["finding": "\(finding.sentence)"])
    }
  }
}

extension MigrationError {
  var sentence: String {
    switch self {
    case .badName(let name): "\(name) is no migration: NNNN_topic.sql, UTF-8"
    case .gap(let expected, let found): "migration \(expected) is missing, \(found) stands in its place"
    case .changed(let version, let name): "migration \(version) (\(name)) differs from what was applied"
    case .pending(let names):
      "the schema is older than this program; aftersales migrate applies \(names.joined(separator: ", "))"
    case .strayCommit(let name): "migration \(name) ends its transaction itself"
    case .noConnection(let reason): "the database cannot be reached: \(reason)"
    case .locked: "another migration has been running for too long"
    }
  }
}
