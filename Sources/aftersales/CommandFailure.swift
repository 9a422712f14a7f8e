import ArgumentParser
import Domain
import Foundation

/// What ends a command, in words for the operator. Nothing of the inside of an unexpected error is shown but its type.
enum CommandFailure {
  /// Sentences on standard error and the exit status 1 for what the product refuses or cannot do.
  static func reporting<Output>(_ body: () async throws -> Output) async throws -> Output {
    do {
      return try await body()
    } catch let refusal as Refusal {
      say(sentences(for: refusal))
    } catch let failure as any ServiceFailure {
      say([sentence(for: failure.failure)])
    } catch let error as SettingsError {
      say([error.description])
    }
    throw ExitCode.failure
  }

  static func say(_ sentences: [String]) {
    StandardError.write(Array(sentences.map { "aftersales: \($0)\n" }.joined().utf8))
  }

  private static func sentences(for refusal: Refusal) -> [String] {
    switch refusal {
    case .invalid(let violations): violations.map { "\($0.pointer): \($0.detail)" }
    case .notFound: ["not found"]
    case .forbidden(let permission): ["this needs the permission \(permission.rawValue)"]
    case .separationOfDuties(_, let detail): [detail]
    case .versionMismatch(let current): ["it was changed meanwhile, to version \(current)"]
    case .transition(let action, let from, _, _): ["\(action) is not possible in the state \(from)"]
    case .guardFailed(_, _, let detail): [detail]
    case .alreadyExists(let field, _): ["one with this \(field) exists already"]
    case .inUse(let by): ["it is still used by \(by)"]
    case .conflict(_, let detail): [detail.text]
    case .legalHold(let holds): ["open documents need it: \(holds.map(\.number).joined(separator: ", "))"]
    case .idempotencyInProgress, .idempotencyKeyReused: ["the idempotency key is taken"]
    }
  }

  private static func sentence(for failure: Failure) -> String {
    switch failure {
    case .busy: "the database is busy; try again"
    case .storageFull: "there is no room for more files"
    case .unavailable: "the database cannot be reached"
    case .outcomeUnknown: "the connection broke while committing; look whether it was done before trying again"
    case .overloaded: "the database has no connection left; try again"
    case .internal(let reference): "internal error: \(reference)"
    }
  }
}
