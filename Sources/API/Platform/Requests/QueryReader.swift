package import Domain
import Synchronization

/// Reads the query string of one request (C-11). Each parameter is asked for by name and kind; what nobody asked for
/// is unknown and refused, so a typo never silently widens a list.
package final class QueryReader: Sendable {
  struct Parameter: Hashable, Sendable {
    let name: String
    let value: String
  }

  static let empty = QueryReader([])
  static let maximumCount = 64

  let parameters: [Parameter]
  /// One bit for each parameter that was asked for.
  private let asked = Mutex<UInt64>(0)

  private init(_ parameters: [Parameter]) { self.parameters = parameters }

  /// - Throws: 400 for a broken escape, a repeated parameter or more parameters than any list has.
  static func parse(_ query: Substring?) throws(Problem) -> QueryReader {
    guard let query, !query.isEmpty else { return .empty }
    var parameters: [Parameter] = []
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parameters.count < maximumCount,
        let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
        let value = pair.count == 2 ? PercentEncoding.decode(pair[1], plusIsSpace: true) : ""
      else { throw Problem(.invalidParameter, "The query string cannot be read.") }
      if parameters.contains(where: { $0.name == name }) {
        throw .parameter(name, .notUnique, "is given more than once")
      }
      parameters.append(Parameter(name: name, value: value))
    }
    return parameters.isEmpty ? .empty : QueryReader(parameters)
  }

  /// - Throws: 400 if a parameter was never asked for. The dispatcher calls it too; a handler calls it before work
  ///   that costs.
  package func finish() throws(Problem) {
    guard !parameters.isEmpty else { return }
    let asked = asked.withLock { $0 }
    for (index, parameter) in parameters.enumerated() where asked & (1 << UInt64(index)) == 0 {
      throw .parameter(parameter.name, .unknownField, "is not known here")
    }
  }

  func value(_ name: String) -> String? {
    guard let index = parameters.firstIndex(where: { $0.name == name }) else { return nil }
    asked.withLock { $0 |= 1 << UInt64(index) }
    return parameters[index].value
  }

  // MARK: Kinds. An absent parameter is `nil`; a bad one throws 400.

  package func text(_ name: String, max: Int = 200) throws(Problem) -> String? {
    guard let value = value(name) else { return nil }
    let text = Normalisation.nfc(value)
    guard !text.isEmpty else { throw .parameter(name, .tooShort, "must not be empty", limits: ["min": "1"]) }
    guard text.unicodeScalars.count <= max else {
      throw .parameter(name, .tooLong, "must have at most \(max) characters", limits: ["max": "\(max)"])
    }
    return text
  }

  package func id<Of>(_ name: String, _ kind: Of.Type) throws(Problem) -> Identifier<Of>? {
    guard let value = value(name) else { return nil }
    return try Self.identifier(name, value, kind)
  }

  /// Comma means any of; absent is empty.
  package func anyOf<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ kind: Choice.Type
  ) throws(Problem) -> [Choice] {
    guard let value = value(name) else { return [] }
    var choices: [Choice] = []
    for word in value.split(separator: ",", omittingEmptySubsequences: false) {
      choices.append(try Self.choice(name, String(word), kind))
    }
    return choices
  }

  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ kind: Choice.Type
  ) throws(Problem) -> Choice? {
    guard let value = value(name) else { return nil }
    return try Self.choice(name, value, kind)
  }

  package func timestamp(_ name: String) throws(Problem) -> Timestamp? {
    guard let value = value(name) else { return nil }
    // A `+` of an offset that was not escaped arrives as a space.
    guard let instant = Timestamp(value) ?? Timestamp(value.replacing(" ", with: "+")) else {
      throw .parameter(name, .invalidFormat, "must be a date and time with offset, as 2026-11-21T20:36:00Z")
    }
    return instant
  }

  /// `number`, `createdAtFrom`, `createdAtBefore`, `updatedAtFrom` and `updatedAtBefore`: what every list is narrowed by in the
  /// same way. One that the list does not offer stays unasked, so that it is refused unless the family reads it.
  func window(_ fields: Set<ListWindow.Field>) throws(Problem) -> ListWindow {
    var window = ListWindow()
    if fields.contains(.number) { window.number = try text("number") }
    if fields.contains(.created) {
      window.createdFrom = try timestamp("createdAtFrom")
      window.createdBefore = try timestamp("createdAtBefore")
    }
    if fields.contains(.updated) {
      window.updatedFrom = try timestamp("updatedAtFrom")
      window.updatedBefore = try timestamp("updatedAtBefore")
    }
    return window
  }

  /// `asOf`: the instant whose state is asked for, `nil` for the present.
  ///
  /// - Throws: 400 for what is no instant, and for one that has not come yet.
  func past(now: Timestamp) throws(Problem) -> Timestamp? {
    guard let instant = try timestamp("asOf") else { return nil }
    guard instant <= now else { throw .parameter("asOf", .outOfRange, "must not lie in the future") }
    return instant
  }

  package func date(_ name: String) throws(Problem) -> CalendarDate? {
    guard let value = value(name) else { return nil }
    guard let date = CalendarDate(value) else {
      throw .parameter(name, .invalidFormat, "must be a date that exists, as 2026-11-21")
    }
    return date
  }

  /// A calendar month, as 2026-11.
  package func month(_ name: String) throws(Problem) -> ReportPeriod? {
    guard let value = value(name) else { return nil }
    guard value.utf8.count == 7, let first = CalendarDate("\(value)-01") else {
      throw .parameter(name, .invalidFormat, "must be a month, as 2026-11")
    }
    return ReportPeriod(monthOf: first)
  }

  package func integer(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let value = value(name) else { return nil }
    guard !value.hasPrefix("+"), let number = Int(value) else {
      throw .parameter(name, .wrongType, "must be an integer")
    }
    guard range.contains(number) else {
      throw .parameter(
        name, .outOfRange, "must be between \(range.lowerBound) and \(range.upperBound)",
        limits: ["min": "\(range.lowerBound)", "max": "\(range.upperBound)"])
    }
    return number
  }

  package func boolean(_ name: String) throws(Problem) -> Bool? {
    switch value(name) {
    case nil: return nil
    case "true": return true
    case "false": return false
    default: throw .parameter(name, .wrongType, "must be true or false")
    }
  }

  private static func identifier<Of>(
    _ name: String, _ value: String, _ kind: Of.Type
  ) throws(Problem) -> Identifier<Of> {
    guard let id = Identifier<Of>(value) else { throw .parameter(name, .invalidFormat, "must be a UUID") }
    return id
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ word: String, _ kind: Choice.Type
  ) throws(Problem) -> Choice {
    guard let choice = Choice(rawValue: word) else {
      let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .parameter(name, .notInSet, "must be one of: \(allowed)", limits: ["allowed": allowed])
    }
    return choice
  }
}
