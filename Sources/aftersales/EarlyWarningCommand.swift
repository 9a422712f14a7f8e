import ArgumentParser
import Domain
import FoundationEssentials
import Repositories
import Services

/// The early warning on history (A11): how it would have done is measured, not claimed.
struct EarlyWarningCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "early-warning", abstract: "The early warning on recorded history.", subcommands: [Replay.self])

  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "replay",
      abstract: "Complaints and campaigns of a public record, day after day through the early warning.",
      discussion: """
        Wants an empty, migrated database of its own. The files are CSV in the public NHTSA layout. Complaints and \
        campaigns are recorded with the day of their filing; then each day is evaluated as the worker does, by the policy in \
        force. Signals go to standard output as CSV: make,model,modelYearFrom,modelYearTo,component,signaledAt.
        """)

    @OptionGroup var common: CommonOptions

    @Option(help: "CSV of complaints.")
    var complaints: String

    @Option(help: "CSV of recalls.")
    var recalls: String

    @Option(help: "Take nothing that was filed after this day (YYYY-MM-DD).")
    var until: String?

    func validate() throws {
      if let until, CalendarDate(until) == nil { throw ValidationError("\(until) is no date") }
    }

    func run() async throws {
      let settings = try await Settings.read(common.flags())
      let history = try FieldHistory(
        complaints: Self.read(complaints), recalls: Self.read(recalls), until: until.flatMap { CalendarDate($0) })
      try await Composition.withServices(settings) { services in
        try await Self.record(history, services)
        print("make,model,modelYearFrom,modelYearTo,component,signaledAt")
        guard let last = history.lastDay else { return }
        while let step = try await Self.step(services, through: last) {
          for signal in step.signals where signal.version == 1 {
            let fields = [
              signal.cell.make, signal.cell.model, "\(signal.modelYears.lowerBound)", "\(signal.modelYears.upperBound)",
              signal.cell.component, signal.signalledOn.description,
            ]
            print(fields.map(CommaSeparated.field).joined(separator: ","))
          }
        }
      }
    }

    private static func read(_ path: String) throws -> [[String: String]] {
      guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
        throw ValidationError("\(path) cannot be read")
      }
      return CommaSeparated.records(String(decoding: bytes, as: UTF8.self))
    }

    /// One day, at the time at which the worker would have done it: a minute after its end.
    private static func step(
      _ services: Composition, through last: CalendarDate
    ) async throws -> EarlyWarningService.Step? {
      try await services.database.write(.system) { tx in
        try await services.earlyWarnings.evaluateNextDay(through: last, at: nil, in: tx)
      }
    }

    private static func record(_ history: FieldHistory, _ services: Composition) async throws {
      let isEmpty = try await services.database.read(.system, FieldHistoryRepository.isEmpty)
      if !isEmpty { throw ValidationError("the database is not empty; give the replay one of its own") }
      try await services.database.write(.system) { tx in
        for statement in FieldHistoryRepository.insert(history) { tx.enqueue(statement) }
      }
    }
  }
}
