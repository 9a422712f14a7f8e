import Domain
import Services
import Testing

@testable import API

@Suite("The forms of reports") struct ReportFormTests {
  private func report(_ values: [String: ReportValue], _ name: ReportName = .hotlineDaily) -> Report {
    let row = ReportDefinition.of(name).columns.map { values[$0.name] ?? .null }
    return Report(
      name: name, coverage: .init(stationID: nil, stations: nil),
      period: CalendarDate("2026-03-09").map { ReportPeriod(day: $0) }, asOf: Timestamp(milliseconds: 0),
      policyVersions: [PolicyVersion(.clocks, 3)], rows: [row])
  }

  private func text(_ report: Report, _ format: ReportFormat) -> String {
    String(decoding: ReportPress.standard.print(report, format), as: UTF8.self)
  }

  @Test(
    "what a spreadsheet could take for a formula is text in CSV (CSV injection)",
    arguments: [
      ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+1+1", "'+1+1"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
      ("\t=1", "'\t'=1"), ("\r=1", "'\r'=1"), ("  =1", "  '=1"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"),
      ("＠x", "'＠x"), ("−1", "'−1"),
      // Somebody's spreadsheet may split at these.
      ("a;=1", "a;'=1"), ("a,=1", "a,'=1"), ("a\n=1", "a\n'=1"), ("a\"=1", "a\"'=1"), ("a| @x", "a| '@x"),
      // And what is harmless stays as it is.
      ("王主管", "王主管"), ("3-4 号", "3-4 号"), ("a=b", "a=b"), ("", ""), ("a@b", "a@b"),
    ])
  func harmless(_ written: String, _ safe: String) {
    #expect(ReportTable.harmless(written) == safe)
    #expect(text(report(["forwardedTo": .text(written)]), .csv).contains("\"\(safe.replacing("\"", with: "\"\""))\""))
  }

  @Test("CSV has a line of names, a line a row, and says before that what it is about")
  func csv() throws {
    let csv = text(
      report([
        "number": .text("SR-HQ-2026-000001"), "section": .text("received"), "inTime": .boolean(true),
        "responseMinutes": .integer(-3), "receivedBy": .text("a \"b\" c\r\nd"),
      ]), .csv)
    let lines = csv.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    let head = lines.prefix { $0.hasPrefix("# ") }
    for line in [
      "# report: hotlineDaily", "# dateFrom: 2026-03-09", "# dateBefore: 2026-03-10",
      "# asOf: 1970-01-01T00:00:00.000Z",
      "# policyVersions: clocks@3", "# stationIds: *", "# rowCount: 1", "# answeredInTime: 1",
    ] { #expect(head.contains(line), "\(line)") }
    #expect(
      lines[head.count] == ReportDefinition.of(.hotlineDaily).columns.map { "\"\($0.name)\"" }.joined(separator: ","))
    // A number is a number also below zero, quotes are doubled, a line break stays inside its quotes.
    let row = csv.split(separator: "\"SR-HQ-2026-000001\"").last.map(String.init) ?? ""
    #expect(row.contains(",-3,true,") && row.contains("\"a \"\"b\"\" c\r\nd\"") && csv.hasSuffix("\r\n"))
  }

  @Test("a picture holds no markup but its own")
  func svg() {
    let report = Report(
      name: .workOrderThroughput, coverage: .init(stationID: nil, stations: nil), period: nil,
      asOf: Timestamp(milliseconds: 0), policyVersions: [],
      rows: [
        ReportDefinition.of(.workOrderThroughput).columns.map { column in
          switch column.name {
          case "station": .text("<script>alert(1)</script>&\"\u{1}")
          case "delivered": .integer(4)
          default: .null
          }
        }
      ])
    let svg = text(report, .svg)
    #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
    #expect(!svg.contains("<script") && svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;\u{FFFD}"))
    #expect(svg.contains("width=\"480\" height=\"16\"") && svg.contains("as of 1970-01-01T00:00:00.000Z"))
  }

  @Test("the largest amount is a bar of the full width, and what a row lacks is a dash (CLM-16)")
  func largest() {
    let svg = text(
      report(
        [
          "month": .text("2026-03"), "station": .text("SY001"), "items": .integer(.max),
          "approvedMinor": .integer(.max),
        ],
        .claimCost), .svg)
    #expect(svg.contains("width=\"480\" height=\"16\"") && svg.contains("2026-03 SY001 – –"))
  }

  @Test("Accept chooses the form that is wanted most, the first of those wanted equally (RFC 9110 §12.5.1)")
  func negotiation() {
    let forms = ReportFormat.allCases.map(\.rawValue)
    for (field, chosen) in [
      (nil, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"),
      ("text/csv;q=0.5, image/svg+xml;q=0.8", "image/svg+xml"), ("text/*", "text/csv"),
      ("application/json;q=0.1, */*;q=0.9", "text/csv"), ("image/png, text/csv;q=0.2", "text/csv"),
      ("text/html", nil), ("text/csv;q=0", nil),
    ] as [(String?, String?)] {
      #expect(MediaType.preferred(field, offered: forms) == chosen, "\(field ?? "-")")
      #expect(MediaType.accepts(field, offered: forms) == (chosen != nil))
    }
  }
}
