import Domain

/// A report as bars, one a row: SVG without script, style or anything from elsewhere.
enum ReportChart {
  private static let line = 24
  private static let labels = 220
  private static let bars = 480
  private static let head = 56

  static func bytes(of report: Report) -> [UInt8] {
    let definition = report.definition
    guard let chart = definition.chart,
      let valuePlace = definition.columns.firstIndex(where: { $0.name == chart.value })
    else { return [] }
    let labelPlaces = chart.labels.compactMap { name in definition.columns.firstIndex { $0.name == name } }
    let station = definition.columns.firstIndex { $0.name == "station" }
    let values = report.rows.map { tenths($0[valuePlace]) }
    let isPercent = definition.columns[valuePlace].kind == .percent
    let most = isPercent ? 1000 : max(values.compactMap { $0 }.max() ?? 0, 1)
    let width = labels + bars + 100
    let height = head + max(report.rows.count, 1) * line + 16
    let title = "\(definition.titleEn): \(chart.title)"
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
      + "viewBox=\"0 0 \(width) \(height)\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n"
    text += "<title>\(escaped(title))</title>\n"
    text += "<desc>\(escaped(description(report)))</desc>\n"
    text += "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>\n"
    text += "<text x=\"8\" y=\"22\" font-size=\"15\" font-weight=\"bold\">\(escaped(title))</text>\n"
    text += "<text x=\"8\" y=\"42\" fill=\"#555555\">\(escaped(description(report)))</text>\n"
    for (place, row) in report.rows.enumerated() {
      let top = head + place * line
      let label = labelPlaces.map { place in
        if case .text(let text) = row[place] { text } else if place == station { "HQ" } else { "–" }
      }.joined(separator: " ")
      text += "<text x=\"\(labels - 8)\" y=\"\(top + 16)\" text-anchor=\"end\">\(escaped(label))</text>\n"
      guard let value = values[place] else {
        text += "<text x=\"\(labels + 6)\" y=\"\(top + 16)\" fill=\"#555555\">–</text>\n"
        continue
      }
      // Exact in 128 bits: an amount times the width may be more than 64 hold.
      let length = most.dividingFullWidth(value.multipliedFullWidth(by: bars)).quotient
      text += "<rect x=\"\(labels)\" y=\"\(top + 4)\" width=\"\(length)\" height=\"16\" fill=\"#1f6feb\"/>\n"
      let shown = isPercent ? ReportValue.percent(value) : "\(value)"
      text += "<text x=\"\(labels + length + 6)\" y=\"\(top + 16)\">\(shown)</text>\n"
    }
    text += "</svg>\n"
    return Array(text.utf8)
  }

  /// What the figures are about, in words for whoever has only the picture.
  private static func description(_ report: Report) -> String {
    var parts: [String] = []
    if let period = report.period { parts.append("\(period.from) – \(period.before) (excluded)") }
    parts.append("as of \(report.asOf)")
    parts += report.policyVersions.map(\.description)
    if let station = report.coverage.stationID { parts.append("station \(station)") }
    return parts.joined(separator: ", ")
  }

  /// A share in tenths, a number as it is.
  private static func tenths(_ value: ReportValue) -> Int? {
    switch value {
    case .integer(let number): max(number, 0)
    case .percent(let tenths): max(tenths, 0)
    case .null, .text, .instant, .boolean: nil
    }
  }

  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      // No character of XML 1.0, escaped or not.
      case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
