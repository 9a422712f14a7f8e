import Domain

/// A report as CSV (RFC 4180): UTF-8, CRLF, one line of names, one line a row. What the report is about stands before that in
/// lines that begin with `#`, the comment of CSV on the Web.
///
/// Spreadsheets take a cell that begins like a formula for one, and what somebody once wrote would run in the reader's office
/// (CSV injection). Such text gets an apostrophe, which spreadsheets do not show, wherever a cell could begin: at its beginning
/// and, because some split lines at other characters than ours, behind those. Numbers are numbers. What was written stands
/// unchanged in the JSON form.
enum ReportTable {
  static func bytes(of report: Report) -> [UInt8] {
    let definition = report.definition
    var text = ""
    func comment(_ name: String, _ value: String) { text += "# \(name): \(plain(value))\r\n" }
    comment("report", report.name.rawValue)
    comment("title", "\(definition.title) \(definition.titleEn)")
    if let period = report.period {
      comment("dateFrom", period.from.description)
      comment("dateBefore", period.before.description)
    }
    comment("stationId", report.coverage.stationID?.description ?? "")
    comment("stationIds", report.coverage.stations.map { $0.map(\.description).joined(separator: " ") } ?? "*")
    comment("asOf", report.asOf.description)
    comment("policyVersions", report.policyVersions.map(\.description).joined(separator: " "))
    comment("rowCount", "\(report.rows.count)")
    for figure in report.figures { comment(figure.name, "\(figure.value)") }
    text += definition.columns.map { quoted($0.name) }.joined(separator: ",") + "\r\n"
    for row in report.rows { text += row.map(cell).joined(separator: ",") + "\r\n" }
    return Array(text.utf8)
  }

  private static func cell(_ value: ReportValue) -> String {
    switch value {
    case .null: ""
    case .text(let text): quoted(harmless(text))
    case .integer(let number): "\(number)"
    case .percent(let tenths): ReportValue.percent(tenths)
    case .instant(let instant): quoted(instant.description)
    case .boolean(let flag): flag ? "true" : "false"
    }
  }

  /// By scalars: a quote with an accent on it is a quote to whoever reads CSV.
  static func quoted(_ text: String) -> String {
    var cell = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { cell.unicodeScalars.append(scalar) }
      cell.unicodeScalars.append(scalar)
    }
    return cell + "\""
  }

  /// One line.
  private static func plain(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

  /// The text with nothing in it that a spreadsheet could take for the beginning of a formula.
  static func harmless(_ text: String) -> String {
    var safe = ""
    var begins = true
    for scalar in text.unicodeScalars {
      if begins, isFormula(scalar) { safe.unicodeScalars.append("'") }
      safe.unicodeScalars.append(scalar)
      // Spaces before a formula are passed over by some.
      begins = isSeparator(scalar) || begins && scalar.properties.isWhitespace
    }
    return safe
  }

  /// Also in full width, which some make narrow.
  private static func isFormula(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "\u{2212}": true
    default: false
    }
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", ";", "|", "\t", "\n", "\r", "\"": true
    default: false
    }
  }
}
